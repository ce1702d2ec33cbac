"""Whether a written reply fits how she is to talk now, and how well: looked at before it is offered, so that no bound has to break it."""

import re
from collections.abc import Sequence

from companion.affect import Manner
from companion.think.prose import progress_of

SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
MOST_QUESTIONS = {"none": 0, "one": 1}


def fits(text: str, manner: Manner) -> bool:
    """Whether a reply keeps to the manner's bounds: lengths, questions, and nothing avoided."""
    if text.count("?") > MOST_QUESTIONS.get(manner.questions, len(text)):
        return False
    if manner.reply_sentences and progress_of(text).sentences > manner.reply_sentences:
        return False
    if manner.sentence_words and max(sentence_lengths(text), default=0) > manner.sentence_words:
        return False
    return not says_any(text, manner.avoid)


def sentence_lengths(text: str) -> list[int]:
    """How many words each sentence of a text has; what has none is no sentence."""
    return [length for one in SENTENCE.findall(text) if (length := len(WORD.findall(one)))]


def bounded(manner: Manner) -> bool:
    """Whether the manner bounds anything that a written reply could break."""
    return manner.questions != "allowed" or bool(manner.reply_sentences or manner.sentence_words or manner.avoid or manner.tone)


def says_any(text: str, phrases: Sequence[str]) -> bool:
    """Whether a text has any of some phrases as whole words, in any case."""
    plain = f" {' '.join(WORD.findall(text.casefold()))} "
    return any(f" {' '.join(WORD.findall(phrase.casefold()))} " in plain for phrase in phrases if WORD.search(phrase))
