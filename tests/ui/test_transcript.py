from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.events import HelpLine, Referral, Trace, TurnFailed
from companion.persona.blueprint import Blueprint
from companion.persona.library import Persona
from companion.store.conversations import Conversation, Message
from companion.ui.transcript import live, referral_card, transcript
from companion.ui.view import Line, View

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def view() -> View:
    blueprint = Blueprint.model_validate(
        {
            "identity": {"name": "Mara", "age": 43, "tagline": "keeper", "background": "I live here."},
            "character": {"speech": {"manner": "calm"}},
            "greeting": "Come in.",
            "openers": ["It was a <long> day."],
        }
    )
    persona = Persona("mara", blueprint, Path("mara.yaml"), shipped=True)
    conversation = Conversation("c", "mara", "", NOON, NOON, "m", 1)
    return View(NOON, (persona,), persona, conversation, ())


def message(role: str, text: str, **more: object) -> Message:
    plain = Message("m", "c", "p", "user" if role == "user" else "persona", text, "complete", NOON)
    return replace(plain, **more)  # type: ignore[arg-type]


def drawn(view: View, *messages: Message, failure: TurnFailed | None = None) -> str:
    lines = tuple(Line(one, last=one is messages[-1]) for one in messages)
    return transcript(replace(view, lines=lines), failure)


def test_the_first_thing_said_is_that_she_is_an_ai(view: View) -> None:
    html = drawn(view, message("persona", "Come in.", parent_id=None))
    assert html.index("Mara is an AI, not a person.") < html.index("Come in.")


def test_a_greeting_offers_ways_to_begin(view: View) -> None:
    assert "It was a &lt;long&gt; day.</button>" in drawn(view, message("persona", "Come in.", parent_id=None))


def test_what_is_written_cannot_act(view: View) -> None:
    evil = "<script>x</script> <img src=x onerror=y> [a](javascript:b)"
    html = drawn(view, message("user", evil), message("persona", evil)) + live(view, evil)
    assert "<script" not in html and "onerror=y>" not in html.replace("onerror=y&gt;", "") and "href" not in html


def test_alternatives_can_be_swiped(view: View) -> None:
    line = Line(message("persona", "Two.", id="b"), siblings=("a", "b", "c"), last=True)
    html = transcript(replace(view, lines=(line,)))
    assert "2 / 3" in html and 'data-to="a"' in html and 'data-to="c"' in html


def test_only_the_last_reply_can_go_on(view: View) -> None:
    html = drawn(view, message("persona", "One.", id="a"), message("user", "Two."), message("persona", "Three.", id="b"))
    assert 'data-act="grow" data-id="b"' in html and 'data-act="grow" data-id="a"' not in html


def test_a_message_without_an_answer_can_be_answered(view: View) -> None:
    html = drawn(view, message("persona", "Come in.", parent_id=None), message("user", "Hello."))
    assert "Let Mara answer" in html


def test_a_failed_reply_says_what_happened_and_offers_another_try(view: View) -> None:
    failed = message("persona", "", status="failed")
    told = drawn(view, message("user", "Hi."), failed, failure=TurnFailed("The model stopped.", "Choose another.", True, "m"))
    assert "The model stopped." in told and "Choose another." in told and "Try again" in told
    assert "Mara could not finish this reply." in drawn(view, message("user", "Hi."), failed)


def test_an_interrupted_reply_is_shown_as_such_and_can_go_on(view: View) -> None:
    html = drawn(view, message("user", "Hi."), message("persona", "Half a", status="interrupted"))
    assert "cut off when the program ended" in html and 'data-act="grow"' in html


def test_help_lines_are_links_that_a_phone_can_call(view: View) -> None:
    lines = (
        HelpLine("Line", "call or text 988", "day and night"),
        HelpLine("Text", "text HOME to 741741"),
        HelpLine("Directory", "findahelpline.com"),
        HelpLine("Two", "0800 111 0 111 or 0800-0113"),
    )
    card = referral_card(Referral("Please talk to a person", "You matter.", lines, "2026-11"))
    assert 'role="note"' in card
    addresses = ("tel:988", "sms:741741", "https://findahelpline.com", "tel:08001110111", "tel:08000113")
    assert [address for address in addresses if address not in card] == []


def test_a_long_pause_is_told(view: View) -> None:
    html = drawn(view, message("persona", "Then.", created_at=NOON - timedelta(weeks=6)), message("user", "Now."))
    assert "six weeks since you last talked" in html


def test_a_reply_in_the_making_says_so_and_where_it_stands(view: View) -> None:
    assert "Mara is writing…" in live(view, "")
    assert "busy with 2 other replies" in live(view, "", ahead=2)
    assert "<em>soft</em>" in live(view, "A *soft* word")


def test_the_chip_stands_under_a_reply(view: View) -> None:
    assert "first word 0.21 s" in drawn(view, message("user", "Hi."), message("persona", "Hello.", trace=Trace(first_token_ms=210)))
