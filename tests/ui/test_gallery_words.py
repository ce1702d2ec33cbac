import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import InputError
from companion.persona.visual import Outfit, Setting, Visual
from companion.shot import Expression, Framing, Gesture, Knobs, Light, LoraWeight, Picture, Pose, Shot, Time
from companion.ui.gallery_addresses import filename
from companion.ui.gallery_fields import KNOBS, choices, full, shot_of
from companion.ui.gallery_knobs import with_other_dice
from companion.ui.gallery_words import caption, description, differences, told

VISUAL = Visual(
    settings=(Setting(name="lamp room", description="glass"), Setting(name="kitchen", description="a stove")),
    wardrobe=(Outfit(name="watch", description="a jumper"),),
)
SHOTS = st.builds(
    Shot,
    *(st.sampled_from(get_args(one)) for one in (Expression, Pose, Gesture)),
    setting=st.sampled_from(["", "kitchen", "harbour"]),
    framing=st.sampled_from(get_args(Framing)),
    outfit=st.sampled_from(["", "watch"]),
    light=st.sampled_from(get_args(Light)),
    time=st.sampled_from(get_args(Time)),
)


def picture(**more: object) -> Picture:
    made = {"id": "1a2b3c4d", "persona_id": "mara", "kind": "studio", "shot": Shot("tender"), "digest": "d", "preview": "p"}
    made |= {"media_type": "image/webp", "width_px": 4, "height_px": 5, "size_bytes": 9, "look": "l", "painter": "sketch"}
    return Picture(**made | {"created_at": datetime(2026, 11, 20, 12, tzinfo=UTC)} | more)  # type: ignore[arg-type]


def test_a_shot_reads_as_a_person_would_say_it() -> None:
    shot = Shot("tender", "sitting", "hand_on_heart", "harbour", "wide", "watch", "golden", "dusk")
    assert description(shot, VISUAL) == ("Tender, sitting, hand on heart. Harbour at dusk, golden light. Whole figure, wearing watch.")
    assert caption(Shot("shy"), VISUAL) == "shy, lamp room" and caption(Shot("shy"), Visual()) == "shy, study"


@given(SHOTS)
def test_what_a_shot_is_survives_the_form_it_is_shown_in(shot: Shot) -> None:
    held = full(shot, VISUAL)
    assert all(getattr(held, knob) in choices(knob, VISUAL) for knob in KNOBS)
    assert shot_of(asdict(held), VISUAL) == held and shot_of({}, VISUAL, held) == held


@given(SHOTS, SHOTS)
def test_shots_differ_in_words_where_they_differ_and_nowhere_else(one: Shot, other: Shot) -> None:
    one, other = full(one, VISUAL), full(other, VISUAL)
    assert {knob for knob, _, _ in differences(one, other, VISUAL)} == {
        knob for knob in KNOBS if getattr(one, knob) != getattr(other, knob)
    }


@pytest.mark.parametrize("knob", KNOBS)
def test_what_is_none_of_the_choices_is_refused(knob: str) -> None:
    with pytest.raises(InputError):
        shot_of({knob: "<script>"}, VISUAL)


def test_a_record_is_told_line_by_line_and_what_says_nothing_is_left_out() -> None:
    record = {
        "knobs": {"seed": 7, "prompt": "", "loras": [["face", 0.8, "identity"]]},
        "seconds": 1.23456,
        "halves": [{"a": 1}],
        "none": None,
    }
    assert told(record) == (
        ("knobs seed", "7"), ("knobs loras", "face 0.8 identity"), ("seconds", "1.235"), ("halves 1 a", "1"),
    )  # fmt: skip


def test_a_download_is_called_what_it_shows() -> None:
    one = picture(shot=Shot("hopeful", setting="Lamp/../room & co"))
    assert filename(one, VISUAL) == "mara-hopeful-lamp-room-co-2026-11-20-1a2b3c.webp"


def test_the_knobs_come_back_from_a_record_with_other_dice() -> None:
    knobs = Knobs("her", "crowds", 1, (LoraWeight("face", 0.8),), "plus", 0.6, (("mid", 0.4),), ("openpose",), ((0.5, 0.25), None))
    kept = picture(record=json.loads(json.dumps({"knobs": asdict(knobs)})))
    again = with_other_dice(kept, 99)
    assert again is not None and again.seed == 99
    assert asdict(again) | {"seed": 1} == asdict(knobs) and again.loras[0].purpose == "identity"
    assert with_other_dice(picture(), 99) is None and with_other_dice(picture(record={"knobs": {"loras": [[1, 2, 3, 4, 5]]}}), 99) is None
