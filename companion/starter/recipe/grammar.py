"""Reads what was written by hand: dialogues, facts, manners. No text is made here."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from companion.starter.recipe.facts import Facts, attribute_fact, family_facts
from companion.starter.recipe.values import Values

SLOT = re.compile(r"\{(\w+)\}")
FOLDER = Path(__file__).parent.parent
NEAR = (  # manners that can stand in for each other where a dialogue has no reply in the wanted one
    ("warm", "calm", "shy", "poetic"),
    ("gruff", "dry", "practical", "street"),
    ("playful", "bubbly", "curious", "street"),
    ("formal", "scholarly", "storyteller", "poetic"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange: wordings of the same message, replies by manner, what may follow, and what it presumes."""

    topic: str
    users: tuple[str, ...]
    replies: Mapping[str, tuple[str, ...]]
    then: tuple["Entry", ...]
    now: tuple[str, ...] = ()
    gap: str = ""
    time: str = ""
    mood: str = ""

    def reply(self, manners: tuple[str, ...], allowed: frozenset[str], rng: random.Random) -> str | None:
        """A reply in one of the manners (or, half of the time, a near one) whose `my_` slots are all allowed."""
        if not allowed.issuperset(set().union(*map(_own, self.users))):
            return None
        usable = [t for m in manners for t in self.replies.get(m, ()) if allowed.issuperset(_own(t))]
        if not usable and rng.random() < 0.5:
            near = {n for group in NEAR if set(group) & set(manners) for n in group}
            usable = [t for m in self.replies if m in near for t in self.replies[m] if allowed.issuperset(_own(t))]
        return rng.choice(usable) if usable else None


@dataclass(frozen=True, slots=True)
class Manner:
    """A way of talking: descriptions and sample lines."""

    speech: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    """Everything written by hand."""

    dialogues: tuple[Entry, ...]
    user: Facts
    persona: Facts
    manners: Mapping[str, Manner]
    small: Mapping[str, Any]
    values: Values


def _own(text: str) -> set[str]:
    return {slot for slot in SLOT.findall(text) if slot.startswith("my_")}


def _entry(topic: str, raw: dict[str, Any]) -> Entry:
    when = raw.get("when") or {}
    return Entry(
        topic=topic,
        users=tuple(raw["user"]),
        replies={m: tuple(t) if isinstance(t, list) else (t,) for m, t in raw["reply"].items()},
        then=tuple(_entry(topic, child) for child in raw.get("then") or ()),
        now=tuple(raw.get("now") or ()),
        gap=str(when.get("gap") or ""),
        time=str(when.get("time") or ""),
        mood=str(when.get("mood") or ""),
    )


def _yaml(pattern: str) -> Iterator[Any]:
    for path in sorted(FOLDER.glob(pattern)):
        yield yaml.safe_load(path.read_text("utf-8"))


def _facts(side: str, *, families: bool) -> Facts:
    paths = sorted(FOLDER.glob(f"grammar/{side}_families_*.yaml")) if families else ()
    return Facts(
        (attribute_fact(raw) for file in _yaml(f"grammar/{side}_facts_*.yaml") for raw in file),
        (
            family_facts(raw, f"{path.stem} {index}")
            for path in paths
            for index, raw in enumerate(yaml.safe_load(path.read_text("utf-8")), start=1)
        ),
    )


def load_grammar(*, families: bool = True) -> Grammar:
    """Reads `dialogues/` and `grammar/` beside this package; without `families` the facts are attributes alone."""
    return Grammar(
        dialogues=tuple(_entry(topic, raw) for file in _yaml("dialogues/*.yaml") for topic, entries in file.items() for raw in entries),
        user=_facts("user", families=families),
        persona=_facts("persona", families=families),
        manners={name: Manner(tuple(raw["speech"]), tuple(raw["says"])) for name, raw in next(_yaml("grammar/manners.yaml")).items()},
        small=next(_yaml("grammar/small.yaml")),
        values=Values.load(FOLDER / "grammar"),
    )


def slots(*texts: str) -> set[str]:
    """The slot names in some texts."""
    return {slot for text in texts for slot in SLOT.findall(text)}


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its slots filled; unknown slots are an error, since a brace in a reply is seen by everyone."""
    return SLOT.sub(lambda match: values[match.group(1)], text)
