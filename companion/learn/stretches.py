"""Stretches of time: what the words of `moments.py` mean, counted from the moment they were said.

Each function gets the words a pattern caught, when they were said, and whether the clause tells of the past; it gives
back a `When`. Months and years are stretches too: "in May" is all of May.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
NUMBERS = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
NUMBERS |= {"a": 1, "an": 1, "a couple of": 2}
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
FEASTS = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
}


@dataclass(frozen=True)
class When:
    """A stretch of time somebody spoke of.

    Attributes:
        start, end: aware, in the speaker's time zone; end is exclusive.
        words: how a note writes it, without a preposition: "Thursday 12 March", "May", "1987".
        preposition: what a sentence puts before the words: "on", "in", "at", "since", "until", or nothing.
        day, month: of a yearly date, for birthdays; 0 when not said.
        hour: whether a time of the day was said.
    """

    start: datetime
    end: datetime
    words: str
    preposition: str
    day: int = 0
    month: int = 0
    hour: bool = False

    @property
    def phrase(self) -> str:
        """The words with their preposition: "on Thursday 12 March"."""
        return f"{self.preposition} {self.words}".strip()


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _a_day(at: datetime, said_at: datetime, *, day: int = 0, month: int = 0) -> When:
    start = _midnight(at)
    year = f" {start.year}" if start.year != said_at.year else ""
    return When(start, start + timedelta(days=1), f"{start:%A} {start.day} {start:%B}{year}", "on", day, month)


def _a_month(year: int, month: int, said_at: datetime, months: int = 1, name: str = "") -> When:
    start = _midnight(said_at).replace(year=year, month=month, day=1)
    following = year * 12 + month - 1 + months
    end = start.replace(year=following // 12, month=following % 12 + 1)
    return When(start, end, (name or f"{start:%B}") + (f" {year}" if year != said_at.year else ""), "in", month=month if months == 1 else 0)


def _a_week(day: datetime, said_at: datetime, *, weekend: bool = False) -> When:
    monday = _midnight(day) - timedelta(days=day.weekday())
    start = monday + timedelta(days=5 if weekend else 0)
    year = f" {start.year}" if start.year != said_at.year else ""
    return When(
        start,
        monday + timedelta(days=7),
        f"the {'weekend' if weekend else 'week'} of {start.day} {start:%B}{year}",
        "on" if weekend else "in",
    )


def _a_year(year: int, said_at: datetime) -> When:
    start = _midnight(said_at).replace(year=year, month=1, day=1)
    return When(start, start.replace(year=year + 1), str(year), "in")


def _shifted(day: datetime, months: int) -> datetime:
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))


def _count(word: str) -> int:
    return NUMBERS[word] if word in NUMBERS else int(word)


def _weekday(word: str) -> int:
    return next(n for n, name in enumerate(DAYS) if name[:2] == word[:2])


def _month(word: str) -> int:
    return next(n for n, name in enumerate(MONTHS, 1) if name[:3] == word[:3])


def _in_role(when: When, role: str | None) -> When:
    return replace(when, preposition=role.replace("till", "until")) if role in {"since", "until", "till"} else when


def calendar_day(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "12 March", "March 12th 2027": the nearest one in the direction the clause points to."""
    day, month = int(re.sub(r"\D", "", match["day"])), _month(match["month"])
    year = int(match["year"]) if match["year"] else said_at.year
    found = said_at.replace(year=year, month=month, day=day)
    if not match["year"]:
        if past and found > said_at:
            found = found.replace(year=year - 1)
        elif not past and found.date() < said_at.date():
            found = found.replace(year=year + 1)
    return _in_role(_a_day(found, said_at, day=day, month=month), match["role"])


def numeric_day(match: re.Match[str], said_at: datetime, past: bool) -> When | None:
    """For "2027-03-12", "12.3.2027"; None where day and month cannot be told apart."""
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
    else:
        first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
        if match["sep"] == "/" and first <= 12 and second <= 12 and first != second:
            return None  # 3/4 is March in one country and April in another
        day, month = (second, first) if second > 12 else (first, second)
    return _a_day(said_at.replace(year=year, month=month, day=day), said_at, day=day, month=month)


