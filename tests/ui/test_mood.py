import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Manner, Mood
from companion.persona.terms import Emotion
from companion.show.portrait import Expression
from companion.ui import mood
from companion.ui.accent import DARK_PAPER, DARK_SURFACE, LIGHT_PAPER, LIGHT_SURFACE, TEXT_CONTRAST, contrast
from companion.ui.assets import FOLDER
from companion.ui.mood_words import FACES, SHOWN, brief, changed, face, feeling, signed, talks
from tests.ui.feelings import SLOWLY, WORRIED

level = st.floats(-1, 1)
moods = st.builds(Mood, level, level, level)


def test_the_ring_is_told_in_words_and_figures() -> None:
    html = mood.ring(WORRIED, "<img>", "large", "Mara & co")
    assert 'role="img" aria-label="Mara &amp; co: ' in html and "tender with you" in html
    assert "pleasure −0.18, arousal −0.31, dominance +0.12" in html


def test_beside_its_own_words_the_ring_is_decoration() -> None:
    assert 'aria-hidden="true"' in mood.ring(WORRIED, "<img>", "small") and "aria-label" not in mood.ring(WORRIED, "<img>", "small")


@given(level, level)
def test_more_arousal_is_a_longer_ring_and_more_feeling_a_stronger_colour(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert mood.LEAST_ARC <= mood.arc(low) <= mood.arc(high) <= 1
    assert 0 <= mood.tint(one) <= mood.MOST_TINT and mood.tint(one) == mood.tint(-one)


@given(st.floats(0.001, 1))
def test_joy_is_warm_and_sorrow_cool(pleasure: float) -> None:
    assert (mood.temper(pleasure), mood.temper(-pleasure)) == ("warm", "cool")


@given(moods, moods, st.none() | moods)
def test_nothing_leaves_the_plane(now: Mood, rest: Mood, before: Mood | None) -> None:
    html = mood.plane(now, rest, before)
    numbers = [float(one) for one in re.findall(r'c[xy]="([-\d.]+)"', html)]
    assert all(0 <= one <= mood.SIDE for one in numbers) and "nan" not in html


def test_the_plane_tells_where_she_was_is_and_rests() -> None:
    html = mood.plane(Mood(0.2, 0.1, 0), Mood(0.3, -0.2, 0), Mood(-0.4, 0, 0))
    assert "from pleasure −0.40, arousal 0.00 to pleasure +0.20, arousal +0.10" in html
    assert "resting point is at pleasure +0.30, arousal −0.20" in html


def test_happy_is_to_the_right_and_stirred_is_above() -> None:
    def place(one: Mood) -> tuple[float, float]:
        (found,) = re.findall(r'plane-now" cx="([\d.]+)" cy="([\d.]+)"', mood.plane(one, Mood(0, 0, 0)))
        return float(found[0]), float(found[1])

    middle, happy, stirred = place(Mood(0, 0, 0)), place(Mood(0.3, 0, 0)), place(Mood(0, 0.3, 0))
    assert happy[0] > middle[0] and stirred[1] < middle[1]


def test_the_line_under_her_name_is_plain() -> None:
    assert feeling(WORRIED) == "Quiet, tender with you" and brief(WORRIED) == "Tender with you"
    assert feeling(None) == "At rest"


@given(moods)
def test_every_mood_has_a_line(one: Mood) -> None:
    assert feeling(type(WORRIED)(WORRIED.at, one))[:1].isupper()


def test_every_feeling_has_words_and_a_face_that_can_be_drawn() -> None:
    assert set(SHOWN) == set(get_args(Emotion))
    assert {face(name) for name in SHOWN} <= set(get_args(Expression)) and face("joy") == "happy"
    told = [name for names in FACES.values() for name in names]
    assert len(told) == len(set(told)) and set(told) <= set(SHOWN)


def test_what_the_rules_change_is_told_and_nothing_else() -> None:
    assert dict(changed(Manner())) == {} and talks(Manner()) == ""
    told = dict(changed(SLOWLY))
    assert told["length"] == "at most 3 sentences" and told["does not say"] == "“cheer up”" and told["questions"].startswith("asks one")
    assert talks(SLOWLY) == "Hushed, unhurried, in few sentences"


@pytest.mark.parametrize(("value", "words"), [(0.0, "0.00"), (-0.001, "0.00"), (0.184, "+0.18"), (-1.0, "−1.00")])
def test_a_figure_has_its_sign_and_nought_has_none(value: float, words: str) -> None:
    assert signed(value) == words


def test_the_colours_of_a_mood_can_be_read_in_both_schemes() -> None:
    css = (FOLDER / "style" / "mood.css").read_text(encoding="utf-8")
    light, dark = (re.findall(r"--mood-(?:warm|cool): (#\w{6})", line) for line in css.splitlines() if "--mood-warm:" in line)
    for colours, grounds in ((light, (LIGHT_PAPER, LIGHT_SURFACE)), (dark, (DARK_PAPER, DARK_SURFACE))):
        assert len(colours) == 2 and all(contrast(one, ground) >= TEXT_CONTRAST for one in colours for ground in grounds)
