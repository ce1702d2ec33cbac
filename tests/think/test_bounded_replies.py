"""Whole replies under bounds on words, sampled by chance: from pairs of networks with random weights that guess ahead and keep what
they read, from a phrase book that holds what is avoided, and from every kind of tokenizer."""

import os
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import regex
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.think.avoid import Avoids, Bars
from companion.think.constraints import InOrder, Wording
from companion.think.drafters import LookupDrafter, ModelDrafter, PhraseDrafter
from companion.think.kv_cache import CachedSequence, common_prefix
from companion.think.local import LocalEngine
from companion.think.pace import Pace
from companion.think.phrasebook import PhraseBook
from companion.think.prose import progress_of
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from companion.think.sampling import Sampler
from companion.think.speculative import Speculation
from companion.think.vocabulary import Vocabulary
from tests.think.checkpoints import PLAIN, TOKENIZERS, save_checkpoint, starter_like
from tests.think.networks import VOCABULARY, likeness, tiny_llama
from tests.think.test_vocabulary import pieced

REPLIES = 5000
READ_REPLIES = int(os.environ.get("COMPANION_AVOID_RUNS", "300"))  # of networks that read, which takes longer
AVOID = ("cheer up", "art", "café", "you"), ("cheer", "up", "ist", "s", "you", "a", "e", "c")
SAID = (
    *("c", "h", "e", "r", "u", "p", "a", "t", "o", "y", "s", "é", " ", "\n", " \n", ".", "’", "*", "\u200b", "\u0301"),
    *("ch", "ee", "up", " up", "caf", "art", " art", "ist", "you", "You", " yo", "ou", " cheer", "cheer", " cheer up", "CHEER UP", " C"),
)
PIECES = [b"", *(text.encode() for text in SAID), b"\xc3", b"\xa9"]
BOUNDS = Constraints(temperature=1.4, top_p=1, min_p=0, repetition_penalty=1, avoid=AVOID[0])


class Table:
    """A network of the last two tokens with random weights, in the shape of a `CachedSequence`.

    Args:
        shaken: how far its weights lie from those of the same seed.
    """

    def __init__(self, shaken: float = 0.0) -> None:
        generator = torch.Generator().manual_seed(11)
        self._weights = 2.5 * torch.randn(2, len(PIECES), len(PIECES), generator=generator)
        self._weights += shaken * torch.randn(self._weights.shape, generator=generator)
        self.ids: list[int] = []

    def append(self, ids: list[int], *, logits: int = 1, over: Callable[[], bool] = lambda: False) -> torch.Tensor:
        self.ids += ids
        last, before = (torch.tensor(self.ids[-logits - back : len(self.ids) - back] or [0] * logits) for back in (0, 1))
        return self._weights[0, last] + self._weights[1, before if len(before) == logits else last]

    def truncate(self, size: int) -> None:
        del self.ids[size:]


def stands(phrase: str, text: str) -> bool:
    """Whether a phrase is in a text, found otherwise than the program does: by a pattern over the composed text."""
    plain, wanted = (unicodedata.normalize("NFKC", one.replace("’", "'")).casefold() for one in (text, phrase))
    pattern = r"\s+".join(map(re.escape, wanted.split()))
    whole = rf"(?<![\p{{L}}\p{{N}}]\p{{M}}*){pattern}(?![\p{{L}}\p{{M}}\p{{N}}])"
    return any(regex.search(whole, re.sub(seen_through, "", plain)) for seen_through in ("[\u200b*]", "(?!)"))


def spelt(text: str, rng: random.Random) -> list[int]:
    left, ids = text.encode(), list[int]()
    while left:
        ids.append(rng.choice([i for i, piece in enumerate(PIECES) if piece and left.startswith(piece)]))
        left = left[len(PIECES[ids[-1]]) :]
    return ids


