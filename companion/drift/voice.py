"""Whether a reply sounds like an assistant's: phrases of `voice.yaml`, and markup, that no one says aloud.

That she says she is an AI when asked belongs to her, and is not found; that she is human is found, because it is not so.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Voice:
    """Patterns, compiled.

    Attributes:
        assistant: an assistant's phrases and its markup.
        another: an assistant's name as one's own.
        human: a claim to be human.
        avoid: phrases to keep a reply from.
    """

    assistant: re.Pattern[str]
    another: re.Pattern[str]
    human: re.Pattern[str]
    avoid: tuple[str, ...]

    def heard(self, text: str) -> tuple[str, ...]:
        """What of a text is an assistant's, in its own words."""
        plain = text.replace("’", "'")
        found = (*self.assistant.finditer(plain), *self.another.finditer(plain))
        return tuple(dict.fromkeys(" ".join(one[0].split()) for one in found))

    def claims_human(self, text: str) -> bool:
        """Whether it says that she is human."""
        return self.human.search(text.replace("’", "'")) is not None


@lru_cache(maxsize=1)
def voice() -> Voice:
    """The patterns of the file, compiled once."""
    book = yaml.safe_load(Path(__file__).with_name("voice.yaml").read_text("utf-8"))
    name = rf"\b(?:i(?:'m| am)|my name is|this is|call me|yes,? i(?:'m| am))(?: called)? (?:an? )?(?:{book['name']})\b"
    return Voice(
        _any((*(rf"\b{one}" for one in book["phrases"]), *book["markup"])),
        re.compile(name, re.IGNORECASE),
        _any(rf"\b{one}" for one in book["human"]),
        tuple(book["avoid"]),
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)
