from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.feel.feelings import feelings
from companion.feel.topics import Topics
from companion.learn.patterns import DOUBT, WINDOW, Tone, note_of, patterns, sentence, strength, tones, weighed
from companion.store.readings import Felt

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
HARD, GOOD = tones()
Ages = st.integers(0, 170)
Messages = st.lists(
    st.builds(
        lambda age, topics, valence, feeling: (age, tuple(sorted(topics)), valence, feeling),
        Ages,
        st.sets(st.sampled_from(["work", "sleep", "music"]), max_size=2),
        st.sampled_from([-0.7, -0.2, 0.0, 0.2, 0.6]),
        st.sampled_from(["sadness", "anger", "fear", "joy"]),
    ),
    max_size=40,
)


def said(drawn: Sequence[tuple[int, tuple[str, ...], float, str]]) -> list[Felt]:
    return [Felt(f"{i:03}", NOW - timedelta(days=age), topics, {feeling: 0.6}, v) for i, (age, topics, v, feeling) in enumerate(drawn)]


def remarks(count: int, *topics: str, valence: float, feeling: str = "sadness", first_day: int = 1, prefix: str = "m") -> list[Felt]:
    return [
        Felt(f"{prefix}{feeling}{i:03}", NOW - timedelta(days=first_day + 3 * i), topics, {feeling: 0.6}, valence) for i in range(count)
    ]


def strong(about: Sequence[Felt], others: Sequence[Felt], tone: Tone) -> float:
    return strength(weighed(about, tone, NOW), weighed(others, tone, NOW), tone)[0]


SMALL_TALK = remarks(40, valence=0.5, feeling="joy", prefix="talk")


def test_what_has_mostly_been_heavy_is_said_in_plain_words_with_its_counts() -> None:
    felt = [*SMALL_TALK, *remarks(6, "work", valence=-0.6), *remarks(3, "work", valence=0.0, feeling="curiosity", first_day=90)]
    (found,) = patterns(felt, NOW)
    assert (found.topic, found.tone, found.felt, found.spoken) == ("work", "hard", 6, 9)
    assert sentence(found, NOW) == "talking about work has often been heavy for them lately: 6 of 9 times since March"
    note = note_of(found, NOW)
    assert (note.kind, note.subject, note.slot, len(note.sources)) == ("pattern", "work", "work|feels|hard", 9)
    assert note.said_at == NOW - timedelta(days=1) and note.holds_from == NOW - timedelta(days=96)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_remarks_make_no_pattern(count: int) -> None:
    assert patterns([*SMALL_TALK, *remarks(count, "work", valence=-0.9)], NOW) == ()


def test_one_bad_day_makes_no_pattern() -> None:
    day = [replace(one, at=NOW - timedelta(hours=i)) for i, one in enumerate(remarks(8, "work", valence=-0.9))]
    assert patterns([*SMALL_TALK, *day], NOW) == ()


def test_who_finds_everything_hard_has_no_pattern_of_work() -> None:
    gloom = remarks(40, valence=-0.6, prefix="gloom")
    assert patterns([*gloom, *remarks(8, "work", valence=-0.6)], NOW) == ()
    assert patterns([*SMALL_TALK, *remarks(8, "work", valence=-0.6)], NOW)


def test_the_word_is_the_one_that_fits_most_of_it() -> None:
    def word(**counts: int) -> str:
        felt = [one for feeling, count in counts.items() for one in remarks(count, "work", valence=-0.6, feeling=feeling)]
        return patterns([*SMALL_TALK, *felt], NOW)[0].word

    assert word(anger=4, annoyance=4) == "frustrating"
    assert word(fear=4, nervousness=3, sadness=1) == "worrying"
    assert word(fear=4, sadness=4, anger=3) == "hard"


