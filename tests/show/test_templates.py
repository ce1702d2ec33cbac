"""How far shots are from each other, which are likely, and when a look is another."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.persona.blueprint import Appearance
from companion.persona.visual import IPAdapter, Look, Lora, Outfit, Setting, Visual
from companion.shot import Expression, Picture, Shot, Time
from companion.show.templates import complete, coverage, distance, likely, look_digest, nearest, scenery

LIMIT = 0.11
VISUAL = Visual(
    settings=(Setting(name="lamp room", description="glass"), Setting(name="kitchen", description="a stove")),
    wardrobe=(Outfit(name="watch", description="a jumper"), Outfit(name="storm", description="an oilskin")),
)
CHOICES = {name: get_args(kind) or ("", "kitchen", "lamp room") for name, kind in get_type_hints(Shot).items()}
shots = st.builds(Shot, **{name: st.sampled_from(values) for name, values in CHOICES.items()})


def ready(shot: Shot, name: str = "a") -> Picture:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Picture(name, "mara", "template", shot, name, name, "image/png", 1638, 2048, 9, "look", "sketch", at)


@given(shots, shots, shots)
def test_the_distance_is_a_metric_within_0_and_1(a: Shot, b: Shot, c: Shot) -> None:
    assert 0 <= distance(a, b) <= 1 + 1e-9
    assert (distance(a, b) == 0) == (a == b)
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


@given(shots, st.sampled_from([field.name for field in fields(Shot)]), st.data())
def test_one_part_more_that_differs_is_never_nearer(shot: Shot, part: str, data: Any) -> None:
    changed = {name: data.draw(st.sampled_from(CHOICES[name])) for name in CHOICES}
    far = Shot(**changed)
    nearer = Shot(**changed | {part: getattr(shot, part)})
    assert distance(shot, nearer) <= distance(shot, far) + 1e-9


def test_opposites_are_as_far_as_it_goes() -> None:
    pairs = [(Shot(expression=a), Shot(expression=b)) for a in get_args(Expression) for b in get_args(Expression)]
    assert max(distance(*pair) for pair in pairs) == pytest.approx(0.38)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (Shot("content"), Shot("calm"), True),
        (Shot("joyful"), Shot("excited"), True),
        (Shot("joyful"), Shot("sad"), False),
        (Shot("tender"), Shot("angry"), False),
        (Shot(time="day"), Shot(time="dusk"), True),
        (Shot(time="day"), Shot(time="night"), False),
        (Shot(setting="kitchen"), Shot(setting="lamp room"), False),
        (Shot(outfit="storm"), Shot(outfit="watch"), False),
        (Shot(framing="half"), Shot(framing="close"), True),
        (Shot(gesture="waving"), Shot(), True),
    ],
)
def test_what_passes_for_what_was_asked(one: Shot, other: Shot, near: bool) -> None:
    assert (distance(one, other) <= LIMIT) is near


@given(shots, st.lists(shots, max_size=12))
def test_the_nearest_is_the_first_of_the_least(shot: Shot, others: list[Shot]) -> None:
    pictures = [ready(one, str(number)) for number, one in enumerate(others)]
    found = nearest(shot, pictures)
    if not others:
        assert found is None
    else:
        far = [distance(shot, one) for one in others]
        assert found is not None and found.distance == min(far) and found.picture is pictures[far.index(min(far))]


def test_the_likeliest_shots_come_first_and_each_once() -> None:
    found = likely(VISUAL, 1000)
    assert len(found) == len(set(found)) == 28 * 2 * 2 * 4
    assert likely(VISUAL, 40) == found[:40] and found[0] == Shot("content", setting="lamp room", outfit="watch")
    places = [shot for shot in found if shot.setting == "lamp room" and shot.outfit == "watch" and shot.time == "day"]
    assert [shot.expression for shot in places][:2] == ["content", "calm"]
    assert {shot.time for shot in found} == set(get_args(Time))
    bare = likely(Visual(), 5)
    assert {(shot.setting, shot.outfit) for shot in bare} == {("", "")}


def test_the_grid_shows_what_is_not_covered_too() -> None:
    pictures = [ready(Shot("sad", setting="kitchen")), ready(Shot("sad", setting="kitchen", time="night")), ready(Shot(setting="attic"))]
    grid = coverage(VISUAL, pictures)
    assert list(grid) == ["lamp room", "kitchen", "attic"] and all(len(row) == 28 for row in grid.values())
    assert grid["kitchen"]["sad"] == 2 and sum(grid["lamp room"].values()) == 0 and grid["attic"]["neutral"] == 1
    assert list(coverage(Visual(), ())) == [""]


def test_a_shot_without_place_and_outfit_takes_the_first() -> None:
    assert complete(Shot("sad"), VISUAL) == Shot("sad", setting="lamp room", outfit="watch")
    assert complete(Shot(setting="kitchen", outfit="storm"), VISUAL) == Shot(setting="kitchen", outfit="storm")
    assert complete(Shot(), Visual()) == Shot()


APPEARANCE = Appearance(portrait={"top": "bob"})


def look(appearance: Appearance = APPEARANCE, visual: Visual = VISUAL, painter: str = "sketch 1", persona: str = "mara") -> str:
    return look_digest(persona, appearance, visual, painter)


@pytest.mark.parametrize(
    "changed",
    [
        {"look": Look(hair="grey")},
        {"loras": (Lora(name="mara.safetensors"),)},
        {"ip_adapter": IPAdapter(model="h94")},
        {"references": ("ab" * 32,)},
        {"prompt": "a portrait"},
        {"negative_prompt": "neon"},
        {"style": "watercolour"},
        {"palette": ("#112233",)},
        {"controlnet": ("openpose",)},
        {"seed": 5},
        {"seed_policy": "fixed"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_look_has_another_digest(changed: dict[str, Any]) -> None:
    assert look(visual=VISUAL.model_copy(update=changed)) != look()


def test_portrait_painter_and_person_make_another_look_and_places_do_not() -> None:
    assert len({look(), look(Appearance(portrait={"top": "bun"})), look(painter="sketch 2"), look(persona="theo")}) == 4
    assert look(visual=VISUAL.model_copy(update={"settings": (), "wardrobe": ()})) == look()


def test_another_description_of_a_place_is_another_scenery() -> None:
    shot = Shot(setting="kitchen", outfit="watch")
    another = VISUAL.model_copy(update={"settings": (VISUAL.settings[0], Setting(name="kitchen", description="tiles"))})
    assert scenery(VISUAL, shot) != scenery(another, shot)
    assert scenery(VISUAL, Shot(setting="lamp room", outfit="watch")) == scenery(another, Shot(setting="lamp room", outfit="watch"))
