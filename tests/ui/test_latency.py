from typing import get_args

from companion.events import Guesses, Stage, Trace
from companion.think.drafters import DrafterName
from companion.ui import latency
from companion.ui.words import DRAFTERS

TRACE = Trace(
    stages=(Stage("guard", 10), Stage("prompt", 20), Stage("prefill", 150), Stage("decode", 900)),
    first_token_ms=210,
    total_ms=1100,
    prompt_tokens=2310,
    reused_tokens=2146,
    reply_tokens=40,
    engine="Starter",
)


def test_the_chip_says_when_the_first_word_came_and_opens_into_its_stages() -> None:
    chip = latency.chip(TRACE)
    assert "<summary><span>first word 0.21 s</span></summary>" in chip
    assert "<dt>read</dt><dd>150 ms</dd>" in chip and "40 tokens" in chip and "Starter" in chip


def test_the_card_names_what_the_first_word_waited_for_and_what_was_kept() -> None:
    card = latency.card(TRACE)
    assert "0.21 s of 0.50" in card
    assert "safety 10 · prepare 20 · read 150 · first word 30 ms" in card.replace("\u00a0", " ")
    assert "read 164 of 2,310 tokens (93 % kept)" in card


def test_the_bar_is_as_long_as_the_wait_and_never_longer_than_its_track() -> None:
    before = latency.stages_before_first_word(TRACE)
    assert sum(stage.ms for stage in before) == 210
    slow = Trace(stages=(Stage("prefill", 4000),), first_token_ms=3000, total_ms=9000)
    assert sum(stage.ms for stage in latency.stages_before_first_word(slow)) == 3000


def test_without_a_first_word_nothing_is_claimed() -> None:
    assert latency.chip(None) == latency.card(None) == latency.chip(Trace(total_ms=20)) == ""


def test_an_engine_name_is_text() -> None:
    assert "<b>" not in latency.chip(Trace(first_token_ms=1, engine="<b>x</b>", adapter="<b>y</b>"))


def test_the_chip_names_the_adapter_that_was_worn() -> None:
    assert "Starter, wearing mara-voice" in latency.chip(Trace(first_token_ms=1, engine="Starter", adapter="mara-voice"))


def test_the_chip_says_who_guessed_and_how_often_rightly() -> None:
    guesses = (Guesses("phrases", 15, 12), Guesses("lookup", 4, 2), Guesses("model", 9, 3), Guesses("<oracle>", 1, 1))
    chip = latency.chip(Trace(first_token_ms=1, guesses=guesses))
    assert "<dt>guessed ahead</dt><dd>18 of 29 right</dd>" in chip
    for who, right in (("phrase book", "12 of 15"), ("said before", "2 of 4"), ("draft model", "3 of 9"), ("&lt;oracle&gt;", "1 of 1")):
        assert f"<dt>{who}</dt><dd>{right}</dd>" in chip


def test_every_drafter_has_words() -> None:
    assert set(get_args(DrafterName)) == set(DRAFTERS)


def test_guesses_of_before_drafters_were_told_apart_have_a_total_only() -> None:
    chip = latency.chip(Trace(first_token_ms=1, guesses=(Guesses("", 15, 12),)))
    assert "<dd>12 of 15 right</dd>" in chip and "<dd>12 of 15</dd>" not in chip
