from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.feel.appraisal import Move, News, drifted, fallen_silent, felt_about, felt_with, gain, liking, moved, silences
from companion.feel.emotions import added, faded, repertoire
from companion.persona.blueprint import BigFive
from companion.persona.goals import Goal, Influence
from companion.persona.terms import Emotion

share = st.floats(0, 1)
signed = st.floats(-1, 1)
LABELS = get_args(Emotion)
heard = st.dictionaries(st.sampled_from(LABELS), share, max_size=5)
sums = st.dictionaries(st.sampled_from(sorted(repertoire().felt)), st.floats(0, 5), max_size=6)

CALM = Goal(
    name="that they leave calmer",
    utility=0.9,
    likelihood=0.5,
    moved_by=(Influence(emotion="relief", effect=0.6), Influence(emotion="fear", effect=-0.4), Influence(topic="Sleep", effect=0.2)),
)
EMPTY = Goal(
    name="that the chair stays empty",
    utility=-0.5,
    likelihood=0.3,
    moved_by=(Influence(silence_days=14, effect=0.3), Influence(event="return", effect=-1.0)),
)


def only(goal: Goal, news: News, likelihood: float | None = None) -> Move:
    (move,) = moved([goal], {} if likelihood is None else {goal.name: likelihood}, news)
    return move


def test_the_repertoire_shows_what_can_be_shown() -> None:
    book = repertoire()
    assert set(book.places) == set(LABELS) - {"neutral"}
    assert {emotion.shows for emotion in book.felt.values()} <= set(LABELS)
    assert all(emotion.half_life_h >= 1 for emotion in book.felt.values())
    assert all((emotion.place.pleasure > 0) == emotion.good for emotion in book.felt.values())


def test_nothing_hostile_to_the_user_is_ever_felt() -> None:
    assert not {"anger", "gloating", "resentment", "reproach", "hate", "remorse"} & set(repertoire().felt)


def test_good_news_brings_hope_and_bad_news_worry() -> None:
    assert set(felt_about([only(CALM, News({"relief": 1.0}))])) == {"hope"}
    assert set(felt_about([only(CALM, News({"fear": 1.0}))])) == {"fear"}


def test_what_is_dreaded_turns_the_feeling_round() -> None:
    assert felt_about(fallen_silent([EMPTY], {}, 14)).keys() == {"fear"}


def test_how_much_is_utility_times_the_change_of_likelihood() -> None:
    move = only(CALM, News({"relief": 0.5}))
    assert (move.before, move.after) == (0.5, pytest.approx(0.65))  # 0.5 + 0.6 · 0.5 · (1 − 0.5)
    assert felt_about([move])["hope"] == pytest.approx(0.9 * 0.15)


def test_an_effect_of_one_makes_certain_and_of_minus_one_hopeless() -> None:
    wish = Goal(name="w", utility=1, moved_by=(Influence(event="won", effect=1), Influence(event="lost", effect=-1)))
    assert only(wish, News(events=frozenset({"Won"}))).after == 1.0
    assert only(wish, News(events=frozenset({"lost"}))).after == 0.0
    assert only(wish, News(events=frozenset({"won", "lost"}))).change == 0.0


@pytest.mark.parametrize(
    ("utility", "before", "event", "expected"),
    [
        (1.0, 0.8, "won", {"joy", "satisfaction"}),
        (1.0, 0.2, "won", {"joy"}),
        (-1.0, 0.8, "won", {"distress", "fears-confirmed"}),
        (-1.0, 0.2, "won", {"distress"}),
        (1.0, 0.8, "lost", {"distress", "disappointment"}),
        (1.0, 0.2, "lost", {"distress"}),
        (-1.0, 0.8, "lost", {"joy", "relief"}),
        (-1.0, 0.2, "lost", {"joy"}),
    ],
)
def test_what_is_decided_feels_by_what_had_been_expected(utility: float, before: float, event: str, expected: set[str]) -> None:
    goal = Goal(name="w", utility=utility, moved_by=(Influence(event="won", effect=1), Influence(event="lost", effect=-1)))
    assert set(felt_about([only(goal, News(events=frozenset({event})), before)])) == expected


def test_a_topic_counts_by_its_relevance_and_in_any_casing() -> None:
    assert only(CALM, News(topics={"sleep": 0.5})).change == pytest.approx(0.2 * 0.5 * 0.5)
    assert not moved([CALM], {}, News(topics={"work": 1.0}))


def test_who_is_kind_to_her_is_thanked_and_a_topic_is_not() -> None:
    goal = Goal(name="w", utility=0.5, moved_by=(Influence(emotion="admiration", effect=0.5), Influence(topic="sea", effect=0.5)))
    assert "gratitude" in felt_about([only(goal, News({"admiration": 1.0}))])
    assert "gratitude" not in felt_about([only(goal, News(topics={"sea": 1.0}))])


