"""A picture comes when it is asked for, when something is worth it, and never so often that it tires."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Affect, Bond, Mood
from companion.show.asking import book
from companion.show.meaning import Meaning
from companion.show.triggers import Before, Budget, Trigger, wanted

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAGES = ("stranger", "guest", "friend")


def feels(stage: str = "") -> Affect:
    return Affect(AT, Mood(0.1, 0.1, 0.1), bond=Bond(stage))


def why(user: str = "hm", hers: str = "Well then.", *, stage: str = "", before: Before = Before(), **more: Any) -> Trigger | None:  # noqa: B008, it is frozen
    return wanted([("persona", hers), ("user", user)], feels(stage), before, **more)


def test_whoever_asks_is_shown() -> None:
    found = why("Could you show me your face?")
    assert found == Trigger("asked", "show me your <adjective>? <thing>")
    assert why("how are you?") is None and wanted([], feels(), Before()) is None
    assert why("show me the lamp room", names=["lamp room"]) is not None and why("show me the lamp room") is None


def test_only_the_users_last_line_asks() -> None:
    lines = [("user", "show me"), ("persona", "Here."), ("user", "thank you"), ("persona", "Show me yours!")]
    assert wanted(lines[:1], feels(), Before()) is not None
    assert wanted(lines[:2], feels(), Before()) is not None, "she has just answered it"
    assert wanted(lines[:3], feels(), Before()) is None and wanted(lines, feels(), Before()) is None


def test_a_nearer_stage_is_worth_a_picture() -> None:
    assert why(stage="guest", before=Before(stage="stranger", stages=STAGES)) == Trigger("stage", "guest")
    assert why(stage="guest", before=Before(stage="friend", stages=STAGES)) is None, "they drift apart"
    assert why(stage="guest", before=Before(stage="guest", stages=STAGES)) is None
    assert why(stage="guest", before=Before(stages=STAGES)) is None, "it is not known how near they were"
    assert why(stage="guest", before=Before(stage="stranger")) is not None


def test_a_milestone_is_worth_a_picture() -> None:
    assert why(before=Before(turns=100)) == Trigger("milestone", "100 turns")
    assert why(before=Before(turns=101)) is None
    assert why(before=Before(days=30, first_today=True)) == Trigger("milestone", "30 days")
    assert why(before=Before(days=30)) is None and why(before=Before(days=31, first_today=True)) is None


@pytest.mark.parametrize(
    ("user", "hers", "calls"),
    [
        ("oh?", "Look at this, the whole harbour is frozen.", True),
        ("oh?", "I am wearing the new coat. It is too long.", True),
        ("oh?", "The bread is out.", True),
        ("oh?", "Don't look at this.", False),
        ("oh?", "When I was young, she said you should see this.", False),
        ("look at this!", "Hm.", False),
        ("What a view you must have!", "Hm.", True),
        ("oh?", "I finished reading it.", False),
    ],
)
def test_the_story_calls_for_a_picture(user: str, hers: str, calls: bool) -> None:
    found = why(user, hers)
    assert (found is not None and found.occasion == "story") == calls


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (Before(turns=100), True),
        (Before(since=7, turns=100), False),
        (Before(since=8, turns=100), True),
        (Before(since=50, today=3, turns=100), True),
        (Before(since=50, today=4, turns=100), False),
    ],
)
def test_unasked_pictures_keep_the_budget(before: Before, shown: bool) -> None:
    assert (why(before=before) is not None) == shown
    assert why("show me", before=before) is not None
    assert why(before=before, budget=Budget(0, 0)) is None and why("show me", before=before, budget=Budget(99, 0)) is not None


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["hm", "What a view!", "show me", "don't show me"]),
        st.sampled_from(["Well.", "Look at this!"]),
        st.sampled_from(STAGES),
    ),
    max_size=60,
)


@given(TURNS, st.integers(0, 10), st.integers(0, 4))
def test_a_conversation_never_has_more_pictures_than_its_budget(turns: list[tuple[str, str, str]], apart: int, a_day: int) -> None:
    budget, stage, since, shown = Budget(apart, a_day), "", None, list[tuple[int, str]]()
    for at, (user, hers, now) in enumerate(turns):
        unasked = sum(occasion != "asked" for _, occasion in shown)
        before = Before(since, unasked, stage, turns=at + 90)
        found = wanted([("persona", hers), ("user", user)], feels(now), before, budget)
        assert (found is not None and found.occasion == "asked") == (user == "show me")
        since = 1 if found else since + 1 if since else None
        if found:
            shown.append((at, found.occasion))
        stage = now
    unasked_at = [at for at, occasion in shown if occasion != "asked"]
    assert len(unasked_at) <= a_day
    for at in unasked_at:
        assert all(at - other >= apart for other, _ in shown if other < at)


class Letters:
    """Encodes a text by its words: texts that share words are near."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts: Sequence[str]) -> Any:
        self.asked += 1
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().strip("?!.").split():
                row[sum(map(ord, word)) * len(word) % 512] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def test_what_words_leave_open_is_read_by_its_meaning() -> None:
    encode = Letters()
    meaning = Meaning(encode)
    assert why("a glimpse of you could i have", meaning=meaning) == Trigger("asked", "by its meaning")
    assert why("a glimpse of you could i have") is None
    assert why("never a glimpse of you could i have", meaning=meaning) is None, "a denial turns it round"
    assert why("so look what i made", meaning=meaning) == Trigger("story", "by its meaning")
    assert why("so look what i made", meaning=meaning, before=Before(since=1)) is None
    assert why("i'll really see you tomorrow", meaning=meaning) is None
    assert why("xylophones and quinces, mostly", meaning=meaning) is None
    asked = encode.asked
    assert why("hm", meaning=meaning) is None and why("show me", meaning=meaning) is not None
    assert encode.asked == asked, "nothing is encoded where words suffice"


def test_every_example_is_read_as_what_it_is_or_as_nothing() -> None:
    meaning = Meaning(Letters())
    for kind in ("asked", "story", "neither"):
        for text in book()["meanings"][kind]:
            assert meaning.of(text) in (None, kind)
    assert meaning.of("Look what I made") == "story"


def test_a_vector_that_is_at_hand_is_not_computed_again() -> None:
    encode = Letters()
    meaning = Meaning(encode)
    (vector,) = encode(["a glimpse of you could i have"])
    assert meaning.of("another text", vector) == "asked"
    encode.asked = 0
    assert why("a glimpse of you could i have", meaning=meaning, vector=vector) is not None and encode.asked == 0
