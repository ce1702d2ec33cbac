import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from companion.remember.cached import CachedEmbedder
from companion.remember.fake import FakeEmbedder

Texts = st.lists(st.sampled_from(["frog", "milk", "bond", "kant", "anna"]), max_size=6)


def test_a_text_is_embedded_once_for_all_who_ask() -> None:
    inner = FakeEmbedder()
    cached = CachedEmbedder(inner)
    cached.encode(["frog"])
    cached.encode(["milk", "frog", "milk"])
    assert inner.asked == ["frog", "milk"]
    assert cached.name == inner.name


@given(st.lists(Texts, max_size=8), st.integers(1, 3))
def test_it_answers_like_the_embedder_itself(calls: list[list[str]], most: int) -> None:
    cached, plain = CachedEmbedder(FakeEmbedder(), most), FakeEmbedder()
    for texts in calls:
        answer = cached.encode(texts)
        assert np.array_equal(answer, plain.encode(texts))
        answer[:] = 0  # what a caller does to it stays the caller's


def test_the_ones_asked_for_last_are_kept() -> None:
    inner = FakeEmbedder()
    cached = CachedEmbedder(inner, most=2)
    for text in ("frog", "milk", "frog", "bond", "frog", "milk"):
        cached.encode([text])
    assert inner.asked == ["frog", "milk", "bond", "milk"]
