"""What tokens write, told from their bytes."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.think.vocabulary import Told, Trail, Vocabulary, told
from tests.think.checkpoints import TEXT, TOKENIZERS


def pieced(special: tuple[str, ...] = ("<unk>", "<s>", "</s>")) -> Any:
    """A tokenizer in the manner of SentencePiece: words begin with a mark, and rare characters fall back to bytes."""
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    texts = [*special, *(f"<0x{i:02X}>" for i in range(256)), "\u2581", *"abcdefghijklmnopqrstuvwxyzCY.,", "\u2581c", "he", "er"]
    vocabulary = {text: i for i, text in enumerate(texts)}
    merges = [("\u2581", "c"), ("h", "e"), ("e", "r")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


def spoken(tokenizer: Any) -> Vocabulary:
    return Vocabulary.of(tokenizer, len(tokenizer) + 3, [tokenizer.eos_token_id], tokenizer.all_special_ids)


@pytest.mark.parametrize("make", [*TOKENIZERS.values(), pieced], ids=[*TOKENIZERS, "pieced"])
def test_the_pieces_are_what_the_tokenizer_decodes_to(make: Any) -> None:
    tokenizer = make()
    vocabulary = spoken(tokenizer)
    assert len(vocabulary.pieces) == len(tokenizer) + 3
    assert vocabulary.pieces[tokenizer.eos_token_id] == vocabulary.pieces[-1] == b""
    for line in (*TEXT.split("\n"), "cheer up, naïve 🙂 你好"):
        ids = tokenizer.encode(line, add_special_tokens=False)
        written = b"".join(vocabulary.pieces[i] for i in ids).decode()
        assert written.strip() == tokenizer.decode(ids).strip()


def test_a_tokenizer_of_another_kind_is_asked_to_decode() -> None:
    class Slow:
        def __len__(self) -> int:
            return 4

        def encode(self, text: str, add_special_tokens: bool) -> list[int]:
            return [0]

        def decode(self, ids: list[int], clean_up_tokenization_spaces: bool = False) -> str:
            return "".join(["a", " b", "\ufffd", ""][i] for i in ids)

    assert Vocabulary.of(Slow(), 5, [3], []).pieces == (b"a", b" b", b"\xff", b"", b"")


@given(st.text(max_size=12), st.integers(0, 999))
def test_characters_come_whole_wherever_the_bytes_are_cut(text: str, seed: int) -> None:
    data, rng, pending, whole = text.encode(errors="ignore"), random.Random(seed), b"", ""
    while data:
        size = rng.randint(1, 4)
        one = told(pending, data[:size])
        whole, pending, data = whole + one.text, one.pending, data[size:]
        assert one.sound and len(pending) < 4
    assert whole.encode() == text.encode(errors="ignore") and pending == b""


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_bytes_are_sound_where_a_decoder_drops_none(first: bytes, more: bytes) -> None:
    begun = told(b"", first)
    if begun.sound:
        one = told(begun.pending, more)
        assert one.text == (begun.pending + more).decode(errors="ignore")
        assert one.sound == ("\ufffd" not in (begun.pending + more)[: len(begun.pending + more) - len(one.pending)].decode(errors="replace")
                             or "\ufffd" in one.text)  # fmt: skip


def test_a_character_is_pending_until_its_last_byte() -> None:
    assert told(b"", "é€".encode()[:-1]) == Told("é", "€".encode()[:-1])
    assert told(b"\xe2", b" a") == Told(" a", b"", sound=False)
    assert told(b"", b"\xed\xa0") == Told("", b"", sound=False)


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=8))
def test_a_trail_tells_the_state_after_any_reply(replies: list[list[int]]) -> None:
    trail: Trail[tuple[int, ...]] = Trail((), lambda state, token: (*state, token))
    for reply in replies:
        assert trail.after(reply) == tuple(reply)
