"""What was said and has changed since, told from the words alone: a later remark on the same matter that speaks of a change.

Facts that were understood compete by their slots and need none of this. For what was said too freely to be understood as a
fact, a later message of the user that answers the question about as well as an earlier one, shares a telling word with it and
says "instead", "we ended up", "goodbye to" puts the earlier one into the past, and what the persona answered to it. It is still
recalled, and says that it is past.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from companion.remember import lexical
from companion.remember.lexical import stop_words, words_of
from companion.remember.pool import Said, standing
from companion.remember.protocol import Query
from companion.remember.remarks import NUMBER, has_what

LOOKED_AT = 5  # messages that are nearest to the question
ALIKE, NAMED_ALIKE = 0.8, 0.5  # what is so much less near the question speaks of something else; the same where both have a rare word of it
LONG, STEM = 3, 4  # letters of a word that can tell what two messages are about, and of what is left of one without its ending
SURE_STEM = 7  # letters that are one matter whatever follows: "interrailing", "interrail"
VERY_RARE, RARE, TELLING = 3, 10, 25  # messages that have a word
CALENDAR = re.compile(rf"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|to(?:day|night|morrow)|yesterday|{NUMBER.pattern}", re.IGNORECASE)
OWNERS = re.compile(r"\b(?P<mine>my|our)\b|\b(?:his|her|their|\w+['’]s)\b", re.IGNORECASE)
REACH = 24  # characters before a word in which its owner stands


@cache
def _cues() -> re.Pattern[str]:
    lines = (Path(__file__).parent / "changes.txt").read_text("utf-8").splitlines()
    return re.compile(rf"\b(?:{'|'.join(lines)})\b", re.IGNORECASE)


@cache
def _everyday() -> frozenset[str]:
    """Words, without their endings, that two messages may share though they are about nothing in common, however seldom they were said
    so far."""
    return frozenset(map(_stem, (Path(__file__).parent / "everyday.txt").read_text("utf-8").split()))


def speaks_of_change(text: str) -> bool:
    """Whether a remark says that something is no longer as it was."""
    return _cues().search(text.replace("’", "'")) is not None


def followers(connection: Connection, query: Query, leading: Sequence[Said]) -> dict[str, tuple[Said, ...]]:
    """Later messages of the user that put some of these into the past, by their ids: they speak of a change and share a rare
    word, and may have nothing of the question themselves ("I dropped the beetles").

    Args:
        leading: messages that answer the question.
    """
    often = _Often(connection, query.persona_id)
    found: dict[str, tuple[Said, ...]] = {}
    for one in leading:
        words = [word for word in _words_by_stem(one.text).values() if 0 < often(word) <= RARE] if one.role == "user" else []
        after = standing(connection, query.persona_id, lexical.having(connection, query.persona_id, words, one.sequence))
        told = (other for other in after if other.role == "user" and other.id not in query.besides)
        changed = [
            other for other in told if speaks_of_change(other.text) and _answers_it(one, other, query.text) and _rare(often, one, other)
        ]
        if one.role == "user":
            found[one.id] = tuple(sorted(changed, key=lambda other: other.sequence)[-1:])
    return found


class _Often:
    """In how many of a relationship's messages a word is, each counted once, as far as it is telling."""

    def __init__(self, connection: Connection, persona_id: str) -> None:
        self._connection, self._persona_id = connection, persona_id
        self._counted: dict[str, int] = {}

    def __call__(self, word: str) -> int:
        if word not in self._counted:
            self._counted[word] = lexical.count(self._connection, self._persona_id, word, TELLING + 1)
        return self._counted[word]


def _rare(often: Callable[[str], int], earlier: Said, later: Said) -> bool:
    """Whether two messages share one very rare word, or two rare ones. What speaks of a change itself is seldom changed again:
    the one word has to be the very same then."""
    apart = 0 if speaks_of_change(earlier.text) else 1  # letters
    first, second = _words_by_stem(earlier.text), _words_by_stem(later.text)
    said_of_change = {_stem(word) for cue in _cues().finditer(later.text.casefold()) for word in words_of(cue.group())}
    telling = sorted((first.keys() & second.keys()) - said_of_change)
    shared = [(stem, first[stem], second[stem]) for stem in telling if not (CALENDAR.fullmatch(first[stem]) or stem in _everyday())]
    counts = [
        (max(often(one), often(other)), len(stem) >= SURE_STEM or abs(len(one) - len(other)) <= apart)
        for stem, one, other in shared
        if _same_owner(earlier.text, later.text, one, other)
    ]
    return any(count <= VERY_RARE and same for count, same in counts) or sum(count <= RARE for count, _ in counts) >= 2


def _words_by_stem(text: str) -> dict[str, str]:
    return {_stem(word): word for word in words_of(text) if word not in stop_words() and len(word) >= LONG}


def rare_words(connection: Connection, query: Query) -> dict[str, int]:
    """The words of a question, without endings, that show that two messages which have them are about the same, and in how many each is."""
    often = _Often(connection, query.persona_id)
    return {_stem(word): often(word) for word in lexical.telling_words(query.text) if often(word) <= TELLING}


def outdated(
    said: Sequence[Said], worth: Mapping[str, float], question: str, asked: Mapping[str, int], later: Mapping[str, Sequence[Said]]
) -> set[str]:
    """Ids of the messages that a later one replaces.

    Args:
        worth: how near each is to the question by itself, by id.
        asked: its rare words; see `rare_words`.
        later: what replaces some of them for sure; see `followers`.
    """
    own = sorted((one for one in said if one.role == "user"), key=lambda one: -worth[one.id])[:LOOKED_AT]
    about = {one.id: asked.keys() & _words_by_stem(one.text).keys() for one in own}
    gone = {one.id for one in said if later.get(one.id)}
    for newer in filter(lambda one: speaks_of_change(one.text), own):
        for earlier in own:
            shared = [word for word in about[earlier.id] & about[newer.id] if _same_owner(earlier.text, newer.text, word, word)]
            alike = NAMED_ALIKE if any(asked[word] <= RARE for word in shared) else ALIKE
            if (
                shared
                and newer.sequence > earlier.sequence
                and worth[newer.id] >= alike * worth[earlier.id]
                and _answers_it(earlier, newer, question)
            ):
                gone.add(earlier.id)
    return gone | _answers_to(gone, said)


def _answers_it(earlier: Said, newer: Said, question: str) -> bool:
    """Whether the newer one has what the question asks for, if the earlier one has it."""
    return has_what(question, newer.text) >= has_what(question, earlier.text)


def _answers_to(gone: Collection[str], said: Sequence[Said]) -> set[str]:
    after = {(one.conversation_id, one.place + 1) for one in said if one.id in gone}
    return {one.id for one in said if one.role == "persona" and (one.conversation_id, one.place) in after}


def _same_owner(earlier: str, later: str, first: str, second: str) -> bool:
    """Whether nothing says that one speaks of the user's own and the other of somebody else's."""
    owners = _owner(earlier, first), _owner(later, second)
    return "" in owners or owners[0] == owners[1]


def _owner(text: str, word: str) -> str:
    low = text.casefold()
    found = list(OWNERS.finditer(low, max(0, low.find(word) - REACH), max(0, low.find(word))))
    return "" if not found else "mine" if found[-1]["mine"] else "another's"


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ors", "or", "ers", "er", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= STEM:
            return word.removesuffix(ending)
    return word
