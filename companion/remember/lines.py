"""Recollections as the lines a model reads: whole sentences, with their day, the best first."""

import re
from collections.abc import Sequence
from datetime import datetime

from companion.remember.lexical import telling_words, words_of
from companion.remember.protocol import Recollection

SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+[\"')\]]*|$)")
QUOTE_CHARS = 180
NO_LONGER, CHANGED = "(no longer so)", "(that has changed since)"


def line(one: Recollection, question: str, now: datetime) -> str:
    """One line, without a dash before it.

    Args:
        question: decides which sentences of a long message are quoted.
        now: aware; says which days need their year.
    """
    if one.kind == "turn":
        who = "they" if one.speaker == "user" else "you"
        return f'on {day(one.at, now)} {who} said: "{passage(one.text, question)}"' + ("" if one.in_force else f" {CHANGED}")
    if not one.in_force:
        return f"{one.text} {NO_LONGER}"
    if one.kind == "pattern":  # how often it was counted is for the page: nobody wants to hear it
        return one.text.rpartition(": ")[0] or one.text
    return f"{day(one.at, now)}: {one.text}" if one.kind in ("event", "summary") else one.text


def day(at: datetime, now: datetime) -> str:
    """The local day, with its year when it is another: "3 March", "3 March 2024"."""
    local = at.astimezone(now.tzinfo)
    return f"{local.day} {local:%B}" + ("" if local.year == now.year else f" {local.year}")


def passage(text: str, question: str, most: int = QUOTE_CHARS) -> str:
    """The sentences of a message that fit a question, in their order; all of a short one, and never half a sentence
    unless one alone is longer than `most` characters."""
    whole = " ".join(text.split()).replace('"', "'")
    if len(whole) <= most:
        return whole
    sentences = [found.group().strip() for found in SENTENCE.finditer(whole) if found.group().strip()]
    asked = set(telling_words(question))
    by_worth = sorted(range(len(sentences)), key=lambda i: (-_shared(sentences[i], asked), i))
    kept: list[int] = []
    room = most
    for i in by_worth:
        if len(sentences[i]) + 1 <= room:
            kept.append(i)
            room -= len(sentences[i]) + 1
    if not kept:
        return sentences[by_worth[0]][: most - 1].rsplit(" ", 1)[0] + "…"
    return " ".join(_joined(sentences, sorted(kept)))


def _joined(sentences: Sequence[str], kept: Sequence[int]) -> list[str]:
    parts: list[str] = []
    for before, i in zip([-1, *kept], kept, strict=False):
        if parts and i != before + 1:
            parts.append("…")
        parts.append(sentences[i])
    return parts


def _shared(sentence: str, asked: set[str]) -> int:
    return len(asked & set(words_of(sentence)))
