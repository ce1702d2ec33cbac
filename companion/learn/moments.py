"""Days and times that a clause speaks of: "last Tuesday", "in two weeks", "on the 3rd", "tomorrow at nine".

`find` returns where in the clause the expression stands and what it means, counted from the moment the words were said.
It never guesses from ordinary words: a bare "may", "march", "sun" or "second" is no date. A weekday or a date without a
year is looked for in the direction the clause points to: back when it tells of the past, forward when it does not.
"next Friday" is the Friday of the next calendar week, "last Friday" the latest one before today. Weeks start on Monday.

Own code, because what a note needs besides an instant is its length (a day, a week, a month) and the words that stood
for it, which the general parsers do not tell.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from companion.learn.stretches import (
    FEASTS,
    NUMBERS,
    When,
    at_hour,
    calendar_day,
    day_of_month,
    distance,
    feast,
    named_day,
    near_day,
    numeric_day,
    some_month,
    some_year,
    stretch,
)

_DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SHORT_DAY = "mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun"
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_ANY_MONTH = f"(?:{_MONTH}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_NUMBER = r"(?:a couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})"
_ORDINAL = r"\d{1,2} ?(?:st|nd|rd|th)"
_CLOCK = (
    r"(?:(?:at|around|about|from|by) )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))? ?(?P<half>[ap]\.?m\b\.?)"
    r"|(?:at|around|from) (?P<hour2>\d{1,2})(?:[:.](?P<minute2>\d\d))?(?: ?o'? ?clock)?(?![\d/%])"
    r"|(?:at|around|from) (?:(?P<past>half past|quarter past|quarter to) )?(?P<word>one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|noon|midnight)(?: ?o'? ?clock)?\b(?! \w+s\b)"
)

PAST = re.compile(
    r"\b(?:was|were|did|had|got|went|met|died|passed|broke|bought|lost|quit|left|started|moved|came|saw|found"
    r"|won|became|gave|told|sold|fell|hurt|ate|took|made"
    r"|split|began|grew|said|felt|slept|ran|flew|drove|has been|have been|\w{2,15}ed)\b"
)
AHEAD = re.compile(
    r"\b(?:will|'ll|going to|gonna|(?:is|are|am) (?:\w+ing|due|on|at|scheduled|planned|booked|set)|have to|has"
    r" to|is|supposed to|scheduled|booked)\b"
    r"|\b(?:moved|postponed|rescheduled|changed|pushed|brought|put) (?:my|our|the|it|back|forward) |\b(?:been"
    r"|got|was) (?:moved|postponed|rescheduled|pushed|delayed|changed|brought)\b"
    r"|\b(?:have|got) (?:an?|my|the) (?:\w+ )?(?:appointment|interview|exam|test|date|meeting)\b"
)
HINT = re.compile(
    rf"\b(?:{_DAY}|{_SHORT_DAY}|{_ANY_MONTH}|to ?day|tonight|tomorrow|tmrw|tmr|tomoz|yesterday|morning|night|ago"
    rf"|week|weeks|weekend|fortnight|month|months|year|years|days|hours|minutes|summer"
    rf"|winter|spring|autumn|fall|christmas|boxing|new year'?s|halloween|valentine'?s|the {_ORDINAL}|(?:19"
    rf"|20)\d\d|\d{{1,2}}[./]\d{{1,2}})\b"
)


@dataclass(frozen=True)
class Found:
    """A When and the part of the clause that said it."""

    when: When
    begins: int
    ends: int


def tells_of_the_past(clause: str) -> bool:
    """Whether a clause in lower case speaks of what has been."""
    return PAST.search(clause) is not None and AHEAD.search(clause) is None


def find(clause: str, said_at: datetime) -> Found | None:
    """The first date in a clause in lower case, or None; the clause has at most a few hundred characters."""
    if not HINT.search(clause):
        return None
    past = tells_of_the_past(clause)
    best: Found | None = None
    for pattern, resolve in _FORMS:
        match = pattern.search(clause)
        if not match or (best and (match.start(), -match.end()) >= (best.begins, -best.ends)):
            continue
        try:
            when = resolve(match, said_at, past)
        except (ValueError, OverflowError):  # the 31st of February, the year 20000
            continue
        if when:
            best = Found(when, match.start(), match.end())
    return _with_clock(best, clause) if best else None


def _with_clock(found: Found, clause: str) -> Found:
    """Adds a time that stands right before or after the date: "at nine on Thursday", "tomorrow morning at 9:30"."""
    if found.when.hour or found.when.end - found.when.start > timedelta(days=1):
        return found
    begins, ends = found.begins, found.ends
    clock = _AFTER.match(clause, ends)
    if clock:
        ends = clock.end()
    else:
        clock = _BEFORE.search(clause[:begins])
        if not clock:
            return found
        begins = clock.start()
    hour, minute = _hour(clock, clause[found.begins : ends])
    return Found(at_hour(found.when, hour, minute), begins, ends) if 0 <= hour <= 23 and minute <= 59 else found


def _hour(clock: re.Match[str], context: str) -> tuple[int, int]:
    word = clock["word"] or ""
    hour = {"noon": 12, "midnight": 0}.get(word, NUMBERS.get(word, -1)) if word else int(clock["hour"] or clock["hour2"])
    minute = int(clock["minute"] or clock["minute2"] or 0)
    past = clock["past"] or ""
    if past:
        hour, minute = (hour - 1, 45) if past.endswith("to") else (hour, 30 if past.startswith("half") else 15)
    half = clock["half"] or ""
    late = half.startswith("p") or (not half and re.search("afternoon|evening|night", context) is not None)
    if late and hour < 12:
        return hour + 12, minute
    return (0 if half.startswith("a") and hour == 12 else hour), minute


_IN_THE = "(?: in the (?:morning|afternoon|evening))?"
_AFTER = re.compile(rf",? ?(?:{_CLOCK}){_IN_THE}")
_BEFORE = re.compile(rf"\b(?:{_CLOCK}){_IN_THE},? $")
_ROLE = "(?:(?P<role>on|in|since|until|till|by|for|from) )?"
_UNIT = "(?P<unit>(?:minute|hour|day|week|fortnight|month|year)s?)"
_YEAR = "(?P<year>(?:19|20)\\d\\d)"
_DAY_NUMBER = "(?P<day>\\d{1,2}(?: ?(?:st|nd|rd|th))?)"
_PART = "(?: (?:morning|afternoon|evening|night)\\b)?"

_Resolve = Callable[[re.Match[str], datetime, bool], When | None]
_FORMS: tuple[tuple[re.Pattern[str], _Resolve], ...] = tuple(
    (re.compile(rf"\b(?:{source})"), resolve)
    for source, resolve in (
        (rf"{_ROLE}(?:{_DAY},? )?(?:the )?{_DAY_NUMBER} (?:of )?(?P<month>{_ANY_MONTH})\b\.?(?:,? {_YEAR})?", calendar_day),
        (rf"{_ROLE}(?:{_DAY},? )?(?P<month>{_ANY_MONTH})\.? (?:the )?{_DAY_NUMBER}\b(?!:)(?:,? {_YEAR})?", calendar_day),
        (
            r"(?:on )?(?:(?P<iso>(?:19|20)\d\d-\d\d-\d\d)|(?P<a>\d{1,2})(?P<sep>[./])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d))\b",
            numeric_day,
        ),
        (rf"(?:on|by|until) (?:{_DAY},? )?the (?P<day>{_ORDINAL})\b(?! (?:floor|of|time|day|birthday|grade|street|avenue))", day_of_month),
        (
            r"(?P<near>(?:the )?day after tomorrow|(?:the )?day before yesterday|to ?day|tonight|tomorrow|tmrw|tmr"
            r"|tomoz|yesterday|last night"
            rf"|this (?:morning|afternoon|evening))\b(?! 's){_PART}",
            near_day,
        ),
        (
            rf"{_ROLE}(?:(?P<which>this coming|this past|this|next|last) )?(?P<day>{_DAY})\b(?! 's)(?: (?P<week>(?:next"
            rf"|last) week))?{_PART}",
            named_day,
        ),
        (rf"(?P<role>on|until|till|by) (?:(?P<which>this|next|last) )?(?P<day>{_SHORT_DAY})\b", named_day),
        (rf"(?P<week>(?:next|last) week),?(?: on)? (?P<day>{_DAY})\b", named_day),
        (
            r"(?:(?:on|in|at|over|during|by|for|later) )?(?P<which>next|last|this|the coming|the past)"
            rf" (?P<unit>week|weekend|month|year|spring|summer|autumn|fall|winter|{_MONTH})\b(?! 's)",
            stretch,
        ),
        (rf"(?:in )?(?P<count>{_NUMBER}) {_UNIT}(?P<ago> ago| back\b)", distance),
        (rf"in (?P<count>{_NUMBER}) {_UNIT}\b(?: time)?", distance),
        (rf"(?P<count>{_NUMBER}) {_UNIT} from (?:now|today)\b", distance),
        (
            rf"(?P<role>in|since|until|till|by) (?:early |mid |late |the end of |the beginning of"
            rf" )?(?P<month>{_ANY_MONTH})\b(?:,? {_YEAR})?",
            some_month,
        ),
        (rf"(?P<month>{_MONTH}) {_YEAR}\b", some_month),
        (rf"(?P<role>in|since|until|till) (?:the year )?{_YEAR}\b", some_year),
        (rf"(?:on|at|for|over) (?P<feast>{'|'.join(FEASTS)})\b", feast),
    )
)
