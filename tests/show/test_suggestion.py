"""What a model suggests is laid over the director's choice as far as it holds, and never over what the user asked for."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Affect, Manner, Mood
from companion.persona.files import read_blueprint
from companion.persona.visual import Visual
from companion.shot import Scene
from companion.show.director import Directed, direct
from companion.show.suggestion import Suggestion

MARA = read_blueprint(Path(__file__).parents[2] / "personas" / "mara.yaml").visual
AFFECT = Affect(datetime(2026, 3, 1, tzinfo=UTC), Mood(0.4, -0.3, 0.1), shown="caring")
FORM = Suggestion(MARA, "Mara")
WHOLE = {
    "expression": "amused", "pose": "leaning", "gesture": "none", "framing": "wide", "light": "golden", "time": "dusk",
    "setting": "kitchen", "outfit": "storm",
}  # fmt: skip


def directed(user: str = "hello") -> Directed:
    return direct(MARA, AFFECT, Manner(), [("persona", "Up at the lamp room."), ("user", user)], datetime(2026, 3, 1, 12))


def test_the_form_holds_a_model_to_what_there_is() -> None:
    jsonschema.validate(WHOLE, FORM.schema)
    for part, value in (("expression", "smug"), ("setting", "moon"), ("outfit", "crown"), ("mood", "good")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(WHOLE | {part: value}, FORM.schema)
    bare = Suggestion(Visual(), "Nobody").schema["properties"]
    assert bare["setting"]["enum"] == list(get_args(Scene)) and "outfit" not in bare


def test_the_model_is_told_the_lines_the_choices_and_the_first_choice() -> None:
    told = FORM.prompt(directed(), AFFECT, [("user", "old"), *[("persona", "Storms  pass.\n")] * 5, ("user", "how is Pilot?")])
    assert "user: how is Pilot?\n" in told and "Mara: Storms pass.\n" in told and "user: old" not in told
    assert '"setting": "lamp room"' in told and "- kitchen: a small whitewashed kitchen" in told and "- storm: a long yellow" in told
    assert '- "gesture": none, waving' in told and "Mara feels tender; content" in told and "{{" not in told
    assert "The outfits" not in Suggestion(Visual(), "Nobody").prompt(directed(), AFFECT, [])


@pytest.mark.parametrize("wrapped", ["{}", "```json\n{}\n```", "Here it is: {} I hope so."])
def test_what_a_model_suggests_is_followed_and_says_so(wrapped: str) -> None:
    found = FORM.over(directed(), wrapped.replace("{}", json.dumps(WHOLE)))
    assert {part: getattr(found.shot, part) for part in WHOLE} == WHOLE
    assert {one.part: one.value for one in found.reasons} == WHOLE
    assert next(one.why for one in found.reasons if one.part == "pose") == "the model suggests it" or directed().shot.pose == "leaning"


@pytest.mark.parametrize(
    "reply", ["", "no", "{", "[]", '"x"', '{"pose": 3}', '{"pose": "lying"}', '{"setting": "moon"}', "{" * 9000, "null {}"]
)
def test_what_does_not_hold_is_left_out(reply: str) -> None:
    assert FORM.over(directed(), reply) == directed()


def test_parts_hold_one_by_one_and_names_whatever_their_case() -> None:
    found = FORM.over(directed(), json.dumps({"pose": "lying", "expression": "Proud", "setting": "KITCHEN", "gesture": None}))
    assert found.shot == replace(directed().shot, expression="proud", setting="kitchen")


def test_what_the_user_asked_to_see_stays() -> None:
    first = directed("wave at me, laugh for me")
    assert first.asked == {"gesture", "expression"}
    found = FORM.over(first, json.dumps(WHOLE))
    assert (found.shot.gesture, found.shot.expression, found.shot.pose) == ("waving", "laughing", "leaning")


def test_what_cannot_be_together_is_put_right_after_a_suggestion_too() -> None:
    found = FORM.over(directed(), json.dumps(WHOLE | {"pose": "reading", "gesture": "holding_cup"}))
    assert (found.shot.pose, found.shot.gesture) == ("reading", "none")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=12), lambda part: st.lists(part, max_size=3), max_leaves=4)
REPLIES = st.text(max_size=80) | st.dictionaries(st.sampled_from([*WHOLE, "other"]), JSON | st.sampled_from(list(WHOLE.values()))).map(
    json.dumps
)


@given(REPLIES)
def test_any_reply_leaves_a_shot_that_there_is(reply: str) -> None:
    found = FORM.over(directed(), reply)
    shown: dict[str, Any] = {part: getattr(found.shot, part) for part in WHOLE}
    jsonschema.validate(shown, FORM.schema)
