"""The macros in a card's texts, replaced: one pure function, the same result for the same arguments.

V3, "Curly Braced Syntaxes"; V1 for `<BOT>` and `<USER>`; `{{original}}` as V2 programs use it in `system_prompt` and
`post_history_instructions`. Macros may stand inside each other; what comes out of one is never read as a macro again, so a user's name
cannot become one. What is not known, or not closed, stays as it is. Values may be parted by `::` as well, as SillyTavern does.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from companion.errors import CardError
from companion.persona.cards.limits import MOST_EXPANDED_CHARS, MOST_MACRO_DEPTH

_TOKEN = re.compile(r"\{\{|\}\}|<(?:char|bot|user)>", re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
_ROLL = re.compile(r"(?:d)?([1-9][0-9]*)", re.IGNORECASE)
MOST_SIDES_DIGITS = 4000  # more than anyone throws, and what Python reads of a number


class _Result(str):
    """What came out of a macro: it is text, whatever signs are in it."""

    __slots__ = ()


_Pieces = list[str | _Result]


@dataclass(frozen=True, slots=True)
class Names:
    """What the macros stand for.

    Attributes:
        char: what she is called: `Card.called`.
        user: what the user is called; never empty in a prompt.
        original: what `{{original}}` gives way to: the program's own prompt; None where it is no macro.
    """

    char: str
    user: str
    original: str | None = None


def expand(text: str, names: Names, *, seed: str = "", draw: int = 0, matching: bool = False) -> str:
    """A card's text with its macros replaced.

    Args:
        text: as it stands in the card.
        names: what the macros stand for.
        seed: what `{{pick}}` depends on, such as a conversation's id: the same text picks the same again.
        draw: what `{{random}}` and `{{roll}}` depend on besides, such as the number of the turn.
        matching: for finding lorebook entries in it, where a `{{hidden_key}}` counts; False for a prompt, where it does not.

    Raises:
        CardError: the text is longer than one may be, or would become so.
    """
    if len(text) > MOST_EXPANDED_CHARS:
        raise _too_long()
    state = _Expansion(names, seed, _dice(draw, seed, text), matching)
    stack: list[_Pieces] = [[]]
    at = 0
    for token in _TOKEN.finditer(text):
        stack[-1].append(text[at : token.start()])
        at = token.end()
        sign = token[0].lower()
        if sign == "{{" and len(stack) <= MOST_MACRO_DEPTH:
            stack.append([])
        elif sign == "}}" and len(stack) > 1:
            inner = stack.pop()
            found = state.replaced(inner)
            stack[-1] += ["{{", *inner, "}}"] if found is None else [_Result(found)]
        elif sign[0] == "<":
            stack[-1].append(_Result(state.count(names.user if sign == "<user>" else names.char)))
        else:
            stack[-1].append(token[0])
    stack[-1].append(text[at:])
    while len(stack) > 1:
        inner = stack.pop()
        stack[-1] += ["{{", *inner]
    return state.bounded("".join(stack[0]))


@dataclass(slots=True)
class _Expansion:
    """One text under way: its dice, how often it has picked, and how much has come out of its macros."""

    names: Names
    seed: str
    dice: random.Random
    matching: bool
    picks: int = 0
    chars: int = 0
    verbs: dict[str, Callable[[_Pieces], str | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.verbs = {
            "random": lambda pieces: self.dice.choice(_values(pieces)),
            "pick": self.pick,
            "roll": self.roll,
            "reverse": lambda pieces: "".join(pieces)[::-1],
            "comment": lambda pieces: "",
            "hidden_key": lambda pieces: "".join(pieces) if self.matching else "",
        }

    def replaced(self, pieces: _Pieces) -> str | None:
        """What stands for a macro, given what is between its braces; None if it is not known."""
        first = next((piece for piece in pieces if piece), "")
        if isinstance(first, _Result):
            return None
        words = first.lstrip()
        if words.startswith("//"):
            return ""
        name, colon, rest = words.partition(":")
        name = name.strip().lower()
        if not colon:
            plain = {"char": self.names.char, "bot": self.names.char, "user": self.names.user, "original": self.names.original}
            alone = plain.get(name) if all(not piece for piece in pieces[pieces.index(first) + 1 :]) else None
            return None if alone is None else self.count(alone)
        if name not in self.verbs:
            return None
        found = self.verbs[name]([rest, *pieces[pieces.index(first) + 1 :]])
        return None if found is None else self.count(found)

    def pick(self, pieces: _Pieces) -> str:
        """One of the values, the same whenever the same text is expanded with the same seed."""
        self.picks += 1
        values = _values(pieces)
        return _dice(self.seed, self.picks, *values).choice(values)

    def roll(self, pieces: _Pieces) -> str | None:
        """A number from 1 to N."""
        sides = _ROLL.fullmatch("".join(pieces).lstrip(":").strip())
        return None if sides is None or len(sides[1]) > MOST_SIDES_DIGITS else str(self.dice.randint(1, int(sides[1])))

    def count(self, result: str) -> str:
        """The result, once it is added to what has come out so far."""
        self.chars += len(result)
        if self.chars > 4 * MOST_EXPANDED_CHARS:  # what comes out of macros inside macros is counted at each level
            raise _too_long()
        return result

    def bounded(self, text: str) -> str:
        """The whole text, if it is not too long."""
        if len(text) > MOST_EXPANDED_CHARS:
            raise _too_long()
        return text


def _dice(*parts: str | int) -> random.Random:
    """Dice that fall the same for the same parts; a text may hold half a character."""
    return random.Random("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"))


def _values(pieces: _Pieces) -> list[str]:
    """The values of a list: parted by `::` where that is in it, else by commas that no backslash stands before."""
    doubled = isinstance(pieces[0], str) and pieces[0].startswith(":")
    if doubled:
        pieces = [pieces[0][1:], *pieces[1:]]
    double = doubled and any("::" in piece for piece in pieces if not isinstance(piece, _Result))
    values = [""]
    for piece in pieces:
        parts = [piece] if isinstance(piece, _Result) else piece.split("::") if double else _COMMA.split(piece)
        if not isinstance(piece, _Result):
            parts = [part.replace("\\,", ",") for part in parts]
        values[-1] += parts[0]
        values += parts[1:]
    return values


def _too_long() -> CardError:
    return CardError(
        f"A text of the card grows to more than {MOST_EXPANDED_CHARS:,} characters.", hint="Take repeated macros out of it, or shorten it."
    )
