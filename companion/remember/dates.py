"""Which days a question speaks of: "on 13 October", "last June", "two weeks ago", "in 2023".

A question is read in under a tenth of a millisecond, since every message passes here; the large date libraries take tens of
milliseconds to search a sentence and read dates into ordinary words ("may", "sun", "second").
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
SHORT_MONTHS = {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}
WEEKDAYS = {name.casefold(): number for number, name in enumerate(calendar.day_name)}
NUMBERS = dict(zip("a an one two three four five six seven eight nine ten".split(), (1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # northern; the first of three months

_MONTH = "|".join(sorted({*MONTHS, *SHORT_MONTHS}, key=len, reverse=True))
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?"
_COUNT = "|".join([*NUMBERS, r"\d{1,3}", "a couple of", "a few"])
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<month>{_MONTH})\.?\s+(?:the\s+)?{_DAY}\b{_YEAR}",
        rf"\b(?:the\s+)?{_DAY}\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?{_YEAR}",
        r"\b(?P<year>(?:19|20)\d\d)-(?P<monthnumber>\d\d)-(?P<day>\d\d)\b",
        rf"\b(?:(?P<which>last|this|next|in|since|during|by|of|early|late|mid)\s+)?(?P<month>{_MONTH})\b{_YEAR}",
        rf"\b(?P<count>{_COUNT})\s+(?P<unit>day|week|month|year)s?\s+(?P<which>ago|before|back)\b",
        r"\b(?P<which>last|this|next|past)\s+(?P<unit>week|weekend|month|year)\b",
        rf"\b(?:(?P<which>last|on|this)\s+)(?P<weekday>{'|'.join(WEEKDAYS)})\b",
        rf"\b(?:(?P<which>last|this|in|during|of|next)\s+)(?:the\s+)?(?P<season>{'|'.join(SEASONS)})\b{_YEAR}",
        r"\b(?P<word>yesterday|today|tonight|this morning|the day before yesterday)\b",
        r"\b(?:in|of|since|during)\s+(?P<year>(?:19|20)\d\d)\b",
    )
)
TELLING = re.compile(  # in lower case: to overlook the case takes four times as long, and hundreds of messages are asked
    r"\b(yesterday|today|tonight|tomorrow|last|next|ago|since|recently|now|(?:week|weekend|month|year)s?|"
    + "|".join([*MONTHS, *WEEKDAYS, *SEASONS])
    + r")\b"
)
WHEN = re.compile(r"\b(?:when|how long|how recently|(?:what|which) (?:day|date|month|year|week|season|time))\b", re.IGNORECASE)

BESIDE = 0.75  # what a day right beside a span counts for


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def nearness(self, day: date) -> float:
        """How well something said on a day fits, in [0, 1].

        Things are spoken of soon after they happen, and plans before: full marks within the span, most within a day of it, less
        after it, little before. A span of a year says little in itself.
        """
        length = (self.last - self.first).days + 1
        after, before = (day - self.last).days, (self.first - day).days
        if after <= 1 and before <= 1:
            return 0.3 if length > 100 else 1.0 if self.first <= day <= self.last else BESIDE
        if length > 100:
            return 0.0
        if 1 < after <= 10 or (length > 7 and 0 < after <= 31):
            return 0.55
        return 0.3 if max(after, before) <= 20 else 0.0


def spans(text: str, today: date) -> tuple[Span, ...]:
    """The stretches of days a text names, in the order of its words; a date that does not exist is none.

    Args:
        today: what "yesterday" and a month without its year are relative to: the latest one that has begun.
    """
    found: list[tuple[int, Span]] = []
    taken: list[tuple[int, int]] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            for span in _read(match, text, today):
                found.append((start, span))
                taken.append((start, end))
    return tuple(span for _, span in sorted(found, key=lambda one: one[0]))


def asks_when(text: str) -> bool:
    """Whether a question asks for a time."""
    return WHEN.search(text) is not None


def tells_when(text: str) -> bool:
    """Whether something said has a word of time in it."""
    return TELLING.search(text.casefold()) is not None


def _read(match: re.Match[str], text: str, today: date) -> Iterator[Span]:
    part = match.groupdict()
    try:
        if part.get("word"):
            back = {"yesterday": 1, "the day before yesterday": 2}.get(part["word"].casefold(), 0)
            yield Span(today - timedelta(days=back), today - timedelta(days=back))
        elif part.get("count"):
            yield _ago(part["count"].casefold(), part["unit"].casefold(), today)
        elif part.get("unit"):
            yield _unit(part["which"].casefold(), part["unit"].casefold(), today)
        elif part.get("weekday"):
            back = (today.weekday() - WEEKDAYS[part["weekday"].casefold()]) % 7 or 7
            yield Span(today - timedelta(days=back), today - timedelta(days=back))
        elif part.get("season"):
            first = SEASONS[part["season"].casefold()]
            year = int(part["year"]) if part.get("year") else today.year - (date(today.year, first, 1) > today)
            yield Span(date(year, first, 1), _end(year + (first + 2) // 13, (first + 1) % 12 + 1))
        elif part.get("month") or part.get("monthnumber"):
            yield from _month(match, part, text, today)
        else:
            year = int(part["year"])
            yield Span(date(year, 1, 1), date(year, 12, 31))
    except (ValueError, OverflowError):
        return


def _month(match: re.Match[str], part: dict[str, str | None], text: str, today: date) -> Iterator[Span]:
    name = (part.get("month") or "").casefold()
    if name in {"may", "mar", "march", "jan", "dec", "sun", "sat", "oct", "aug", "sep", "sept", "nov", "feb", "apr", "jun", "jul"}:
        # "may" and "march" are words as well: a month has a day, a year, a little word before it or a capital inside the sentence.
        alone = not (part.get("day") or part.get("year") or part.get("which"))
        if alone and not (match.start() and text[match.start()].isupper()):
            return
    month = int(part["monthnumber"]) if part.get("monthnumber") else MONTHS.get(name) or SHORT_MONTHS[name]  # type: ignore[arg-type]
    day = int(part["day"]) if part.get("day") else None  # type: ignore[arg-type]
    year = int(part["year"]) if part.get("year") else today.year - ((month, day or 1) > (today.month, today.day))  # type: ignore[arg-type]
    if day is not None:
        yield Span(date(year, month, day), date(year, month, day))
    else:
        yield Span(date(year, month, 1), _end(year, month))


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _ago(count: str, unit: str, today: date) -> Span:
    number = {"a couple of": 2, "a few": 3}.get(count) or NUMBERS.get(count) or int(count)
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[unit]
    around, slack = today - timedelta(days=number * days), {"day": 0, "week": 3, "month": 10, "year": 49}[unit]
    return Span(around - timedelta(days=slack), around + timedelta(days=slack))


def _unit(which: str, unit: str, today: date) -> Span:
    monday = today - timedelta(days=today.weekday())
    step = {"last": -1, "past": -1, "this": 0, "next": 1}[which]
    if unit in ("week", "weekend"):
        first = monday + timedelta(days=7 * step + (5 if unit == "weekend" else 0))
        return Span(first, monday + timedelta(days=7 * step + 6))
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        return Span(date(year, month + 1, 1), _end(year, month + 1))
    return Span(date(today.year + step, 1, 1), date(today.year + step, 12, 31))
