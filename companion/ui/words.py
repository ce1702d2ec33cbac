"""Numbers, times and sizes in words a person would use. No markup: callers escape what they draw."""

from datetime import datetime, timedelta

from companion.feel.ruling import part_of_day

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# The stages that `turn.py` times.
STAGES = {
    "arrive": "save",
    "guard": "safety",
    "feel": "feel",
    "show": "picture",
    "remember": "recall",
    "wait": "wait",
    "model": "load",
    "suggest": "suggest",
    "prompt": "prepare",
    "prefill": "read",
    "decode": "write",
}

# Those who guess words ahead (`think/drafters.py`).
DRAFTERS = {"phrases": "phrase book", "lookup": "said before", "model": "draft model"}


def counted(number: int, noun: str, nouns: str = "") -> str:
    """ "one day", "three days", "14 days"; `nouns` where an s does not make them many."""
    figure = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"
    return f"{figure} {noun if number == 1 else nouns or f'{noun}s'}"


def percent(share: float) -> str:
    """A share in [0, 1] as "70 %"."""
    return f"{100 * share:.0f}\u00a0%"


def seconds(ms: float) -> str:
    """ "0.21 s", "4.3 s", "1 min 12 s"."""
    if ms < 9_950:
        return f"{ms / 1000:.2f} s" if ms < 995 else f"{ms / 1000:.1f} s"
    total_s = round(ms / 1000)
    return f"{total_s} s" if total_s < 60 else f"{total_s // 60} min {total_s % 60} s"


def size(number: float) -> str:
    """Bytes as "76 MB" or "4.1 GB", in powers of ten as disks are sold."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            figure = number / factor
            return f"{figure:.1f} {unit}" if unit == "GB" and figure < 10 else f"{figure:.0f} {unit}"
    return f"{number:.0f} bytes"


def day(moment: datetime, now: datetime) -> str:
    """When something was said: "Today, evening", "Thursday evening", "9 October, morning". Both in local time."""
    ago = (now.date() - moment.date()).days
    part = part_of_day(moment)
    if ago == 0:
        return {"night": "Tonight", "evening": "This evening"}.get(part, f"This {part}")
    if ago == 1:
        return f"Yesterday {part}"
    if 1 < ago < 7:
        return f"{moment:%A} {part}"
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {moment:%B}{year}, {part}"


def gap(between: timedelta) -> str:
    """How long nothing was said, in its largest unit: "six weeks", "two days", "five hours"."""
    days = between.days
    if days >= 60:
        return counted(days // 30, "month")
    if days >= 14:
        return counted(days // 7, "week")
    if days >= 1:
        return counted(days, "day")
    return counted(max(1, int(between.total_seconds() // 3600)), "hour")


def stage(name: str) -> str:
    """A turn's stage in one word. A reply kept by another version may name others; those stand as they are."""
    return STAGES.get(name, name)


def drafter(name: str) -> str:
    """Who guessed, in plain words. A reply kept by another version may name others; those stand as they are."""
    return DRAFTERS.get(name, name)
