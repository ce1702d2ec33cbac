"""Arms and hands: whatever she does, they are hers, as long as arms are, and drawn with numbers only."""

import math
import re
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.shot import Framing, Gesture, Pose
from companion.show.sketch.gestures import Sleeve, Sleeves, arms, legs, limb, reach, shoulder
from companion.show.sketch.strokes import Spot, bearing, mix, num, tapered

SPOTS = st.builds(Spot, st.floats(-500, 500), st.floats(-500, 500))
RADII = st.floats(0.5, 60)


@pytest.mark.parametrize("gesture", get_args(Gesture))
@pytest.mark.parametrize("pose", get_args(Pose))
def test_arms_are_as_long_as_arms_are(pose: Pose, gesture: Gesture) -> None:
    for framing in get_args(Framing):
        for arm in arms(pose, gesture, reach=reach(pose, gesture, framing)):
            upper, lower = math.dist(shoulder(arm.side), arm.elbow), math.dist(arm.elbow, arm.wrist)
            assert 70 <= upper <= 125, f"{arm.side} upper arm: {upper:.0f}"
            assert 35 <= lower <= 135, f"{arm.side} forearm: {lower:.0f}"  # towards us it looks shorter


def test_from_near_one_still_sees_her_hands() -> None:
    for gesture in ("waving", "holding_cup", "open_hands", "thumbs_up", "pointing", "hand_on_heart", "hand_on_chin"):
        near = [arm for arm in arms("standing", gesture, reach=reach("standing", gesture, "close")) if arm.front]
        assert any(0 <= arm.wrist.x <= 264 and arm.wrist.y <= 300 for arm in near), gesture


@pytest.mark.parametrize("length", get_args(Sleeves))
def test_every_hand_can_be_drawn_with_every_sleeve(length: Sleeves) -> None:
    sleeve = Sleeve(length=length, color="#335577", skin="#EDB98A", gloves="#222222", watch=True, ink=True, set_in=True)
    for gesture in get_args(Gesture):
        for arm in arms("standing", gesture):
            drawn = limb(arm, sleeve)
            ElementTree.fromstring(f"<svg>{drawn.upper}{drawn.lower}{drawn.hand}</svg>")
            assert "#EDB98A" in drawn.hand


def test_a_gesture_moves_only_the_arms_it_needs() -> None:
    (left, right), (idle_left, idle_right) = arms("standing", "waving"), arms("standing", "none")
    assert left == idle_left and right != idle_right


def test_broad_shoulders_carry_their_elbows_along() -> None:
    (slight, _), (broad, _) = arms("standing", "none", 0.9), arms("standing", "none", 1.1)
    assert broad.elbow.x < slight.elbow.x and shoulder("left", 1.1).x < shoulder("left", 0.9).x


@pytest.mark.parametrize("pose", get_args(Pose))
def test_she_has_two_legs_that_reach_the_ground(pose: Pose) -> None:
    for leg in legs(pose):
        assert leg.hip.y < leg.knee.y < leg.ankle.y


@given(SPOTS, SPOTS, RADII, RADII)
def test_a_limb_is_a_closed_outline_of_plain_numbers(start: Spot, end: Spot, from_radius: float, to_radius: float) -> None:
    d = tapered(start, end, from_radius, to_radius)
    assert d.startswith("M") and d.endswith("Z")
    assert not re.search(r"nan|inf|e[-+]", d)


@given(st.floats(-1e6, 1e6))
def test_a_number_is_written_to_a_hundredth(value: float) -> None:
    assert abs(float(num(value)) - value) <= 0.0051
    assert num(value) != "-0"


def test_directions_are_those_of_a_hanging_hand() -> None:
    assert bearing(Spot(0, 0), Spot(0, 10)) == 0
    assert bearing(Spot(0, 0), Spot(-10, 0)) == 90


def test_colours_mix_from_one_to_the_other() -> None:
    assert (mix("#102030", "#F0E0D0", 0), mix("#102030", "#F0E0D0", 1), mix("#000000", "#FFFFFF", 0.5)) == ("#102030", "#F0E0D0", "#808080")
