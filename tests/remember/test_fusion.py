from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.remember import fusion
from companion.remember.dates import Span
from companion.remember.fusion import NAMES, Found, factors, signs
from companion.remember.pool import Pool

START = datetime(2026, 3, 1, 9)
WEIGHTS = np.array([0.0 if name == "is a question" else 1.0 for name in NAMES], dtype=np.float32)


def pool_of(*texts: str, sitting_of: int = 100, days_apart: int = 0) -> Pool:
    pool = Pool()
    pool.add(
        (i + 1, f"m{i}", "talk", i, i // sitting_of, "user" if i % 2 == 0 else "persona", text, str(START + timedelta(days=i * days_apart)))
        for i, text in enumerate(texts)
    )
    return pool


def found(
    words: list[dict[int, float]] | None = None, meaning: dict[str, float] | None = None, spans: tuple[Span, ...] = (), speaker: str = ""
) -> Found:
    hits = [(np.array([*one], np.int64), np.array([*one.values()], np.float32)) for one in words or []]
    return Found(hits, meaning or {}, spans, speaker)


def ranked(pool: Pool, what: Found, question: str = "who?") -> list[str]:
    scores = signs(pool, what, question, UTC) @ WEIGHTS
    return [pool.said[i].id for i in np.argsort(-scores, kind="stable")]


def test_a_word_in_common_brings_a_message_up() -> None:
    pool = pool_of("aaaa", "bbbb", "cccc", sitting_of=1)
    assert ranked(pool, found([{2: 3.0}]))[0] == "m1"


def test_an_answer_without_the_words_of_its_question_is_found_beside_it() -> None:
    pool = pool_of("aaaa", "what breed is your dog", "bbbb", *["zzzz"] * 5)
    assert ranked(pool, found([{2: 3.0}]))[:2] == ["m1", "m2"]


def test_nothing_of_another_sitting_counts_as_beside() -> None:
    pool = pool_of("aaaa", "bbbb", "cccc", "dddd", sitting_of=2)
    column = NAMES.index("words one before")
    assert signs(pool, found([{2: 3.0}]), "who?")[:, column].tolist() == [0, 0, 0, 0]


def test_what_was_said_on_the_day_comes_first() -> None:
    pool = pool_of("aaaa", "bbbb", "cccc", sitting_of=1, days_apart=30)
    day = date(2026, 4, 30)
    assert ranked(pool, found(spans=(Span(day, day),)))[0] == "m2"


def test_who_is_asked_about_counts() -> None:
    pool = pool_of("aaaa", "bbbb", sitting_of=1)
    assert ranked(pool, found(speaker="persona"))[0] == "m1"


def test_reasons_add_up() -> None:
    pool = pool_of("aaaa", "bbbb", "cccc")
    row = signs(pool, found([{2: 3.0}], {"m1": 0.6}), "who?")[1]
    why = factors(row, WEIGHTS)
    assert why.words > 0 and why.meaning > 0
    assert why.words + why.meaning + why.context + why.time == pytest.approx(1)


def test_nothing_found_is_no_error() -> None:
    assert signs(Pool(), found(), "who?").shape == (0, len(NAMES))
    assert factors(np.zeros(len(NAMES), np.float32), WEIGHTS).words == 0


def test_every_sign_has_a_weight() -> None:
    assert fusion.weights().shape == (len(NAMES),)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=12), st.data())
def test_fitting_better_never_lowers_a_place(cosines: list[float], data: st.DataObject) -> None:
    pool = pool_of(*["aaaa"] * len(cosines), sitting_of=1)
    which = data.draw(st.integers(0, len(cosines) - 1))
    better = data.draw(st.floats(cosines[which], 1))
    before = {f"m{i}": cosine for i, cosine in enumerate(cosines)}
    place = ranked(pool, found(meaning=before)).index(f"m{which}")
    assert ranked(pool, found(meaning=before | {f"m{which}": better})).index(f"m{which}") <= place
