import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event

from companion.chronicling import Chronicler
from companion.errors import ModelError
from companion.forgetting import Forgetting, Scope
from companion.learn.learner import Learner
from companion.prompting import entries, now_of, turns
from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations, Message
from companion.store.database import open_database
from companion.store.memories import Memories
from companion.think.fake import FakeEngine
from companion.think.layout import Budget, Layout, Now
from companion.turn import settle
from tests.desk import Clock, Setup, library, set_up

WRITTEN = ("They counted gulls", " all week.")


def talk(setup: Setup, rounds: int, text: str = "Number {} is what I counted today.") -> None:
    """Rounds one after the other, straight into the store."""
    for number in range(rounds):
        _, reply = setup.store.begin_turn(setup.conversation_id, text.format(number))
        setup.store.finish_reply(reply.id, f"Well, {number}.", "complete", "end")


def idle(setup: Setup, cancel: threading.Event | None = None) -> None:
    settle(setup.desk, setup.conversation_id, cancel or threading.Event())


def chronicle(setup: Setup) -> list[str]:
    return [one.text for one in setup.desk.chronicle.of(setup.conversation_id)]


def system(setup: Setup) -> str:
    """What the next reply's prompt begins with."""
    setup.take(text="And now?")
    return setup.engine.requests[-1].prompt.messages[0].content


def test_when_ten_rounds_leave_they_are_summed_up_before_anything_is_read_ahead(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 20)
    idle(setup)
    assert chronicle(setup) == []
    talk(setup, 1)
    idle(setup)
    (entry,) = chronicle(setup)
    lines = [f"- 1 March: {line}" for line in entry.splitlines()]
    assert len(lines) == 3 and all("they said" in line for line in lines)
    begins = setup.engine.settled[-1].prompt.messages[0].content
    assert begins.endswith("Earlier, in short:\n" + "\n".join(lines))
    assert system(setup) == begins
    (memory,) = setup.memories.list("mara", kinds=["summary"])
    path = setup.store.path(setup.conversation_id)
    assert list(memory.sources) == [message.id for message in path[:21]]  # ten rounds, her greeting with the first


def test_what_is_summed_up_is_never_summed_up_again(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 21)
    idle(setup)
    (memory,) = setup.memories.list("mara", kinds=["summary"])
    setup.memories.edit(memory.id, "they counted, and I know better")
    talk(setup, 10)
    idle(setup)
    idle(setup)
    assert chronicle(setup)[0] == "they counted, and I know better" and len(chronicle(setup)) == 2
    assert "- 1 March: they counted, and I know better\n" in system(setup)


def test_an_entry_put_aside_is_not_written_again_and_says_nothing(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 21)
    idle(setup)
    (memory,) = setup.memories.list("mara", kinds=["summary"])
    setup.memories.hide(memory.id, True)
    idle(setup)
    assert "Earlier, in short" not in system(setup) and len(chronicle(setup)) == 1


def test_what_a_process_left_undone_is_taken_up_by_the_next(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 31)  # twenty have left, and there was no idle time
    again = Chronicle(open_database(tmp_path), setup.clock)
    settle(replace(setup.desk, chronicle=again), setup.conversation_id, threading.Event())
    assert len(again.of(setup.conversation_id)) == 2


def test_idle_time_that_ends_leaves_the_rest_for_the_next(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 31)
    cancel = threading.Event()

    class Once(Chronicle):
        """Is interrupted when it has written."""

        def write(self, persona_id: str, text: str, said: Sequence[Message]) -> bool:
            cancel.set()
            return super().write(persona_id, text, said)

    settle(replace(setup.desk, chronicle=Once(open_database(tmp_path), setup.clock)), setup.conversation_id, cancel)
    assert len(chronicle(setup)) == 1 and setup.engine.settled == []
    idle(setup)
    assert len(chronicle(setup)) == 2


def test_a_late_entry_waits_until_the_next_ten_leave(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 21)
    setup.take(text="Was there time?")  # no idle time before it
    headlines = setup.engine.requests[-1].prompt.messages[0].content
    assert 'they said "Number 0 is what I counted today."' in headlines
    idle(setup)
    assert len(chronicle(setup)) == 1
    assert system(setup) == headlines
    talk(setup, 9)
    idle(setup)
    assert system(setup) != headlines


def test_what_was_learnt_is_what_is_kept(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 4)
    talk(setup, 1, "My sister is called Anna.")
    talk(setup, 16, "The ferry number {} was late.")
    Learner(setup.memories).catch_up()
    idle(setup)
    assert 'they said "My sister is called Anna."' in chronicle(setup)[0]


# --- a capable model


