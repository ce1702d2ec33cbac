"""What is done when she drifts: it comes, stays until she is back, and says so."""

from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Manner
from companion.drift.correction import FALLS, RISES, anchors, correction, worth_another
from companion.drift.manner import lines_of
from companion.drift.meter import Drift, smoothed
from tests.drift.people import blueprint, drift

MARA = blueprint("mara")
CALM = Manner(avoid=("cheer up",), temperature=0.8)


def test_as_long_as_she_is_herself_nothing_is_done() -> None:
    steady = correction([drift(1.0), drift(0.95), drift(0.9)])
    assert steady.level == "none" and steady.lines == 0 and steady.reasons == () and steady.over(CALM) is CALM
    assert correction(()).score == 1


def test_a_drift_is_held_and_told_why() -> None:
    held = correction([drift(1.0), drift(0.6, "says “feel free to ask”"), drift(0.7)])
    assert held.level == "held" and held.lines == 2 and held.temperature < 1
    assert "feel free to ask" in held.reasons[0].effect and held.reasons[0].kind == "drift" and held.reasons[0].amount < 0
    manner = held.over(CALM)
    assert manner.avoid[0] == "cheer up" and len(manner.avoid) > 10 and manner.temperature < 0.8 and manner.reasons == held.reasons
    far = correction([drift(0.3), drift(0.2)])
    assert far.level == "firm" and far.lines == 3 and far.temperature < held.temperature


def test_what_is_held_is_let_go_only_when_she_is_back() -> None:
    fallen = [drift(0.5), drift(0.95)]
    assert FALLS < smoothed(fallen) < RISES or smoothed(fallen) < FALLS
    between = [drift(0.4), *[drift(1.0)] * 6]
    while smoothed(between) > RISES:
        between.pop()
    while smoothed(between) < FALLS:
        between.append(drift(1.0))
    assert FALLS <= smoothed(between) <= RISES and correction(between).level == "held"
    assert correction([drift((FALLS + RISES) / 2)] * 4).level == "none", "who never fell is not held there"
    assert correction([*between, *[drift(1.0)] * 12]).level == "none"


@given(st.lists(st.floats(0, 1), max_size=30))
def test_it_is_a_function_of_the_replies_and_stays_in_bounds(scores: list[float]) -> None:
    recent = [drift(one) for one in scores]
    found = correction(recent)
    assert found == correction(recent) and 0 < found.temperature <= 1 and 0 <= found.lines <= 3
    assert (found.level == "none") == (not found.reasons) == (not found.avoid)
    if smoothed(recent) < FALLS:
        assert found.level != "none"
    if smoothed(recent) >= RISES:
        assert found.level == "none"


def test_the_nearest_line_is_shown_first_then_those_longest_unheard() -> None:
    lines = lines_of(MARA)
    near = anchors(MARA, "The storms outside frighten me", (), 2)
    assert near[0] == "Storms pass. They only take what was loose." and len(set(near)) == 2 and set(near) <= set(lines)
    spoken = [line for line in lines if line != "One wave at a time."]
    assert anchors(MARA, "xyz", spoken, 1) == ("One wave at a time.",)
    assert anchors(MARA, "anything", (), 0) == () and len(anchors(MARA, "anything", (), 99)) == len(lines)


def test_another_measure_of_nearness_may_choose() -> None:
    chosen = anchors(MARA, "anything", (), 1, near=lambda message, lines: [float(line.startswith("The tide")) for line in lines])
    assert chosen[0].startswith("The tide")


def test_only_a_reply_that_is_far_off_is_worth_another() -> None:
    assert worth_another(Drift(0.5, facts=0.5)) and worth_another(Drift(0.5, voice=0.25))
    assert not worth_another(Drift(0.5, manner=0.0)) and not worth_another(Drift(0.0, rules=0.0))
