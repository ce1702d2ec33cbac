"""Whatever is done to conversations, what is remembered follows: the store against a model in plain Python.

The model knows the tree, who said what, and what was told; everything else it works out afresh after each step, the slow way.
`COMPANION_MEMORY_OPERATIONS` sets how many operations are done at the least (thousands want `--timeout 0`); only those count
that asked the store to write.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, event, select

from companion.store.conversations import Message
from companion.store.database import open_database, reading
from companion.store.memories import Memory, New
from companion.store.tables import memories, messages
from tests.store.modelled import MANY, PERSONAS, SLOTS, VALUES, Modelled, Note, Talk, Told, Words, expected, indexed


class Follow(Modelled):
    """Does the same to the store and to the model, and compares after each step."""

    # --- conversations

    @initialize()
    def begin(self) -> None:
        for persona in PERSONAS:
            self.talk(persona)

    @rule(persona=st.sampled_from(PERSONAS))
    def talk(self, persona: str) -> None:
        if len(self.talks) > 4:
            return
        conversation = self.kept.create(persona, ["frog", "milk"])
        talk = self.talks[conversation.id] = Talk(persona)
        for greeting in self.kept.siblings(conversation.active_leaf_id):
            self.join(talk, self.kept.message(greeting))
        talk.tree.show(conversation.active_leaf_id)

    @rule(data=st.data(), text=Words, answer=Words, finished=st.booleans())
    def send(self, data: st.DataObject, text: str, answer: str, finished: bool) -> None:
        if chosen := self.pick_talk(data):
            conversation_id, talk = chosen
            user, reply = self.kept.begin_turn(conversation_id, text)
            talk.tree.remember("send", user.id)
            for message in (user, reply):
                self.join(talk, message)
            self.answer(talk, reply, answer if finished else None)

    def answer(self, talk: Talk, reply: Message, text: str | None) -> None:
        talk.tree.show(reply.id)
        talk.tree.streaming = reply.id
        if text is not None:
            self.kept.finish_reply(reply.id, text, "complete", "end")
            self.rewrite(talk, reply.id, text)
            talk.tree.streaming = None

    @precondition(lambda self: any(talk.tree.streaming for talk in self.talks.values()))
    @rule(data=st.data(), text=Words)
    def finish_reply(self, data: st.DataObject, text: str) -> None:
        talk = data.draw(st.sampled_from([one for one in self.talks.values() if one.tree.streaming]))
        self.kept.save_reply(talk.tree.streaming, text.split()[0])
        self.rewrite(talk, talk.tree.streaming, text.split()[0])
        self.kept.finish_reply(talk.tree.streaming, text, "stopped")
        self.rewrite(talk, talk.tree.streaming, text)
        talk.tree.streaming = None

    @rule(data=st.data(), answer=Words)
    def regenerate(self, data: st.DataObject, answer: str) -> None:
        if (chosen := self.pick(data, "user")) and self.text(chosen[1]):
            talk, user = chosen
            reply = self.kept.begin_reply(user)
            if not (talk.tree.past and talk.tree.past[-1][:2] == ("edit", user) and not talk.tree.children(user)):
                talk.tree.remember("regenerate", reply.id)
            self.join(talk, reply)
            self.answer(talk, reply, answer)

    @rule(data=st.data(), text=Words)
    def continue_reply(self, data: st.DataObject, text: str) -> None:
        if (chosen := self.pick(data, "persona")) and not chosen[0].tree.children(chosen[1]) and chosen[1] not in self.withheld:
            talk, reply = chosen
            self.kept.continue_reply(reply)
            talk.tree.remember("continue", reply)
            self.answer(talk, self.said[reply], text)

    @rule(data=st.data(), text=Words)
    def edit(self, data: st.DataObject, text: str) -> None:
        if chosen := self.pick(data):
            talk, old = chosen
            new = self.kept.edit(old, text)
            talk.tree.remember("edit", new.id)
            self.join(talk, new)
            talk.tree.show(new.id)

    @rule(data=st.data())
    def select(self, data: st.DataObject) -> None:
        if chosen := self.pick(data, idle=False):
            talk, message_id = chosen
            self.kept.select(message_id)
            if (leaf := talk.tree.latest_leaf(message_id)) != talk.tree.leaf:
                talk.tree.remember("select")
                talk.tree.show(leaf)

    @rule(data=st.data())
    def branch(self, data: st.DataObject) -> None:
        if chosen := self.pick(data, idle=False):
            talk, message_id = chosen
            self.kept.branch(message_id)
            if message_id != talk.tree.leaf:
                talk.tree.remember("branch")
                talk.tree.show(message_id)

    @rule(data=st.data())
    def delete_message(self, data: st.DataObject) -> None:
        if chosen := self.pick(data):
            talk, doomed = chosen
            self.kept.delete_message(doomed)
            talk.tree.remember("delete_message")
            leaf = talk.tree.parent[doomed] if doomed in talk.tree.path() else talk.tree.leaf
            talk.tree.living -= set(talk.tree.subtree(doomed))
            talk.tree.show(leaf)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if chosen := self.pick_talk(data):
            conversation_id, talk = chosen
            self.kept.delete(conversation_id)
            talk.deleted = True

    @rule(data=st.data(), bring_back=st.booleans())
    def undo(self, data: st.DataObject, bring_back: bool) -> None:
        if not (chosen := self.pick_talk(data, deleted=bring_back)):
            return
        conversation_id, talk = chosen
        undone = self.kept.undo(conversation_id)
        if talk.deleted:
            assert undone.kind == "delete"
            talk.deleted = False
        elif talk.tree.past:
            kind, message_id, (living, leaf, _, text) = talk.tree.past.pop()
            assert undone.kind == kind
            talk.tree.living = living
            if kind == "continue":
                self.unwrite(talk, message_id, text)
            talk.tree.show(leaf)
        else:
            assert undone is None

    def unwrite(self, talk: Talk, reply: str, text: str) -> None:
        if reply in self.withheld:
            self.withheld[reply] = (self.withheld[reply][0], text)
        else:
            self.rewrite(talk, reply, text)

    @rule()
    def purge(self) -> None:
        self.kept.purge(self.clock())
        gone = {each for talk in self.talks.values() for each in talk.tree.parent if talk.deleted or each not in talk.tree.living}
        for talk in self.talks.values():
            talk.tree.past.clear()
            for each in gone & set(talk.tree.parent):
                del talk.tree.parent[each]
        self.talks = {key: talk for key, talk in self.talks.items() if not talk.deleted}
        for each in gone:
            self.said.pop(each)
        self.let_go({*gone, *self.withheld}, everything=True)
        self.withheld.clear()
        self.notes = [each for each in self.notes if not each.token]

    # --- memories

    @rule(data=st.data(), told=st.lists(Told, min_size=1, max_size=3))
    def learn(self, data: st.DataObject, told: list[tuple[Any, str, str, bool, bool]]) -> None:
        for kind, slot, value, denies, further in told:
            unread = self.memories.backlog(limit=MANY)
            expected = [each for each in self.said if self.tells(each) and not self.streaming(each) and each not in self.learned]
            assert sorted(each.id for each in unread) == sorted(expected)
            if not unread:
                return
            message = data.draw(st.sampled_from(unread))
            sources = {message.id}
            if further:
                own = [each for each, said in self.said.items() if self.talks[said.conversation_id].persona == message.persona_id]
                sources.add(data.draw(st.sampled_from(own)))
            more = {"said_at": message.created_at, "slot": slot, "value": value, "denies": denies, "sources": tuple(sorted(sources))}
            new = New(kind, f"it is {value}", **more)
            home = self.expected_home(message.persona_id, new)
            self.memories.learnt(message.id, [new], read=message.text)
            self.learned.add(message.id)
            if home is None:
                self.note(message.persona_id, new, self.newest())
            else:
                home.sources |= sources

    def newest(self) -> str:
        with reading(self.engine) as connection:
            newest = connection.execute(select(memories.c.id).order_by(memories.c.sequence.desc()).limit(1)).scalar_one()
        assert newest not in [each.id for each in self.notes]
        return newest

    @rule(persona=st.sampled_from(PERSONAS), slot=st.sampled_from(SLOTS), value=st.sampled_from(VALUES), days=st.integers(-1, 0))
    def write(self, persona: str, slot: str, value: str, days: int) -> None:
        new = New("fact", f"it is {value}", said_at=self.clock.now + timedelta(days=days), slot=slot, value=value)
        self.note(persona, new, self.memories.add(persona, new, by_hand=True).id, by_hand=True)

    @rule(data=st.data(), hidden=st.booleans())
    def hide(self, data: st.DataObject, hidden: bool) -> None:
        if options := [each for each in self.notes if not each.token]:
            note = data.draw(st.sampled_from(options))
            self.memories.hide(note.id, hidden)
            note.hidden = hidden

    @rule(data=st.data(), words_too=st.booleans())
    def forget(self, data: st.DataObject, words_too: bool) -> None:
        notes = [each for each in self.notes if not each.token]
        chosen = data.draw(st.lists(st.sampled_from(notes), max_size=2, unique_by=lambda each: each.id)) if notes else []
        message = self.pick(data) if words_too else None
        if not chosen and message is None:
            return
        forgotten = self.memories.forget([each.id for each in chosen] + ([message[1]] if message else []))
        self.forgettings.append(forgotten.token)
        for note in chosen:
            note.token = forgotten.token
        if message and self.text(message[1]):
            self.withheld[message[1]] = (forgotten.token, self.text(message[1]))
            learned = message[1] in self.learned
            self.rewrite(message[0], message[1], "")
            self.learned |= {message[1]} if learned else set()  # asked only while it has words

    def tokens(self) -> list[str]:
        pending = {each.token for each in self.notes} | {token for token, _ in self.withheld.values()}
        return [token for token in self.forgettings if token in pending]

    @rule(data=st.data(), for_good=st.booleans())
    def undo_or_finish_forgetting(self, data: st.DataObject, for_good: bool) -> None:
        if not (tokens := self.tokens()):
            return
        token = data.draw(st.sampled_from(tokens))
        said = {each: words for each, (by, words) in self.withheld.items() if by == token}
        for each in said:
            del self.withheld[each]
        if for_good:
            self.memories.finish(token)
            for each in said:
                past = self.talks[self.said[each].conversation_id].tree.past
                last = max((at for at, action in enumerate(past) if action[:2] == ("continue", each)), default=-1)
                del past[: last + 1]
            self.notes = [each for each in self.notes if each.token != token]
            self.let_go(set(said), everything=True)
        else:
            self.memories.undo_forget(token)
            for note in self.notes:
                note.token = "" if note.token == token else note.token
            for each, words in said.items():
                self.talks[self.said[each].conversation_id].tree.text[each] = words

    @rule()
    def embed(self) -> None:
        self.take_in(self.memories.unembedded(MANY))
        while stale := [each.item_id for each in self.memories.stale(MANY)]:
            for item_id in stale:
                self.vectors.pop(item_id, None)
            self.memories.removed(stale)
            self.take_in(self.memories.unembedded(MANY))
        notes = {f"k:{each.id}": each for each in self.notes if not each.token}
        wanted = {f"m:{each}" for each in self.said if self.tells(each) and not self.streaming(each)} | set(notes)
        with reading(self.engine) as connection:
            rows = connection.execute(select(messages).where(messages.c.embedded, messages.c.same_as.is_not(None))).all()
        shared = {f"m:{row.id}": self.vectors[f"m:{row.same_as}"] for row in rows}
        assert wanted <= self.vectors.keys() | shared.keys()
        assert not self.vectors.keys() & shared.keys()
        assert all((row.text, row.role) == (shared[f"m:{row.id}"].text, shared[f"m:{row.id}"].speaker) for row in rows)
        for item_id, made_of in self.vectors.items():
            if item_id in notes:
                assert made_of.text == notes[item_id].new.text
            elif item_id.startswith("m:"):  # also of what does not stand no vector is older than the words
                talk = self.talks[self.said[item_id[2:]].conversation_id]
                second = talk.tree.parent[item_id[2:]]
                above = [second and talk.tree.parent[second], second]
                assert made_of.text == talk.tree.text[item_id[2:]] or self.streaming(item_id[2:])
                assert list(made_of.before) == [(talk.tree.role[one], talk.tree.text[one]) for one in above if one and talk.tree.text[one]]

    # --- comparing

    @invariant()
    def messages_stand_as_they_should(self) -> None:
        with reading(self.engine) as connection:
            rows = connection.execute(select(messages)).all()
        assert {row.id for row in rows if row.on_path} == {each for each in self.said if self.stands(each)}
        depth: dict[str | None, int] = {None: -1}
        for row in sorted(rows, key=lambda one: one.sequence):
            depth[row.id] = depth[row.parent_id] + 1
            assert (row.place, row.sitting) == (depth[row.id], 0)
            assert row.text == self.text(row.id)

    @invariant()
    def memories_stand_and_hold_as_they_should(self) -> None:
        for persona in PERSONAS:
            mine = [each for each in self.notes if each.persona == persona and not each.token]
            found = {each.id: each for each in self.memories.list(persona, state="all", limit=MANY)}
            assert set(found) == {each.id for each in mine}
            for note in mine:
                self.agrees(note, found[note.id])
            shown = {each.id for each in mine if self.holds(each) and not each.hidden}
            assert {each.id for each in self.memories.list(persona, limit=MANY)} == shown
            assert {each.id for each in self.memories.list(persona, state="in force")} == {each for each in shown if found[each].in_force}
            forgotten = {each.id for each in self.notes if each.persona == persona and each.token}
            assert {each.id for each in self.memories.list(persona, state="forgotten", limit=MANY)} == forgotten
            few = [each.id for each in mine][-3:]
            assert self.memories.of(few) == tuple(found[each] for each in few)

    def agrees(self, note: Note, memory: Memory) -> None:
        assert memory.stands == self.holds(note)
        assert set(memory.sources) == note.sources
        if not memory.stands:
            assert (memory.in_force, memory.in_force_until, memory.superseded_by) == (False, None, None)
            return
        rivals = self.rivals(note)
        later = rivals[rivals.index(note) + 1 :]
        assert memory.in_force == (not later and not note.new.denies)
        assert memory.superseded_by == (later[0].id if later else None)
        assert memory.in_force_until == (self.told_at(later[0])[0] if later else None)

    @invariant()
    def words_are_found_exactly_where_they_should(self) -> None:
        with reading(self.engine) as connection:
            rows = dict(connection.execute(select(messages.c.sequence, messages.c.id)).all())
            notes = dict(connection.execute(select(memories.c.sequence, memories.c.id)).all())
            said, noted = (indexed(connection, name) for name in ("message_words", "memory_words"))
        told = {each for each in self.said if self.tells(each) and not self.streaming(each)}
        assert {rows[doc]: words for doc, words in said.items()} == {
            each: expected(self.talks[self.said[each].conversation_id].persona, self.text(each)) for each in told
        }
        known = [each for each in self.notes if not each.token and not each.hidden]
        assert {notes[doc]: words for doc, words in noted.items()} == {
            each.id: expected(each.persona, f"{each.new.text} {each.new.value}") for each in known
        }


@dataclass
class Written:
    """Transactions that wrote, and the steps of all runs that began one."""

    transactions: int = 0
    seen: int = 0
    operations: int = 0


class Counted(Follow):
    """The same, counting."""

    written: Written

    @invariant()
    def what_was_written_counts(self) -> None:
        self.written.operations += self.written.transactions > self.written.seen
        self.written.seen = self.written.transactions


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder))

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            # Thousands of transactions whose durability is not the question here.
            connection.execute("PRAGMA synchronous = OFF")
            for name in ("message_words", "memory_words"):
                connection.execute(f"CREATE VIRTUAL TABLE temp.{name}_held USING fts5vocab(main, {name}, instance)")

        yield engine
        engine.dispose()


def test_memories_follow_the_conversations(shared_engine: Engine) -> None:
    least, written = int(os.environ.get("COMPANION_MEMORY_OPERATIONS", "90")), Written()

    @event.listens_for(shared_engine, "before_cursor_execute")
    def count(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        written.transactions += statement == "BEGIN IMMEDIATE"

    machine = type("FollowOnDisk", (Counted,), {"engine": shared_engine, "written": written})
    # Some steps find nothing to do, and some runs are shorter than they may be.
    runs = least // 12
    quick = settings(max_examples=runs, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    run_state_machine_as_test(machine, settings=quick)
    print(written.operations, "operations")
    assert written.operations >= least