def test_a_capable_model_writes_before_the_rounds_leave(tmp_path: Path) -> None:
    setup = set_up(tmp_path, WRITTEN, capable=True)
    talk(setup, 11)
    idle(setup)
    assert chronicle(setup) == []
    talk(setup, 1)
    idle(setup)
    assert chronicle(setup) == ["they counted gulls all week."]
    (asked,) = setup.engine.requests
    assert "They: Number 9 is" in asked.prompt.messages[0].content and "Number 10 " not in asked.prompt.messages[0].content
    assert asked.constraints.max_tokens <= 160 and asked.cache_key == ""
    assert "counted gulls all week" not in system(setup)
    talk(setup, 8)
    idle(setup)
    assert "- 1 March: they counted gulls all week." in system(setup)


def test_the_built_in_model_is_never_asked(tmp_path: Path) -> None:
    setup = set_up(tmp_path, WRITTEN)
    talk(setup, 21)
    idle(setup)
    assert setup.engine.requests == [] and len(chronicle(setup)) == 1


def test_a_message_interrupts_the_model_and_it_is_tried_again(tmp_path: Path) -> None:
    setup = set_up(tmp_path, WRITTEN, gate=True, capable=True)
    talk(setup, 12)
    cancel = threading.Event()
    writing = threading.Thread(target=idle, args=(setup, cancel))
    writing.start()
    assert setup.engine.waiting.wait(60)
    cancel.set()
    writing.join(60)
    assert not writing.is_alive() and chronicle(setup) == []
    setup.engine.release(3)
    idle(setup)
    assert chronicle(setup) == ["they counted gulls all week."]


@pytest.mark.parametrize(
    "engine", [FakeEngine(WRITTEN, fail_with=ModelError("It broke.", hint="Mend it."), capable=True), FakeEngine(("",), capable=True)]
)
def test_what_a_model_fails_at_is_summed_up_without_it(tmp_path: Path, engine: FakeEngine) -> None:
    setup = set_up(tmp_path)
    writer = replace(setup.desk.writer(library().get("mara").blueprint.model), engine=engine)
    desk = replace(setup.desk, writer=lambda choice: writer)
    talk(setup, 20)
    settle(desk, setup.conversation_id, threading.Event())
    assert engine.requests and chronicle(setup) == []
    talk(setup, 1)
    settle(desk, setup.conversation_id, threading.Event())
    assert "they said" in chronicle(setup)[0]


# --- under editing and forgetting


def test_a_change_below_leaves_no_ghost(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 21)
    idle(setup)
    third = setup.store.path(setup.conversation_id)[5]
    setup.store.edit(third.id, "Something else altogether, about herons.")
    assert chronicle(setup) == [] and "counted" not in system(setup)
    setup.store.undo(setup.conversation_id)


@pytest.mark.parametrize("scope", [Scope(words="zanzibar"), Scope(subject="sister"), Scope(everything=True), Scope(since=Clock().now)])
def test_forgetting_reaches_the_chronicle_to_the_last_byte(tmp_path: Path, scope: Scope) -> None:
    setup = set_up(tmp_path)
    talk(setup, 1, "My sister is called Zanzibar.")
    talk(setup, 20)
    Learner(setup.memories).catch_up()
    idle(setup)
    assert "Zanzibar" in chronicle(setup)[0] and bytes_with(tmp_path, "zanzibar")
    forgetting = Forgetting(open_database(tmp_path), setup.memories, let_go=lambda ids: None, erased=lambda: None)
    done = forgetting.forget("mara", scope)
    assert chronicle(setup) == [] and "anzibar" not in system(setup)
    idle(setup)
    assert not any("anzibar" in entry for entry in chronicle(setup))
    forgetting.finish(done.token)
    assert bytes_with(tmp_path, "zanzibar") == []


