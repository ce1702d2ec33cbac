"""What each token of a vocabulary writes, and how far a reply that is made of them has come.

The bytes of a token are told by llguidance, which reads every kind of fast tokenizer; of another kind a token's text is what it
decodes to. A character may be spread over several tokens: its first bytes are *pending* until the last one is there.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from companion.think.spelling import SEEN_THROUGH, read
from companion.think.stream import UNFINISHED

State = TypeVar("State")
LENGTHS = {0: 1, **dict.fromkeys(range(0xC2, 0xE0), 2), **dict.fromkeys(range(0xE0, 0xF0), 3), **dict.fromkeys(range(0xF0, 0xF5), 4)}


class Told(NamedTuple):
    """What a token adds to a text.

    Attributes:
        text: whole characters.
        pending: the first bytes of another one.
        sound: whether all bytes before those belong to characters; a decoder drops what does not.
    """

    text: str
    pending: bytes = b""
    sound: bool = True


def told(pending: bytes, more: bytes) -> Told:
    """Whole characters out of bytes, the first of which were pending."""
    data = pending + more
    end = _unfinished(data)
    try:
        return Told(data[:end].decode(), data[end:])
    except UnicodeDecodeError:
        return Told(data[:end].decode(errors="ignore"), data[end:], sound=False)


def _unfinished(data: bytes) -> int:
    """Where the unfinished last character begins; the length if there is none."""
    for back in range(1, min(3, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 != 0x80:  # no continuation byte
            if LENGTHS.get(lead, 1) <= back:
                return len(data)
            try:
                data[-back:].decode()
            except UnicodeDecodeError as error:
                return len(data) - back if error.reason == "unexpected end of data" else len(data)
    return len(data)


class Vocabulary:
    """A model's tokens as text.

    Args:
        pieces: the bytes of each token, by id; none for one that writes nothing, such as a control token.
        ends: ids that end a reply.

    Attributes:
        pieces, ends: the same.
    """

    def __init__(self, pieces: Sequence[bytes], ends: Collection[int]) -> None:
        self.pieces, self.ends = tuple(pieces), frozenset(ends)

    @classmethod
    def of(cls, tokenizer: Any, size: int, ends: Collection[int], control: Collection[int]) -> "Vocabulary":
        """The vocabulary of a transformers tokenizer.

        Args:
            size: how many scores the model gives; there may be more than tokens.
            control: ids that write nothing.
        """
        nothing = {*ends, *control}
        spell = _speller(tokenizer, size, ends)
        return cls([b"" if i in nothing or i >= len(tokenizer) else spell(i) for i in range(size)], ends)

    def told(self, pending: bytes, token: int) -> Told:
        """What a token adds; one beyond the vocabulary adds nothing."""
        return told(pending, self.pieces[token]) if token < len(self.pieces) else Told("", pending)

    @cached_property
    def alone(self) -> tuple[Told, ...]:
        """What each token writes where a character begins, by id."""
        return tuple(told(b"", piece) for piece in self.pieces)

    @cached_property
    def silent(self) -> frozenset[int]:
        """Ids that write nothing."""
        return frozenset(i for i, piece in enumerate(self.pieces) if not piece)

    @cached_property
    def unsound(self) -> tuple[int, ...]:
        """Ids that cannot stand where a character begins."""
        return tuple(i for i, one in enumerate(self.alone) if not one.sound)

    @cached_property
    def continuing(self) -> tuple[int, ...]:
        """Ids that may go on with a pending character."""
        return tuple(i for i, piece in enumerate(self.pieces) if piece and piece[0] & 0xC0 == 0x80)

    def with_core(self, core: str, *, begins: bool = False) -> Sequence[int]:
        """Ids of tokens that contain signs, or begin with them, white space and what is seen through left out on both sides."""
        keys, groups = self._sorted
        if begins:
            first, last = bisect_left(keys, core), bisect_left(keys, core + chr(0x10FFFF))
            return [i for at in range(first, last) for i in groups[at]]
        return [i for key, group in zip(keys, groups, strict=True) if core in key for i in group]

    @cached_property
    def _sorted(self) -> tuple[list[str], list[list[int]]]:
        by_core: dict[str, list[int]] = {}
        for i, one in enumerate(self.alone):
            if one.text:
                by_core.setdefault(core_of(read(one.text)), []).append(i)
        keys = sorted(by_core)
        return keys, [by_core[key] for key in keys]


def core_of(seen: str) -> str:
    """Signs without white space and without what is seen through."""
    return "".join(sign for sign in seen if sign != " " and sign not in SEEN_THROUGH)


def _speller(tokenizer: Any, size: int, ends: Collection[int]) -> Callable[[int], bytes]:
    from llguidance import LLTokenizer

    try:
        known = LLTokenizer(tokenizer.backend_tokenizer.to_str(), n_vocab=size, eos_token=sorted(ends))
    except (AttributeError, ValueError):  # a tokenizer without the fast kind's parts, or of a kind it does not know
        before = tokenizer.encode("a", add_special_tokens=False)
        shown = len(tokenizer.decode(before))

        def decoded(token: int) -> bytes:
            text = str(tokenizer.decode([*before, token], clean_up_tokenization_spaces=False))[shown:]
            return b"\xff" if UNFINISHED in text else text.encode(errors="ignore")

        return decoded

    def spelt(token: int) -> bytes:
        return bytes(known.decode_bytes([token])) if tokenizer.backend_tokenizer.id_to_token(token) is not None else b""

    return spelt


class Trail(Generic[State]):
    """A state after each token of a reply, read once: asked for another reply it goes back to where the two part.

    So what builds on it stays a function of the tokens alone.

    Args:
        start: before the first token.
        step: the state after one more token; a pure function.
    """

    def __init__(self, start: State, step: Callable[[State, int], State]) -> None:
        self._step = step
        self._ids: list[int] = []
        self._states = [start]

    def after(self, ids: list[int]) -> State:
        """The state after a reply."""
        same = min(len(self._ids), len(ids))
        if self._ids[:same] != ids[:same]:
            same = next(at for at in range(same) if self._ids[at] != ids[at])
        if same < len(self._ids):
            del self._ids[same:], self._states[same + 1 :]
        for token in ids[same:]:
            self._states.append(self._step(self._states[-1], token))
            self._ids.append(token)
        return self._states[-1]
