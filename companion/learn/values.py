"""What a value may be: a name, a place, an age, something liked. Whatever does not fit is refused.

Each kind of value has one check, which gets the words a pattern caught and gives back the value as a note writes it, or
None. The word lists are in `rules/kinds.yaml` and `rules/names.yaml`. Refusing is cheap, a wrong memory is not: a check
that is unsure says None.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from companion.learn.checks import ARTICLE
from companion.learn.deeds import DeedChecks
from companion.learn.phrasing import in_third_person
from companion.learn.wording import MASK, lowered

_TOGETHER = re.compile(
    r"\b(fish|rock|mac|bread|salt|pepper|peanut butter|black|macaroni|drum|gin|bed|r|ham|biscuits|bubble"
    r"|spaghetti|chicken|bacon|hide|dungeons|arts|track|cheese|rhythm) and (?=\w)",
    re.I,
)
_DANGLING = re.compile(r" (?:of|the|a|an|to|in|at|on|with|and|for|is|my|very|so|who|that)$")


class Values(DeedChecks):
    """The checks, by the kind of value a rule asks for."""

    def __init__(self, kinds: Mapping[str, Any], words: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(kinds, words, names)
        self._checks: dict[str, Callable[[str, bool], str | None]] = {
            "name": self._name,
            "sure_name": self._sure_name,
            "names": self._names,
            "place": self._place,
            "country": self._country,
            "region": self._region,
            "street": self._street,
            "dwelling": self._dwelling,
            "companion": self._companion,
            "workplace": self._workplace,
            "employer": self._employer,
            "job": self._job,
            "any": self._any,
            "study": self._study,
            "school": self._school,
            "nationality": self._nationality,
            "proper": self._proper,
            "age": self._age,
            "number": self._number,
            "thing": self._thing,
            "liking": self._liking,
            "preference": self._liking,
            "hobby": self._hobby,
            "learnable": self._learnable,
            "collected": self._any,
            "fear": self._liking,
            "dream": self._dream,
            "prize": self._prize,
            "acquired": self._acquired,
            "tested": self._tested,
            "deed": self._deed,
            "training": self._training,
            "allergen": self._allergen,
            "breed": self._breed,
            "languages": self._from("languages"),
            "instrument": self._from("instruments"),
            "sport": self._from("sports"),
            "condition": self._from("conditions"),
            "medicine": self._from("medicines"),
            "car": self._car,
            "belonging": self._from("belongings"),
            "colour": self._from("colours"),
        }

    def check(self, kind: str, words: str, *, lower: bool) -> tuple[str, ...]:
        """The values that words hold, none when they are not of that kind; several only where a list is usual.

        Args:
            kind: as the rule names it.
            words: what the pattern caught, as it was written.
            lower: the writer does without capitals.
        """
        if MASK in words:
            return ()
        single = self._checks[kind]
        if kind in {"liking", "hobby", "allergen", "languages", "instrument", "sport", "collected", "learnable", "condition", "fear"}:
            kept = _TOGETHER.sub(r"\1 & ", words)
            parts = [part.replace(" & ", " and ") for part in re.split(r",? and |, ?(?:and )?| or ", kept)[:6]]
            return self._listed(kind, parts, lower)
        value = single(self.trimmed(words), lower)
        return (value,) if value else ()

    def _listed(self, kind: str, parts: list[str], lower: bool) -> tuple[str, ...]:
        """The values of a list. After "to read books" or "riding horses" only what has the same form goes on with it."""
        single = self._checks[kind]
        parts = [part for part in map(self.trimmed, parts) if part]
        if kind == "liking" and len(parts) == 2 and all(part[0].isupper() for part in parts):  # "Simon and Garfunkel" may be one
            parts = [" and ".join(parts)]
        first = single(parts[0], lower) if parts else None
        if not first:
            return ()
        verb, *more = lowered(parts[0]).split()
        form = "to " if verb == "to" else "ing" if verb.endswith("ing") and more else ""
        rest = [part for part in parts[1:] if not form or part.startswith(form) or lowered(part).split()[0].endswith(form)]
        return tuple(dict.fromkeys(value for value in (first, *(single(part, lower) for part in rest)) if value))

    def _thing(self, words: str, lower: bool) -> str | None:
        if re.search(r",? (?:because|but|so|when|if|since|although|which|who|i|you|he|she)\b", lowered(words)):
            words = re.split(r",? (?:because|but|so|when|if|since|although|which|who|i|you|he|she)\b", words, maxsplit=1, flags=re.I)[0]
        words = words.strip(" ,")
        parts = lowered(words).split()
        if not 1 <= len(parts) <= 6 or parts[0] in self._lists["vague"] - {"my"} or _DANGLING.search(" " + lowered(words)):
            return None
        return in_third_person(words)

    def _liking(self, words: str, lower: bool) -> str | None:
        words = re.split(
            r" (?:because|when|if|since|so much|so|although|which|who|that|more than|better than|over|as a child|as a"
            r" kid|even|than|now|anymore|every|too|as|like|such as|in my (?:free|spare) time)\b",
            words,
            maxsplit=1,
            flags=re.I,
        )[0]
        words = re.sub(
            r"^(?:and )?(?:especially|particularly|mostly|mainly|also|just|a lot of|lots of|all kinds of|all sorts of|most|many) ",
            "",
            words.strip(),
            flags=re.I,
        )
        low = lowered(words)
        parts = low.split()
        if parts and parts[0] == "the" and not (len(parts) > 1 and (words[4].isupper() or parts[1] in self._lists["wholes"])):
            return None  # "the ending" is that of something just spoken of
        if (
            not 1 <= len(parts) <= 5
            or low in self._lists["empty"]
            or _DANGLING.search(" " + low)
            or re.search(
                r"\b(?:you|your|it|this|them|him|she|he|these|those|idea|way|sound|thought|feeling|fact|look|part|name"
                r"|names|same|ones?|myself|yourself|different|various|other|able|things?|stuff|kinds?|both|there|here"
                r"|shooting|killing)\b",
                low,
            )
        ):
            return None
        if parts[0] in self._lists["vague"] - {"my", "our"} or re.match(
            r"to (?:think|know|say|see|hear|believe|be|have|get|do|make|keep|try|imagine|thank|add|point)\b", low
        ):
            return None
        return in_third_person(words.strip())

    def _hobby(self, words: str, lower: bool) -> str | None:
        value = self._liking(re.sub(r"^to ", "", words), lower)
        return (
            value
            if value
            and not words.startswith("to ")
            and not re.match(
                r"(?:go|do|be|have|make|get|play|read|watch|listen|spend|hang|take|see|cook|travel|paint|draw|write|relax) ?",
                lowered(value),
            )
            and len(value.split()) <= 4
            else None
        )

    def _learnable(self, words: str, lower: bool) -> str | None:
        low = lowered(words).strip()
        if low in self._lists["languages"]:
            return low.title()
        bare = low.removeprefix("to play ").removeprefix("the ")
        if bare in self._lists["instruments"]:
            return f"the {bare}"
        return (
            low
            if re.fullmatch(
                r"to (?:drive|swim|cook|knit|dance|sew|ski|surf|code|draw|paint|sail|skate|ride|sing|crochet|juggle|read"
                r" music|type|bake|program|fly|dive)",
                low,
            )
            else None
        )

    def _dream(self, words: str, lower: bool) -> str | None:
        low = lowered(words)
        if (
            not re.match(r"(?:to |becoming |having |owning |an? |opening |being )", low)
            or len(low.split()) > 9
            or re.search(r"\b(?:you|he|she|it|they|they|i)\b", low)
        ):
            return None
        return in_third_person(words)

    def _allergen(self, words: str, lower: bool) -> str | None:
        low = lowered(self._cut(words))
        if (
            not 1 <= len(low.split()) <= 3
            or low.split()[0] in self._lists["vague"] - {"some", "all"}
            or re.search(r"\b(?:work|people|stupid|mondays?|bullshit|nonsense|exercise|morning|mornings|commitment|love)\b", low)
        ):
            return None
        return in_third_person(ARTICLE.sub("", low))

    def _breed(self, words: str, lower: bool) -> str | None:
        words = re.sub(
            r"^(?:an? |\d+ year old |black |brown |white |small |little |chocolate |golden (?!ret))+", "", self._cut(words), flags=re.I
        )
        return words if lowered(words).replace("-", " ") in self._lists["breeds"] or lowered(words).split(" ")[-1:] == ["mix"] else None

    def _car(self, words: str, lower: bool) -> str | None:
        words = self._cut(words)
        parts = lowered(words).split()
        if not 1 <= len(parts) <= 4 or (parts[0] not in self._lists["cars"] and parts[-1] not in self._lists["cars"]):
            return None
        return (
            words
            if words[0].isupper() or parts[0] in {"car", "truck", "pickup", "convertible", "campervan", "camper", "electric"}
            else words[0].upper() + words[1:]
        )

    def _proper(self, words: str, lower: bool) -> str | None:
        low = lowered(words)
        return low if low in {"atheist", "agnostic"} else low.capitalize()

    def _from(self, name: str) -> Callable[[str, bool], str | None]:
        def check(words: str, lower: bool) -> str | None:
            low = ARTICLE.sub("", lowered(self._cut(words))).replace("-", " ")
            low = re.sub(
                r"^(?:fluent|native|basic|some|good|bad|terrible|little|bit of|brazilian|mandarin(?= )|severe|chronic|mild) ", "", low
            )
            if low not in self._lists[name]:
                return None
            return (
                low.title() if name == "languages" else low.upper() if low in {"adhd", "add", "ibs", "ocd", "ptsd", "ms", "pcos"} else low
            )

        return check
