import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import ConflictError, InputError, MessageError, ModelError, NotFoundError, StorageError
from companion.events import Referred, TurnFailed, TurnFinished, TurnStarted
from companion.guard.fake import CARD
from companion.settings import Settings
from companion.store.conversations import Conversations
from companion.think.protocol import GenerationRequest, Piece, Written
from companion.turn import Order, take_turn
from tests.desk import Setup, Ticks, kinds, library, said, set_up


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["The light ", "is on."])


def reply_of(setup: Setup, events: list) -> object:
    return setup.store.message(events[0].reply_id)


# --- the ordinary way


def test_a_message_is_answered_and_kept(setup: Setup) -> None:
    events = setup.take(text="Good evening")
    assert kinds(events) == ["TurnStarted", "Moved", "Queued", "TextDelta", "TextDelta", "TurnFinished"]
    assert events[-1] == TurnFinished(events[0].reply_id, "The light is on.", "end", events[-1].trace)
    assert setup.texts() == ["Hello, I am Mara.", "Good evening", "The light is on."]
    reply = reply_of(setup, events)
    assert (reply.status, reply.reason, reply.trace) == ("complete", "end", events[-1].trace)
    assert setup.store.message(events[0].user_message_id).text == "Good evening"


def test_the_message_is_on_disk_before_anyone_is_told(setup: Setup, tmp_path: Path) -> None:
    turn = setup.begin(text="Good evening")
    started = next(turn)
    second = set_up(tmp_path).store  # reads the same files on its own
    assert [message.text for message in second.path(setup.conversation_id)] == ["Hello, I am Mara.", "Good evening", ""]
    assert second.message(started.reply_id).status == "streaming"
    list(turn)


def test_the_model_is_told_who_she_is_what_was_said_and_when(setup: Setup) -> None:
    setup.take(text="Good evening")
    setup.clock.pass_by(days=3)
    setup.take(text="I am back")
    request = setup.engine.requests[-1]
    system, *buffer, newest = request.prompt.messages
    assert system.role == "system" and "Mara" in system.content
    assert [message.content for message in buffer] == ["Hello, I am Mara.", "Good evening", "The light is on."]
    assert newest.content.startswith("[now]") and "three days ago" in newest.content and newest.content.endswith("I am back")
    assert request.cache_key == setup.conversation_id


def test_a_new_conversation_knows_when_the_two_talked_last(setup: Setup) -> None:
    setup.take(text="Good evening")
    assert "You last talked" not in setup.engine.requests[0].prompt.messages[-1].content
    setup.clock.pass_by(days=14)
    again = setup.store.create("mara", ("Hello again.",))
    list(take_turn(setup.desk, Order(again.id, "send", "Hi"), threading.Event()))
    assert "You last talked two weeks ago" in setup.engine.requests[-1].prompt.messages[-1].content


def test_a_reply_stays_within_the_bounds_of_persona_and_settings(setup: Setup) -> None:
    desk = replace(setup.desk, settings=Settings(home=setup.desk.settings.home, reply_tokens=8))
    list(take_turn(desk, setup.order("Hi"), threading.Event()))
    persona = library().get("mara").blueprint.model.sampling
    constraints = setup.engine.requests[0].constraints
    assert constraints.max_tokens == 8
    assert constraints.temperature == persona.temperature and constraints.top_p == persona.top_p


def test_the_trace_names_every_step_in_order_and_the_engine(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["one ", "two"], ticks=Ticks(0.001))
    trace = setup.take(text="Hi")[-1].trace
    assert [stage.name for stage in trace.stages] == [
        "arrive",
        "guard",
        "feel",
        "show",
        "remember",
        "wait",
        "model",
        "suggest",
        "prompt",
        "prefill",
        "decode",
    ]
    assert all(stage.ms > 0 for stage in trace.stages)
    assert 0 < trace.first_token_ms < trace.total_ms
    assert trace.engine == "fake" and trace.reply_tokens == 2 and trace.prompt_tokens > 0