def test_with_a_conversation_its_chronicle_goes(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    talk(setup, 21, "Zanzibar {} is far away from my home.")
    idle(setup)
    setup.store.delete(setup.conversation_id)
    assert chronicle(setup) == [] and setup.memories.list("mara") == ()
    setup.store.purge(setup.clock() + timedelta(days=2))
    assert bytes_with(tmp_path, "zanzibar") == []


Begins = tuple[list[str], int, str]


class Telling(RuleBasedStateMachine):
    """One conversation under every operation: what the next prompt says of what has left, against what stands."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_database(Path(self.folder.name))

        @event.listens_for(self.engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA synchronous = OFF")  # durability is not the question here

        self.engine.dispose()
        clock = Clock()
        self.store, self.memories, self.chronicle = (kind(self.engine, clock) for kind in (Conversations, Memories, Chronicle))
        self.clock, self.mara, self.number = clock, library().get("mara"), 0
        self.layout = Layout(lambda text: len(text.split()), budget=Budget.of(4096, 320), buffer_turns=11)
        self.talk = self.store.create("mara", ("Hello.",)).id
        self.seen: Begins = (["none"], 0, "")

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    @property
    def path(self) -> tuple[Message, ...]:
        return self.store.path(self.talk)

    def words(self) -> str:
        self.number += 1
        return f"Gull number{self.number} landed on my pier."

    def say(self, rounds: int) -> None:
        for _ in range(rounds):
            _, reply = self.store.begin_turn(self.talk, self.words())
            self.store.finish_reply(reply.id, self.words(), "complete", "end")

    @initialize()
    def begin(self) -> None:
        self.say(12)

    @rule(rounds=st.integers(1, 4), idle=st.booleans())
    def go_on(self, rounds: int, idle: bool) -> None:
        """Each prompt begins as the one before it did, and as was read ahead, unless rounds leave."""
        for _ in range(rounds):
            if idle:
                self.pass_time()
                self.begins_as_before(self.begins(Now(self.clock())))
            user, reply = self.store.begin_turn(self.talk, self.words())
            self.begins_as_before(self.begins(now_of(user, None), above=2))
            self.store.finish_reply(reply.id, self.words(), "complete", "end")

    def begins(self, now: Now, above: int = 0) -> Begins:
        """Ids of the path, how many rounds of it have left, and what the prompt begins with."""
        path = self.path[: len(self.path) - above]
        summed = entries(self.chronicle.of(self.talk))
        prompt = self.layout.build(self.mara.blueprint, turns(path), "", now, chronicle=summed)
        return [one.id for one in path], self.layout.gone(self.mara.blueprint, turns(path))[1], prompt.messages[0].content

    def begins_as_before(self, now: Begins) -> None:
        before, self.seen = self.seen, now
        if now[0][: len(before[0])] == before[0] and now[1] == before[1]:
            assert now[2] == before[2]

    @rule()
    def pass_time(self) -> None:
        Chronicler(self.chronicle, self.layout, self.mara, self.talk, self.path).keep_up(threading.Event())

    @rule(back=st.integers(0, 25))
    def edit(self, back: int) -> None:
        said = [message for message in self.path if message.role == "user"]
        if said:
            reply = self.store.begin_reply(self.store.edit(said[max(0, len(said) - 1 - back)].id, self.words()).id)
            self.store.finish_reply(reply.id, self.words(), "complete", "end")

    @rule(back=st.integers(0, 12))
    def regenerate(self, back: int) -> None:
        said = [message for message in self.path if message.role == "user" and message.text]  # to what is forgotten nothing is answered
        if said:
            reply = self.store.begin_reply(said[max(0, len(said) - 1 - back)].id)
            self.store.finish_reply(reply.id, self.words(), "complete", "end")

    @rule(data=st.data())
    def swipe(self, data: st.DataObject) -> None:
        others = [each for message in self.path for each in self.store.siblings(message.id) if each != message.id]
        if others:
            self.store.select(data.draw(st.sampled_from(others)))

    @rule(back=st.integers(0, 30))
    def delete(self, back: int) -> None:
        if len(self.path) > 1:
            self.store.delete_message(self.path[max(1, len(self.path) - 1 - back)].id)

    @rule()
    def undo(self) -> None:
        self.store.undo(self.talk)

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        forgetting = Forgetting(self.engine, self.memories, let_go=lambda ids: None, erased=lambda: None)
        pending, self.seen = forgetting.pending("mara"), (["none"], 0, "")
        if pending and data.draw(st.booleans()):
            forgetting.undo(pending[0].token)
        elif words := [message.text.split()[1] for message in self.path[1:] if message.text]:
            forgetting.forget("mara", Scope(words=data.draw(st.sampled_from(words))))

    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        if summaries := self.memories.list("mara", kinds=["summary"]):
            chosen = data.draw(st.sampled_from(summaries))
            self.seen = (["none"], 0, "")  # which a person may do at any time, and which counts at once
            if data.draw(st.booleans()):
                self.memories.edit(chosen.id, f"they saw {self.words()}")
            else:
                self.memories.hide(chosen.id, not chosen.hidden)

    @invariant()
    def nothing_is_told_that_does_not_stand(self) -> None:
        told = numbers(self.begins(Now(self.clock()))[2])
        standing = numbers(" ".join(message.text for message in self.path))
        written = numbers(" ".join(one.text for one in self.memories.list("mara", kinds=["summary"]) if one.edited_at))
        assert told <= standing | written
        covered = {each for entry in self.chronicle.of(self.talk) for each in entry.covers}
        assert covered <= {message.id for message in self.path}


def numbers(text: str) -> set[str]:
    return set(re.findall(r"number\d+", text))


Telling.TestCase.settings = settings(max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
TestTelling = Telling.TestCase


def bytes_with(folder: Path, word: str) -> list[str]:
    needle = word.encode()
    return [path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]
