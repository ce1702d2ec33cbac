"""What was said and has changed since, told from the words alone: a later remark on the same matter that speaks of a change.

Facts that were understood compete by their slots and need none of this. For what was said too freely to be understood as a
fact, a later message of the user that shares a telling word with an earlier one and says "instead", "we've renamed", "I sold"
puts the earlier one into the past. It is still recalled, and says that it is past.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from companion.remember.lexical import stop_words, words_of
from companion.remember.pool import Said

ALIKE = 0.6
COMMON = 4  # a word in more of the messages than that does not show that two are about the same


@cache
def _cues() -> re.Pattern[str]:
    lines = (Path(__file__).parent / "changes.txt").read_text("utf-8").splitlines()
    return re.compile(rf"\b(?:{'|'.join(lines)})\b", re.IGNORECASE)


def outdated(said: Sequence[Said], worth: Mapping[str, float]) -> set[str]:
    """Ids of the user's messages that a later one of these replaces.

    Args:
        worth: how well each fits the question, by id; what fits much less than another speaks of something else.
    """
    own = sorted((one for one in said if one.role == "user"), key=lambda one: (one.at, one.sequence))
    words = {one.id: {_stem(word) for word in words_of(one.text) if word not in stop_words() and len(word) > 2} for one in own}
    often = Counter(word for found in words.values() for word in found)
    gone: set[str] = set()
    for place, later in enumerate(own):
        if not _cues().search(later.text.replace("’", "'")):
            continue
        for earlier in own[:place]:
            if worth[later.id] >= ALIKE * worth[earlier.id] and any(often[word] <= COMMON for word in words[earlier.id] & words[later.id]):
                gone.add(earlier.id)
    return gone


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word
