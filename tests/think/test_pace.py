import pytest

from companion.think.drafters import Guess
from companion.think.pace import FAIR_TRIES, RETRY_PASSES, Pace, Slope


def sure(confidence: float, count: int = 1) -> Guess:
    return Guess(list(range(count)), [confidence] * count)


def taught(slope: float, *, base: float = 1.0) -> Pace:
    """A pace that has seen passes of one to nine tokens, each token making them longer by `slope`."""
    pace = Pace()
    for tokens in (1, 5, 9, 3, 7) * 20:
        pace.passed(base + slope * tokens, tokens, 2)
    return pace


def test_the_cost_of_a_longer_pass_is_measured() -> None:
    slope = Slope()
    assert slope.share == 0
    slope.saw(4, 1.0)
    assert slope.share == 0, "one length says nothing of others"
    for tokens in (1, 9) * 50:
        slope.saw(tokens, 0.9 + 0.02 * tokens)
    assert slope.share == pytest.approx(0.02, rel=0.15)
    for tokens in (1, 9) * 200:
        slope.saw(tokens, 1.0 - 0.001 * tokens)
    assert slope.share == 0, "a longer pass that is faster costs nothing"


def test_a_free_guess_is_made_as_long_as_checking_it_pays() -> None:
    guess = sure(0.65, 8)
    free, dear = taught(0.0).worth("lookup", guess), taught(0.1).worth("lookup", guess)
    assert free[1] == guess
    assert 0 < len(dear[1].ids) < 8
    assert free[0] > dear[0] > 0


def test_a_free_guess_that_never_stands_is_tried_now_and_then() -> None:
    pace = taught(0.05)
    for _ in range(80):
        pace.saw("phrases", sure(0.95), stood=0)
    tried = sum(bool(pace.worth("phrases", sure(0.95, 3))[1].ids) for _ in range(3 * RETRY_PASSES))
    assert 1 <= tried <= 3
    assert pace.worth("lookup", sure(0.95, 3))[1].ids, "another drafter is judged by its own guesses"


def test_a_guess_made_only_to_try_it_is_no_loss() -> None:
    pace = taught(0.05)
    for _ in range(80):
        pace.saw("phrases", sure(0.95), stood=0)
    gains = [gain for gain, guess in (pace.worth("phrases", sure(0.95, 3)) for _ in range(2 * RETRY_PASSES)) if guess.ids]
    assert gains and min(gains) >= 0, "else nobody would choose it"


def test_a_confidence_that_is_no_number_is_none() -> None:
    assert Pace().chance("model", float("nan")) == Pace().chance("model", 0.0)


def test_the_draft_model_guesses_on_while_it_pays() -> None:
    pace = taught(0.0)
    pace.step_s = 0.1
    assert not pace.enough([0.95])
    assert pace.enough([0.95] * 40)
    for _ in range(80):
        pace.saw("model", sure(0.95), stood=0)
    assert pace.enough([0.95])


def test_the_draft_model_rests_where_searching_gains_more() -> None:
    pace = taught(0.0)
    pace.step_s = 0.1
    for _ in range(40):
        pace.draft_pays(otherwise=0.0)
        pace.saw("model", sure(0.95, 4), stood=3)
    assert pace.draft_pays(otherwise=1.0) and not pace.draft_pays(otherwise=3.5)
    for _ in range(80):
        pace.saw("model", sure(0.95, 2), stood=0)
    assert 1 <= sum(pace.draft_pays(otherwise=0.0) for _ in range(3 * RETRY_PASSES)) <= 3
    assert not any(pace.draft_pays(otherwise=0.0, behind=500) for _ in range(3 * RETRY_PASSES)), "not worth so much reading"
    assert any(pace.draft_pays(otherwise=0.0, behind=500) for _ in range(9 * RETRY_PASSES)), "but not given up for good"


def test_the_draft_model_is_not_silenced_by_its_first_guesses() -> None:
    pace = taught(0.0)
    pace.step_s = 0.1
    for _ in range(FAIR_TRIES - 1):
        assert pace.draft_pays(otherwise=2.0, behind=500)
        pace.saw("model", sure(0.95, 2), stood=0)
    assert pace.draft_pays(otherwise=2.0, behind=500) and not pace.draft_pays(otherwise=2.0)
