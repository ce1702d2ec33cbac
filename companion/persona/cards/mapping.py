"""A card as a persona of ours: which field goes where, what is left out, and what had to be cut, in words.

Nothing of the card is lost by it: its bytes are kept beside the persona (`Library.import_card`). docs/cards.md has the table.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_letters
from typing import Any

from pydantic import ValidationError

from companion.errors import CardError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.ages import ADULT, age_of
from companion.persona.cards.card import Card
from companion.persona.cards.macros import Names, expand
from companion.persona.cards.own import KEY, PART, laid_over, stated_age
from companion.persona.lore_import import import_lorebook
from companion.persona.lorebook import MOST_ENTRIES, Entry, Lorebook

MOST_BACKGROUND = 3300  # weighed (`_within`): letters and blanks once, other signs twice and more, as tokens go
MOST_INSTRUCTIONS = 2400  # weighed alike
ORIGINAL = "{{original}}"
INSTRUCTIONS = {"system": "system_prompt", "after_history": "post_history_instructions"}
MOST_TEXT = 6000
MOST_NAME = 80
MOST_GREETINGS = 8
MOST_EXAMPLES = 8
MOST_LORE_BYTES = 150 * 1024  # a persona's file has room for 256 KiB
MANNER = "in your own way, as your first words and the examples show"
TAGLINE = "brought along from a character card"
HELLO = "Hello."
NO_GREETING = 1000  # a number that no greeting has
LABELS = {"description": "", "personality": "Personality: ", "scenario": "Scenario: "}
GUESSED = {"age": "The card states no age", "pronouns": "A card has no pronouns"}
_USER = r"(?:\{\{user\}\}|<user>)"
_VOCATIVE = re.compile(rf", {_USER}(?=[.,!?…—])", re.IGNORECASE)
_YOURS = re.compile(rf"{_USER}['’]s\b", re.IGNORECASE)
_BEGINS = re.compile(rf"(\A|[.!?*\"“]\s*|\n){_USER}", re.IGNORECASE)
_START = re.compile(r"^\s*<START>\s*$", re.IGNORECASE | re.MULTILINE)
_USERS = ("{{user}}", "<user>")
_SPEAKERS = (*_USERS, "{{char}}", "<char>", "<bot>")
_SENTENCE = re.compile(r"[.!?…][\"'”’*)\]]*(?=\s)|\n")
_LIGHT = frozenset(ascii_letters + " ")
_UNTOLD = {
    "group_only_greetings": "is for groups, which there are none of",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A persona, and what a person should know of how she came from her card; each warning is a sentence."""

    blueprint: Blueprint
    warnings: tuple[str, ...]


def blueprint_of(card: Card) -> Mapped:
    """The card as a blueprint, with what Companion keeps in it beside its fields.

    Raises:
        CardError: it has no name, says that its persona is under 18, or a text of it grows too long.
    """
    own: Any = card.extensions.get(KEY)
    if own is None:
        return read_off(card)
    read = read_off(card, stated_age(own))
    laid = laid_over(read.blueprint, own)
    if laid is None:
        read = read_off(card)
        return Mapped(read.blueprint, (*read.warnings, f"extensions.{KEY} cannot be used and is left out."))
    check_grown_up(laid.blueprint)
    known = tuple(words for field, words in GUESSED.items() if field in (own[PART].get("identity") or {}))
    changed = (f"{path} of the card was changed by another program; extensions.{KEY} is older and gives way." for path in laid.outdated)
    return Mapped(laid.blueprint, (*(one for one in read.warnings if not one.startswith(known)), *changed))


def read_off(card: Card, age: int | None = None, called: str = "") -> Mapped:
    """The same from the card's fields alone.

    Args:
        age: hers, if it is known from elsewhere; it counts like an age that the card states.
        called: what its macros call her, if not what the card does.
    """
    return _Mapping(card, age, called).mapped()


def check_grown_up(blueprint: Blueprint) -> None:
    """Looks through a blueprint that somebody else may have written, as through a card.

    Raises:
        CardError: it says or suggests that its persona is under 18.
    """
    identity, look = blueprint.identity, blueprint.visual.look
    about = (f"Age: {identity.age}", identity.tagline, identity.background, *look.model_dump().values(), blueprint.visual.prompt)
    talks = (text for talk in blueprint.examples for one in talk for text in (one.user, one.reply))
    instructions = (blueprint.instructions.system, blueprint.instructions.after_history)
    lines = (*blueprint.openers, *blueprint.character.speech.lines)
    spoken = (blueprint.greeting, *blueprint.alternate_greetings, *talks, *lines, *instructions)
    for name in dict.fromkeys((identity.name, identity.called)):
        age_of(name, about, spoken)


def told(card: Card, field: str) -> str:
    """A field as it is told of her: its part of the background."""
    return _Mapping(card).told(card.text(field))