def day_of_month(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "on the 3rd": the next one, or the last."""
    day, at = int(re.sub(r"\D", "", match["day"])), said_at.replace(day=1)
    for _ in range(13):
        if 1 <= day <= monthrange(at.year, at.month)[1]:
            found = at.replace(day=day)
            if (found.date() <= said_at.date()) if past else (found.date() >= said_at.date()):
                return _a_day(found, said_at)
        at = _shifted(at, -1 if past else 1)
    raise ValueError(match[0])


def near_day(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "tomorrow", "yesterday", "tonight"."""
    words = match["near"].removeprefix("the ")
    days = {"yesterday": -1, "last night": -1, "day after tomorrow": 2, "day before yesterday": -2}.get(
        words, int(words.startswith(("tom", "tm")))
    )
    return _a_day(said_at + timedelta(days=days), said_at)


def named_day(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "on Thursday", "next Friday", "last Tuesday", "Monday next week"."""
    said = match.groupdict()
    ahead = (_weekday(said["day"]) - said_at.weekday()) % 7
    which, week = (said.get("which") or "").removeprefix("this "), said.get("week") or ""
    if week or which == "next":
        days = (-7 if week.startswith("last") else 7) - said_at.weekday() + _weekday(said["day"])
    elif which in {"last", "past"} or (past and which not in {"coming", "this"}):
        days = ahead - 7
    else:
        days = ahead or (0 if which == "this" else 7)
    return _in_role(_a_day(said_at + timedelta(days=days), said_at), said.get("role"))


def stretch(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "next month", "last summer", "this weekend", "next May"."""
    step = {"next": 1, "the coming": 1, "last": -1, "the past": -1}.get(match["which"], 0)
    unit = match["unit"]
    if unit in {"week", "weekend"}:
        return _a_week(said_at + timedelta(days=7 * step), said_at, weekend=unit == "weekend")
    if unit == "month":
        at = _shifted(said_at, step)
        return _a_month(at.year, at.month, said_at)
    if unit == "year":
        return _a_year(said_at.year + step, said_at)
    month = SEASONS[unit] if unit in SEASONS else _month(unit)
    months = 3 if unit in SEASONS else 1
    if (step > 0 and month > said_at.month) or (step < 0 and month + months <= said_at.month):
        step = 0  # "next summer", said in spring, is this year's
    return _a_month(said_at.year + step, month, said_at, months, unit if unit in SEASONS else "")


def distance(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "in two weeks", "three days ago"."""
    said = match.groupdict()
    count = _count(match["count"]) * (-1 if said.get("ago") else 1)
    unit = match["unit"].rstrip("s")
    if unit in {"minute", "hour"}:
        at = said_at + timedelta(**{unit + "s": count})
        return at_hour(_a_day(at, said_at), at.hour, at.minute)
    if unit in {"day", "week", "fortnight"}:
        return _a_day(said_at + timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit]), said_at)
    at = _shifted(said_at, count * (12 if unit == "year" else 1))
    return _a_year(at.year, said_at) if unit == "year" else _a_month(at.year, at.month, said_at)


def some_month(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "in May", "since March 2024"."""
    role = match.groupdict().get("role")
    month, year = _month(match["month"]), int(match["year"]) if match["year"] else said_at.year
    past = past or role == "since"
    if not match["year"] and past and month > said_at.month:
        year -= 1
    elif not match["year"] and not past and month < said_at.month:
        year += 1
    return _in_role(_a_month(year, month, said_at), role)


def some_year(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "in 1987", "since 2019"."""
    return _in_role(_a_year(int(match["year"]), said_at), match["role"])


def feast(match: re.Match[str], said_at: datetime, past: bool) -> When:
    """For "on Christmas Day", "at Halloween"."""
    month, day = FEASTS[match["feast"]]
    found = said_at.replace(month=month, day=day)
    if found.date() != said_at.date() and past != (found < said_at):
        found = found.replace(year=found.year + (-1 if past else 1))
    return _a_day(found, said_at)


def at_hour(when: When, hour: int, minute: int) -> When:
    """A day with a time of that day."""
    start = when.start.replace(hour=hour, minute=minute)
    return replace(when, start=start, words=f"{when.words} at {hour}:{minute:02d}", hour=True)
