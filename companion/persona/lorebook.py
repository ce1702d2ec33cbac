"""What she can be reminded of when it comes up: a lorebook and its entries, as data.

The names are those of the Character Card specifications V2 and V3 where they have one ("Lorebook Fields", "`entries` Fields",
"Decorators"), and SillyTavern's World Info where they have none (its `extensions` of an entry). What the values do is told in
`companion.persona.lore_rules`; how other programs' books become this one, in `companion.persona.lore_import`.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from companion.persona.fields import Part

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


class Decorators(Part):
    """What V3's decorators say of an entry that no field of its own says (V3, "Decorators")."""

    activate_only_after: Messages = Field(default=0, description="Not before this many messages of hers, her greeting counted.")
    activate_only_every: Messages = Field(default=0, description="Only when the number of her messages is a multiple of this.")
    keep_activate_after_match: bool = Field(default=False, description="Once triggered, always on.")
    dont_activate_after_match: bool = Field(default=False, description="Triggered once, never again.")
    is_greeting: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="Only after this greeting: 0 is the first, 1 the first alternate one."
    )
    is_user_icon: Label = Field(default="", description="Only while the user's picture has this name.")
    dont_activate: bool = Field(default=False, description="Never on, unless `activate`.")
    activate: bool = Field(default=False, description="Always on.")
    ignore_on_max_context: bool = Field(default=False, description="The first to go when not everything fits.")
    others: Annotated[tuple[Key, ...], Field(max_length=50)] = Field(
        default=(), description="Lines of other programs, without @@; they do nothing here and are kept for the program that knows them."
    )


class Entry(Part):
    """One thing to be reminded of, and when.

    A key written `/pattern/flags` is a regular expression with JavaScript's flags (i, m, s; g, u and y change nothing here);
    every other key is a text. Messages are counted over both speakers. `position`, `depth` and `role` say where another program
    puts it; Companion tells everything beside the newest message, those nearest to it last.
    """

    id: Label = Field(default="", description="Names the entry in a table and in its chance; empty takes its number.")
    comment: Label = Field(default="", description="A title for you; it is never told to a model.")
    keys: Keys = Field(default=(), description="Any one of them triggers it: words, or a pattern written /.../i.")
    secondary_keys: Keys = Field(default=(), description="What must be true besides, in the way that logic says.")
    logic: Logic = Field(default="and_any", description="How the secondary keys count: any is found, all are, none is, or not all are.")
    selective: bool = Field(default=True, description="Whether the secondary keys count at all.")
    additional_keys: Keys = Field(default=(), description="At least one must be found as well, whatever else triggers.")
    exclude_keys: Keys = Field(default=(), description="None of them may be found.")
    content: Content = Field(description="What she is reminded of.")
    enabled: bool = Field(default=True, description="Off, it is never on, in any case.")
    constant: bool = Field(default=False, description="On without any key.")
    case_sensitive: bool = Field(default=False, description="Whether capitals count; a pattern has its own flags.")
    whole_words: bool = Field(default=True, description='Whether a key is a whole word: then "art" is not found in "start".')
    insertion_order: Rank = Field(default=100, description="The lower, the earlier she is told.")
    priority: Rank | None = Field(default=None, description="The lower, the sooner it goes when not everything fits; none takes the order.")
    probability: float = Field(default=100.0, ge=0, le=100, description="How often it is on when it could be, in percent.")
    sticky: Messages = Field(default=0, description="Messages it stays on for, the one that triggered it included; 0 is that one alone.")
    cooldown: Messages = Field(default=0, description="Messages it is off for, after it was on.")
    delay: Messages = Field(default=0, description="Messages there must be before it can be on.")
    scan_depth: Messages | None = Field(default=None, description="Newest messages that are searched for its keys; none takes the book's.")
    exclude_recursion: bool = Field(default=False, description="Other entries do not trigger it.")
    prevent_recursion: bool = Field(default=False, description="It triggers no other entries.")
    delay_until_recursion: bool = Field(default=False, description="Only other entries trigger it.")
    position: Position = Field(default="after_char", description="Where she is told: the later in the list, the nearer to the new message.")
    depth: Messages = Field(default=4, description="With the position depth, messages from the newest.")
    role: Role = Field(default="system", description="Who would say it in another program.")
    decorators: Decorators = Field(default=Decorators(), description="Finer conditions, as V3 character cards have them.")

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


class Lorebook(Part):
    """Entries, and what holds for all of them."""

    name: Label = Field(default="", description="A title for you; it is never told to a model.")
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=6000)] = Field(
        default="", description="What the book is for; it is never told to a model."
    )
    scan_depth: Messages = Field(default=4, description="Newest messages that are searched for keys.")
    token_budget: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="Tokens of all that is on at once; none leaves it to the model's own room."
    )
    recursive: bool = Field(default=False, description="Whether what is on is searched for keys as well.")
    entries: tuple[Entry, ...] = Field(default=(), max_length=MOST_ENTRIES, description="What there is to be reminded of.")

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