@pytest.mark.parametrize("reads", [False, True], ids=["tables", "networks"])
def test_no_avoided_phrase_in_thousands_of_replies_that_were_guessed_ahead(reads: bool) -> None:
    network = tiny_llama(layers=1)
    sequences: Any = [CachedSequence(network), CachedSequence(likeness(network))] if reads else [Table(), Table(0.3)]
    wording, rng, pace = Wording(lambda: Vocabulary(PIECES, [0])), random.Random(5), Pace()
    book = PhraseBook([i for said in 3 * ("cheer up", " art", "you ", "ee up") for i in [*spelt(said, rng), 0]], frozenset({0}))
    replies, broken, guessed, told = READ_REPLIES if reads else REPLIES, 0, 0, set()
    for number in range(replies):
        free, avoid = number % 20 == 0, rng.choice(AVOID)  # now and then without the bound, to see that they would say it
        begun = spelt(rng.choice(("", "", "chee", " ar", "yo")), rng)
        bounds = replace(BOUNDS, avoid=("zzz",) if free else avoid, seed=number, temperature=rng.choice((0.0, 0.7, 1.4)))
        prompt = [rng.randrange(1, len(PIECES)) for _ in range(rng.randint(1, 3))]
        sampler = Sampler(bounds, start=len(prompt), encode=lambda text: [], ends=[0], wording=wording)
        ids = [*prompt, *begun]
        for sequence in sequences:
            sequence.truncate(min(common_prefix(sequence.ids, ids), len(ids) - 1))
        drafter = ModelDrafter(sequences[1], sampler, lambda confidence: len(confidence) > 2) if number % 3 else None
        speculation = Speculation(sequences[0], sampler, pace, draft=drafter, free=[LookupDrafter(match=2), PhraseDrafter(book)])
        runs = speculation.tokens(ids, most=rng.randint(3, 7), ends=[0], over=lambda: False)
        reply = [*begun, *(token for run in runs for token in run)]
        text = b"".join(PIECES[i] for i in reply).decode(errors="ignore")
        found = [phrase for phrase in avoid if stands(phrase, text)]
        guessed, broken = guessed + sum(speculation.tally.accepted.values()), broken + (free and bool(found))
        told.add(text)
        assert free or not found, (text, reply)
        assert free or text.strip(), "a reply says something"
    assert len(PIECES) == VOCABULARY and broken > replies / 20 / 10
    assert guessed > replies / 20 and len(told) > replies / 3


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_a_vocabulary_is_made_of(data: st.DataObject) -> None:
    cuts = data.draw(
        st.lists(st.binary(min_size=1, max_size=3) | st.text("cher upé.\n", min_size=1, max_size=4).map(str.encode), max_size=30)
    )
    pieces = [b"", *(bytes([i]) for i in b"cher up.\xc3\xa9"), *cuts]
    avoids = InOrder([Avoids(("cheer up", "é", "pu"), Bars(Vocabulary(pieces, [0])))])
    reply: list[int] = []
    for _ in range(12):
        scores = avoids(torch.tensor([reply], dtype=torch.long), torch.zeros(1, len(pieces)))[0]
        token = data.draw(st.sampled_from(scores.isfinite().nonzero().flatten().tolist()))
        if token == 0:
            break
        reply.append(token)
        text = b"".join(pieces[i] for i in reply).decode(errors="ignore")
        assert not any(stands(phrase, text) for phrase in ("cheer up", "é", "pu")), text


def asked(**bounds: Any) -> GenerationRequest:
    talk = (PromptMessage("system", "You are Ada."), PromptMessage("user", "Hello there, how are you today?"))
    return GenerationRequest(Prompt(talk), replace(BOUNDS, max_tokens=40, **bounds), cache_key="one")


def written(events: Iterator[Piece | Written]) -> tuple[str, Written]:
    *pieces, last = events
    assert isinstance(last, Written)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), last


@pytest.mark.parametrize("name", [*sorted(TOKENIZERS), "pieced"])
def test_every_kind_of_tokenizer_is_held_to_it(name: str, tmp_path: Path) -> None:
    tokenizer = pieced() if name == "pieced" else TOKENIZERS[name]()
    tokenizer.chat_template = tokenizer.chat_template or PLAIN
    folder = save_checkpoint(tmp_path / name, tokenizer)
    engine = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    free = [written(engine.write(asked(avoid=(), seed=seed)))[0] for seed in range(3)]
    for seed, text in enumerate(free):
        words = tuple(word for word in dict.fromkeys(re.findall(r"[^\W_]{1,20}", text)) if stands(word, text))[:20]
        assert words
        other, account = written(engine.write(asked(avoid=words, seed=seed)))
        assert other and not any(stands(word, other) for word in words), other
        assert account.plain == "" and not other.endswith("…")
        held, _ = written(engine.write(asked(avoid=(), questions="none", reply_sentences=1, sentence_words=4, seed=seed)))
        assert held and not set(held) & set("?？؟")
        assert progress_of(held).sentences <= 1 and progress_of(held).words <= 4, held


def test_a_model_that_cannot_be_cut_is_held_to_it_as_well(tmp_path: Path) -> None:
    engine = LocalEngine(save_checkpoint(tmp_path / "windowed", starter_like(), window=16), device="cpu", dtype="float32")
    text, account = written(engine.write(asked(avoid=("a", "e", "q"), seed=1, reply_sentences=1)))
    assert "cannot be cut" in account.plain
    assert text and not any(stands(letter, text) for letter in "aeq") and progress_of(text).sentences <= 1


def test_guesses_and_kept_states_change_nothing_under_bounds(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "tiny", starter_like())
    alone = LocalEngine(folder, device="cpu", dtype="float32", cache_bytes=0)
    helped = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    for seed in range(3):
        request = asked(seed=seed, questions="one", sentence_words=5, reply_sentences=3, leanings=("sat on the mat",))
        text, account = written(helped.write(request))
        assert text == written(alone.write(request))[0]
        assert sum(account.drafted.values()) > 0


def test_an_unfinished_reply_goes_on_without_it(tmp_path: Path) -> None:
    engine = LocalEngine(save_checkpoint(tmp_path / "tiny", starter_like()), device="cpu", dtype="float32")
    for seed, begun in enumerate(("I am", "I am ", "Hello the")):
        request = asked(avoid=("am a", "am e", "am t", "there", "them", "then"), seed=seed)
        text, _ = written(engine.write(replace(request, prompt=replace(request.prompt, prefix=begun))))
        assert text and not any(stands(phrase, begun + text) for phrase in request.constraints.avoid)
