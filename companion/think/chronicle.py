"""What the model reads of what has left the buffer: dated lines of the chronicle, and headlines where it has no entry yet.

An entry stands in place of the headlines of the messages it covers, once all of them have left. It has to be there when they
leave: one that is written later waits until the next ones do, so that the prompt's beginning does not change in between.

A capable model may write an entry itself; what it is asked is `prompts/chronicle.j2`.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from companion.think.buffer import Round, day_words, headline

LINE_CHARS = 240  # a longer one, which only a person writes, is cut: it would push out all the others
MOST_LINES = 3
DATED = re.compile(r"\d{1,2} [^\W\d]{3,12}(?: \d{4})?:")
LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chronicle.

    Attributes:
        text: a line for each thing; one without a day of its own was said on the first day. Empty says nothing, on purpose.
        covers: ids of the messages it sums up.
        written_at: when it came to be.
    """

    text: str
    covers: frozenset[str]
    written_at: datetime


def earlier(left: Sequence[Round], entries: Collection[Entry], before: datetime) -> Iterator[str]:
    """Lines on what has left the buffer, the newest first: who has room for some does not wait for all.

    Args:
        left: the rounds that have left, oldest first.
        entries: those of the conversation; what does not lie wholly in `left` is passed over, as is what overlaps an older one.
        before: when the message was asked with which the last of them left; what was written later is not read yet.
    """
    gone = {turn.id for round_ in left for turn in round_.messages} if entries else set()
    by_message: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: one.written_at):
        if entry.covers and entry.written_at <= before and entry.covers <= gone and not entry.covers & by_message.keys():
            by_message |= dict.fromkeys(entry.covers, entry)
    untold = Counter(by_message[turn.id] for round_ in left for turn in round_.messages if turn.id in by_message)
    for round_ in reversed(left):
        covering = [by_message[turn.id] for turn in reversed(round_.messages) if turn.id in by_message]
        for entry in covering:
            untold[entry] -= 1
            if not untold[entry]:  # it stands where the first of its messages stood
                yield from reversed(tuple(dated(entry.text, day_words(round_.messages[0].at))))
        if not covering and round_.asked:
            yield headline(round_.asked, day_words(round_.asked.at))


def dated(text: str, day: str) -> Iterator[str]:
    """The lines of an entry, each with its day."""
    for line in text.splitlines():
        line = " ".join(line.split())
        if len(line) > LINE_CHARS:
            line = line[: LINE_CHARS - 1].rsplit(" ", 1)[0] + "…"
        if line:
            yield line if DATED.match(line) else f"{day}: {line}"


def entry_of(reply: str, *, complete: bool) -> str:
    """An entry out of a model's reply: a line each, without list marks and headings. Empty when there is none in it.

    Args:
        complete: the model came to an end; otherwise its last line is left out.
    """
    lines = [LIST_MARK.sub("", line).strip() for line in reply.strip().splitlines()]
    lines = [line for line in (lines if complete else lines[:-1]) if re.search(r"\w", line) and not line.endswith(":")]
    fitting = [line[:1].lower() + line[1:] if line.startswith("They ") else line for line in lines if len(line) <= LINE_CHARS]
    return "\n".join(fitting[:MOST_LINES])
