"""The rules by which facts and events are read: data in `rules/*.yaml`, compiled once, when the first message comes.

A rule says what it learns (`attribute`), of whom (`of`: user, person, pet, thing, plural), which kind of value it wants
(a check in `values.py`), how a note words it (`user`, `other`, and `user_not`, `other_not` where a denial counts), and
how people say it:
    does    after the subject: "my sister | lives in {value}"
    own     after a possessive: "my sister's | name is {value}", "my | name is {value}"
    whole   the whole clause: "i call my {relation} {value}"
Patterns are regular expressions in lower case that must cover the rest of the clause, with <fragments> and {slots}; what
a slot may read is bounded. Further keys: `many` (values stand side by side), `slot` (compete under another name),
`kind` (event), `fixed` (a value that is not in the words), `stance` (a word before the value that the slot does not
hold), `date` (value: the date is the value; needed; wanted), `ahead` (of things to come), `ends`, `ends_has`, `states`
(what else it settles), `only_denied`, `denied`, `importance`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

BOOKS = ("people", "tastes", "health", "happenings")
_RISKY = re.compile(r"(?<!\\)[*+](?!\))|\{\d+,\}")


@dataclass(frozen=True)
class Rule:
    """One rule, compiled. The keys are those of the YAML files."""

    attribute: str
    of: frozenset[str]
    does: tuple[re.Pattern[str], ...]
    own: tuple[re.Pattern[str], ...]
    whole: tuple[re.Pattern[str], ...]
    value: str = ""
    kind: str = "fact"
    importance: float = 0.5
    many: bool = False
    slot: str = ""
    fixed: str = ""
    date: str = ""
    occasion: str = ""
    stance: str = ""
    user: str = ""
    other: str = ""
    user_not: str = ""
    other_not: str = ""
    plan: bool = False
    yearly: bool = False
    ahead: bool = False
    named: bool = False
    has: bool = False
    counts: bool = False
    renames: bool = False
    denied: bool = False
    only_denied: bool = False
    ends: tuple[str, ...] = ()
    ends_has: bool = False
    states: Mapping[str, str] = field(default_factory=dict)


def read_book(name: str) -> dict[str, Any]:
    """One of the YAML files in `rules/`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (files("companion.learn") / "rules" / f"{name}.yaml").read_text(encoding="utf-8")
    book: dict[str, Any] = yaml.load(text, Loader=loader)
    return book


def compile_rules(book: Mapping[str, Any], relation: str, adjectives: str) -> tuple[Rule, ...]:
    """The rules of one file.

    Args:
        book: its content.
        relation: a group of all words for people, animals and things of the user's.
        adjectives: what may stand between "my" and such a word.

    Raises:
        ValueError: a pattern may read without bound, or a rule has a key that is not known.
    """
    fragments = {name: str(source) for name, source in book.get("fragments", {}).items()}
    slots = {
        "value": "(?P<value>.{1,90}?)",
        "any_value": "(?P<any_value>.{1,60}?)",
        "denied": "(?P<denied>.{1,60}?)",
        "kind": r"[\w-]{2,20}",
        "relation": f"(?P<adjectives>{adjectives})(?P<relation>{relation})",
        "plural": f"(?P<adjectives>)(?P<relation>{relation}s?)",
    }

    def compiled(sources: Sequence[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_expanded(source, fragments, slots) + r"[ ,]?$") for source in sources)

    rules = []
    for entry in book["rules"]:
        known = dict(entry)
        for way in ("does", "own", "whole"):
            known[way] = compiled(known.get(way, ()))
        known["of"] = frozenset(known["of"])
        known["ends"] = tuple(known.get("ends", ()))
        try:
            rules.append(Rule(**known))
        except TypeError as error:
            raise ValueError(f"a rule for {entry.get('attribute')!r} has a key that is not known: {error}") from error
    return tuple(rules)


def _expanded(source: str, fragments: Mapping[str, str], slots: Mapping[str, str]) -> str:
    if _RISKY.search(source):
        raise ValueError(f"a pattern must be bounded: {source!r}")
    for _ in range(3):
        source = re.sub(r"(?<!\?P)<([a-z_]+)>", lambda found: fragments[found[1]] if found[1] in fragments else found[0], source)
    return re.sub(r"\{([a-z_]+)\}", lambda found: slots[found[1]], source)
