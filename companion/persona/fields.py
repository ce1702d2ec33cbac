"""What a blueprint is made of: frozen groups that refuse unknown keys, and the kinds of values in them.

Each field's `description` is what the studio shows beside it: what it is, and what it changes.
"""

from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

REFUSED = "refused"  # the type of our own complaints; their words follow the name of the field

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]  # a line that may be empty
Passage = Annotated[str, StringConstraints(strip_whitespace=True, max_length=6000)]  # a text that may be empty
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
Signed = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A group of a blueprint."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Protocol):
    """Something in a list that goes by a name."""

    @property
    def name(self) -> str:
        """What it is called."""


Many = TypeVar("Many", bound=tuple[Named, ...])


def refused(*problems: tuple[tuple[str | int, ...], str, Any]) -> ValidationError:
    """What a validator raises about values below it: where from there, words that follow the field's name, the value."""
    details = [
        InitErrorDetails(type=PydanticCustomError(REFUSED, "{why}", {"why": why}), loc=loc, input=value) for loc, why, value in problems
    ]
    return ValidationError.from_exception_data("blueprint", details)


def distinct(items: Many) -> Many:
    """The items, if no two have the same name; capitals make no difference."""
    first: dict[str, int] = {}
    again = [
        ((at, "name"), f"is already the name of number {first[key] + 1}", one.name)
        for at, one in enumerate(items)
        if first.setdefault(key := one.name.casefold(), at) != at
    ]
    if again:
        raise refused(*again)
    return items
