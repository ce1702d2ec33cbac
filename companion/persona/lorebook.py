"""What she can be reminded of when it comes up: a lorebook and its entries, as data.

The names are those of the Character Card specifications V2 and V3 where they have one ("Lorebook Fields", "`entries` Fields",
"Decorators"), and SillyTavern's World Info where they have none (its `extensions` of an entry). What the values do is told in
`companion.persona.lore_rules`; how other programs' books become this one, in `companion.persona.lore_import`.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

MOST_ENTRIES = 1000
MOST_KEYS = 100
MOST_MESSAGES = 10_000

Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Keys = Annotated[tuple[Key, ...], Field(max_length=MOST_KEYS)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
Content = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Messages = Annotated[int, Field(ge=0, le=MOST_MESSAGES)]
Rank = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Logic = Literal["and_any", "and_all", "not_any", "not_all"]
Position = Literal["before_char", "after_char", "personality", "scenario", "depth"]
Role = Literal["system", "user", "assistant"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decorators(_Part):
    """What V3's decorators say of an entry that no field of its own says (V3, "Decorators").

    Attributes:
        activate_only_after: not before this many messages of hers, her greeting counted.
        activate_only_every: only when the number of her messages is a multiple of this.
        keep_activate_after_match: once triggered, always on.
        dont_activate_after_match: triggered once, never again.
        is_greeting: only after this greeting; 0 is `greeting`, 1 the first of `alternate_greetings`.
        is_user_icon: only while the user's picture has this name.
        dont_activate: never on, unless `activate`.
        activate: always on.
        ignore_on_max_context: the first to go when not everything fits.
        others: lines that are not known here, without `@@`; they do nothing and are kept for the program that knows them.
    """

    activate_only_after: Messages = 0
    activate_only_every: Messages = 0
    keep_activate_after_match: bool = False
    dont_activate_after_match: bool = False
    is_greeting: Annotated[int, Field(ge=0, le=1000)] | None = None
    is_user_icon: Label = ""
    dont_activate: bool = False
    activate: bool = False
    ignore_on_max_context: bool = False
    others: Annotated[tuple[Key, ...], Field(max_length=50)] = ()


class Entry(_Part):
    """One thing to be reminded of, and when.

    A key written `/pattern/flags` is a regular expression with JavaScript's flags (i, m, s; g, u and y change nothing here);
    every other key is a text. Messages are counted over both speakers.

    Attributes:
        id: names the entry in a table and in its chance; empty takes its number.
        comment: for whoever writes the book; never told to a model.
        keys: any one of them triggers.
        secondary_keys, logic: what must be true besides: any is found, all are found, none is found, or not all are.
        selective: whether `secondary_keys` count at all.
        additional_keys: at least one must be found as well, whatever else triggers (V3, `@@additional_keys`).
        exclude_keys: none may be found (V3, `@@exclude_keys`).
        content: what she is reminded of; empty adds nothing.
        enabled: false is never on, in any case.
        constant: on without any key.
        case_sensitive: for texts; a pattern has its own flags.
        whole_words: "art" is not found in "start". Scripts that put no spaces between words are always searched inside.
        insertion_order: the lower, the earlier in the prompt.
        priority: the lower, the sooner it goes when not everything fits; None takes `insertion_order`.
        probability: percent, drawn once for each message of the user's.
        sticky: messages that it stays on for, the one that triggered it included; 0 is that one alone.
        cooldown: messages that it is off for, after it was on.
        delay: messages that there must be before it can be on.
        scan_depth: newest messages that are searched for keys; None takes the book's.
        exclude_recursion: other entries do not trigger it.
        prevent_recursion: it triggers no other entries.
        delay_until_recursion: only other entries trigger it.
        position, depth, role: where another program puts it: at `depth`, this many messages from the newest. Companion tells
            everything beside the newest message, those nearest to it last.
    """

    id: Label = ""
    comment: Label = ""
    keys: Keys = ()
    secondary_keys: Keys = ()
    logic: Logic = "and_any"
    selective: bool = True
    additional_keys: Keys = ()
    exclude_keys: Keys = ()
    content: Content
    enabled: bool = True
    constant: bool = False
    case_sensitive: bool = False
    whole_words: bool = True
    insertion_order: Rank = 100
    priority: Rank | None = None
    probability: float = Field(default=100.0, ge=0, le=100, description="percent")
    sticky: Messages = 0
    cooldown: Messages = 0
    delay: Messages = 0
    scan_depth: Messages | None = None
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: bool = False
    position: Position = "after_char"
    depth: Messages = 4
    role: Role = "system"
    decorators: Decorators = Decorators()

    @property
    def worth(self) -> int:
        """What decides when not everything fits: the higher, the longer it stays."""
        return self.insertion_order if self.priority is None else self.priority

    def every_key(self) -> Iterator[str]:
        """All that is searched for."""
        yield from self.keys
        yield from self.secondary_keys
        yield from self.additional_keys
        yield from self.exclude_keys


class Lorebook(_Part):
    """Entries, and what holds for all of them.

    Attributes:
        name, description: for whoever writes the book; never told to a model.
        scan_depth: newest messages that are searched for keys.
        token_budget: tokens of all that is on at once; None leaves it to the model's own room.
        recursive: what is on is searched for keys as well.
    """

    name: Label = ""
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=6000)] = ""
    scan_depth: Messages = 4
    token_budget: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    recursive: bool = False
    entries: tuple[Entry, ...] = Field(default=(), max_length=MOST_ENTRIES)

    @field_validator("entries")
    @classmethod
    def _ids_differ(cls, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        seen: dict[str, int] = {}
        for number, entry in enumerate(entries, 1):
            if entry.id and (first := seen.setdefault(entry.id, number)) != number:
                raise PydanticCustomError("same_id", "entries {first} and {second} have the same id", {"first": first, "second": number})
        return entries

    def name_of(self, number: int) -> str:
        """What names an entry in a table and in its chance: its id, else `#` and its number from 1."""
        return self.entries[number].id or f"#{number + 1}"
