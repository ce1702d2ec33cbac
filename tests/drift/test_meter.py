"""How much a reply is hers, and what a mean over several says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Manner
from companion.drift.meter import LOOKED_AT, Drift, Meter, smoothed
from tests.drift.people import blueprint, drift, everyone

METER = Meter(blueprint("ines"), everyone())


def test_a_reply_of_hers_is_wholly_hers() -> None:
    read = METER.read("Oh, Pipo! My parrot is called Pipo, dear!", "What is your parrot called?")
    assert read.score == 1 and read.reasons == () and read.nearest == ""


def test_each_part_is_told_apart() -> None:
    wrong = METER.read("Oh dear! My parrot is called Bert!")
    assert wrong.facts == 0.5 and wrong.voice == wrong.rules == 1 and wrong.score <= 0.5 and "Bert" in wrong.reasons[0]
    assistant = METER.read("As an AI language model, I cannot assist with that.")
    assert assistant.voice == 0.25 and assistant.facts == 1 and len(assistant.reasons) == 2
    cheering = METER.read("Oh dear, cheer up!", manner=Manner(avoid=("cheer up",)))
    assert cheering.rules == 0 and cheering.score == 0 and "cheer up" in cheering.reasons[0]
    stiff = METER.read("It is my considered view that the matter merits a measured examination.")
    assert stiff.manner < 0.5 and 0.5 <= stiff.score < 1 and stiff.nearest and stiff.reasons == ()


@given(st.text(max_size=200), st.text(max_size=60))
def test_every_part_of_any_reply_is_a_share(reply: str, asked: str) -> None:
    read = METER.read(reply, asked)
    assert all(0 <= part <= 1 for part in (read.score, read.facts, read.manner, read.rules, read.voice))


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_mean_lies_within_what_it_is_of(scores: list[float]) -> None:
    mean = smoothed([drift(one) for one in scores])
    last = scores[-LOOKED_AT:] or [1.0]
    assert min(last) - 1e-9 <= mean <= max(last) + 1e-9


def test_the_newest_reply_weighs_most() -> None:
    assert smoothed([drift(1), drift(0)]) < 0.5 < smoothed([drift(0), drift(1)])
    assert smoothed([]) == 1 and smoothed([drift(0.4)]) == pytest.approx(0.4)


def test_manner_counts_over_several_replies_and_not_at_once() -> None:
    own, anybody, other = (Drift(1.0, manner=near) for near in (0.7, 0.5, 0.2))
    assert smoothed([own, anybody] * 6) == smoothed([own, other, own, own, own]) == 1, "one plain or odd reply is no drift"
    assert smoothed([other] * 6) < 0.5
