"""How two get nearer: slowly, a step at a time, back as well, and never because of time or one bad word."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.affect import Bond, Reason
from companion.feel.relationship import Lived, advance, beginning
from companion.persona.files import read_blueprint
from companion.persona.relationship import Relationship
from companion.store.shared import Shared

PERSONAS = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))
STAGES = Relationship.model_validate(
    {
        "stages": [
            {"name": "stranger"},
            {"name": "guest", "enter": {"trust": 0.2, "shared_days": 2}},
            {"name": "friend", "enter": {"trust": 0.5, "familiarity": 0.4, "shared_days": 8, "shared_turns": 80}},
            {"name": "old friend", "enter": {"trust": 0.8, "familiarity": 0.7, "shared_days": 30, "shared_turns": 300}},
        ]
    }
)
NAMES = [stage.name for stage in STAGES.stages]
PLAIN, WARM = Lived("It rains."), Lived("That is so kind.", {"gratitude": 0.8}, 0.6)
TOLD = Lived("I feel so alone today.", {"sadness": 0.8}, -0.6)
HARSH = Lived("I hate you, you are useless.", {"anger": 1.0}, -0.9)
LONG = Shared(turns=10_000, days=2_000)

share = st.floats(0, 1)
feelings = st.dictionaries(st.sampled_from(("anger", "love", "joy", "sadness", "disgust", "curiosity", "remorse")), share, max_size=4)
words = st.sampled_from(("", "I hate you", "You are kind.", "My day was long.", "They shout at me.", "shut up", "Tell me of the sea."))
pasts = st.builds(Shared, st.integers(0, 5000), st.integers(0, 3000), st.integers(0, 300))
messages = st.builds(Lived, words, feelings, st.floats(-1, 1), st.sampled_from(((), ("work",))), pasts, st.floats(0, 4000))
bonds = st.builds(Bond, st.sampled_from(NAMES), share, share)


def talk(bond: Bond, *said: Lived, times: int = 1, per_day: int = 8, shared: Shared | None = None) -> tuple[Bond, list[str]]:
    """The bond after messages, `per_day` of them on each day, and the stages on the way."""
    past, way = shared or Shared(), [bond.stage]
    for at in range(times):
        today = at % per_day
        now = Shared(past.turns + at, past.days + at // per_day + (today > 0), today)
        bond, _ = advance(STAGES, bond, replace(said[at % len(said)], shared=now))
        way += [bond.stage] if bond.stage != way[-1] else []
    return bond, way


# --- bounds and invariants


@settings(deadline=None)
@given(bonds, st.lists(messages, max_size=12))
def test_it_stays_in_bounds_and_the_same_messages_give_the_same_bond(bond: Bond, said: list[Lived]) -> None:
    other = bond
    for message in said:
        (bond, why), (other, again) = advance(STAGES, bond, message), advance(STAGES, other, message)
        assert 0 <= bond.trust <= 1 and 0 <= bond.familiarity <= 1 and bond.stage in NAMES
        assert (bond, why) == (other, again)


@settings(deadline=None)
@given(bonds, messages)
def test_a_message_moves_one_stage_at_most_and_says_so(bond: Bond, message: Lived) -> None:
    after, why = advance(STAGES, bond, message)
    moved = NAMES.index(after.stage) - NAMES.index(bond.stage)
    assert abs(moved) <= 1
    steps = [one for one in why if "come nearer" in one.effect or "drawn apart" in one.effect]
    assert [(one.name, one.amount) for one in steps] == ([(after.stage, moved)] if moved else [])


@settings(deadline=None)
@given(bonds, messages, st.floats(0, 4000))
def test_absence_changes_nothing(bond: Bond, message: Lived, days: float) -> None:
    assert advance(STAGES, bond, message)[0] == advance(STAGES, bond, replace(message, days_apart=days))[0]


@settings(deadline=None)
@given(bonds, messages)
def test_only_hostility_lowers_trust_and_nothing_lowers_familiarity(bond: Bond, message: Lived) -> None:
    after, _ = advance(STAGES, bond, message)
    assert after.familiarity >= bond.familiarity
    assert after.trust >= bond.trust or message.hostility > 0


@settings(deadline=None)
@given(st.sampled_from(STAGES.stages), share, share, messages)
def test_no_single_message_costs_a_stage_that_was_won(stage: object, trust: float, familiarity: float, message: Lived) -> None:
    name, enter = stage.name, stage.enter  # type: ignore[attr-defined]
    bond = Bond(name, max(trust, enter.trust), max(familiarity, enter.familiarity))
    assert NAMES.index(advance(STAGES, bond, message)[0].stage) >= NAMES.index(name)


@settings(deadline=None)
@given(st.builds(Bond, st.just(""), share, share), messages)
def test_where_there_are_no_stages_trust_and_familiarity_count_all_the_same(bond: Bond, message: Lived) -> None:
    after, staged = advance(Relationship(), bond, message)[0], advance(STAGES, bond, message)[0]
    assert after.stage == "" and (after.trust, after.familiarity) == (staged.trust, staged.familiarity)


# --- what moves it


def test_it_begins_at_the_first_stage_or_at_none() -> None:
    assert beginning(STAGES) == Bond("stranger") and beginning(Relationship()) == Bond()


def test_warm_words_and_what_somebody_tells_bring_more_than_plain_ones() -> None:
    plain, warm, told = (advance(STAGES, Bond("stranger"), one)[0] for one in (PLAIN, WARM, TOLD))
    assert 0 < plain.trust < told.trust < warm.trust
    assert 0 < plain.familiarity == warm.familiarity < told.familiarity
    assert advance(STAGES, Bond(), replace(PLAIN, topics=("work",)))[0].familiarity > plain.familiarity


def test_trust_falls_faster_than_it_grows_and_ever_more_slowly_grows() -> None:
    half = Bond("guest", 0.5, 0.5)
    lost, won = half.trust - advance(STAGES, half, HARSH)[0].trust, advance(STAGES, half, WARM)[0].trust - half.trust
    assert lost > 2 * won > 0
    high = Bond("guest", 0.9, 0.5)
    assert advance(STAGES, high, WARM)[0].trust - high.trust < won


def test_anger_at_others_and_questions_cost_her_trust_nothing() -> None:
    half = Bond("guest", 0.5, 0.5)
    for text in ("My boss shouted and I hate him.", "He says you are all useless.", "You know what, my day was awful!", "Do you hate me?"):
        assert advance(STAGES, half, replace(HARSH, text=text))[0].trust >= half.trust
    assert advance(STAGES, half, Lived("You are wrong.", {"disapproval": 0.9}, -0.4))[0].trust >= half.trust, (
        "nor does disagreeing with her"
    )
    for text in ("You are useless.", "My boss hates me. And you are no better!", "Just shut up"):
        assert advance(STAGES, half, replace(HARSH, text=text))[0].trust < half.trust


def test_what_moved_trust_is_told_with_how_much() -> None:
    before = Bond("stranger", 0.1, 0.1)
    for message, sign, word in ((HARSH, -1, "less"), (TOLD, 1, "told"), (WARM, 1, "warm")):
        after, (why, *_) = advance(STAGES, before, message)
        assert why.kind == "stage" and why.amount == after.trust - before.trust and why.amount * sign > 0 and word in why.effect
    assert advance(STAGES, before, PLAIN)[1] == ()
    assert advance(STAGES, before, replace(PLAIN, days_apart=12.5))[1] == (
        Reason("stage", "stranger", "12 days without a word took nothing away"),
    )


def test_many_days_bring_more_than_one_long_night() -> None:
    night, days = talk(Bond(), WARM, times=200, per_day=200)[0], talk(Bond(), WARM, times=200, per_day=8)[0]
    assert night.trust < 0.5 * days.trust
    fury = talk(Bond("old friend", 0.8, 0.9), HARSH, times=1000, per_day=1000, shared=LONG)[0]
    assert fury.stage == "friend", "the worst day costs one stage"


# --- stages


def test_warmth_opens_each_stage_in_its_time_and_only_in_order() -> None:
    assert talk(Bond("stranger"), WARM, TOLD, PLAIN, times=8)[0].stage == "stranger", "not on the first day"
    bond, way = talk(Bond("stranger"), WARM, TOLD, PLAIN, times=700)
    assert way == NAMES and bond.trust > 0.8


def test_a_hostile_streak_leads_back_and_kindness_forward_again() -> None:
    apart, way = talk(Bond("old friend", 0.85, 0.9), HARSH, times=60, shared=LONG)
    assert way == ["old friend", "friend", "guest"]
    assert talk(apart, WARM, TOLD, times=300, shared=LONG)[1] == ["guest", "friend", "old friend"]


def test_nobody_wavers_between_two_stages() -> None:
    _, way = talk(Bond("guest", 0.5, 0.5), WARM, HARSH, PLAIN, WARM, WARM, times=100, shared=LONG)
    assert way == ["guest", "friend"]


def test_a_long_history_from_elsewhere_is_caught_up_with_a_stage_a_message() -> None:
    known = Bond("stranger", 0.9, 0.9)
    assert talk(known, PLAIN, times=5, shared=LONG)[1] == NAMES
    assert talk(Bond("stranger", 1.0, 1.0), PLAIN, times=5)[1] == ["stranger"], "trust alone is no history"


def test_each_stage_takes_a_day_more_than_the_one_before_it() -> None:
    hasty = Relationship.model_validate(
        {"stages": [{"name": "a"}, {"name": "b", "enter": {"trust": 0.1}}, {"name": "c", "enter": {"trust": 0.2}}]}
    )
    at = {days: advance(hasty, Bond("b", 1.0, 1.0), replace(PLAIN, shared=Shared(50, days, 3)))[0].stage for days in (1, 2, 3)}
    assert at == {1: "b", 2: "b", 3: "c"}


def test_whole_trust_can_be_reached() -> None:
    whole = Relationship.model_validate({"stages": [{"name": "a"}, {"name": "b", "enter": {"trust": 1.0, "familiarity": 1.0}}]})
    assert advance(whole, Bond("a", 0.996, 0.996), replace(WARM, shared=LONG))[0].stage == "b"


def test_stages_that_were_written_anew_place_her_by_what_they_take() -> None:
    here = replace(PLAIN, shared=LONG)
    after, why = advance(STAGES, Bond("acquaintance", 0.6, 0.6), here)
    assert after.stage == "friend" and [one.effect for one in why] == ["her stages are others now: friend"]
    assert advance(STAGES, Bond("acquaintance", 0.9, 0.9), here)[0].stage == "old friend"
    assert advance(STAGES, Bond("acquaintance", 0.9, 0.9), PLAIN)[0].stage == "stranger"


def test_nobody_is_ever_at_a_stage_that_a_later_one_passes_over() -> None:
    passing = Relationship.model_validate(
        {"stages": [{"name": "a"}, {"name": "b", "enter": {"trust": 0.5}}, {"name": "c", "enter": {"trust": 0.3}}]}
    )
    assert advance(passing, Bond("a", 0.6, 0.6), replace(PLAIN, shared=LONG))[0].stage == "c"
    only = Relationship.model_validate({"stages": [{"name": "a"}]})
    assert advance(only, Bond("a", 0.6, 0.6), HARSH)[0].stage == "a"


# --- those who ship


@pytest.mark.parametrize("file", PERSONAS, ids=[file.stem for file in PERSONAS])
def test_the_stages_of_those_who_ship_are_reached_in_days_weeks_and_months(file: Path) -> None:
    relationship, reached = read_blueprint(file).relationship, {}
    bond, names = beginning(relationship), [stage.name for stage in relationship.stages]
    warm = Lived("That is good.", {"joy": 0.5}, 0.4, ("work",))
    for at in range(600):
        today = at % 8
        message = (warm, TOLD, PLAIN, warm)[at % 4]
        bond, _ = advance(relationship, bond, replace(message, shared=Shared(at, at // 8 + (today > 0), today)))
        reached.setdefault(bond.stage, at // 8 + 1)
    assert list(reached) == names
    assert 2 <= reached[names[1]] <= 10 and 14 <= reached[names[-1]] <= 75
