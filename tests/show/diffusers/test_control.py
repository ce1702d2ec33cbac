from dataclasses import replace
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.shot import Framing, Point
from companion.show.diffusers.control import Controls, depth_map
from companion.show.diffusers.families import family
from companion.show.diffusers.weights import Shelf
from companion.show.poses import skeleton
from tests.show.diffusers import tiny

SIDE = 64
STANDING, WAVING = skeleton("standing", "none", "half"), skeleton("standing", "waving", "half")
FAMILIES = ("sd15", "sdxl")


@pytest.fixture(scope="module")
def pipes(checkpoints: SimpleNamespace) -> dict[str, object]:
    return {name: tiny.opened(checkpoints.pipeline(name)) for name in FAMILIES}


@pytest.fixture
def controls(pipes: dict[str, object], checkpoints: SimpleNamespace, request: pytest.FixtureRequest) -> Controls:
    name = getattr(request, "param", "sd15")
    nets = {"openpose": str(checkpoints.controlnet(name, 0)), "depth": str(checkpoints.controlnet(name, 1))}
    return Controls(pipes[name], family(name), Shelf(checkpoints.home), nets)


def guided(controls: Controls, *conditions: str, points: tuple[Point | None, ...] = STANDING, strength: float | None = None) -> object:
    guides, left_out = controls.draw(conditions, points, "half", SIDE, SIDE)
    assert not left_out
    guides = tuple(guide if strength is None else replace(guide, scale=strength) for guide in guides)
    return tiny.painted(controls.pipeline(guides), side_px=SIDE, **controls.arguments(guides))


@pytest.mark.parametrize("controls", FAMILIES, indirect=True)
def test_a_controlnet_changes_the_picture_and_each_pose_otherwise(controls: Controls) -> None:
    plain = guided(controls)
    one, other = guided(controls, "openpose"), guided(controls, "openpose", points=WAVING)
    assert tiny.difference(one, plain) > 0.02
    assert tiny.difference(one, other) > 0.002
    assert (guided(controls, "openpose") == one).all()


def test_depth_guides_too_and_both_together_otherwise_than_each(controls: Controls) -> None:
    pose, depth, both = (guided(controls, *asked) for asked in (("openpose",), ("depth",), ("openpose", "depth")))
    assert min(tiny.difference(both, pose), tiny.difference(both, depth), tiny.difference(pose, depth)) > 0.01


def test_strength_zero_is_as_if_it_were_not_there_and_more_is_more(controls: Controls) -> None:
    plain = guided(controls)
    moved = [tiny.difference(guided(controls, "openpose", strength=strength), plain) for strength in (0.0, 0.2, 0.6)]
    assert moved[0] == 0 and moved == sorted(set(moved))


def test_without_a_guide_the_pipeline_is_the_one_that_was_given_and_none_of_its_parts_is_copied(
    controls: Controls, pipes: dict[str, object]
) -> None:
    assert controls.pipeline(()) is pipes["sd15"] and controls.arguments(()) == {}
    guides, _ = controls.draw(("openpose",), STANDING, "half", SIDE, SIDE)
    other = controls.pipeline(guides)
    assert type(other).__name__ == "StableDiffusionControlNetPipeline" and other is controls.pipeline(guides)
    assert all(other.components[name] is part for name, part in pipes["sd15"].components.items())
    assert other.unet.dtype == pipes["sd15"].unet.dtype


def test_another_sampler_on_the_pipeline_is_one_of_the_guided_one(controls: Controls, pipes: dict[str, object]) -> None:
    guides, _ = controls.draw(("openpose",), STANDING, "half", SIDE, SIDE)
    controls.pipeline(guides)
    before = pipes["sd15"].scheduler
    pipes["sd15"].scheduler = type(before).from_config(before.config, timestep_spacing="leading")
    try:
        assert controls.pipeline(guides).scheduler is pipes["sd15"].scheduler
    finally:
        pipes["sd15"].scheduler = before


