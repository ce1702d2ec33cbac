import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import ConflictError, MessageError, ModelError, NotFoundError, StorageError
from companion.events import Event, Queued, TurnFailed, TurnFinished, TurnStarted
from companion.think.layout import Budget, Layout
from companion.think.watchdog import Watchdog
from companion.turn import Order, Writer
from companion.worker import Worker
from tests.desk import Setup, Ticks, kinds, said, set_up

LONG_S = 60.0  # a bound on waiting for what must happen; nothing waits this long when it does


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["The light ", "is on."], gate=True)


@pytest.fixture
def worker(setup: Setup) -> Iterator[Worker]:
    worker = Worker(setup.desk)
    yield worker
    worker.shutdown(LONG_S)
    assert not any(thread.name == "model" and thread.is_alive() for thread in threading.enumerate())


def another(setup: Setup, text: str = "Hi") -> Order:
    return Order(setup.store.create("theo").id, "send", text)


def collect(worker: Worker, turn_id: str, after: int = 0) -> tuple[threading.Thread, list[Event]]:
    """Reads a turn in a thread of its own; the events are there when it has been joined."""
    events: list[Event] = []
    thread = threading.Thread(target=lambda: events.extend(worker.follow(turn_id, after)))
    thread.start()
    return thread, events


def test_a_turn_runs_without_anyone_watching(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    setup.engine.release(3)
    assert kinds(list(worker.follow(turn_id))) == ["TurnStarted", "Moved", "TextDelta", "TextDelta", "TurnFinished"]
    assert setup.texts()[-1] == "The light is on."


def test_the_message_is_kept_when_start_returns(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    assert setup.texts()[1:] == ["Hi", ""]
    assert isinstance(next(iter(worker.follow(turn_id))), TurnStarted)


def test_what_cannot_be_sent_is_refused_at_once(worker: Worker, setup: Setup) -> None:
    with pytest.raises(MessageError):
        worker.start(setup.order("   "))
    with pytest.raises(NotFoundError):
        worker.start(Order("nowhere", "send", "Hi"))
    assert worker.running(setup.conversation_id) is None
    assert setup.texts() == ["Hello, I am Mara."]


def test_two_readers_and_a_late_one_hear_the_same_story(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    first, heard_first = collect(worker, turn_id)
    second, heard_second = collect(worker, turn_id)
    setup.engine.release(3)
    first.join(LONG_S)
    second.join(LONG_S)
    late = list(worker.follow(turn_id))
    assert heard_first == heard_second == late and said(late) == "The light is on."
    assert list(worker.follow(turn_id, after=2)) == late[2:]
    assert list(worker.follow(turn_id, after=99)) == []


def test_a_reader_that_leaves_stops_nothing(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    reader = worker.follow(turn_id)
    setup.engine.release()
    heard = [next(reader), next(reader)]
    reader.close()  # type: ignore[attr-defined]
    setup.engine.release(2)
    assert heard + list(worker.follow(turn_id, after=2)) == list(worker.follow(turn_id))
    assert setup.texts()[-1] == "The light is on."


def test_when_the_end_is_heard_the_turn_is_over(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    assert worker.running(setup.conversation_id) == turn_id
    setup.engine.release(3)
    for event in worker.follow(turn_id):  # a slow reader may hear the words when all is over, but never the end before that
        assert worker.running(setup.conversation_id) is None or not isinstance(event, TurnFinished)
    assert isinstance(event, TurnFinished)
    next_one = worker.start(another(setup))
    setup.engine.release(3)
    assert "Queued" not in kinds(list(worker.follow(next_one)))


def test_stop_keeps_what_was_written(worker: Worker, setup: Setup) -> None:
    turn_id = worker.start(setup.order("Hi"))
    reader = worker.follow(turn_id)
    setup.engine.release()
    next(reader), next(reader), next(reader)
    worker.stop(turn_id)
    finished = list(reader)[-1]
    assert isinstance(finished, TurnFinished) and (finished.reason, finished.text) == ("stopped", "The light ")
    assert setup.store.message(finished.reply_id).status == "stopped"
    worker.stop(turn_id)
    worker.stop("unknown")


def test_turns_queue_and_say_how_many_go_first(worker: Worker, setup: Setup) -> None:
    writing = worker.start(setup.order("Hi"))
    assert setup.engine.waiting.wait(LONG_S)
    second, third = worker.start(another(setup)), worker.start(another(setup))
    setup.engine.release(9)
    assert kinds(list(worker.follow(writing))) == ["TurnStarted", "Moved", "TextDelta", "TextDelta", "TurnFinished"]
    assert [event for event in worker.follow(second) if isinstance(event, Queued)] == [Queued(1)]
    assert [event for event in worker.follow(third) if isinstance(event, Queued)] == [Queued(2), Queued(1)]
    assert all(isinstance(list(worker.follow(turn_id))[-1], TurnFinished) for turn_id in (second, third))


def test_a_waiting_turn_can_be_stopped_without_waiting(worker: Worker, setup: Setup) -> None:
    writing = worker.start(setup.order("Hi"))
    assert setup.engine.waiting.wait(LONG_S)
    second, third, fourth = (worker.start(another(setup)) for _ in range(3))
    worker.stop(fourth)  # those before it have not moved, and hear nothing
    worker.stop(second)
    ended = list(worker.follow(second))[-1]
    assert isinstance(ended, TurnFinished) and ended.reason == "stopped"
    assert worker.running(setup.conversation_id) == writing
    setup.engine.release(6)
    assert [event for event in worker.follow(third) if isinstance(event, Queued)] == [Queued(2), Queued(1)]
    assert len(setup.engine.requests) == 2


def test_the_card_does_not_wait_for_the_model(worker: Worker, setup: Setup) -> None:
    worker.start(setup.order("Hi"))
    assert setup.engine.waiting.wait(LONG_S)
    turn_id = worker.start(another(setup, "a crisis"))
    assert kinds(list(worker.follow(turn_id))) == ["TurnStarted", "Referred", "TurnFinished"]


def test_one_failed_turn_does_not_hold_up_the_next(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    setup = set_up(tmp_path, ["Half"], fail_with=ZeroDivisionError())
    worker = Worker(setup.desk)
    assert isinstance(list(worker.follow(worker.start(setup.order("Hi"))))[-1], TurnFailed)
    setup.engine.fail_with = None
    assert isinstance(list(worker.follow(worker.start(setup.order("Hi"))))[-1], TurnFinished)
    worker.shutdown(LONG_S)


def test_old_turns_are_forgotten_and_the_newest_kept(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Yes."])
    worker = Worker(setup.desk, kept_turns=2)
    turns = []
    for _ in range(4):
        turns.append(worker.start(setup.order("Hi")))
        list(worker.follow(turns[-1]))
    with pytest.raises(NotFoundError):
        worker.follow(turns[0])
    assert all(list(worker.follow(turn_id)) for turn_id in turns[-2:])
    worker.shutdown(LONG_S)


def test_shutdown_stops_what_is_written_and_what_waits(setup: Setup) -> None:
    worker = Worker(setup.desk)
    first = worker.start(setup.order("Hi"))
    assert setup.engine.waiting.wait(LONG_S)
    second = worker.start(another(setup))
    worker.shutdown(LONG_S)
    for turn_id in (first, second):
        ended = list(worker.follow(turn_id))[-1]
        assert isinstance(ended, TurnFinished) and ended.reason == "stopped"
        assert setup.store.message(ended.reply_id).status == "stopped"
    with pytest.raises(ConflictError):
        worker.start(setup.order("Hi"))


def test_a_reply_that_a_dead_process_left_open_can_be_continued(setup: Setup, tmp_path: Path) -> None:
    started = setup.store.begin_turn(setup.conversation_id, "Hi")[1]
    setup.store.save_reply(started.id, "The li")
    assert setup.store.recover() == 1
    worker = Worker(setup.desk)
    turn_id = worker.start(Order(setup.conversation_id, "continue", message_id=started.id))
    setup.engine.release(3)
    assert list(worker.follow(turn_id))[-1].text == "The liThe light is on."  # type: ignore[union-attr]
    worker.shutdown(LONG_S)


def test_a_start_that_cannot_be_saved_is_refused_and_leaves_nothing(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    worker = Worker(setup.desk)
    with monkeypatch.context() as patch:
        patch.setattr(setup.store, "begin_turn", full)
        with pytest.raises(StorageError):
            worker.start(setup.order("Hi"))
    assert worker.running(setup.conversation_id) is None
    worker.shutdown(LONG_S)


def test_idle_time_reads_ahead_what_the_next_prompt_begins_with(worker: Worker, setup: Setup) -> None:
    setup.engine.release(3)
    list(worker.follow(worker.start(setup.order("Hi"))))
    assert setup.engine.settled_once.wait(LONG_S)
    (asked,) = setup.engine.settled
    assert [message.content for message in asked.prompt.messages[1:]] == ["Hello, I am Mara.", "Hi", "The light is on."]
    setup.engine.release(3)
    list(worker.follow(worker.start(setup.order("And now?"))))
    sent = setup.engine.requests[-1].prompt
    assert sent.messages[:-1] == asked.prompt.messages
    assert setup.engine.requests[-1].cache_key == asked.cache_key == setup.conversation_id


def test_a_message_interrupts_what_is_read_ahead(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["The light ", "is on."], linger=True)
    worker = Worker(setup.desk)
    list(worker.follow(worker.start(setup.order("Hi"))))
    assert setup.engine.settled_once.wait(LONG_S)
    assert kinds(list(worker.follow(worker.start(setup.order("And now?")))))[-1] == "TurnFinished"
    worker.shutdown(LONG_S)


def test_reading_ahead_that_fails_harms_nobody(worker: Worker, setup: Setup) -> None:
    setup.engine.fail_settling_with = ModelError("no memory", hint="")
    setup.engine.release(6)
    list(worker.follow(worker.start(setup.order("Hi"))))
    assert kinds(list(worker.follow(worker.start(setup.order("And now?")))))[-1] == "TurnFinished"


def test_a_conversation_that_is_opened_is_read_before_anyone_writes(worker: Worker, setup: Setup) -> None:
    worker.prepare(setup.conversation_id)
    assert setup.engine.settled_once.wait(LONG_S)
    assert setup.engine.settled[0].prompt.messages[-1].content == "Hello, I am Mara."
    worker.prepare("gone")  # nobody is told: there is nothing to lose
    setup.engine.release(3)
    assert kinds(list(worker.follow(worker.start(setup.order("Hi")))))[-1] == "TurnFinished"


def test_conversations_take_turns(worker: Worker, setup: Setup) -> None:
    first, second, third = (setup.conversation_id, *(setup.store.create("theo").id for _ in range(2)))
    turns = [worker.start(Order(one, "send", "Hi")) for one in (first, second, third)]
    with pytest.raises(ConflictError):
        worker.start(Order(second, "send", "And another thing"))  # so none can fill the queue
    assert setup.engine.waiting.wait(LONG_S)
    setup.engine.release(3)
    list(worker.follow(turns[0]))
    turns.append(worker.start(Order(first, "send", "Me again")))
    reader = worker.follow(turns[3])
    assert [next(reader), next(reader), next(reader)][2] == Queued(2)
    setup.engine.release(9)
    for turn_id in turns:
        assert isinstance(list(worker.follow(turn_id))[-1], TurnFinished)
    assert [asked.cache_key for asked in setup.engine.requests] == [first, second, third, first]


def test_a_stuck_reply_is_given_up_and_the_next_conversation_gets_the_model(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    setup, ticks = set_up(tmp_path, ["The light ", "is on."], gate=True), Ticks()
    watched = Watchdog(setup.engine, stuck_s=30, look_s=0.005, tick=ticks)
    writer = Writer(watched, Layout(watched.count_tokens, budget=Budget.of(4096, 320)))
    worker = Worker(replace(setup.desk, writer=lambda choice: writer))
    stuck = worker.start(setup.order("Hi"))
    reader = worker.follow(stuck)
    setup.engine.release()
    heard = [next(reader), next(reader)]
    waiting = worker.start(another(setup))
    ticks.now += 31
    failed = [*heard, *reader][-1]
    assert isinstance(failed, TurnFailed) and failed.retryable and "30 seconds" in failed.message and failed.hint
    kept = setup.store.message(str(failed.reply_id))
    assert (kept.status, kept.text) == ("failed", "The light ")
    setup.engine.release(3)
    told = list(worker.follow(waiting))
    assert Queued(1) in told and isinstance(told[-1], TurnFinished) and told[-1].text == "The light is on."
    worker.shutdown(LONG_S)


def test_while_the_model_is_held_turns_fail_at_once_and_later_they_do_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    setup, ticks = set_up(tmp_path, ["The light ", "is on."], gate=True, deaf=True), Ticks(step_s=20)
    watched = Watchdog(setup.engine, stuck_s=30, look_s=0.005, tick=ticks)
    writer = Writer(watched, Layout(watched.count_tokens, budget=Budget.of(4096, 320)))
    worker = Worker(replace(setup.desk, writer=lambda choice: writer))
    turns = [worker.start(setup.order("Hi")), worker.start(another(setup)), worker.start(another(setup))]
    ended = [list(worker.follow(turn_id))[-1] for turn_id in turns]
    assert [type(one) for one in ended] == [TurnFailed] * 3
    assert "got nowhere" in ended[0].message and "held" in ended[1].message and ended[2].retryable  # type: ignore[union-attr]
    ticks.step_s = 0
    setup.engine.release(9)
    watched.unload()  # it comes after what held it
    assert isinstance(list(worker.follow(worker.start(setup.order("Again"))))[-1], TurnFinished)
    worker.shutdown(LONG_S)


def test_what_is_read_ahead_for_a_conversation_that_is_deleted_ends(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Yes."], linger=True)
    worker = Worker(setup.desk)
    list(worker.follow(worker.start(setup.order("Hi"))))
    assert setup.engine.settled_once.wait(LONG_S)
    worker.dismiss("another")
    assert not setup.engine.settled[0].cancel.is_set()
    worker.dismiss(setup.conversation_id)
    assert setup.engine.settled[0].cancel.is_set()
    worker.shutdown(LONG_S)


def test_an_errand_has_the_models_thread_once_nobody_waits(worker: Worker, setup: Setup) -> None:
    order: list[str] = []
    turn_id = worker.start(setup.order("Hi"))
    done = worker.errand(lambda interrupt: order.append(f"errand in {threading.current_thread().name}") or "what came of it")
    reader, events = collect(worker, turn_id)
    assert not done.done()
    setup.engine.release(3)
    reader.join(LONG_S)
    assert done.result(LONG_S) == "what came of it" and order == ["errand in model"] and kinds(events)[-1] == "TurnFinished"


def test_an_errand_makes_way_for_a_reply_and_begins_again(worker: Worker, setup: Setup) -> None:
    begun, tries = threading.Event(), []

    def do(interrupt: threading.Event) -> int:
        tries.append(1)
        begun.set()
        if len(tries) == 1:
            assert interrupt.wait(LONG_S), "nobody interrupted it"
        return len(tries)

    done = worker.errand(do)
    assert begun.wait(LONG_S)
    turn_id = worker.start(setup.order("Hi"))
    setup.engine.release(3)
    assert kinds(list(worker.follow(turn_id)))[-1] == "TurnFinished"
    assert done.result(LONG_S) == 2


def test_what_goes_wrong_in_an_errand_is_told_to_who_waits_for_it(worker: Worker, setup: Setup) -> None:
    def do(interrupt: threading.Event) -> None:
        raise ModelError("It cannot.", hint="Try another.")

    with pytest.raises(ModelError):
        worker.errand(do).result(LONG_S)
    turn_id = worker.start(setup.order("Hi"))
    setup.engine.release(3)
    assert kinds(list(worker.follow(turn_id)))[-1] == "TurnFinished"


def test_errands_end_when_companion_closes(setup: Setup) -> None:
    worker, begun = Worker(setup.desk), threading.Event()

    def do(interrupt: threading.Event) -> None:
        begun.set()
        interrupt.wait(LONG_S)

    under_way, waiting = worker.errand(do), worker.errand(lambda interrupt: None)
    assert begun.wait(LONG_S)
    worker.shutdown(LONG_S)
    with pytest.raises(ConflictError):
        under_way.result(LONG_S)
    assert waiting.cancelled()
    with pytest.raises(ConflictError):
        worker.errand(do)
