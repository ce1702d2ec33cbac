"""Manner: told apart by how it is said, never by a single plain word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.drift import manner as module
from companion.drift.manner import Likeness, lines_of, shipped_manners
from companion.errors import ModelError
from tests.drift.people import everyone

LINES = {one.identity.called: lines_of(one) for one in everyone()}
LIKE = {name: Likeness(own, {other: lines for other, lines in LINES.items() if other != name}) for name, own in LINES.items()}


def test_her_own_lines_are_nearer_to_her_than_the_others_lines() -> None:
    for name, like in LIKE.items():
        own = np.mean([like.of(line) for line in LINES[name]])
        others = np.mean([like.of(line) for other, lines in LINES.items() if other != name for line in lines])
        assert own > 0.5 > others, name


def test_a_line_never_seen_before_is_known_by_its_manner() -> None:
    glad, dry = "Oh my dear! Wonderful! Come here, tell me everything!", "I have seen better plans. From orbit, mostly."
    assert LIKE["Ines"].of(glad) > 0.6 > 0.4 > LIKE["Ines"].of(dry)
    assert LIKE["Theo"].of(dry) > 0.6 > 0.4 > LIKE["Theo"].of(glad) and LIKE["Theo"].nearest(glad)[1] == "Ines"
    assert LIKE["Theo"].nearest(dry)[1] == ""


def test_names_are_no_manner() -> None:
    like = LIKE["Ines"]
    assert like.of("I think that Rufus sleeps.") == pytest.approx(like.of("I think that Pipo sleeps."))


def test_what_says_nothing_is_anybodys() -> None:
    for text in ("", "...", "12", "!!!"):
        assert LIKE["Mara"].of(text) == pytest.approx(0.5, abs=0.01)


@given(st.text(max_size=300))
def test_any_text_lies_between_nothing_and_all(text: str) -> None:
    mixture = shipped_manners().of(text)
    assert mixture.sum() == pytest.approx(1, abs=1e-4) and (mixture >= 0).all()
    near, _ = LIKE["Juno"].nearest(text)
    assert 0 <= near <= 1 and near == LIKE["Juno"].of(text)


def test_who_has_said_nothing_is_like_anybody() -> None:
    assert Likeness((), LINES).of("Oh, come here, tell me all of it!") == pytest.approx(0.5, abs=0.3)
    assert Likeness((), {}).of("Well. Nothing is on fire.") == pytest.approx(0.5)


def test_weights_that_are_damaged_say_what_to_do(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    shipped_manners.cache_clear()
    monkeypatch.setattr(module, "WEIGHTS", tmp_path / "none.safetensors")
    with pytest.raises(ModelError, match="Install Companion again"):
        shipped_manners()
