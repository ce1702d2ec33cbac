"""The tree against a model in plain Python, which undoes by keeping whole former states."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, event, select

from companion.errors import ConflictError, NotFoundError
from companion.events import Stage, Trace
from companion.store import tree
from companion.store.conversations import Conversations
from companion.store.database import open_database, reading, writing
from companion.store.records import Message, Recalled
from companion.store.tables import messages
from companion.store.tree import Draft

Words = st.text("abc d", min_size=1, max_size=6).filter(str.strip)


@dataclass
class Model:
    """Ids in the order they were made; what lives, and what is shown."""

    parent: dict[str, str | None] = field(default_factory=dict)
    role: dict[str, str] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    last_shown: dict[str, int] = field(default_factory=dict)
    living: frozenset[str] = frozenset()
    leaf: str | None = None
    title: str = ""
    streaming: str | None = None
    moments: int = 0
    # kind, message it made, state before it: (living, leaf, title, text of the message)
    past: list[tuple[str, str | None, tuple[Any, ...]]] = field(default_factory=list)

    def remember(self, kind: str, message_id: str | None = None) -> None:
        self.past.append((kind, message_id, (self.living, self.leaf, self.title, self.text.get(message_id or ""))))

    def add(self, message_id: str, parent: str | None, role: str, text: str) -> None:
        self.parent[message_id], self.role[message_id], self.text[message_id] = parent, role, text
        self.living |= {message_id}

    def show(self, leaf: str | None) -> None:
        self.leaf = leaf
        self.moments += 1
        if leaf is not None:
            self.last_shown[leaf] = self.moments

    def path(self, leaf: str | None = None) -> list[str]:
        steps, step = [], leaf or self.leaf
        while step is not None:
            steps.append(step)
            step = self.parent[step]
        return steps[::-1]

    def children(self, parent: str | None) -> list[str]:
        return [each for each in self.parent if each in self.living and self.parent[each] == parent]

    def subtree(self, message_id: str) -> list[str]:
        return [message_id] + [deeper for child in self.children(message_id) for deeper in self.subtree(child)]

    def latest_leaf(self, message_id: str) -> str:
        made = list(self.parent)
        leaves = [each for each in self.subtree(message_id) if not self.children(each)]
        return max(leaves, key=lambda each: (self.last_shown.get(each, 0), made.index(each)))


def bare(message: Message) -> Message:
    """Without what was measured and recalled."""
    return replace(message, reason=None, trace=None, referral=None, recalled=())


class Tree(RuleBasedStateMachine):
    """Does the same to the store and to the model, and compares after each step."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.kept = Conversations(self.engine)
        self.model = Model()
        self.id = self.kept.create("mira", ["Hello.", "Hi."]).id
        first = self.kept.path(self.id)[0].id
        for greeting in self.kept.siblings(first):
            self.model.add(greeting, None, "persona", self.kept.message(greeting).text)
        self.model.show(first)
        self.revision = 0

    def pick(self, data: st.DataObject, role: str | None = None) -> str | None:
        options = [each for each in self.model.parent if each in self.model.living and role in (None, self.model.role[each])]
        return data.draw(st.sampled_from(options)) if options else None

    def idle(self) -> bool:
        return self.model.streaming is None

    @precondition(idle)
    @rule(text=Words, data=st.data(), elsewhere=st.booleans())
    def send(self, text: str, data: st.DataObject, elsewhere: bool) -> None:
        parent = self.pick(data) if elsewhere else None
        user, reply = self.kept.begin_turn(self.id, text, parent)
        self.model.remember("send", user.id)
        self.model.add(user.id, parent or self.model.leaf, "user", text)
        self.model.add(reply.id, user.id, "persona", "")
        self.model.show(reply.id)
        self.model.streaming = reply.id

    @precondition(lambda self: not self.idle())
    @rule(text=Words)
    def write(self, text: str) -> None:
        self.kept.save_reply(self.model.streaming, text)
        self.model.text[self.model.streaming] = text

    @precondition(lambda self: not self.idle())
    @rule(text=Words, status=st.sampled_from(["complete", "stopped", "failed"]))
    def finish(self, text: str, status: Any) -> None:
        trace = Trace((Stage("model", 1.5),), total_ms=2.0)
        self.kept.finish_reply(self.model.streaming, text, status, "end", trace, recalled=(Recalled("m", "fact", 0.5, {"words": 1.0}),))
        self.model.text[self.model.streaming] = text
        self.model.streaming = None

    @precondition(lambda self: not self.idle())
    @rule(text=Words)
    def is_busy(self, text: str) -> None:
        with pytest.raises(ConflictError):
            self.kept.begin_turn(self.id, text)
        with pytest.raises(ConflictError):
            self.kept.undo(self.id)

    @precondition(idle)
    @rule(data=st.data())
    def regenerate(self, data: st.DataObject) -> None:
        user = self.pick(data, "user")
        if user is None:
            return
        reply = self.kept.begin_reply(user)
        belongs_to_edit = self.model.past and self.model.past[-1][:2] == ("edit", user) and not self.model.children(user)
        if not belongs_to_edit:
            self.model.remember("regenerate", reply.id)
        self.model.add(reply.id, user, "persona", "")
        self.model.show(reply.id)
        self.model.streaming = reply.id

    @precondition(idle)
    @rule(data=st.data())
    def continue_(self, data: st.DataObject) -> None:
        reply = self.pick(data, "persona")
        if reply is None or self.model.children(reply):
            return
        self.kept.continue_reply(reply)
        self.model.remember("continue", reply)
        self.model.show(reply)
        self.model.streaming = reply

    @precondition(idle)
    @rule(data=st.data(), text=Words)
    def edit(self, data: st.DataObject, text: str) -> None:
        old = self.pick(data)
        if old is None:
            return
        new = self.kept.edit(old, text)
        self.model.remember("edit", new.id)
        self.model.add(new.id, self.model.parent[old], self.model.role[old], text)
        self.model.show(new.id)

    @rule(data=st.data())
    def select(self, data: st.DataObject) -> None:
        chosen = self.pick(data)
        if chosen is None:
            return
        self.kept.select(chosen)
        leaf = self.model.latest_leaf(chosen)
        if leaf != self.model.leaf:
            self.model.remember("select")
            self.model.show(leaf)

    @rule(data=st.data())
    def branch(self, data: st.DataObject) -> None:
        chosen = self.pick(data)
        if chosen is None:
            return
        self.kept.branch(chosen)
        if chosen != self.model.leaf:
            self.model.remember("branch")
            self.model.show(chosen)

    @precondition(idle)
    @rule(data=st.data())
    def delete_message(self, data: st.DataObject) -> None:
        doomed = self.pick(data)
        if doomed is None:
            return
        self.kept.delete_message(doomed)
        self.model.remember("delete_message")
        leaf = self.model.parent[doomed] if doomed in self.model.path() else self.model.leaf
        self.model.living -= set(self.model.subtree(doomed))
        self.model.show(leaf)

    @rule(title=Words)
    def rename(self, title: str) -> None:
        self.kept.rename(self.id, title)
        title = " ".join(title.split())
        if title != self.model.title:
            self.model.remember("rename")
            self.model.title = title

    @precondition(idle)
    @rule()
    def undo(self) -> None:
        undone = self.kept.undo(self.id)
        if not self.model.past:
            assert undone is None
            return
        kind, message_id, (living, leaf, title, text) = self.model.past.pop()
        assert undone.kind == kind
        assert undone.text == (self.model.text[message_id] if kind == "send" else "")
        self.model.living, self.model.title = living, title
        if kind == "continue":
            self.model.text[message_id] = text
        self.model.show(leaf)

    @precondition(idle)
    @rule()
    def delete_and_undo(self) -> None:
        self.kept.delete(self.id)
        with pytest.raises(NotFoundError):
            self.kept.path(self.id)
        assert self.kept.undo(self.id).kind == "delete"
        self.model.show(self.model.leaf)

    @invariant()
    def agree(self) -> None:
        path = self.kept.path(self.id)
        assert [message.id for message in path] == self.model.path()
        assert self.kept.spoken(self.id) == tuple(map(bare, path))
        for leaf in self.model.living:
            whole = self.kept.path(self.id, leaf)
            assert [message.id for message in whole] == self.model.path(leaf)
            assert self.kept.spoken(self.id, leaf) == tuple(map(bare, whole))
        siblings = self.kept.siblings_of([message.id for message in path])
        for message in path:
            assert siblings[message.id] == self.kept.siblings(message.id)
            assert (message.text, message.role) == (self.model.text[message.id], self.model.role[message.id])
            assert list(self.kept.siblings(message.id)) == self.model.children(message.parent_id)
        assert [message.id for message in path if message.status == "streaming"] in ([], [self.model.streaming])
        conversation = self.kept.get(self.id)
        assert conversation.active_leaf_id == self.model.leaf
        said = [each for each in self.model.parent if each in self.model.living and self.model.role[each] == "user"]
        assert conversation.title == (self.model.title or (" ".join(self.model.text[said[0]].split()) if said else ""))
        assert conversation.revision >= self.revision
        self.revision = conversation.revision


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder))
        # Thousands of transactions whose durability is not the question here.
        event.listen(engine, "connect", lambda connection, entry: connection.execute("PRAGMA synchronous = OFF"))
        yield engine
        engine.dispose()