def test_the_user_is_felt_with() -> None:
    assert felt_with({"sadness": 1.0}, 0.5).keys() == {"pity"}
    assert felt_with({"joy": 1.0}, 0.5).keys() == {"happy-for"}
    assert felt_with({"anger": 1.0}, 0.5).keys() == {"pity"}, "anger is met with concern"
    assert felt_with({"gratitude": 1.0}, 0.5).keys() == {"happy-for", "gratification"}
    assert felt_with({"sadness": 0.5, "joy": 0.5}, 0.5).keys() == {"happy-for", "pity"}, "mixed feelings are both met"
    assert not felt_with({"neutral": 1.0}, 0.5)


def test_the_agreeable_feel_more_with_others_and_the_unstable_take_bad_news_harder() -> None:
    assert liking(BigFive(agreeableness=1)) > liking(BigFive()) > liking(BigFive(agreeableness=-1)) > 0
    assert gain(BigFive(emotional_stability=-1), good=False) > gain(BigFive(emotional_stability=1), good=False) > 0
    assert gain(BigFive(extraversion=1), good=True) > gain(BigFive(extraversion=-1), good=True) > 0


def test_a_silence_counts_from_its_length_on() -> None:
    assert silences([CALM, EMPTY], 13.9) == ()
    assert silences([CALM, EMPTY], 14) == (14,)
    assert not moved([EMPTY], {}, News(silence_days=30))


def test_a_cause_is_told_in_the_blueprints_words() -> None:
    assert only(CALM, News({"relief": 0.2, "fear": 0.9})).causes == ("fear", "relief")
    assert fallen_silent([EMPTY], {}, 14)[0].causes == ("14 days of silence",)


@given(share, st.lists(st.tuples(signed, share), max_size=16), st.randoms())
def test_a_likelihood_stays_one_and_the_order_of_causes_is_no_matter(before: float, causes: list[tuple[float, float]], random) -> None:
    topics = {f"t{at}": relevance for at, (_, relevance) in enumerate(causes)}
    influences = [Influence(topic=f"t{at}", effect=effect) for at, (effect, _) in enumerate(causes)]
    shuffled = influences.copy()
    random.shuffle(shuffled)
    afters = [
        [move.after for move in moved([Goal(name="g", utility=1, moved_by=tuple(order))], {"g": before}, News(topics=topics))]
        for order in (influences, shuffled)
    ]
    assert afters[0] == pytest.approx(afters[1])
    assert all(0 <= after <= 1 for after in afters[0])


@given(share, st.floats(0.01, 1), st.integers(2, 50))
def test_the_same_news_again_says_less(before: float, effect: float, times: int) -> None:
    goal = Goal(name="g", utility=1, moved_by=(Influence(topic="t", effect=effect),))
    changes, likelihood = [], before
    for _ in range(times):
        move = only(goal, News(topics={"t": 1.0}), likelihood)
        changes.append(move.change)
        likelihood = move.after
    assert changes == sorted(changes, reverse=True) and all(change >= 0 for change in changes)


@given(share, st.floats(0, 5000), st.floats(0, 5000))
def test_likelihoods_come_back_to_what_the_blueprint_says(now: float, one: float, two: float) -> None:
    at_once = drifted([CALM], {CALM.name: now}, one + two)[CALM.name]
    assert drifted([CALM], drifted([CALM], {CALM.name: now}, one), two)[CALM.name] == pytest.approx(at_once, abs=1e-9)
    assert abs(at_once - CALM.likelihood) <= abs(now - CALM.likelihood) + 1e-12
    assert drifted([CALM], {CALM.name: now}, 24 * 60)[CALM.name] == pytest.approx(CALM.likelihood, abs=1e-3)


@given(sums, sums)
def test_emotions_add_up_in_any_order_and_stay_below_one(one: dict[str, float], two: dict[str, float]) -> None:
    first = added({}, one)
    both = added(first, two)
    assert both == pytest.approx(added(added({}, two), one))
    assert all(0 < felt < 1 for felt in both.values())
    assert all(both[name] >= felt - 1e-12 for name, felt in first.items())
    assert list(both.values()) == sorted(both.values(), reverse=True)


@given(sums, st.floats(0, 500), st.floats(0, 500))
def test_an_emotion_only_fades_by_waiting_and_looking_changes_nothing(start: dict[str, float], one: float, two: float) -> None:
    emotions = added({}, start)
    twice, once = faded(faded(emotions, one), two), faded(emotions, one + two)
    assert all(twice.get(name, 0.0) == pytest.approx(once.get(name, 0.0), abs=1e-9) for name in emotions)
    assert all(felt <= emotions[name] for name, felt in faded(emotions, one).items())
    assert not faded(emotions, 24 * 365)


def test_half_of_what_added_up_is_left_after_its_half_life() -> None:
    hours = repertoire().felt["hope"].half_life_h
    assert faded(added({}, {"hope": 2.0}), hours) == pytest.approx(added({}, {"hope": 1.0}))


def test_an_emotion_that_is_not_known_any_more_is_forgotten() -> None:
    assert faded({"spleen": 0.5}, 0.0) == {}


@given(heard, signed)
def test_every_appraisal_is_within_its_scale(emotions: dict[str, float], agreeableness: float) -> None:
    felt = felt_with(emotions, liking(BigFive(agreeableness=agreeableness)))
    assert all(0 < amount <= 1 for amount in felt.values())