def test_a_long_reply_is_saved_while_it_is_written(tmp_path: Path) -> None:
    ticks = Ticks()
    setup = set_up(tmp_path, ["one ", "two ", "three"], ticks=ticks)
    turn = setup.begin(text="Hi")
    reply_id = next(turn).reply_id
    next(turn), next(turn)  # Moved, Queued
    next(turn)
    ticks.now += 0.4
    next(turn)
    assert setup.store.message(reply_id).text == ""
    ticks.now += 0.2
    next(turn)
    assert setup.store.message(reply_id).text == "one two "
    list(turn)


# --- what arrives wrong


@pytest.mark.parametrize("kind", ["send", "edit"])
@pytest.mark.parametrize("text", ["", "  \n", "x" * 8001])
def test_an_empty_or_oversized_message_is_refused_and_nothing_changes(setup: Setup, kind: str, text: str) -> None:
    user_id = setup.take(text="Hi")[0].user_message_id
    before = setup.store.path(setup.conversation_id)
    with pytest.raises(MessageError):
        setup.take(kind, text, user_id)
    assert setup.store.path(setup.conversation_id) == before


def test_the_longest_message_is_taken(setup: Setup) -> None:
    assert kinds(setup.take(text="word " * 1600))[-1] == "TurnFinished"


def test_an_unknown_conversation_is_refused(setup: Setup) -> None:
    with pytest.raises(NotFoundError):
        list(take_turn(setup.desk, Order("nowhere", "send", "Hi"), threading.Event()))


def test_a_persona_that_is_gone_is_said_before_anything_is_kept(setup: Setup) -> None:
    orphan = setup.store.create("nobody").id
    with pytest.raises(NotFoundError):
        list(take_turn(setup.desk, Order(orphan, "send", "Hi"), threading.Event()))
    assert setup.store.path(orphan) == ()


def test_a_second_message_while_a_reply_is_written_is_refused(setup: Setup) -> None:
    turn = setup.begin(text="Hi")
    next(turn)
    with pytest.raises(ConflictError):
        setup.take(text="And another thing")
    assert kinds(list(turn))[-1] == "TurnFinished"


@pytest.mark.parametrize("kind", ["regenerate", "continue", "edit"])
def test_a_message_of_another_conversation_is_refused(setup: Setup, kind: str) -> None:
    started = setup.take(text="Hi")[0]
    other = setup.store.create("theo").id
    message_id = started.user_message_id if kind == "edit" else started.reply_id
    with pytest.raises(NotFoundError):
        list(take_turn(setup.desk, Order(other, kind, "Hello", message_id), threading.Event()))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["regenerate", "continue"])
def test_a_greeting_cannot_be_answered(setup: Setup, kind: str) -> None:
    with pytest.raises(InputError):
        setup.take(kind, message_id=setup.store.path(setup.conversation_id)[0].id)


def test_her_own_message_cannot_be_sent_again(setup: Setup) -> None:
    reply_id = setup.take(text="Hi")[0].reply_id
    with pytest.raises(InputError):
        setup.take("edit", "Words in her mouth", reply_id)
    assert setup.texts()[-1] == "The light is on."


# --- regenerate, continue, edit


def test_another_reply_stands_beside_the_first(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["First."], ["Second."])
    first = setup.take(text="Hi")[0]
    events = setup.take("regenerate", message_id=first.reply_id)
    assert events[0].user_message_id == first.user_message_id and events[0].text == ""
    assert setup.texts()[1:] == ["Hi", "Second."]
    assert setup.store.siblings(events[0].reply_id) == (first.reply_id, events[0].reply_id)
    assert "First." not in str(setup.engine.requests[-1].prompt)


