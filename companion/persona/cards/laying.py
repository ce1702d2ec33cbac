"""Edits that bring a card up to date with its persona: of what was changed since it came in, which field of the card is to say what.

A persona's blueprint is a reading of her card: macros are replaced, texts are cut, fields are joined. So what she is now is compared
with what the card gives, and only where the two differ a field is edited; every other one keeps its macros and its length, and so
does every greeting and example in a list that was changed. Lorebooks are in `lore_laying.py`; what no field of a card can hold is
laid over the rest as `extensions.companion` (`own.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from companion.errors import CardError
from companion.persona.blueprint import Blueprint, Exchange
from companion.persona.cards.card import Card
from companion.persona.cards.document import Json
from companion.persona.cards.lore_laying import lore_edits
from companion.persona.cards.mapping import INSTRUCTIONS, LABELS, TAGLINE, blueprint_of, read_off, said, talks_in, told
from companion.persona.cards.own import INSTEAD, KEY, PART, laid_over, own_of
from companion.persona.cards.splice import REMOVED, Path, Removed
from companion.persona.cards.writing import edited

START = "<START>\n"


@dataclass(slots=True)
class Laying:
    """Edits of a card, and what a person should know of them; each warning is a sentence."""

    edits: "dict[str | Path, Json | Removed]" = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def laying_of(card: Card, wanted: Blueprint) -> Laying:
    """All edits that make a card say what a persona is; none if it does.

    Raises:
        CardError: the card itself cannot become a persona.
    """
    laying = Laying()
    before = blueprint_of(card).blueprint
    if before == wanted:
        return laying
    given = read_off(card, before.identity.age).blueprint
    _names(laying, card, before, wanted)
    if wanted.identity.background != before.identity.background:
        _background(laying, card, given.identity.background, wanted.identity.background)
    if wanted.identity.tagline != before.identity.tagline and given.identity.tagline != TAGLINE:
        laying.edits.setdefault("personality", wanted.identity.tagline)  # where it came from
    _greetings(laying, card, given, before, wanted)
    if wanted.examples != before.examples:
        _examples(laying, card, given.examples, wanted.examples)
    if wanted.lorebook != before.lorebook:
        laying.edits |= lore_edits(card, given.lorebook, wanted.lorebook)
    for ours, theirs in INSTRUCTIONS.items():
        if (text := getattr(wanted.instructions, ours)) != getattr(before.instructions, ours):
            laying.edits[theirs] = text
    lay_own(laying, card, wanted)
    return laying


def examples_text(talks: Sequence[Sequence[Exchange]]) -> str:
    """Example conversations as `mes_example` has them."""
    return "\n".join(START + _talk(talk) for talk in talks)


def _names(laying: Laying, card: Card, before: Blueprint, wanted: Blueprint) -> None:
    old, new = before.identity, wanted.identity
    if new.name != old.name:
        laying.edits["name"] = new.name
    if new.nickname != old.nickname and (card.version == "v3" or card.raw("nickname") is not None):
        laying.edits["nickname"] = new.nickname
    if new.called != old.called and any(sign in card.document.text.lower() for sign in ("{{char}}", "<char>", "<bot>")):
        laying.warnings.append(f"Where the card has {{{{char}}}}, other programs now read {new.called}.")


def _background(laying: Laying, card: Card, given: str, wanted: str) -> None:
    """Back into the fields that were joined, as far as it still shows where one ends; else all of it into the description."""
    parts = {name: text for name in LABELS if (text := told(card, name))}
    whole = "\n\n".join(f"{LABELS[name]}{text}" for name, text in parts.items())
    if parts and whole == given and (found := _parted(wanted, list(parts))):
        laying.edits |= {name: text for name, text in found.items() if text != parts[name]}
        return
    if whole != given and parts:
        laying.warnings.append("What the card tells of her is longer than her background was; the background takes its place.")
    laying.edits["description"] = wanted
    joined = [name for name in ("personality", "scenario") if name in parts]
    if joined:
        laying.edits |= dict.fromkeys(joined, "")
        laying.warnings.append(f"The background is now in description alone, and {' and '.join(joined)} empty.")


def _parted(text: str, names: Sequence[str]) -> dict[str, str] | None:
    """A background as the fields it is joined of; None if it does not show where they end."""
    found: dict[str, str] = {}
    first = LABELS[names[0]]
    if not text.startswith(first):
        return None
    text = text.removeprefix(first)
    for name, following in pairwise(names):
        sign = f"\n\n{LABELS[following]}"
        if text.count(sign) != 1:
            return None
        found[name], text = text.split(sign)
    found[names[-1]] = text
    return found if all(found.values()) else None


def _greetings(laying: Laying, card: Card, given: Blueprint, before: Blueprint, wanted: Blueprint) -> None:
    raw = card.raw("alternate_greetings")
    items: list[Any] = raw if isinstance(raw, list) else []
    shown = [at for at, one in enumerate(items) if isinstance(one, str) and said(card, one)]
    first: int | None = None  # where her first words come from, if not from first_mes
    if not said(card, card.text("first_mes")) and shown:
        first = shown.pop(0)
    if wanted.greeting != before.greeting:
        laying.edits["first_mes" if first is None else ("alternate_greetings", first)] = wanted.greeting
    if wanted.alternate_greetings == before.alternate_greetings:
        return
    old, new = given.alternate_greetings, wanted.alternate_greetings
    kept = [items[shown[at]] if at is not None else text for at, text in zip(same_places(old, new), new, strict=True)]
    if len(old) == len(new):
        for at, text in zip(shown, kept, strict=False):
            if text != items[at]:
                laying.edits["alternate_greetings", at] = text
        return
    used = {*shown[: len(old)], first}
    rest = [one for at, one in enumerate(items) if at not in used]  # beyond what a persona has, and what is no greeting
    begin = [] if first is None else [wanted.greeting if wanted.greeting != before.greeting else items[first]]
    laying.edits.pop(("alternate_greetings", first or 0), None)
    laying.edits["alternate_greetings"] = [*begin, *kept, *rest]


def _examples(laying: Laying, card: Card, old: Sequence[Sequence[Exchange]], new: Sequence[Sequence[Exchange]]) -> None:
    pieces = [text for text, _ in talks_in(card)]
    shown = [at for at, (_, is_talk) in enumerate(talks_in(card)) if is_talk]
    places = same_places(old, new)
    if len(old) == len(new) and shown:
        raws = list(pieces)
        for number, talk in enumerate(new):
            at, same = shown[number], places[number]
            tail = pieces[at][len(pieces[at].rstrip()) :]
            head = "\n" if at else ""
            raws[at] = f"{head}{_talk(talk)}{tail}" if same is None else pieces[shown[same]]
        laying.edits["mes_example"] = "".join(raws)
        return
    kept = [_talk(talk) if at is None else pieces[shown[at]].strip() for at, talk in zip(places, new, strict=True)]
    beyond = [pieces[at].strip() for at in shown[len(old) :]]
    laying.edits["mes_example"] = "\n".join(START + one for one in (*kept, *beyond))


def _talk(talk: Sequence[Exchange]) -> str:
    return "\n".join(f"{{{{user}}}}: {one.user}\n{{{{char}}}}: {one.reply}" for one in talk)


def same_places(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """For each new item where it stood before; None if it was not there."""
    found: list[int | None] = [None] * len(new)
    matcher = SequenceMatcher(None, [repr(one) for one in old], [repr(one) for one in new], autojunk=False)
    for block in matcher.get_matching_blocks():
        found[block.b : block.b + block.size] = range(block.a, block.a + block.size)
    return found


def _age_alone(card: Card) -> int:
    """The age that the card gives without `extensions.companion`; 0 if without it she would be taken for a child."""
    try:
        return read_off(card).blueprint.identity.age
    except CardError:
        return 0


def lay_own(laying: Laying, card: Card, wanted: Blueprint) -> None:
    """Adds the edit that keeps in `extensions.companion` what the card with all other edits does not say."""
    after = Card(edited(card.document, laying.edits))
    try:
        read = given = read_off(after, wanted.identity.age).blueprint
        renamed = after.called != card.called
        if renamed:  # `{{char}}` follows her new name, so what it stands in is not different for that
            given = read_off(after, wanted.identity.age, card.called).blueprint
        given = given.model_copy(update={"identity": given.identity.model_copy(update={"age": _age_alone(after)})})
    except CardError as error:
        laying.warnings.append(f"Companion itself would not take this card in again. {error.message}")
        return
    extensions = after.raw("extensions")
    there = extensions.get(KEY) if isinstance(extensions, dict) else None
    laid = laid_over(given, there)
    if not renamed and (laid.blueprint if laid else given) == wanted and not (laid and laid.outdated):
        return
    own: dict[str, Json] = own_of(given, wanted, read)
    others = {name: value for name, value in there.items() if name not in (PART, INSTEAD)} if isinstance(there, dict) else {}
    if own or others:
        if not isinstance(extensions, dict):
            laying.edits["extensions"] = {KEY: own}
        elif there != others | own:
            laying.edits["extensions", KEY] = others | own
    elif there is not None:
        laying.edits["extensions", KEY] = REMOVED
