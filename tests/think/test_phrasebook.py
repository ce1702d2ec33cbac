from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from companion.errors import ModelError
from companion.think.phrasebook import GAP, LONGEST, SHORTEST, PhraseBook, open_phrasebook

END = frozenset([0])


def test_what_mostly_follows_is_found_to_the_end_of_a_text() -> None:
    book = PhraseBook([1, 2, 3, 4, 0, 9, 1, 2, 5, 6, 0, 8, 7, 1, 2, 5, 6, 0, 8, 8, 8, 8, 0], END)
    assert book.continuation([4, 4, 1, 2], 5) == ([5, 6, 0], 2 / 3), "twice against once"
    assert book.continuation([1, 2, 3], 5) == ([4, 0], 1), "the longer match decides"
    assert book.continuation([1, 2], 1) == ([5], 2 / 3)
    assert book.continuation([4, 2], 5)[0] == [5, 6, 0], "a single token is better than none"
    assert book.continuation([4], 0) == book.continuation([11], 5) == ([], 0)


def test_nothing_is_guessed_across_a_gap() -> None:
    book = PhraseBook([1, 2, 3, GAP, 5, 6, 0, 1, 2, 3, GAP, 7, 8, 0, 9, 9, 9, 9, 0], END)
    assert book.continuation([1, 2], 5)[0] == [3]
    assert book.continuation([1, 2, 3], 5)[0] == []


def test_an_empty_or_short_book_says_nothing() -> None:
    for ids in ([], [1], [1, 2, 0]):
        assert PhraseBook(ids, END).continuation([1, 2], 4) == ([], 0)


@given(st.lists(st.integers(0, 6), max_size=60), st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_a_continuation_stands_in_the_book(ids: list[int], tokens: list[int]) -> None:
    found = PhraseBook(ids, END).continuation(tokens, 4)[0]
    runs = [[*tokens[-length:], *found] for length in range(SHORTEST, LONGEST + 1) if length <= len(tokens)]
    assert not found or any(ids[i : i + len(run)] == run for run in runs for i in range(len(ids)))
    assert 0 not in found[:-1]


def test_a_book_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "phrases.safetensors"
    save_file({"ids": np.asarray([1, 2, 3, 4, 5, 6, 0], dtype=np.int16)}, path)
    assert open_phrasebook(path, END, 10).continuation([1, 2], 2) == ([3, 4], 1)
    with pytest.raises(ModelError, match="another model"):
        open_phrasebook(path, END, 5)
    path.write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot be read"):
        open_phrasebook(path, END, 10)
