"""What she feels and what was said becomes a shot: the same every time, each part with its reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from companion.affect import Affect, Bond, Manner, Mood
from companion.persona.files import read_blueprint
from companion.persona.terms import Emotion
from companion.persona.visual import Outfit, Setting, Visual
from companion.shot import Expression, Framing, Gesture, Light, Pose, Scene, Shot, Time
from companion.show.directions import Direction, directions
from companion.show.director import PARTS, direct
from companion.show.expressions import expressions

PERSONAS = Path(__file__).parents[2] / "personas"
MARA, JUNO, INES, THEO = (read_blueprint(PERSONAS / f"{name}.yaml").visual for name in ("mara", "juno", "ines", "theo"))
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STILL = Mood(0.0, 0.0, 0.0)
NOON, NIGHT = datetime(2026, 3, 1, 12), datetime(2026, 3, 1, 23)


def feels(shown: str = "", mood: Mood = STILL, trust: float = 0.0, stage: str = "") -> Affect:
    return Affect(AT, mood, shown=shown, bond=Bond(stage, trust))


def shot(
    user: str = "show me",
    *,
    hers: str = "Well then.",
    affect: Affect | None = None,
    look: str = "",
    visual: Visual = MARA,
    moment: datetime = NOON,
) -> Shot:
    return direct(visual, affect or feels(), Manner(expression=look), [("persona", hers), ("user", user)], moment).shot


@pytest.mark.parametrize("feeling", get_args(Emotion))
def test_what_she_shows_is_on_her_face(feeling: str) -> None:
    found = shot(affect=feels(feeling, Mood(0.1, 0.1, 0.0))).expression
    assert feeling == "neutral" or found == expressions().feelings[feeling]


@pytest.mark.parametrize(
    ("mood", "expression"),
    [
        (Mood(0.01, -0.02, 0.05), "neutral"),
        (Mood(0.5, 0.4, 0.3), "joyful"),
        (Mood(0.5, -0.4, 0.3), "calm"),
        (Mood(-0.5, 0.4, -0.3), "worried"),
        (Mood(-0.5, 0.4, 0.3), "annoyed"),
        (Mood(-0.5, -0.4, -0.3), "tired"),
    ],
)
def test_where_nothing_stands_out_her_mood_is_on_it(mood: Mood, expression: Expression) -> None:
    assert shot(affect=feels("", mood)).expression == expression


def test_how_strongly_she_is_moved_and_how_near_they_are_make_a_finer_look() -> None:
    assert shot(affect=feels("amusement", Mood(0.5, 0.6, 0.1))).expression == "laughing"
    assert shot(affect=feels("amusement", Mood(0.5, 0.1, 0.1))).expression == "amused"
    assert shot(affect=feels("amusement", Mood(0.5, 0.1, 0.1), trust=0.7)).expression == "playful"
    assert shot(affect=feels("joy", Mood(0.5, -0.2, 0.1))).expression == "content"


def test_the_user_comes_first_then_what_she_does_then_her_rules_then_what_she_shows() -> None:
    sad = feels("sadness", Mood(-0.5, -0.2, -0.1))
    assert shot("show me", affect=sad).expression == "sad"
    assert shot("show me", affect=sad, look="a slow smile").expression == "content"
    assert shot("show me you laughing", affect=sad, look="a slow smile").expression == "laughing"
    did = direct(MARA, sad, Manner(expression="a slow smile"), [("user", "ha"), ("persona", "*winks at you* Never mind.")], NOON)
    assert did.shot.expression == "playful"
    assert shot("show me", affect=sad, look="a hat on backwards").expression == "sad", "a look that nobody knows"


@pytest.mark.parametrize(
    ("asked", "part", "value"),
    [
        ("Can I see your face?", "framing", "close"),
        ("show me where you are", "framing", "wide"),
        ("What are you wearing?", "framing", "wide"),
        ("wave at me!", "gesture", "waving"),
        ("a picture of you reading", "pose", "reading"),
        ("let's have some tea", "gesture", "holding_cup"),
        ("hi!", "gesture", "waving"),
        ("can I see you?", "gesture", "none"),
    ],
)
def test_what_the_user_asks_to_see_is_seen(asked: str, part: str, value: str) -> None:
    assert getattr(shot(asked, affect=feels("", Mood(0.3, -0.3, 0.2))), part) == value


def test_what_is_denied_is_not_done() -> None:
    calm = feels("", Mood(0.3, -0.3, 0.2))
    assert shot(hers="I am reading my book.", affect=calm).pose == "reading"
    assert shot(hers="I am not reading.", affect=calm).pose != "reading"
    assert shot("please don't wave at me", affect=calm).gesture == "none"


def test_a_look_moves_her_hands_and_brings_the_picture_near() -> None:
    assert shot(affect=feels("anger", Mood(-0.3, 0.4, 0.1))).gesture == "arms_crossed"
    assert shot(affect=feels("gratitude")).gesture == "hand_on_heart"
    assert shot(affect=feels("sadness")).framing == "close"
    assert shot(affect=feels("optimism"), visual=THEO).framing == "half"
    assert shot(affect=feels("optimism", trust=0.8), visual=THEO).framing == "close"


@pytest.mark.parametrize(
    ("visual", "hers", "moment", "light"),
    [
        (MARA, "In the kitchen.", NOON, "soft"),
        (MARA, "In the kitchen.", NIGHT, "lamp"),
        (JUNO, "Up on the roof.", NIGHT, "moon"),
        (JUNO, "Up on the roof, and it is snowing.", NOON, "overcast"),
        (MARA, "In the kitchen, and it is snowing.", NOON, "soft"),
        (THEO, "This morning in the back yard.", NOON, "golden"),
        (THEO, "By candlelight, in the bakery.", NOON, "lamp"),
        (MARA, "I am standing on a stage.", NIGHT, "spot"),
    ],
)
def test_light_comes_from_the_hour_the_place_and_the_weather(visual: Visual, hers: str, moment: datetime, light: Light) -> None:
    assert shot(hers=hers, visual=visual, moment=moment).light == light


def test_she_dresses_for_the_weather_unless_something_else_is_spoken_of() -> None:
    assert shot(hers="At the harbour, and it is pouring.").outfit == "storm"
    assert shot(hers="In the kitchen, and it is pouring.").outfit == "watch"
    assert shot(hers="At the harbour, and it is pouring.", user="show me you in your teal jumper").outfit == "watch"


def test_what_cannot_be_together_is_put_right_but_not_what_was_asked_for() -> None:
    angry = feels("anger", Mood(-0.3, 0.4, 0.1))
    close = shot("show me your face", affect=angry)
    assert (close.framing, close.gesture) == ("close", "none"), "crossed arms would not be seen"
    assert shot("wave at me", affect=feels("sadness")).framing == "half", "the hand that was asked for must be seen"
    both = shot("wave at me, I want to see your face")
    assert (both.framing, both.gesture) == ("close", "waving"), "both were asked for"
    reading = shot("a picture of you reading, with some tea")
    assert (reading.pose, reading.gesture) == ("reading", "none")


def test_every_part_has_its_reason_and_none_repeats_the_user() -> None:
    told = direct(MARA, feels("caring"), Manner(), [("persona", "Hm."), ("user", "hello xylophone, tonight in the kitchen")], NOON)
    assert tuple(one.part for one in told.reasons) == PARTS
    assert {one.part: one.value for one in told.reasons} == {part: getattr(told.shot, part) for part in PARTS}
    assert all(one.why and "xylophone" not in one.why for one in told.reasons)
    why = {one.part: one.why for one in told.reasons}
    assert why["expression"] == "she shows caring" and why["time"] == "the talk is of “tonight”" and why["gesture"] == "“a greeting”"


def test_a_blueprint_without_pictures_gets_a_shot_too() -> None:
    found = direct(Visual(), feels(), Manner(), [], NIGHT)
    assert found.shot == Shot(pose="sitting", light="lamp", time="night")


def test_a_slip_in_a_rule_is_refused() -> None:
    good: dict[str, Any] = {"name": "x", "when": {"feeling": "joy"}, "then": {"pose": "sitting"}}
    assert Direction.model_validate(good).then.pose == "sitting"
    for bad in ({"when": {"feelings": "joy"}}, {"when": {"feeling": "joyful"}}, {"then": {"pose": "lying"}}, {"when": {"octant": "merry"}}):
        with pytest.raises(ValidationError):
            Direction.model_validate(good | bad)


def test_no_rule_of_ours_is_in_vain() -> None:
    known = directions()
    names = [one.name for part in (known.wishes, known.looks, known.rules, known.fits) for one in part]
    assert len(names) == len(set(names))
    assert all(one.then.parts or one.then.outfit for part in (known.wishes, known.looks, known.rules, known.fits) for one in part)
    reached = {one.then.gesture for one in known.wishes + known.rules} - {None}
    assert reached == set(get_args(Gesture)) - {"none"}
    assert {one.then.pose for one in known.rules} - {None} == set(get_args(Pose)) - {"standing"}
    assert {one.then.light for one in known.rules} - {None} == set(get_args(Light))


WORDS = st.sampled_from(
    ["show me", "you laughing", "in the kitchen", "tonight", "it is raining", "tea", "your face", "wave at me", "my book"]
)
LINES = st.lists(
    st.tuples(st.sampled_from(["user", "persona"]), st.text(max_size=60) | st.lists(WORDS, max_size=4).map(" ".join)), max_size=5
)
UNIT = st.floats(-1, 1)
AFFECTS = st.builds(
    Affect,
    at=st.just(AT),
    mood=st.builds(Mood, UNIT, UNIT, UNIT),
    shown=st.sampled_from(["", "unheard of", *get_args(Emotion)]),
    bond=st.builds(Bond, trust=st.floats(0, 1)),
)
MOST = Visual(
    settings=(Setting(name="attic", description="under a roof at night"), Setting(name="kitchen", description="a kitchen")),
    wardrobe=(Outfit(name="coat", description="a coat"), Outfit(name="pool", description="a swimsuit")),
)


@given(st.sampled_from([Visual(), MARA, JUNO, INES, THEO, MOST]), AFFECTS, st.text(max_size=40), LINES, st.datetimes())
def test_whatever_happens_a_shot_is_whole_and_the_same_again(
    visual: Visual, affect: Affect, look: str, lines: list[tuple[str, str]], moment: datetime
) -> None:
    told = direct(visual, affect, Manner(expression=look), lines, moment)
    assert told == direct(visual, affect, Manner(expression=look), lines, moment)
    found = told.shot
    kinds: dict[str, Any] = {
        "expression": Expression, "pose": Pose, "gesture": Gesture, "framing": Framing, "light": Light, "time": Time
    }  # fmt: skip
    assert all(getattr(found, part) in get_args(kind) for part, kind in kinds.items())
    assert found.setting in ["", *(one.name for one in visual.settings), *get_args(Scene)]
    assert found.outfit in ["", *(one.name for one in visual.wardrobe)]
    assert not (found.pose == "reading" and found.gesture != "none")