def test_the_account_tells_which_net_and_how_strongly(controls: Controls) -> None:
    [guide], _ = controls.draw(("depth",), (), "half", SIDE, SIDE)
    assert guide.account() == {"condition": "depth", "name": guide.weights.name, "scale": 0.5, "sha256": guide.weights.sha256}


@pytest.mark.parametrize(
    ("name", "nets", "points", "why"),
    [
        ("flux2-klein", {"openpose": "x"}, STANDING, "there is no ControlNet for flux2-klein"),
        ("sd15", {}, STANDING, "no model of it is named"),
        ("sd15", {"openpose": "x"}, (), "the shot has no skeleton"),
        ("sd15", {"openpose": "x"}, (None,) * 18, "the shot has no skeleton"),
    ],
)
def test_what_cannot_guide_is_left_out_and_said(
    checkpoints: SimpleNamespace, name: str, nets: dict[str, str], points: tuple[Point | None, ...], why: str
) -> None:
    controls = Controls(None, family(name), Shelf(checkpoints.home), nets)
    assert controls.draw(("openpose",), points, "half", SIDE, SIDE) == ((), {"controlnet openpose": why})


def test_a_net_that_is_missing_or_made_for_another_model_is_said(pipes: dict[str, object], checkpoints: SimpleNamespace) -> None:
    absent = Controls(pipes["sd15"], family("sd15"), Shelf(checkpoints.home), {"openpose": "nowhere"})
    with pytest.raises(ModelError, match="nowhere"):
        absent.draw(("openpose",), STANDING, "half", SIDE, SIDE)
    foreign = Controls(pipes["sd15"], family("sd15"), Shelf(checkpoints.home), {"openpose": str(checkpoints.controlnet("sdxl"))})
    guides, _ = foreign.draw(("openpose",), STANDING, "half", SIDE, SIDE)
    with pytest.raises(ModelError, match="another kind of model"):
        foreign.pipeline(guides)


def grey(points: tuple[Point | None, ...] = (), framing: Framing = "half", width: int = 96, height: int = 120) -> np.ndarray:
    picture = depth_map(points, framing, width, height)
    assert picture.mode == "RGB" and picture.size == (width, height)
    return np.asarray(picture)[..., 0].astype(int)


@pytest.mark.parametrize("framing", get_args(Framing))
def test_on_a_depth_map_she_is_nearest_and_the_ground_comes_nearer_downwards(framing: Framing) -> None:
    for points in ((), skeleton("standing", "none", framing)):
        map_ = grey(points, framing)
        assert map_.max() == 200 and (map_[:, 48] == 200).any()
        edge = map_[:, 0][map_[:, 0] < 200]
        assert (np.diff(edge) >= 0).all() and map_[0, 0] == 24


def test_the_closer_the_framing_the_more_of_the_picture_she_fills() -> None:
    for of in (lambda framing: (), lambda framing: skeleton("standing", "none", framing)):
        shares = [(grey(of(framing), framing) == 200).mean() for framing in ("wide", "half", "close")]
        assert shares == sorted(shares) and shares[0] > 0.03 and shares[-1] < 0.9


def test_a_raised_hand_is_seen_on_it() -> None:
    wrist = next(point for index in (4, 7) if (point := WAVING[index]) != STANDING[index])
    assert wrist is not None
    x, y = round(wrist[0] * 95), round(wrist[1] * 119)
    assert grey(WAVING)[y, x] > grey(STANDING)[y, x] + 50


@pytest.mark.parametrize("framing", ["close", "half"])
def test_she_does_not_end_before_the_picture_does(framing: Framing) -> None:
    assert (grey(skeleton("standing", "none", framing), framing)[-1] == 200).any()


@settings(max_examples=20, deadline=None)
@given(
    points=st.lists(st.one_of(st.none(), st.tuples(st.floats(0, 1), st.floats(0, 1))), min_size=18, max_size=18).map(tuple),
    framing=st.sampled_from(get_args(Framing)),
)
def test_any_skeleton_gives_a_map(points: tuple[Point | None, ...], framing: Framing) -> None:
    assert grey(points, framing, 48, 60).min() >= 24 and grey(points, framing, 48, 60).max() <= 200