def test_what_is_long_past_is_no_longer_lately() -> None:
    old = [replace(one, at=one.at - timedelta(days=50)) for one in remarks(8, "work", valence=-0.8)]
    (found,) = patterns([*SMALL_TALK, *old], NOW)
    assert "lately" not in sentence(found, NOW)
    assert patterns([*SMALL_TALK, *(replace(one, at=one.at - WINDOW) for one in old)], NOW) == ()


def test_a_year_is_named_when_it_is_another() -> None:
    january = datetime(2026, 1, 30, tzinfo=UTC)
    (found,) = patterns([replace(one, at=one.at - (NOW - january)) for one in [*SMALL_TALK, *remarks(30, "work", valence=-0.6)]], january)
    assert sentence(found, january).endswith("since November 2025")


@given(Messages, st.sampled_from([HARD, GOOD]), Ages)
def test_more_consistent_evidence_is_stronger(drawn: list, tone: Tone, age: int) -> None:
    everything = said(drawn)
    work, others = [one for one in everything if "work" in one.topics], [one for one in everything if "work" not in one.topics]
    more = Felt("more", NOW - timedelta(days=age), ("work",), {}, -0.9 if tone is HARD else 0.9)
    against = replace(more, message_id="against", valence=0.0)
    before = strong(work, others, tone)
    assert strong([*work, more], others, tone) > before
    assert strong([*work, against], others, tone) < before


@given(Messages, st.sampled_from([HARD, GOOD]), st.integers(1, 300))
def test_older_evidence_is_weaker(drawn: list, tone: Tone, days: int) -> None:
    everything = said(drawn)
    work, others = [one for one in everything if "work" in one.topics], [one for one in everything if "work" not in one.topics]
    aged = [replace(one, at=one.at - timedelta(days=days)) if tone.in_(one) else one for one in work]
    before, after = strong(work, others, tone), strong(aged, others, tone)
    assert after < before if any(tone.in_(one) for one in work) else after == before
    if before > 0:  # when all of it grows older, for and against, it is also less certain
        whole = [replace(one, at=one.at - timedelta(days=days)) for one in work]
        assert strong(whole, others, tone) < before


@given(Messages, st.randoms())
def test_the_order_of_reading_does_not_matter(drawn: list, random: object) -> None:
    everything = said(drawn)
    mixed = list(everything)
    random.shuffle(mixed)
    assert patterns(mixed, NOW) == patterns(everything, NOW)


@given(Messages, st.data())
def test_an_edit_takes_away_exactly_its_share(drawn: list, data: st.DataObject) -> None:
    everything = said([*drawn, *[(day, ("work",), -0.7, "sadness") for day in range(0, 24, 3)]])
    gone = data.draw(st.sampled_from(everything))
    left = [one for one in everything if one != gone]
    before = {(one.topic, one.tone): one for one in patterns(everything, NOW)}
    for after in patterns(left, NOW):
        assert gone.message_id not in after.sources
        if was := before.get((after.topic, after.tone)):
            about = after.topic in gone.topics
            tone = HARD if after.tone == "hard" else GOOD
            assert (was.spoken - after.spoken, was.felt - after.felt) == (about, about and tone.in_(gone))
            assert set(was.sources) - set(after.sources) == ({gone.message_id} if about else set())


@given(Messages)
def test_every_pattern_rests_on_enough_and_names_all_of_it(drawn: list) -> None:
    everything = {one.message_id: one for one in said(drawn)}
    for found in patterns(list(everything.values()), NOW):
        assert {one.message_id for one in everything.values() if found.topic in one.topics} == set(found.sources)
        assert found.felt >= 4 and 0 < found.strength <= 1 and 0 < found.usual < 1
        assert 0 <= note_of(found, NOW).importance <= 1


def test_the_words_are_made_for_feelings_and_topics_that_exist() -> None:
    for tone in tones():
        named = [feeling for names in tone.rather.values() for feeling in names]
        assert len(named) == len(set(named))
        assert all(feelings()[feeling].valence * tone.at_least > 0 for feeling in named)
    assert 0 < DOUBT < 0.05
    assert Topics.open().of("my boss") == ("work",)