def test_a_reply_goes_on_where_it_ended(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Once upon"], [" a time."])
    reply_id = setup.take(text="A story, please")[0].reply_id
    events = setup.take("continue", message_id=reply_id)
    assert events[0].text == "Once upon" and said(events) == " a time."
    assert events[-1].text == "Once upon a time." == setup.store.message(reply_id).text
    assert setup.engine.requests[-1].prompt.prefix == "Once upon"


def test_an_edited_message_is_answered_on_a_branch_of_its_own(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Blue."], ["Green."])
    user_id = setup.take(text="The sea?")[0].user_message_id
    setup.take("edit", "The wood?", user_id)
    assert setup.texts()[1:] == ["The wood?", "Green."]
    assert len(setup.store.siblings(setup.store.path(setup.conversation_id)[1].id)) == 2


# --- the gate


@pytest.mark.parametrize("kind", ["send", "regenerate", "continue", "edit"])
def test_a_crisis_is_met_with_the_card_and_nothing_is_generated(setup: Setup, kind: str) -> None:
    started = setup.take(text="a calm day")[0]
    setup.gate.word = "calm" if kind in ("regenerate", "continue") else "crisis"
    written = len(setup.engine.requests)
    message_id = {"send": "", "edit": started.user_message_id}.get(kind, started.reply_id)
    events = setup.take(kind, "a crisis", message_id)
    assert kinds(events) == ["TurnStarted", "Referred", "TurnFinished"]
    assert events[1] == Referred(CARD) and events[-1].reason == "referred"
    assert len(setup.engine.requests) == written
    reply = reply_of(setup, events)
    assert (reply.status, reply.reason, reply.referral) == ("complete", "referred", CARD)


def test_after_the_card_the_conversation_can_go_on(setup: Setup) -> None:
    setup.take(text="a crisis")
    assert kinds(setup.take(text="thank you"))[-1] == "TurnFinished"
    assert all(message.content for message in setup.engine.requests[-1].prompt.messages)


def test_a_gate_that_breaks_lets_nothing_through(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def check(self, text: str) -> None:
            raise ZeroDivisionError

    desk = replace(setup.desk, gate=Broken())
    assert kinds(list(take_turn(desk, setup.order("Hi"), threading.Event()))) == ["TurnStarted", "TurnFailed"]
    assert setup.engine.requests == []


# --- stopping


def test_a_stopped_reply_keeps_its_text(setup: Setup) -> None:
    cancel = threading.Event()
    turn = setup.begin(text="Hi", cancel=cancel)
    started, _, _, first = next(turn), next(turn), next(turn), next(turn)
    cancel.set()
    rest = list(turn)
    assert rest[-1].reason == "stopped" and rest[-1].text == first.text == "The light "
    reply = setup.store.message(started.reply_id)
    assert (reply.status, reply.text) == ("stopped", "The light ")


def test_one_that_is_stopped_while_it_waits_never_asks_the_model(setup: Setup) -> None:
    cancel = threading.Event()
    cancel.set()
    events = setup.take(text="Hi", cancel=cancel)
    assert events[-1].reason == "stopped" and setup.engine.requests == []
    assert reply_of(setup, events).status == "stopped"


def test_a_turn_that_nobody_finishes_is_kept_as_interrupted(setup: Setup) -> None:
    turn = setup.begin(text="Hi")
    started, *_ = next(turn), next(turn), next(turn), next(turn)
    turn.close()  # type: ignore[attr-defined]
    reply = setup.store.message(started.reply_id)
    assert (reply.status, reply.text) == ("interrupted", "The light ")


# --- failures


def test_a_model_that_fails_is_told_and_what_it_wrote_is_kept(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Half a "], fail_with=ModelError("Out of memory.", hint="Close other programs."))
    events = setup.take(text="Hi")
    assert events[-1] == TurnFailed("Out of memory.", "Close other programs.", False, events[0].reply_id)
    reply = reply_of(setup, events)
    assert (reply.status, reply.text) == ("failed", "Half a ")
    setup.engine.fail_with = None
    assert kinds(setup.take("regenerate", message_id=events[0].reply_id))[-1] == "TurnFinished"


def test_a_model_that_cannot_be_opened_is_told(setup: Setup) -> None:
    def nobody(choice: object) -> None:
        raise NotFoundError("It has not been downloaded.", hint="Download it.")

    desk = replace(setup.desk, writer=nobody)
    events = list(take_turn(desk, setup.order("Hi"), threading.Event()))
    assert events[-1] == TurnFailed("It has not been downloaded.", "Download it.", False, events[0].reply_id)


def test_a_model_that_writes_nothing_is_not_shown_as_an_empty_reply(tmp_path: Path) -> None:
    setup = set_up(tmp_path, [])
    events = setup.take(text="Hi")
    assert isinstance(events[-1], TurnFailed) and "nothing to say" in events[-1].message


def test_a_bug_is_plain_to_the_user_and_loud_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    setup = set_up(tmp_path, ["Half a "], fail_with=ZeroDivisionError("secret detail"))
    events = setup.take(text="Hi")
    failed = events[-1]
    assert isinstance(failed, TurnFailed) and failed.retryable and "secret" not in failed.message + failed.hint
    assert any(record.levelno == logging.ERROR and record.exc_info for record in caplog.records)
    assert reply_of(setup, events).status == "failed"


class FullDisk(Conversations):
    """The real store on a disk that can be full."""

    full = False

    def _refuse(self) -> None:
        if self.full:
            raise StorageError("The disk is full.", hint="Free some space.")

    def save_reply(self, reply_id: str, text: str) -> None:
        self._refuse()
        super().save_reply(reply_id, text)

    def finish_reply(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        self._refuse()
        return super().finish_reply(*args, **kwargs)

    def begin_turn(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        self._refuse()
        return super().begin_turn(*args, **kwargs)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[tuple[Setup, FullDisk]]:
    setup = set_up(tmp_path, ["All ", "of ", "it."], ticks=Ticks(1.0))
    store = FullDisk(setup.store._engine, setup.clock)
    yield replace(setup, desk=replace(setup.desk, conversations=store), store=store), store


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_disk_that_fills_up_is_told_and_nothing_shown_is_lost(full: tuple[Setup, FullDisk], pieces: int) -> None:
    setup, store = full
    turn = setup.begin(text="Hi")
    events = [next(turn) for _ in range(2 + pieces)]
    store.full = True
    events += list(turn)
    assert events[-1] == TurnFailed("The disk is full.", "Free some space.", True, events[0].reply_id)
    with pytest.raises(StorageError):  # still full: the words stay in the composer
        setup.take(text="Again")
    store.full = False
    assert kinds(setup.take(text="Again"))[-1] == "TurnFinished"
    reply = reply_of(setup, events)
    assert reply.status == "failed" and reply.text == said(events)
    assert setup.desk.unwritten == {}


def test_the_card_is_shown_even_when_it_cannot_be_saved(full: tuple[Setup, FullDisk]) -> None:
    setup, store = full
    turn = setup.begin(text="a crisis")
    next(turn)
    store.full = True
    assert kinds(list(turn)) == ["Referred", "TurnFailed"]


def test_an_engine_that_forgets_its_account_is_a_bug(setup: Setup) -> None:
    class Forgetful:
        def card(self):  # type: ignore[no-untyped-def]
            return setup.engine.card()

        def count_tokens(self, text: str) -> int:
            return 1

        def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
            yield Piece("Hello")

    writer = replace(setup.desk.writer(None), engine=Forgetful())  # type: ignore[arg-type]
    events = list(take_turn(replace(setup.desk, writer=lambda choice: writer), setup.order("Hi"), threading.Event()))
    assert isinstance(events[0], TurnStarted) and isinstance(events[-1], TurnFailed)
    assert reply_of(setup, events).text == "Hello"
