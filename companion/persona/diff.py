"""What is different between two blueprints, field by field, and between two texts, word by word.

Lists are matched by what is in them (Ratcliff and Obershelp's gestalt matching, as `difflib` has it), then what is left by its
names, so that an item put in at the front is one addition and not a change of every item behind it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import Any, Literal

from companion.persona.blueprint import Blueprint

Path = tuple[str | int, ...]
Kind = Literal["changed", "added", "removed"]
WORD = re.compile(r"\s+|\S+")
SPACED_WORD = re.compile(r"\s*\S+|\s+")  # blanks alone are so many that matching them takes long
NAMED_BY = ("name", "comment", "id", "block")
UNSAID = {("character", "big_five"), ("character", "speech"), ("model", "sampling"), ("relationship", "stages"), ("lorebook", "entries")}
Run = tuple[Literal["kept", "removed", "added"], str]
TELLING = ("keys", "secondary_keys", "content")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is different.

    Attributes:
        path: where; in a list by its index in the newer one, or in the older if it is gone.
        label: the same in words: "Character · openness".
        before, after: its values in words; empty where there is none.
    """

    path: Path
    label: str
    before: str
    after: str
    kind: Kind = "changed"


def differences(old: Blueprint, new: Blueprint) -> tuple[Change, ...]:
    """Every field that is different, in the blueprint's order; none if they are equal."""
    return tuple(_compared((), "", old.model_dump(mode="json"), new.model_dump(mode="json")))


def words(before: str, after: str) -> tuple[Run, ...]:
    """Runs of text that were kept, removed and added, in reading order."""
    old, new = WORD.findall(before), WORD.findall(after)
    least = min(len(old), len(new))
    start = next((at for at in range(least) if old[at] != new[at]), least)
    end = next((at for at in range(least - start) if old[-1 - at] != new[-1 - at]), least - start)
    kept = ("".join(old[:start]), "".join(old[len(old) - end :]))
    old, new = (SPACED_WORD.findall("".join(words[start : len(words) - end])) for words in (old, new))
    runs: list[Run] = [("kept", kept[0])]
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(("kept", "".join(old[a:b])))
        else:
            runs += [("removed", "".join(old[a:b])), ("added", "".join(new[c:d]))]
    return tuple(_joined_runs([*runs, ("kept", kept[1])]))


def _joined_runs(runs: Sequence[Run]) -> Iterator[Run]:
    """Runs without empty ones, neighbours of a kind as one."""
    for kind, group in groupby((run for run in runs if run[1]), key=lambda run: run[0]):
        yield kind, "".join(text for _, text in group)


def _compared(path: Path, label: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*new, *old)):
            yield from _keyed(path, label, key, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _listed(path, label, old, new)
    else:
        yield Change(path, label, _told(old), _told(new), _kind(old, new))


def _keyed(path: Path, label: str, key: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    named = label if (*path, key) in UNSAID else _joined(label, key.replace("_", " "))
    if key not in old:
        yield Change((*path, key), named, "", _told(new[key]), "added")
    elif key not in new:
        yield Change((*path, key), named, _told(old[key]), "", "removed")
    else:
        yield from _compared((*path, key), named, old[key], new[key])


def _listed(path: Path, label: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    for before, after in _matched(old, new):
        if before is None and after is not None:
            yield Change((*path, after), _joined(label, _name(new[after], after)), "", _told(new[after]), "added")
        elif after is None and before is not None:
            yield Change((*path, before), _joined(label, _name(old[before], before)), _told(old[before]), "", "removed")
        elif before is not None and after is not None:
            yield from _compared((*path, after), _joined(label, _name(new[after], after)), old[before], new[after])


def _matched(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Places of items that are the same item but not equal; None where it is gone or new."""
    for gone, come in _blocks([json.dumps(one) for one in old], [json.dumps(one) for one in new]):
        names = [_named(old[at]) or json.dumps(old[at]) for at in gone]
        other_names = [_named(new[at]) or json.dumps(new[at]) for at in come]
        for _, a, b, c, d in SequenceMatcher(None, names, other_names, autojunk=False).get_opcodes():
            yield from zip_longest(gone[a:b], come[c:d])


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[range, range]]:
    """Where two lists are not equal."""
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield range(a, b), range(c, d)


def _kind(old: Any, new: Any) -> Kind:
    return "added" if old in (None, "") else "removed" if new in (None, "") else "changed"


def _named(item: Any) -> str:
    return next((str(item[key]) for key in NAMED_BY if item.get(key)), "") if isinstance(item, dict) else ""


def _name(item: Any, at: int) -> str:
    return _named(item) or str(at + 1)


def _joined(label: str, more: str) -> str:
    return f"{label} · {more}" if label else more[:1].upper() + more[1:]


def _told(value: Any) -> str:
    """A value in words, for a person to read."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if "content" in value:  # an entry of a lorebook: of its thirty values hardly any is ever set
            value = {key: value[key] for key in TELLING if key in value}
        return "\n".join(f"{key.replace('_', ' ')}: {told}" for key, one in value.items() if (told := _told(one)))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(_told, value))
    return str(value)
