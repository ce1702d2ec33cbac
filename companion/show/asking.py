"""Whether the user asks to see her: patterns of plain words, less what is refused, put off, told of others, or asked how to do.

Words in a row are compared, clause by clause; what somebody quotes is left out. It is right about the common ways to ask and knows no
irony. The patterns are data (`triggers.yaml`), and say there how they are read. English only.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from companion.show.sentences import MOST_CHARS, QUOTED, phrase

CLAUSES = re.compile(r"[.!?…\n,;*~()]+|\s[-–—]+\s|\b(?:but|so|and then|because)\b", re.IGNORECASE)
MOST_NAMES = 48


@cache
def book() -> Mapping[str, Any]:
    """`triggers.yaml`."""
    read: Mapping[str, Any] = yaml.safe_load((files("companion.show") / "triggers.yaml").read_text(encoding="utf-8"))
    return read


@cache
def asking() -> "Asking":
    """The patterns that come with the program."""
    return Asking(book())


class Asking:
    """Looks for requests.

    Args:
        book: as `triggers.yaml` has it.
    """

    def __init__(self, book: Mapping[str, Any]) -> None:
        self._lists: dict[str, Sequence[str]] = {**book["lists"], **book["more_lists"]}
        self._asks: Sequence[str] = book["asks"]
        self._plain = [self._compiled(one, ()) for one in self._asks if "<name>" not in one]
        self._named = [one for one in self._asks if "<name>" in one]
        self._denials, self._allowed = self._any(book["denials"]), self._any(book["not_denials"])
        self._behind, self._taken_back = self._any(book["behind"]), self._any(book["taken_back"])
        self._before, self._after = int(book["denied_within"]), int(book["behind_within"])

    def asked(self, text: str, names: Sequence[str] = ()) -> str | None:
        """The pattern by which a message asks to see her; None if it does not.

        Args:
            text: the user's message.
            names: of her settings and outfits, which may be asked for by name.
        """
        clauses = _clauses(text)
        patterns = [*zip((one for one in self._asks if "<name>" not in one), self._plain, strict=True)]
        if spoken := [one for one in names[:MOST_NAMES] if phrase(one)]:
            patterns += [(one, self._compiled(one, spoken)) for one in self._named]
        found = None
        for clause in clauses:
            if found and self._taken_back.search(f" {clause} "):
                found = None
            found = next((one for one, pattern in patterns if self._asks_by(pattern, clause)), found)
        return found

    def turned(self, text: str) -> bool:
        """Whether a message has words that deny, report or put off, anywhere; a vector of its meaning would not show them."""
        return any(
            self._denials.search(self._allowed.sub(" ", f" {one} ")) or self._taken_back.search(f" {one} ") for one in _clauses(text)
        )

    def denied(self, words: str) -> bool:
        """Whether plain words end in what denies, reports or puts off what comes next."""
        near = f" {' '.join(words.split()[-self._before :])} "
        return bool(self._denials.search(self._allowed.sub(" ", near)))

    def _asks_by(self, pattern: re.Pattern[str], clause: str) -> bool:
        spoken = f" {clause} "
        for match in pattern.finditer(spoken):
            behind = f" {' '.join(spoken[match.end() :].split()[: self._after])} "
            if not self.denied(spoken[: match.start()]) and not self._behind.search(behind) and not self._behind.search(_tail(match[0])):
                return True
        return False

    def _compiled(self, pattern: str, names: Sequence[str]) -> re.Pattern[str]:
        """A pattern over words that are spaced on both sides."""
        lists = {**self._lists, "name": names}
        return re.compile("".join(self._token(token, lists) for token in pattern.split()) + r"(?= )")

    def _token(self, token: str, lists: Mapping[str, Sequence[str]]) -> str:
        optional = token.endswith("?")
        token = token.removesuffix("?")
        if token == "^":
            return r"^"
        if token == "$":
            return r"(?= $)"
        choices = lists[token[1:-1]] if token.startswith("<") else [token]
        told = "|".join(self._choice(one) for one in sorted(choices, key=len, reverse=True))
        return f"(?:{told}){'?' if optional else ''}"

    @staticmethod
    def _choice(words: str) -> str:
        if words == "$":
            return r"(?= $)"
        return r" [^ ]+ing(?= )" if words == "…ing" else "".join(f" {word}(?= )" for word in phrase(words))

    def _any(self, those: Sequence[str]) -> re.Pattern[str]:
        return re.compile("|".join(f" {' '.join(phrase(one))}(?= )" for one in sorted(those, key=len, reverse=True)))


def _clauses(text: str) -> list[str]:
    """A message's clauses as plain words, without what is quoted."""
    spoken = (" ".join(phrase(one)) for one in CLAUSES.split(QUOTED.sub(" ", text[-MOST_CHARS:])))
    return [one for one in spoken if one]


def _tail(matched: str) -> str:
    """The last word of what was matched, spaced: what puts off may be part of it."""
    return f" {matched.split()[-1]} " if matched.split() else " "
