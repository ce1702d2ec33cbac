"""The encoder for drawings: whoever ships is told from the others in every light, and what she feels or wears does not matter."""

import io
import itertools
import random
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from companion.persona.files import read_blueprint
from companion.shot import Expression, Framing, Gesture, Light, Pose, Scene, Shot, Time
from companion.show.drawn import HEIGHT, WIDTH, DrawnEncoder
from companion.show.encoders import View
from companion.show.likeness import Scorer, area_under_curve, drawn_by
from companion.show.protocol import Painted, Sitter
from companion.show.sketch.painter import SketchPainter

PERSONAS = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))
SHOTS, SIDE_PX = 40, 200


def shots(sitter: Sitter) -> list[Shot]:
    """As many shots as the bar asks for, each expression and framing in turn and the rest drawn by lot."""
    lot = random.Random(sitter.persona_id)
    outfits = [one.name for one in sitter.visual.wardrobe] or [""]
    kinds = (Expression, Pose, Gesture, Scene, Framing, Light, Time)
    expression, pose, gesture, scene, framing, light, time = (get_args(kind) for kind in kinds)
    return [
        Shot(
            expression[at % len(expression)],
            lot.choice(pose),
            lot.choice(gesture),
            lot.choice(scene),
            framing[at % len(framing)],
            lot.choice(outfits),
            lot.choice(light),
            lot.choice(time),
        )
        for at in range(SHOTS)
    ]


@pytest.fixture(scope="module")
def sitters() -> tuple[Sitter, ...]:
    found = ((file.stem, read_blueprint(file)) for file in PERSONAS)
    return tuple(Sitter(name, blueprint.appearance, blueprint.visual) for name, blueprint in found)


@pytest.fixture(scope="module")
def sketches(sitters: tuple[Sitter, ...]) -> dict[str, list[Painted]]:
    painter = SketchPainter()
    return {sitter.persona_id: [painter.sketch(sitter, shot, SIDE_PX) for shot in shots(sitter)] for sitter in sitters}


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(DrawnEncoder(), drawn_by(SketchPainter()))


@pytest.fixture(scope="module")
def vectors(sketches: dict[str, list[Painted]]) -> dict[str, NDArray[np.float32]]:
    encoder = DrawnEncoder()
    return {name: encoder.encode([View(one.image, one.subject) for one in drawn]) for name, drawn in sketches.items()}


def test_forty_shots_of_each_are_told_from_those_of_the_others(
    scorer: Scorer, sitters: tuple[Sitter, ...], vectors: dict[str, NDArray[np.float32]]
) -> None:
    assert len(sitters) == 4 and all(len(one) == SHOTS for one in vectors.values())
    for sitter in sitters:
        hers = scorer.embeddings(sitter)
        same = (vectors[sitter.persona_id] @ hers.T).mean(1)
        others = np.concatenate([(theirs @ hers.T).mean(1) for name, theirs in vectors.items() if name != sitter.persona_id])
        assert area_under_curve(same.tolist(), others.tolist()) >= 0.99, sitter.persona_id


def test_two_pictures_alone_tell_whether_they_show_the_same(vectors: dict[str, NDArray[np.float32]]) -> None:
    same = [one @ other for drawn in vectors.values() for one, other in itertools.combinations(drawn, 2)]
    different = np.concatenate([(one @ other.T).ravel() for one, other in itertools.combinations(vectors.values(), 2)])
    assert area_under_curve(same, different.tolist()) >= 0.97


def test_the_threshold_lets_her_in_and_keeps_the_others_out(
    scorer: Scorer, sitters: tuple[Sitter, ...], sketches: dict[str, list[Painted]]
) -> None:
    her, *others = sitters
    for name, drawn in sketches.items():
        held = [found.holds for one in drawn[:8] if (found := scorer.score(one, her, others))]
        assert len(held) == 8
        assert sum(held) == (8 if name == her.persona_id else 0), name


def head(skin: tuple[int, int, int], hair: tuple[int, int, int], tilt: float = 0.0) -> Image.Image:
    image = Image.new("RGB", (144, 216), hair)
    image.paste(skin, (32, 60, 112, 180))
    image.paste((40, 30, 30), (48, 88, 60, 94))
    image.paste((40, 30, 30), (84, 88, 96, 94))
    return image.rotate(tilt, Image.Resampling.BILINEAR, fillcolor=hair)


def encoded(*images: Image.Image) -> NDArray[np.float32]:
    views = []
    for image in images:
        file = io.BytesIO()
        image.save(file, "PNG")
        views.append(View(file.getvalue()))
    return DrawnEncoder().encode(views)


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(0.72, 1.0)] * 3), st.floats(-6, 6))
def test_a_light_and_a_tilt_change_less_than_another_person(light: tuple[float, float, float], tilt: float) -> None:
    lit = head((214, 160, 120), (60, 40, 30), tilt).convert("RGB", matrix=[light[0], 0, 0, 0, 0, light[1], 0, 0, 0, 0, light[2], 0])
    her, again, other = encoded(head((214, 160, 120), (60, 40, 30)), lit, head((140, 90, 60), (90, 60, 170)))
    assert her @ again > her @ other + 0.1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))
def test_whatever_it_sees_it_answers_with_a_direction(seeds: list[int]) -> None:
    images = [Image.fromarray(np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)) for seed in seeds]
    found = encoded(*images)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.allclose(found[-1], encoded(images[-1])[0], atol=1e-5), "what goes with it does not matter"


def test_a_plain_ground_and_nothing_at_all_do_not_stop_it() -> None:
    assert np.isfinite(encoded(Image.new("RGB", (WIDTH, HEIGHT), "black"))).all()
    assert len(DrawnEncoder().encode([])) == 0
