"""The model that the store is compared with: the tree, who said what, and what was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine, delete

from companion.store.conversations import Conversations, Message
from companion.store.database import writing
from companion.store.memories import Memories, New, Unembedded
from companion.store.memory_records import WHOLE
from companion.store.tables import actions, conversations, memories, messages, stale_vectors
from tests.store.conftest import Clock
from tests.store.test_tree import Model as Tree

Words = st.one_of(
    st.sampled_from(["frog", "milk"]),  # what is said again and again
    st.lists(st.sampled_from(["frog", "milk", "bond", "kant"]), min_size=1, max_size=2).map(" ".join),
)
PERSONAS = ("mira", "jonas")
SLOTS = ("", "sister|name", "sister|name")
VALUES = ("frog", "milk")
Told = st.tuples(
    st.sampled_from(["fact", "fact", "fact", "event", "pattern", "summary"]),
    st.sampled_from(SLOTS),
    st.sampled_from(VALUES),
    st.sampled_from([False, False, False, True]),  # it denies
    st.booleans(),  # another message told it too
)
MANY = 10_000


@dataclass
class Talk:
    """One conversation: its tree, and what of it was deleted."""

    persona: str
    tree: Tree = field(default_factory=Tree)
    deleted: bool = False


@dataclass
class Note:
    """One memory as it was told."""

    sequence: int
    id: str
    persona: str
    new: New
    sources: set[str]
    by_hand: bool = False
    hidden: bool = False
    token: str = ""


class Modelled(RuleBasedStateMachine):
    """What the model knows, and what it works out of that."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        empty(self.engine)
        self.clock = Clock()
        self.kept, self.memories = Conversations(self.engine, self.clock), Memories(self.engine, self.clock)
        self.talks: dict[str, Talk] = {}
        self.said: dict[str, Message] = {}  # as first seen: role, conversation and time do not change
        self.learned: set[str] = set()
        self.withheld: dict[str, tuple[str, str]] = {}  # token, words
        self.notes: list[Note] = []
        self.made = 0
        self.forgettings: list[str] = []  # tokens, in the order they were handed out
        self.vectors: dict[str, Unembedded] = {}

    def take_in(self, items: Sequence[Unembedded]) -> None:
        """As the indexer does: what is there in the same words gets no vector of its own."""
        there = [one for item_id, one in self.vectors.items() if item_id not in {item.item_id for item in items}]
        same: dict[str, str] = {}
        for item in items:
            own = (item.persona_id, item.speaker, item.text)
            alike = [one.item_id for one in there if item.speaker and (one.persona_id, one.speaker, one.text) == own]
            if not alike:
                there.append(item)
                self.vectors[item.item_id] = item
            else:
                same[item.item_id] = alike[0]
        self.memories.embedded(items, same)

    # --- the model's answers

    def stands(self, message_id: str) -> bool:
        talk = self.talks[self.said[message_id].conversation_id]
        return not talk.deleted and message_id in talk.tree.path()

    def tells(self, message_id: str) -> bool:
        return message_id in self.said and self.stands(message_id) and self.text(message_id) != ""

    def text(self, message_id: str) -> str:
        return self.talks[self.said[message_id].conversation_id].tree.text[message_id]

    def streaming(self, message_id: str) -> bool:
        return self.talks[self.said[message_id].conversation_id].tree.streaming == message_id

    def holds(self, note: Note) -> bool:
        telling = [self.tells(source) for source in note.sources]
        enough = bool(telling) and (all(telling) if note.new.kind in WHOLE else any(telling))
        return not note.token and (note.by_hand or enough)

    def told_at(self, note: Note) -> tuple[datetime, int]:
        times = [self.said[source].created_at for source in note.sources if self.tells(source)]
        return max([note.new.said_at, *times]), note.sequence

    def rivals(self, note: Note) -> list[Note]:
        alike = [each for each in self.notes if (each.persona, each.new.slot) == (note.persona, note.new.slot) and self.holds(each)]
        return sorted(alike, key=self.told_at) if note.new.slot else [note]

    # --- changing both

    def pick(self, data: st.DataObject, role: str | None = None, *, idle: bool = True) -> tuple[Talk, str] | None:
        options = [
            (talk, each)
            for talk in self.talks.values()
            if not talk.deleted and not (idle and talk.tree.streaming)
            for each in talk.tree.parent
            if each in talk.tree.living and role in (None, talk.tree.role[each])
        ]
        return data.draw(st.sampled_from(options)) if options else None

    def pick_talk(self, data: st.DataObject, *, idle: bool = True, deleted: bool = False) -> tuple[str, Talk] | None:
        options = [(key, one) for key, one in self.talks.items() if one.deleted == deleted and not (idle and one.tree.streaming)]
        return data.draw(st.sampled_from(options)) if options else None

    def join(self, talk: Talk, message: Message) -> None:
        self.said[message.id] = message
        talk.tree.add(message.id, message.parent_id, message.role, message.text)

    def rewrite(self, talk: Talk, message_id: str, text: str) -> None:
        """What follows from other words in the same message."""
        before, talk.tree.text[message_id] = talk.tree.text[message_id], text
        if before != text:
            self.learned.discard(message_id)
        if before != text and before and text:
            self.let_go({message_id}, everything=False)

    def let_go(self, message_ids: set[str], *, everything: bool) -> None:
        """Sources that are no more; with `everything`, memories that rest on nothing go as well."""
        self.notes = [each for each in self.notes if each.new.kind not in WHOLE or each.by_hand or not each.sources & message_ids]
        for note in self.notes:
            note.sources -= message_ids
        if everything:
            self.notes = [each for each in self.notes if each.by_hand or each.sources]

    def note(self, persona: str, new: New, memory_id: str, *, by_hand: bool = False) -> Note:
        self.made += 1
        self.notes.append(Note(self.made, memory_id, persona, new, set(new.sources), by_hand))
        return self.notes[-1]

    def expected_home(self, persona: str, new: New) -> Note | None:
        """The memory that is told again by this, if it is."""
        mine = [each for each in self.notes if each.persona == persona and each.new.slot == new.slot and not each.token]
        same = [each for each in mine if each.new.kind == new.kind and (each.new.value, each.new.denies) == (new.value, new.denies)]
        if not new.slot:
            return next((each for each in same if (each.new.text, each.new.said_at) == (new.text, new.said_at)), None)
        last = (new.said_at, MANY)
        for note in sorted(same, key=self.told_at, reverse=True):
            low, high = sorted([self.told_at(note), last])
            others = [each for each in mine if self.holds(each) and (each.new.value, each.new.denies) != (new.value, new.denies)]
            if not any(low < self.told_at(each) < high for each in others):
                return note
        return None


def indexed(connection: Any, name: str) -> dict[int, list[tuple[str, int, str]]]:
    """All that a word index holds, by row: column, position, word."""
    found: dict[int, list[tuple[str, int, str]]] = {}
    for word, doc, column, place in connection.exec_driver_sql(f"SELECT term, doc, col, offset FROM temp.{name}_held"):
        found.setdefault(doc, []).append((column, place, word))
    return {doc: sorted(words) for doc, words in found.items()}


def expected(persona: str, text: str) -> list[tuple[str, int, str]]:
    return [("relation", 0, f"r{persona.encode().hex()}x"), *(("text", place, word) for place, word in enumerate(text.split()))]


def empty(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in (actions, memories, messages, stale_vectors, conversations):
            connection.execute(delete(table))
