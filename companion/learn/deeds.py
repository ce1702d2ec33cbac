"""Checks of values that belong to happenings: what was passed, won, bought or done."""

import re

from companion.learn.checks import PeopleChecks
from companion.learn.phrasing import in_third_person
from companion.learn.wording import lowered


class DeedChecks(PeopleChecks):
    """The checks of what the user did. Each gives a value as a note writes it, or None."""

    def _prize(self, words: str, lower: bool) -> str | None:
        low = lowered(words)
        return (
            in_third_person(words)
            if re.match(r"(?:an?|the|my|our|first|second|third|gold|silver|bronze) ", low) and len(low.split()) <= 6 and " you" not in low
            else None
        )

    def _acquired(self, words: str, lower: bool) -> str | None:
        words = re.split(r",? (?:because|so|but|which|that|for|from|at|and)\b", words, maxsplit=1, flags=re.I)[0]
        low = lowered(words)
        found = re.fullmatch(r"(?:an?|my|our|the) (?:[\w-]{2,14} ){0,3}([\w-]+)", low)
        return in_third_person(words) if found and found[1] in self._lists["bought"] else None

    def _tested(self, words: str, lower: bool) -> str | None:
        words = re.sub(r",? (?:with|by|so|but|after|on|and)\b.*$", "", words)
        if (
            not re.search(
                r"\b(?:exams?|tests?|finals?|driving test|course|class|year|interview|theory|audition|bar|module|quiz"
                r"|thesis|viva|midterms?)$",
                lowered(words),
            )
            or len(words.split()) > 6
        ):
            return None
        return in_third_person(re.sub(r"^(?=exam|test|driving)", "the ", words))

    def _deed(self, words: str, lower: bool) -> str | None:
        words = re.sub(r",? and .*$", "", words)
        low = lowered(words)
        if (
            low.split(" ")[0] not in self._lists["deeds"]
            or not 2 <= len(low.split()) <= 9
            or re.search(r"\b(?:you|he|she|it|they|him|her|that|crazy|mad|wrong|well|badly|out of|away|through)\b", low)
        ):
            return None
        return in_third_person(words)

    def _training(self, words: str, lower: bool) -> str | None:
        low = lowered(words)
        return (
            in_third_person(words)
            if re.search(r"\b(?:marathon|race|triathlon|competition|10k|5k|olympics|tournament|ironman|championships?)$", low)
            and len(low.split()) <= 5
            else None
        )