def test_tree_agrees_with_its_model(shared_engine: Engine) -> None:
    machine = type("TreeOnDisk", (Tree,), {"engine": shared_engine})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_very_long_conversations_open_swipe_and_vanish(engine: Engine, kept: Conversations, clock: Any) -> None:
    conversation = kept.create("mira", ["Hello."])
    leaf = first = kept.path(conversation.id)[0].id
    with writing(engine) as connection:
        for n in range(3000):
            leaf = tree.add(connection, conversation.id, leaf, Draft("user", f"{n}"), clock()).id
        tree.move_leaf(connection, conversation.id, leaf)
    assert [message.text for message in kept.path(conversation.id)][1:] == [f"{n}" for n in range(3000)]
    with reading(engine) as connection:
        assert tree.latest_leaf(connection, first) == leaf
    kept.delete_message(first)
    assert kept.path(conversation.id) == ()
    assert kept.purge(clock()) == 3001


def test_a_long_pause_begins_another_sitting(engine: Engine, kept: Conversations, clock: Any) -> None:
    conversation_id = kept.create("mira", ["Hello.", "Hi."]).id

    def say(text: str) -> str:
        user, reply = kept.begin_turn(conversation_id, text)
        kept.finish_reply(reply.id, "Yes.", "complete", "end")
        return user.id

    first = say("One")
    clock.now += timedelta(hours=5, minutes=59)
    say("Two")
    clock.now += timedelta(hours=6, seconds=1)
    say("Three")
    kept.edit(first, "Four")  # a sibling belongs to what is above it, however late it comes
    with reading(engine) as connection:
        rows = connection.execute(select(messages.c.text, messages.c.place, messages.c.sitting).order_by(messages.c.sequence)).all()
    assert [tuple(row) for row in rows if row.text != "Yes."] == [
        ("Hello.", 0, 0), ("Hi.", 0, 0), ("One", 1, 0), ("Two", 3, 0), ("Three", 5, 1), ("Four", 1, 1)
    ]  # fmt: skip


def test_showing_another_leaf_costs_the_difference_only(engine: Engine, kept: Conversations, clock: Any) -> None:
    conversation_id = kept.create("mira", ["Hello."]).id
    leaf = kept.path(conversation_id)[0].id
    with writing(engine) as connection:
        for n in range(500):
            leaf = tree.add(connection, conversation_id, leaf, Draft("user", f"{n}"), clock()).id
        tree.move_leaf(connection, conversation_id, leaf)
    count = "SELECT total_changes()"
    with writing(engine) as connection:
        before = connection.exec_driver_sql(count).scalar_one()
        leaf = tree.add(connection, conversation_id, leaf, Draft("user", "one more"), clock()).id
        tree.move_leaf(connection, conversation_id, leaf)
        assert connection.exec_driver_sql(count).scalar_one() - before < 30
        standing = select(messages.c.id).where(messages.c.on_path)
        assert len(connection.execute(standing).all()) == 502
