"""What was asked of her manner of talking, and whether it was kept."""

import pytest

from companion.affect import Manner
from companion.drift.kept import broken

REPLY = "Storms pass, and they only take what was loose. Are you well? Or not?"


@pytest.mark.parametrize(
    ("manner", "share"),
    [
        (Manner(), 1.0),
        (Manner(avoid=("cheer up",), sentence_words=9, reply_sentences=3), 1.0),
        (Manner(avoid=("STORMS pass", "hurry")), 0.5),
        (Manner(sentence_words=8), 0.0),
        (Manner(reply_sentences=2, sentence_words=9), 0.5),
        (Manner(questions="one"), 0.0),
        (Manner(questions="none", favour=("the tide",)), 0.0),
    ],
)
def test_the_share_of_what_was_kept(manner: Manner, share: float) -> None:
    missed, kept = broken(REPLY, manner)
    assert kept == pytest.approx(share) and bool(missed) == (share < 1)


def test_a_phrase_inside_a_word_is_not_the_phrase() -> None:
    assert broken("The tidewater rose.", Manner(avoid=("tide", " "))) == ((), 1.0)
