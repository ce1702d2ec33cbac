"""A card's fields, read off its JSON without changing it: V1, V2, V3 and what is newer, wherever a field really stands.

A value of the wrong type reads as empty here and stays as it is in the text; `checks.py` says so. `Card.path` names where a field
is, for an edit (`writing.py`).

V3 says both that `system_prompt`, `first_mes` and others are fields of its object and that they are removed. Every program that writes V3
writes and reads them, so they are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from companion.errors import CardError
from companion.persona.cards.assets import Asset, assets_of
from companion.persona.cards.books import RawBook, books_of
from companion.persona.cards.container import Container, read_container
from companion.persona.cards.document import Document, Json
from companion.persona.cards.splice import Path

Version = Literal["v1", "v2", "v3"]
SPECS: Mapping[Version, tuple[str, str]] = {"v2": ("chara_card_v2", "2.0"), "v3": ("chara_card_v3", "3.0")}
V1_FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
V2_FIELDS = (
    "creator_notes", "system_prompt", "post_history_instructions", "alternate_greetings", "character_book", "tags", "creator",
    "character_version", "extensions",
)  # fmt: skip
V3_FIELDS = (
    "assets", "nickname", "creator_notes_multilingual", "source", "group_only_greetings", "creation_date", "modification_date",
)  # fmt: skip
FIELDS = V1_FIELDS + V2_FIELDS + V3_FIELDS
_MILLISECONDS = 100_000_000_000  # as seconds, the year 5138


@dataclass(frozen=True)
class Card:
    """What a card says. Every text is as it stands in the card, macros and all.

    Attributes:
        document: the JSON that counts.
    """

    document: Document

    @cached_property
    def spec(self) -> str:
        """What the card says it is; empty if it does not."""
        return _text(self.document.members.get("spec"))

    @cached_property
    def spec_version(self) -> str:
        """The version it says it is written in."""
        return _text(self.document.members.get("spec_version"))

    @cached_property
    def version(self) -> Version:
        """Which specification it is read by: what is newer than V3 counts as V3, an object `data` without a name of a version as V2."""
        if not isinstance(self.document.members.get("data"), dict):
            return "v1"
        known: dict[str, Version] = {"chara_card_v2": "v2", "chara_card_v1": "v2", "": "v2"}
        return known.get(self.spec, "v3")

    @property
    def newer(self) -> bool:
        """Whether it is written in a version newer than 3.0, of which something may not be known here."""
        try:
            return self.version == "v3" and float(self.spec_version) > 3.0
        except ValueError:
            return False

    @cached_property
    def data(self) -> dict[str, Json]:
        """The object that the version keeps its fields in."""
        inner = self.document.members.get("data")
        return inner if isinstance(inner, dict) else self.document.members

    def path(self, field: str) -> Path:
        """Where a field stands in the JSON, or would be added."""
        if self.version == "v1" or (field not in self.data and field in self.document.members):
            return (field,)
        return ("data", field)

    def raw(self, field: str) -> Json:
        """A field as it is, also where it stands at the wrong level; None if it is null or nowhere."""
        return self.data[field] if field in self.data else self.document.members.get(field)

    def text(self, field: str) -> str:
        """A field as text; empty if it is none."""
        return _text(self.raw(field))

    def texts(self, field: str) -> tuple[str, ...]:
        """A field as a list of texts; what is no text in it is left out."""
        raw = self.raw(field)
        return tuple(one for one in raw if isinstance(one, str)) if isinstance(raw, list) else ()

    @property
    def called(self) -> str:
        """What `{{char}}` stands for: the nickname, else the name."""
        return self.text("nickname") or self.text("name")

    @property
    def greetings(self) -> tuple[str, ...]:
        """The first message and its alternatives, in the order that `@@is_greeting` counts them."""
        return (self.text("first_mes"), *self.texts("alternate_greetings"))

    @property
    def extensions(self) -> dict[str, Json]:
        """What programs keep of their own; empty if there is nothing."""
        raw = self.raw("extensions")
        return raw if isinstance(raw, dict) else {}

    @property
    def creator_notes(self) -> dict[str, str]:
        """The creator's notes by language: those of several languages, and `creator_notes` as English where they have none."""
        raw = self.raw("creator_notes_multilingual")
        notes = {language: note for language, note in raw.items() if isinstance(note, str)} if isinstance(raw, dict) else {}
        return notes if "en" in notes or not self.text("creator_notes") else notes | {"en": self.text("creator_notes")}

    @property
    def assets(self) -> tuple[Asset, ...]:
        """Its pictures and other files; where the field is missing, the one icon that the specification puts there."""
        return assets_of(self.raw("assets"))

    @property
    def books(self) -> tuple[RawBook, ...]:
        """Its lorebooks, raw, the one at the right level first."""
        return books_of(self.document.value)

    @property
    def created(self) -> datetime | None:
        """When it was made; None if it does not say."""
        return moment(self.raw("creation_date"))

    @property
    def modified(self) -> datetime | None:
        """When it was changed last; None if it does not say."""
        return moment(self.raw("modification_date"))


def read_card(data: bytes) -> tuple[Container, Card]:
    """The card in a file.

    Raises:
        CardError: there is none, or it is damaged or hostile.
    """
    container = read_container(data)
    return container, card_of(container)


def card_of(container: Container) -> Card:
    """The card in a container.

    Raises:
        CardError: it holds a lorebook alone, or an object that is no card.
    """
    if container.is_lorebook:
        raise CardError("This is a lorebook and no character card.", hint="Add it to a persona as her lorebook.")
    card = Card(container.document)
    if not any(field in card.data or field in card.document.members for field in V1_FIELDS):
        raise CardError("The JSON is no character card: it has none of a card's fields.", hint="A card has at least a name.")
    return card


def moment(raw: Json) -> datetime | None:
    """A date of a card, in seconds since 1970 as the specification wants or in milliseconds as some programs write; 0 is unknown."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not raw:
        return None
    try:
        return datetime.fromtimestamp(raw / 1000 if in_milliseconds(raw) else raw, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def in_milliseconds(raw: Json) -> bool:
    """Whether a date is so large that it counts milliseconds."""
    return isinstance(raw, int | float) and abs(raw) >= _MILLISECONDS


def _text(raw: Json) -> str:
    return raw if isinstance(raw, str) else ""