def said(card: Card, text: str) -> str:
    """A text of the card as she says it; empty if nothing is left of it."""
    return _Mapping(card).spoken(text)


def talks_in(card: Card) -> tuple[tuple[str, bool], ...]:
    """`mes_example` in its pieces, which make it whole again, and whether each is an example conversation."""
    mapping = _Mapping(card)
    pieces: list[tuple[str, bool]] = []
    text, at = card.text("mes_example"), 0
    for sign in _START.finditer(text):
        pieces += [(text[at : sign.start()], True), (sign[0], False)]
        at = sign.end()
    pieces.append((text[at:], True))
    return tuple((piece, block and bool(mapping.pairs(piece)[0])) for piece, block in pieces)


class _Mapping:
    def __init__(self, card: Card, age: int | None = None, called: str = "") -> None:
        self._card = card
        self._stated = () if age is None else (f"Age: {age}",)
        self._warnings: list[str] = []
        self._names = Names(clean(called or card.called), "the user", original="")
        names = (name for field in ("name", "nickname") if 0 < len(name := card.text(field).strip()) <= MOST_NAME)
        speakers = "|".join(map(re.escape, (*_SPEAKERS, *names)))  # V1, `mes_example`
        self._speaker = re.compile(rf"^\s*({speakers})\s*:\s*", re.IGNORECASE | re.MULTILINE)

    def mapped(self) -> Mapped:
        card = self._card
        name = " ".join(clean(card.text("name") or card.called).split())
        if not name:
            raise CardError("The card has no name.", hint="Give its persona a name first.")
        nickname = " ".join(clean(card.text("nickname")).split())
        told = {field: self.told(card.text(field)) for field in LABELS}
        background = self._background(told)
        greetings, places = self._greetings()
        values = {
            "identity": {
                "name": self._cut(name, MOST_NAME, "name"),
                "nickname": self._cut(nickname, 40, "nickname"),
                "age": self._age(name, told),
                "pronouns": self._pronouns(told),
                "tagline": self._tagline(told["personality"]),
                "background": background,
            },
            "character": {"speech": {"manner": MANNER}},
            **greetings,
            "examples": self._examples(),
            "lorebook": self._lorebook(places),
            "instructions": {ours: self._instructions(field) for ours, field in INSTRUCTIONS.items()},
        }
        for field, why in _UNTOLD.items():
            if card.raw(field):
                self._warnings.append(f"{field} {why}.")
        try:
            return Mapped(Blueprint.model_validate(values), tuple(self._warnings))
        except ValidationError as error:
            raise CardError("The card cannot become a persona.", hint=str(error.errors()[0]["msg"])) from error

    def told(self, text: str) -> str:
        """What is told about her, where "you" would be herself."""
        return clean(expand(text, self._names, seed=self._names.char))

    def spoken(self, text: str) -> str:
        """What is said to the user, who has no name here: "you", and nothing where the name is only called."""
        text = _BEGINS.sub(r"\1You", _YOURS.sub("your", _VOCATIVE.sub("", text)))
        return clean(expand(text, Names(self._names.char, "you", original=""), seed=self._names.char))

    def _instructions(self, field: str) -> str:
        """What a model is told; `{{original}}` stays, to be filled in with what there would be otherwise."""
        text = clean(expand(self._card.text(field), replace(self._names, original=ORIGINAL), seed=self._names.char))
        return self._cut(text, _within(text, MOST_INSTRUCTIONS), field)

    def _background(self, told: dict[str, str]) -> str:
        whole = "\n\n".join(f"{LABELS[field]}{text}" for field, text in told.items() if text)
        if not whole:
            self._warnings.append("The card says nothing about her: description, personality and scenario are empty.")
            return f"I am {self._names.char}."
        room = _within(whole, MOST_BACKGROUND)
        return self._cut(whole, room, "what is told about her (description, personality, scenario)")

    def _age(self, name: str, told: dict[str, str]) -> int:
        card = self._card
        about = (*self._stated, *told.values(), *map(self.told, card.texts("tags")), self.told(card.text("creator_notes")))
        spoken = (*card.greetings, card.text("mes_example"), card.text("system_prompt"), card.text("post_history_instructions"))
        texts = tuple(map(self.told, spoken))
        age = age_of(name, about, texts)
        if self._names.char != name:
            other = age_of(self._names.char, about, texts)
            age = other if age is None else age
        if age is None:
            self._warnings.append(f"The card states no age; {ADULT} is assumed.")
        return age or ADULT

    def _pronouns(self, told: dict[str, str]) -> str:
        words = Counter(re.findall(r"\b(?:she|her|hers|he|him|his)\b", " ".join(told.values()).lower()))
        she = words["she"] + words["her"] + words["hers"]
        he = words["he"] + words["him"] + words["his"]
        found = "she/her" if she > he else "he/him" if he > she else "they/them"
        self._warnings.append(f"A card has no pronouns; {found} was read from its words.")
        return found

    def _tagline(self, personality: str) -> str:
        short = " ".join(personality.split())
        return short.rstrip(".") if 0 < len(short) <= 80 and short.strip(".") else TAGLINE

    def _greetings(self) -> tuple[dict[str, object], dict[int, int]]:
        """Her greetings, and where each of the card's is among them."""
        spoken = [self._cut(self.spoken(text), MOST_TEXT, "a greeting") for text in self._card.greetings]
        if not spoken[0]:
            self._warnings.append("first_mes is empty; her first words were chosen.")
        if not any(spoken):
            spoken[0] = HELLO
        kept = [number for number, text in enumerate(spoken) if text]
        if len(kept) > 1 + MOST_GREETINGS:
            self._warnings.append(f"Only the first {MOST_GREETINGS} of {len(kept) - 1} alternate greetings are used.")
        first, *others = (spoken[number] for number in kept[: 1 + MOST_GREETINGS])
        places = dict.fromkeys(range(len(spoken)), NO_GREETING) | {number: place for place, number in enumerate(kept)}
        return {"greeting": first, "alternate_greetings": tuple(others)}, places

    def _examples(self) -> tuple[tuple[dict[str, str], ...], ...]:
        found: list[tuple[dict[str, str], ...]] = []
        left = False
        for block in _START.split(self._card.text("mes_example")):
            pairs, whole = self.pairs(block)
            left = left or not whole
            if pairs:
                found.append(tuple(pairs))
        if left:
            self._warnings.append("Parts of mes_example are no question with its answer and are left out.")
        if len(found) > MOST_EXAMPLES:
            self._warnings.append(f"Only the first {MOST_EXAMPLES} of {len(found)} example conversations are used.")
        return tuple(found[:MOST_EXAMPLES])

    def pairs(self, block: str) -> tuple[list[dict[str, str]], bool]:
        """The questions of one example with their answers, and whether there was nothing else in it."""
        parts = self._speaker.split(block)
        lines = [(who.lower() in _USERS, self.spoken(text)) for who, text in zip(parts[1::2], parts[2::2], strict=True)]
        pairs = [
            {"user": self._cut(asked, MOST_TEXT, "an example"), "reply": self._cut(answer, MOST_TEXT, "an example")}
            for (by_user, asked), (by_other, answer) in pairwise(lines)
            if by_user and not by_other and asked and answer
        ]
        return pairs, len(pairs) * 2 == len(lines) and not parts[0].strip()

    def _lorebook(self, places: dict[int, int]) -> Lorebook:
        books = self._card.books
        if not books:
            return Lorebook()
        if len(books) > 1:
            self._warnings.append("The card has several lorebooks; the one at the right level is used.")
        imported = import_lorebook(books[0].value)
        self._warnings += [f"Lorebook: {warning}." for warning in imported.warnings]
        entries: list[Entry] = []
        taken = 0
        for entry in imported.book.entries[:MOST_ENTRIES]:
            changed: dict[str, object] = {"content": self.told(entry.content)[:20_000].strip()}
            if (greeting := entry.decorators.is_greeting) is not None:  # hers are counted without the card's empty ones
                changed["decorators"] = entry.decorators.model_dump() | {"is_greeting": places.get(greeting, greeting)}
            entry = Entry.model_validate(entry.model_dump() | changed)
            taken += len(entry.model_dump_json(exclude_defaults=True).encode())
            if taken > MOST_LORE_BYTES:
                self._warnings.append(f"Lorebook: only the first {len(entries)} entries fit into a persona's file.")
                break
            entries.append(entry)
        return imported.book.model_copy(update={"entries": tuple(entries)})

    def _cut(self, text: str, most: int, what: str) -> str:
        if len(text) <= most:
            return text
        self._warnings.append(f"{what[0].upper()}{what[1:]} is longer than {most:,} characters and was cut; the card keeps all of it.")
        ends = [match.end() for match in _SENTENCE.finditer(text[: most + 1]) if match.end() <= most]
        whole = text[: ends[-1]].strip() if ends and ends[-1] > most // 2 else ""
        return whole or text[:most].strip()


def clean(text: str) -> str:
    """A text with whole characters, plain line breaks and no control characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in whole if char in "\n\t" or char.isprintable()).strip()


def _within(text: str, most: int) -> int:
    """How many characters a small model has room for: other signs than letters may take it a token for each of their bytes."""
    weight = 0
    for number, char in enumerate(text):
        weight += 2 * len(char.encode()) - (char in _LIGHT)
        if weight > most:
            return number
    return len(text)
