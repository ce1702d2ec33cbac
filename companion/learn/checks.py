"""Checks of values that belong to people: names, ages, places, jobs, schools.

Each check gets the words a pattern caught, and whether their writer does without capitals, and gives back the value as a
note writes it, or None. `values.py` adds the other kinds of value and chooses between them.
"""

import re
from collections.abc import Mapping
from typing import Any

from companion.learn.phrasing import in_third_person
from companion.learn.stretches import NUMBERS
from companion.learn.wording import any_of, lowered

_ANYMORE = re.compile(r" anymore$", re.I)
ARTICLE = re.compile(r"^(?:an?|the|some|any) ")
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = {word: n for n, word in enumerate(_TEENS.split(), 13)}
_TENS |= {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SMALL = frozenset("de da do di du la le el del of the upon on am an der den and y area".split())
_AREA = re.compile(r"^(?P<of>(?:the )?\S.*) (?P<area>area|region|county|province|valley|countryside|mountains|suburbs)$", re.I)
_PART_OF = re.compile(r"(?:upstate|northern|southern|eastern|western|central|rural|(?:north|south)(?:east|west)(?:ern)?) \w")
_DANGLING = re.compile(r" (?:of|the|a|an|to|in|at|on|with|and|for|is|my|very|so|who|that)$")


class PeopleChecks:
    """The checks of what people are and where they belong. Each gives a value as a note writes it, or None."""

    def __init__(self, kinds: Mapping[str, Any], words: Mapping[str, Any], names: Mapping[str, str]) -> None:
        def listed(name: str) -> frozenset[str]:
            return frozenset(word.replace("-", " ") for word in str(kinds[name]).split())

        self.first_names, self.no_names = frozenset(names["first_names"].split()), frozenset(names["no_names"].split())
        self._lists = {name: listed(name) for name in kinds}
        self._trailing = re.compile(r"[ ,]+" + any_of(words["trailing"]) + r"$")
        self._stops = re.compile(r",? " + any_of(words["stops"]) + r"\b.*$")

    def trimmed(self, words: str) -> str:
        """Words without the fillers at their end."""
        words = _ANYMORE.sub("", words)
        for _ in range(3):
            low = lowered(words)
            found = self._trailing.search(low)
            if not found:
                break
            words = words[: found.start()]
        return words.strip(" ,.:;-=")

    def _cut(self, words: str) -> str:
        found = self._stops.search(lowered(words))
        return self.trimmed(words[: found.start()] if found else words)

    def _name(self, words: str, lower: bool) -> str | None:
        words = re.sub(r" (?:in|on|of|to) .*$|,.*$", "", self._cut(words)).replace(" 's", "'s")
        words = re.sub(r"^(?:also |now |actually |just |simply |either )", "", words, flags=re.I)
        parts = words.split()
        if not 1 <= len(parts) <= 3 or any(
            not re.fullmatch(r"[^\W\d_][^\W\d_'.-]{0,19}(?:['.-][^\W\d_]{1,15}){0,2}\.?", part) for part in parts
        ):
            return None
        low = [lowered(part) for part in parts]
        if any(part in self.no_names or part.partition("'")[0] in self.no_names or part.endswith("'s") for part in low) or len(words) < 2:
            return None
        if len(parts) > 1 and any(
            part[0].islower() and name not in self.first_names for part, name in zip(parts[1:], low[1:], strict=True)
        ):
            return None
        if len(parts) > 1 and parts[0][0].islower() and low[0] not in self.first_names:
            return None
        return " ".join(part if part[0].isupper() and not part[1:].isupper() else part.capitalize() for part in parts)

    def _sure_name(self, words: str, lower: bool) -> str | None:
        name = self._name(words, lower)
        if not name or len(name.split()) > 2:
            return None
        known = lowered(name.split()[0]) in self.first_names
        written = words.strip()[:1].isupper() and lowered(name) not in self._lists["nationalities"] | self._lists["vague"]
        return name if known or (written and not lower) else None

    def _names(self, words: str, lower: bool) -> str | None:
        parts = [part for part in re.split(r",? and |, ?| & ", words) if part.strip()]
        names = [self._name(part, lower) for part in parts]
        if not 2 <= len(names) <= 6 or None in names:
            return None
        return ", ".join(name for name in names[:-1] if name) + f" and {names[-1]}"

    def _place(self, words: str, lower: bool) -> str | None:
        words = re.sub(
            r" (?:near|close to|together|alone|by myself|now|next|last|this|every|to|on|in) .*$| (?:together|alone|anymore)$",
            "",
            self._cut(words),
            flags=re.I,
        )
        if not lowered(words).startswith("the "):  # "the Boston area" is no place called "the Boston"
            words = re.sub(r" area$", "", words, flags=re.I)
        words = re.sub(r"^(?:the city of|the town of|beautiful|sunny|rainy|downtown|central) ", "", words, flags=re.I)
        parts = words.split()
        first = lowered(parts[0]).strip(",") if parts else ""
        ok = (
            first == "the"
            and len(parts) > 1
            and (
                parts[1][0].isupper()
                or lowered(parts[1]) in {"netherlands", "uk", "us", "usa", "states", "hague", "philippines", "bronx", "algarve"}
            )
        )
        if (
            not parts
            or len(parts) > 5
            or (first in self._lists["no_places"] and not ok)
            or any(char.isdigit() for char in words)
            or first.endswith("ing")
        ):
            return None
        if any(lowered(part) in {"my", "your", "a", "his", "her", "it", "me", "house", "place", "weekend", "years"} for part in parts):
            return None
        if not any(part[0].isupper() for part in parts) and not lower and not ok:
            return None
        return " ".join(self._capital(part, n) for n, part in enumerate(parts))

    def _country(self, words: str, lower: bool) -> str | None:
        place = self._place(words, lower)
        return place if place and lowered(place).removeprefix("the ") in self._lists["countries"] else None

    def _region(self, words: str, lower: bool) -> str | None:
        about = _AREA.search(self._cut(words))
        place = self._place(about["of"] if about else words, lower)
        if not place:
            return None
        if about:
            return f"{place} {about['area']}"
        bare = lowered(place).removeprefix("the ")
        return place if bare in self._lists["regions"] or _PART_OF.match(bare) else None

    @staticmethod
    def _capital(part: str, place: int) -> str:
        if lowered(part) in {"usa", "uk", "us", "nyc", "uae"}:
            return part.upper()
        return part if part[0].isupper() or lowered(part) in _SMALL else part[0].upper() + part[1:]

    def _street(self, words: str, lower: bool) -> str | None:
        found = re.match(
            r"(?:\d{1,5}[a-z]? )?(?:[\w'-]+ ){1,3}(?:street|road|avenue|lane|drive|close|square|boulevard|court"
            r"|crescent|terrace|st|rd|ave)\b",
            words,
            re.I,
        )
        if not found or lowered(words).startswith(("a ", "the same", "my ", "an ", "this ", "our ")):
            return None
        return " ".join(self._capital(part, n) for n, part in enumerate(found[0].removeprefix("the ").split()))

    def _dwelling(self, words: str, lower: bool) -> str | None:
        low = lowered(self._cut(words))
        found = re.match(r"(?:an?|the) (?:[\w-]{3,10} ){0,2}?([\w-]+)$", low)
        return low if found and found[1] in self._lists["dwellings"] and "same" not in low else None

    def _companion(self, words: str, lower: bool) -> str | None:
        low = lowered(re.sub(r" in (?:an?|the) .*$| in [A-Z].*$", "", words))
        found = re.match(r"(?:my|our|two|three|four|an?) [\w' -]{3,40}$", low)
        if not found or re.search(r"\b(?:you|he|she|it|who|that|condition|pain|guilt|feeling|fear|disease|disability|choices?)\b", low):
            return None
        return in_third_person(words[: len(low)])

    def _workplace(self, words: str, lower: bool) -> str | None:
        low = lowered(self._cut(words))
        bare = re.sub(
            r"^(?:an?|the) (?:(?:small|big|large|local|busy|little|primary|high|coffee|book|flower|private|public|grocery) ){0,2}", "", low
        )
        return (low.upper() if low == "it" else low) if bare in self._lists["workplaces"] else None

    def _employer(self, words: str, lower: bool) -> str | None:
        words = re.sub(r" (?:in|on|as|now) .*$", "", self._cut(words), flags=re.I)
        low = lowered(words)
        parts = low.split()
        if (
            not 1 <= len(parts) <= 5
            or parts[0] in self._lists["no_employers"]
            or parts[-1]
            in {"dealer", "company", "place", "firm", "business", "years", "months", "hours", "days", "minutes", "time", "while"}
            or any(char.isdigit() for char in words)
        ):
            return None
        if parts[0] in {"a", "an", "the"}:
            return in_third_person(words)
        if words[0].islower() and (not lower or len(parts) > 3):
            return None
        return " ".join(self._capital(part, n) for n, part in enumerate(words.replace(" 's", "'s").split()))

    def _job(self, words: str, lower: bool) -> str | None:
        words = re.sub(
            r"^(?:an? |the |also |now |just |currently |actually |self-employed |retired ){1,4}",
            "",
            re.sub(r" (?:in|on|of|here|myself) .*$", "", self._cut(words), flags=re.I),
            flags=re.I,
        )
        parts = lowered(words).split()
        jobs = self._lists["jobs"]
        if not 1 <= len(parts) <= 4 or not (parts[-1] in jobs or " ".join(parts[-2:]) in jobs or parts[-1] in {"ceo", "cfo", "dj"}):
            return None
        if not self._lists["no_jobs"].isdisjoint(parts):
            return None
        return words if words[:1].islower() or words[1:2].isupper() else words[0].lower() + words[1:]

    def _any(self, words: str, lower: bool) -> str | None:
        words = re.sub(r" (?:in|on|at) .*$", "", self._cut(words), flags=re.I)
        words = re.sub(r"^(?:an?|the|lots of|many|all kinds of|all sorts of) ", "", words, flags=re.I)
        parts = lowered(words).split()
        if (
            not 1 <= len(parts) <= 4
            or parts[0] in self._lists["vague"]
            or _DANGLING.search(" " + lowered(words))
            or parts[0] in {"well", "hard", "team", "much", "usual", "always"}
        ):
            return None
        return in_third_person(words)

    def _study(self, words: str, lower: bool) -> str | None:
        low = re.sub(r" (?:in|on|at|to) .*$", "", lowered(self._cut(re.sub(r" and (?=\w+$)", " & ", words))).replace("'", ""))
        low = low.replace(" & ", " and ")
        subjects = self._lists["subjects"]
        if low in subjects or all(part in subjects for part in low.split(" and ")):
            return " ".join(part.capitalize() if part in self._lists["languages"] else part for part in low.split())
        return None

    def _school(self, words: str, lower: bool) -> str | None:
        words = self._cut(words)
        if not words or len(words.split()) > 6:
            return None
        if not re.search(
            r"\b(?:University|College|School|Academy|Institute|Polytechnic|Conservatory|Oxford|Cambridge|Harvard|Yale"
            r"|Stanford|Princeton|MIT|UCLA|NYU)\b",
            words,
            0 if not lower else re.I,
        ):
            return None
        return words if words[0].isupper() or re.match("the [A-Z]", words) else None

    def _nationality(self, words: str, lower: bool) -> str | None:
        low = lowered(self._cut(words))
        return low.title() if low in self._lists["nationalities"] else None

    def _age(self, words: str, lower: bool) -> str | None:
        low = lowered(words).strip()
        if re.fullmatch(r"\d{1,3}", low):
            return low if 1 <= int(low) <= 115 else None
        tens, _, ones = low.replace("-", " ").partition(" ")
        number = {**NUMBERS, **_TENS}.get(tens) if tens not in {"a", "an", "zero", "one"} else None
        if number is None or (ones and (number < 20 or not 1 <= NUMBERS.get(ones, 0) <= 9)):
            return None
        return str(number + (NUMBERS[ones] if ones else 0))

    def _number(self, words: str, lower: bool) -> str | None:
        low = lowered(words)
        return (
            low
            if low in {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"} or re.fullmatch(r"\d{1,2}", low)
            else None
        )
