"""The lorebooks of a card or a file, raw: where they stand, and nothing changed in them."""

from dataclasses import dataclass
from typing import Literal

from companion.errors import CardError
from companion.persona.cards.document import Json
from companion.persona.cards.limits import MOST_ENTRIES
from companion.persona.cards.splice import Path

BookForm = Literal["character_book", "lorebook_v3", "world_info"]
_PLACES: tuple[Path, ...] = (
    ("data", "character_book"),
    ("character_book",),
    ("data", "extensions", "character_book"),
    ("extensions", "character_book"),
)


@dataclass(frozen=True, slots=True)
class RawBook:
    """A lorebook as its JSON says it.

    Attributes:
        path: where it stands in the JSON; empty where the whole text is the book.
        form: `character_book` and `lorebook_v3` have V2's and V3's entries, a list; `world_info` has SillyTavern's, by number.
        value: the book itself, an object.
    """

    path: Path
    form: BookForm
    value: dict[str, Json]

    @property
    def entries(self) -> tuple[tuple[str | int, dict[str, Json]], ...]:
        """Its entries with their key in the book, in the order of the text; what is no object is left out."""
        raw = self.value.get("entries")
        pairs = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
        return tuple((key, entry) for key, entry in pairs if isinstance(entry, dict))


def books_of(value: Json) -> tuple[RawBook, ...]:
    """Every lorebook in a card's or a lorebook's JSON, the one at the right level first; `character_book: null` is none.

    Raises:
        CardError: one has more entries than a lorebook can need.
    """
    if not isinstance(value, dict):
        return ()
    found = [RawBook(path, "character_book", book) for path in _PLACES if isinstance(book := value_at(value, path), dict)]
    if not found and is_lorebook(value):
        inner = value.get("data")
        if value.get("spec") == "lorebook_v3" and isinstance(inner, dict):
            found = [RawBook(("data",), "lorebook_v3", inner)]
        else:
            found = [RawBook((), "world_info" if isinstance(value.get("entries"), dict) else "lorebook_v3", value)]
    for one in found:
        raw = one.value.get("entries")
        if isinstance(raw, list | dict) and len(raw) > MOST_ENTRIES:
            raise CardError(f"The lorebook has more than {MOST_ENTRIES:,} entries.", hint="Split it into several files.")
    return tuple(found)


def is_lorebook(value: Json) -> bool:
    """Whether a JSON is a lorebook of its own: V3's `lorebook_v3`, or SillyTavern's world info."""
    if not isinstance(value, dict):
        return False
    return value.get("spec") == "lorebook_v3" or (isinstance(value.get("entries"), dict | list) and "data" not in value)


def value_at(value: Json, path: Path) -> Json:
    """What stands at a path; None where nothing does."""
    for key in path:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value
