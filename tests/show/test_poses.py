"""A skeleton is a person: limbs of one length, hands where the gesture puts them, all of it in OpenPose's order and colours."""

import math
from itertools import product
from typing import get_args

import pytest

from companion.errors import InputError
from companion.shot import Framing, Gesture, Pose
from companion.show.poses import draw_skeleton, figure, skeleton

ALL = list(product(get_args(Pose), get_args(Gesture)))
NOSE, NECK, R_SHOULDER, R_ELBOW, R_WRIST, L_SHOULDER = range(6)
R_HIP, R_ANKLE, L_ANKLE, R_EAR, L_EAR = 8, 10, 13, 16, 17
LIMBS = {  # the longest that each may be, in heights
    ("shoulder", "elbow"): 0.155,
    ("elbow", "wrist"): 0.145,
    ("hip", "knee"): 0.235,
    ("knee", "ankle"): 0.235,
}


@pytest.mark.parametrize(("pose", "gesture"), ALL)
def test_no_limb_is_longer_than_it_is(pose: Pose, gesture: Gesture) -> None:
    points = figure(pose, gesture)
    for (start, end), most in LIMBS.items():
        for side in "rl":
            length = math.dist(points[f"{side}_{start}"], points[f"{side}_{end}"])
            assert 0.02 < length <= most, f"{side}_{start} to {end}: {length:.3f}"


@pytest.mark.parametrize("framing", get_args(Framing))
def test_her_face_is_in_every_picture_and_all_of_her_in_a_wide_one(framing: Framing) -> None:
    for pose, gesture in ALL:
        points = skeleton(pose, gesture, framing)
        assert len(points) == 18
        assert all(0 <= value <= 1 for point in points if point for value in point)
        face, neck, right, left = (points[at] for at in (NOSE, NECK, R_SHOULDER, L_SHOULDER))
        assert face and neck and right and left
        assert face[1] < neck[1] and right[0] < left[0], "her right is on the left of the picture"
        if framing == "wide":
            assert [at for at, point in enumerate(points) if point is None] == ([R_EAR] if pose == "turned" else [])
        if framing == "close":
            assert points[R_HIP] is None and points[L_ANKLE] is None


def test_a_closer_picture_shows_her_larger() -> None:
    def shoulders(framing: Framing) -> float:
        points = skeleton("standing", "none", framing)
        left, right = points[L_SHOULDER], points[R_SHOULDER]
        assert left and right
        return left[0] - right[0]

    assert shoulders("close") > 1.5 * shoulders("half") > 2 * shoulders("wide")


def test_every_pose_and_every_gesture_is_another_skeleton() -> None:
    assert len({skeleton(pose, gesture, "wide") for pose, gesture in ALL if pose != "reading"}) == 45


def test_a_gesture_puts_the_hand_where_it_belongs() -> None:
    waving, chin, heart, crossed = (figure("standing", one) for one in ("waving", "hand_on_chin", "hand_on_heart", "arms_crossed"))
    assert waving["r_wrist"][1] < waving["r_shoulder"][1]
    assert math.dist(chin["r_wrist"], chin["nose"]) < 0.08
    assert 0.05 < heart["r_wrist"][1] - heart["neck"][1] < 0.15 and heart["l_wrist"] == figure("standing", "none")["l_wrist"]
    assert crossed["r_wrist"][0] > crossed["l_wrist"][0]
    assert figure("sitting", "none")["nose"][1] > figure("standing", "none")["nose"][1]


def test_a_skeleton_is_drawn_in_the_colours_of_openpose() -> None:
    points = skeleton("standing", "open_hands", "wide")
    picture = draw_skeleton(points, 512, 640)
    assert picture.size == (512, 640) and picture.mode == "RGB"

    def colour(at: int) -> object:
        point = points[at]
        assert point
        return picture.getpixel((round(point[0] * 512), round(point[1] * 640)))

    assert colour(NOSE) == (255, 0, 0) and colour(R_SHOULDER) == (255, 170, 0) and colour(L_EAR) == (255, 0, 85)
    elbow, wrist = points[R_ELBOW], points[R_WRIST]
    assert elbow and wrist
    middle = picture.getpixel((round((elbow[0] + wrist[0]) * 256), round((elbow[1] + wrist[1]) * 320)))
    assert middle == (153, 153, 0), "a limb has its colour darkened"
    assert picture.getpixel((4, 4)) == (0, 0, 0)


def test_a_point_out_of_sight_takes_its_limbs_with_it() -> None:
    points = list(skeleton("standing", "none", "wide"))
    whole = sum(1 for value in draw_skeleton(points, 128, 160).tobytes() if value)
    points[R_ELBOW] = None
    assert 0 < sum(1 for value in draw_skeleton(points, 128, 160).tobytes() if value) < whole
    assert not any(draw_skeleton([None] * 18, 128, 160).tobytes())


def test_what_is_no_skeleton_is_refused() -> None:
    with pytest.raises(InputError, match="18 points"):
        draw_skeleton([None] * 17, 512, 640)
    with pytest.raises(InputError, match="cannot be drawn"):
        draw_skeleton([None] * 18, 512, 100_000)
