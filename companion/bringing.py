"""History that people bring along: exported memories, SillyTavern chats, plain transcripts.

A file is read line by line, within bounds; a line that cannot be read is named by its number and the rest is taken. Times that
a file does not tell follow one another by minutes, so that the order stays.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Engine

from companion.errors import InputError
from companion.persona.library import Persona
from companion.store.memories import Imported, Memories
from companion.store.memory_records import Problems
from companion.store.records import Role
from companion.store.transcripts import MOST_LINES, Line, bring_in

MOST_BYTES = 64_000_000
MOST_CHARS = 100_000  # of a message
STEP = timedelta(minutes=1)
OWN_NAMES = frozenset(("i", "me", "you", "user", "human"))
LINE_END = re.compile(r"\r\n|\n|\r")
SPOKEN = re.compile(r"^(?:\[(?P<time>[^\]]{4,40})\]\s*)?(?P<name>[^\s:\[\]][^:\[\]]{0,39}):\s+(?P<text>\S.*)$")
SILLY_TIMES = (
    "%B %d, %Y %I:%M%p",
    "%B %d, %Y %I:%M %p",
    "%Y-%m-%d @%Hh %Mm %Ss",
    "%Y-%m-%d@%Hh%Mm%Ss",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
)


@dataclass(frozen=True, slots=True)
class Read:
    """One message as a file tells it; `at` is None where it tells no time."""

    number: int
    role: Role
    text: str
    at: datetime | None


class Lines:
    """A text's lines, one at a time: those of a file of nothing but line ends would fill the memory.

    Not `splitlines`, for which an exported note may have separators of lines within its words.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        start = 0
        for end in LINE_END.finditer(self._text):
            yield self._text[start : end.start()]
            start = end.end()
        if start < len(self._text):
            yield self._text[start:]


class Bringing:
    """Brings files in.

    Args:
        engine: the database.
        memories: take exported notes.
        brought: called when something was brought in: it is to be learnt from and indexed.
    """

    def __init__(self, engine: Engine, memories: Memories, brought: Callable[[], None]) -> None:
        self._engine, self._memories, self._brought = engine, memories, brought

    def bring_in(self, persona: Persona, filename: str, content: bytes, now: datetime, version: int | None = None) -> Imported:
        """Takes a file in, whatever of the three it is.

        Args:
            version: number of the persona's version that a conversation goes on with; None follows the newest.

        Returns:
            How many notes or messages were added, how many were there already, and what could not be read, by line.

        Raises:
            InputError: it is too large, no text, or nothing in it can be read.
        """
        lines = _lines(filename, content)
        notes = _is_notes(lines)
        done = self._memories.import_lines(persona.id, lines) if notes else self._talk(persona, filename, lines, now, version)
        self._brought()
        return done

    def _talk(self, persona: Persona, filename: str, lines: Lines, now: datetime, version: int | None) -> Imported:
        problems = Problems()
        silly = next(iter(lines)).lstrip().startswith("{")
        read = list(islice(_silly(lines, problems) if silly else _plain(lines, persona, problems), MOST_LINES + 1))
        if len(read) > MOST_LINES:
            raise InputError(f"This file has more than {MOST_LINES:,} messages.", hint="Split it, and bring in one part after another.")
        if not read:
            raise InputError("No messages could be read in this file.", hint='Each should look like "Me: hello", or be a SillyTavern chat.')
        title = re.sub(r"\.\w{1,5}$", "", filename)[:200]
        bring_in(self._engine, persona.id, _in_time(read, now), title=title, version=version)
        return problems.told(len(read), 0)


def too_large(size_bytes: int) -> InputError:
    """The error of a file with so many bytes."""
    return InputError(f"This file has {size_bytes / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB fit.", hint="Split it into smaller ones.")


def _lines(filename: str, content: bytes) -> Lines:
    if len(content) > MOST_BYTES:
        raise too_large(len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{filename} is not a text file.", hint="Choose a .jsonl or .txt file in UTF-8.") from error
    lines = Lines(text)
    if not any(line.strip() for line in lines):
        raise InputError(f"{filename} is empty.", hint="Choose another file.")
    return lines


def _is_notes(lines: Lines) -> bool:
    """Whether this looks like our own export: an object a line, with a kind and no speaker."""
    for line in islice(lines, 20):
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(one, dict):
            return "kind" in one and "mes" not in one
    return False


def _silly(lines: Lines, problems: Problems) -> Iterator[Read]:
    """SillyTavern's chat: one object with names, then one a message (`is_user`, `mes`, `send_date`)."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            problems.add(number, "This line is not JSON.")
            continue
        if not isinstance(one, dict):
            problems.add(number, "This line is not a message.")
        elif "mes" not in one:
            if number > 1 and "chat_metadata" not in one:
                problems.add(number, "This line has no message.")
        elif not isinstance(one["mes"], str) or len(one["mes"]) > MOST_CHARS:
            problems.add(number, f"This message is no text, or longer than {MOST_CHARS:,} characters.")
        elif one["mes"].strip() and not one.get("is_system"):
            yield Read(number, "user" if one.get("is_user") else "persona", _whole(one["mes"]), _time(one.get("send_date")))


def _plain(lines: Lines, persona: Persona, problems: Problems) -> Iterator[Read]:
    """ "Name: text" a line, perhaps with a [time] before it; lines without a name go on with the message above."""
    hers = {persona.blueprint.identity.name.casefold(), persona.blueprint.identity.called.casefold()}
    names = {found["name"].strip().casefold() for line in lines if (found := SPOKEN.match(line))}
    if not names & hers and len(names) == 2 and names & OWN_NAMES:  # two who talk, one of them says "me": the other one is she
        hers |= names - OWN_NAMES
    last: Read | None = None
    for number, line in enumerate(lines, start=1):
        found = SPOKEN.match(line)
        if found:
            if last:
                yield last
            role: Role = "persona" if found["name"].strip().casefold() in hers else "user"
            last = Read(number, role, _whole(found["text"].strip()), _time(found["time"]))
        elif line.strip() and last:
            text = f"{last.text}\n{_whole(line.strip())}"
            if len(text) > MOST_CHARS:
                problems.add(number, "This message is too long; the rest of it is left out.")
            else:
                last = Read(last.number, last.role, text, last.at)
        elif line.strip():
            problems.add(number, "Nobody is named who says this.")
    if last:
        yield last


def _whole(text: str) -> str:
    """Without half characters, which JSON can hold and a file cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _time(told: object) -> datetime | None:
    """A time as programs write it; without a zone it is this machine's."""
    try:
        if isinstance(told, bool) or told is None:
            return None
        if isinstance(told, int | float) or (isinstance(told, str) and told.isdigit() and len(told) >= 9):
            number = float(told)
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        text = re.sub(r"\s?\d+ms$", "", str(told).strip()[:60])
        for form in SILLY_TIMES:
            try:
                return datetime.strptime(text, form).astimezone(UTC)
            except ValueError:
                continue
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _in_time(read: Sequence[Read], now: datetime) -> list[Line]:
    """Every message with a time: its own, else a minute after the one before it; never before that one, and never in the future."""
    known = [one.at for one in read if one.at]
    at = min(min(known) if known else now - STEP * len(read), now) - STEP
    lines = []
    for one in read:
        at = min(max(one.at or at + STEP, at), now)
        lines.append(Line(one.role, one.text, at))
    return lines
