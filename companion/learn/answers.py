"""What was said before a bare answer or a correction: "it's Anna" after "What is your sister's name?".

A question of the persona, or something it stated wrongly, becomes the sentence that the user's words complete; that
sentence is then read like any other. The forms are in `rules/asked.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from companion.learn.wording import MASK, lowered

MOST_ASKED_CHARS = 600  # the end of what the persona said
MOST_ANSWER_WORDS = 7

_NEW_NOT_OLD = re.compile(r"(?P<new>.{1,60}?),? (?:and )?not (?P<old>[^,]{1,40})$")
_NOT_OLD_NEW = re.compile(r"not (?P<old>[^,]{1,40}?)(?:,| but)+ (?P<new>.{1,60})$")
_NO_ANSWER = re.compile(
    r"(?:not|no|none|nothing|never|yes|you|why|what|i (?:have|like|love|hate|think|want|really|just|also|was"
    r"|did|used)|they|we|how|i (?:am not|do not|will|would|can|have no)|none of|sorry|thanks?|it is not|it 's"
    r" not|that 's not|good|great|bad|nice|cool|fine|secret|private|guess|later|maybe)\b"
)
_SENTENCE = re.compile(r"\b(?:i|we|he|she|they|it|you|am|is|are|was|were|have|has|do|does|did|besides|retired|would|will|can|like|love)\b")


class Answers:
    """Finds the sentence that an answer or a correction completes."""

    def __init__(self, book: Mapping[str, Any], relation: str, adjectives: str) -> None:
        slot = f"(?P<adjectives>{adjectives})(?P<relation>{relation})"

        def compiled(entries: Sequence[Sequence[str]], flags: int) -> tuple[tuple[re.Pattern[str], str], ...]:
            return tuple((re.compile(source.replace("{relation}", slot), flags), stem) for source, stem in entries)

        self._questions = compiled(book["questions"], re.I)
        self._statements = compiled(book["statements"], 0)
        self._lead = re.compile(book["answers"])

    def asked_for(self, asked: str) -> str:
        """The sentence that answers the persona's question, with {answer} in it; empty when it asked nothing that is kept.

        Args:
            asked: what the persona said, in plain spelling.
        """
        asked = asked[-MOST_ASKED_CHARS:]
        if "?" not in asked:
            return ""
        question = re.split(r"[.!?] ", asked[: asked.rindex("?")])[-1]
        return self._stem(self._questions, question)

    def stated(self, asked: str) -> str:
        """The sentence that corrects what the persona stated or took for granted; empty when there is none."""
        return self._stem(self._statements, asked[-MOST_ASKED_CHARS:])

    def answer(self, text: str) -> str:
        """The bare answer in a clause, or nothing when it holds none."""
        low = lowered(text)
        if _NO_ANSWER.match(low) or MASK in text:
            return ""
        lead = self._lead.match(low)
        bare = text[lead.end() :] if lead else text
        if _SENTENCE.search(lowered(bare)):
            return ""
        return bare.strip(" ,") if 0 < len(bare.split()) <= MOST_ANSWER_WORDS else ""

    def corrected(self, text: str) -> tuple[str, str]:
        """The new value and, where it is said, the old one, of a clause that corrects."""
        low = lowered(text)
        found = _NOT_OLD_NEW.match(low) or _NEW_NOT_OLD.match(low)
        if not found:
            return self.answer(text), ""
        new = text[slice(*found.span("new"))]
        lead = self._lead.match(lowered(new))
        return (new[lead.end() :] if lead else new).strip(" ,"), text[slice(*found.span("old"))].strip()

    @staticmethod
    def _stem(entries: Sequence[tuple[re.Pattern[str], str]], text: str) -> str:
        for pattern, stem in entries:
            found = next(reversed(list(pattern.finditer(text))), None)
            if found:
                groups = found.groupdict()
                stem = stem.replace("{relation}", ((groups.get("adjectives") or "") + (groups.get("relation") or "")).lower())
                return stem.replace("{named}", (groups.get("named") or "").lower())
        return ""
