"""Whether a reply kept to the manner that was asked for it: words avoided, lengths, questions.

What is only favoured is nobody's duty, and pace, tone and expression leave no words to look at.
"""

from collections.abc import Iterator

from companion.affect import Manner
from companion.think.fitting import MOST_QUESTIONS, says_any, sentence_lengths


def broken(reply: str, manner: Manner) -> tuple[tuple[str, ...], float]:
    """What was not kept, in plain words, and the share of what was asked that was, in [0, 1]."""
    asked = tuple(_asked(reply, manner))
    missed = tuple(why for kept, why in asked if not kept)
    return missed, 1.0 - len(missed) / len(asked) if asked else 1.0


def _asked(reply: str, manner: Manner) -> Iterator[tuple[bool, str]]:
    """Each thing asked for: whether it was kept, and what to say if not."""
    lengths = sentence_lengths(reply)
    for phrase in manner.avoid:
        yield not says_any(reply, (phrase,)), f"says “{phrase}”, which she avoids"
    if (most := manner.sentence_words) is not None:
        longest = max(lengths, default=0)
        yield longest <= most, f"a sentence of {longest} words; {most} at most"
    if (most := manner.reply_sentences) is not None:
        yield len(lengths) <= most, f"{len(lengths)} sentences; {most} at most"
    if manner.questions != "allowed":
        asks, most = reply.count("?"), MOST_QUESTIONS[manner.questions]
        yield asks <= most, f"{asks} question{'s' * (asks != 1)}; {'none' if most == 0 else 'one at most'}"
