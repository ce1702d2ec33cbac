"""Whether a reply kept to the manner that was asked for it: words avoided, lengths, questions.

What is only favoured is nobody's duty, and pace, tone and expression leave no words to look at.
"""

import re
from collections.abc import Iterator

from companion.affect import Manner

SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def broken(reply: str, manner: Manner) -> tuple[tuple[str, ...], float]:
    """What was not kept, in plain words, and the share of what was asked that was, in [0, 1]."""
    asked = tuple(_asked(reply, manner))
    missed = tuple(why for kept, why in asked if not kept)
    return missed, 1.0 - len(missed) / len(asked) if asked else 1.0


def _asked(reply: str, manner: Manner) -> Iterator[tuple[bool, str]]:
    """Each thing asked for: whether it was kept, and what to say if not."""
    sentences = [one for one in SENTENCE.findall(reply) if WORD.search(one)]
    for phrase in manner.avoid:
        there = re.search(rf"(?<!\w){re.escape(phrase.strip())}(?!\w)", reply, re.IGNORECASE) if phrase.strip() else None
        yield there is None, f"says “{phrase}”, which she avoids"
    if (most := manner.sentence_words) is not None:
        longest = max((len(WORD.findall(one)) for one in sentences), default=0)
        yield longest <= most, f"a sentence of {longest} words; {most} at most"
    if (most := manner.reply_sentences) is not None:
        yield len(sentences) <= most, f"{len(sentences)} sentences; {most} at most"
    if manner.questions != "allowed":
        asks, most = reply.count("?"), 0 if manner.questions == "none" else 1
        yield asks <= most, f"{asks} question{'s' * (asks != 1)}; {'none' if most == 0 else 'one at most'}"
