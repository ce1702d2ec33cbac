import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from companion.remember import fusion, recall
from companion.remember.asking import bare, whose_words
from companion.remember.fake import FakeEmbedder, FakeVectors
from companion.remember.protocol import Query, Recollection
from companion.remember.reader import Reader
from companion.remember.recall import Recall
from companion.store.conversations import Conversations
from companion.store.database import open_database, writing
from companion.store.memories import Memories, New, slot_of
from companion.store.transcripts import Line, bring_in

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = START + timedelta(days=40)


class Home:
    """A real store, and an index that a test fills itself."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_database(folder)
        self.conversations = Conversations(self.engine, lambda: LATER)
        self.memories = Memories(self.engine, lambda: LATER)
        self.embedder, self.vectors = FakeEmbedder(dims=4096), FakeVectors()
        weights = np.array([0.0 if name in ("is a question", "length") else 1.0 for name in fusion.NAMES], dtype=np.float32)
        self.remembers = Recall(self.engine, self.memories, self.embedder, self.vectors, weights)

    def said(self, *texts: str, persona: str = "mara", days_apart: int = 1) -> list[str]:
        """A conversation, user and persona in turn; ids of its messages."""
        lines = [Line("persona" if i % 2 else "user", text, START + timedelta(days=i * days_apart)) for i, text in enumerate(texts)]
        path = self.conversations.path(bring_in(self.engine, persona, lines).id)
        self.vectors.upsert(persona, [f"m:{one.id}" for one in path], self.embedder.encode([f"{one.role}: {one.text}" for one in path]))
        return [one.id for one in path]

    def learnt(self, text: str, message_id: str, value: str, *, attribute: str = "name", **more: object) -> str:
        """A fact about a sister, from a message."""
        said_at = self.conversations.message(message_id).created_at
        fields: dict[str, object] = {"subject": "sister", "attribute": attribute, "value": value, "slot": slot_of("sister", attribute)}
        new = New("fact", text, said_at=said_at, sources=(message_id,), **(fields | more))  # type: ignore[arg-type]
        return self.memories.add("mara", new).id

    def recalls(self, text: str, **more: object) -> tuple[Recollection, ...]:
        return self.remembers.recall(Query("mara", text, LATER, **more))  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_fact_comes_before_what_was_said(home: Home) -> None:
    ids = home.said("my sister is called Anna, she paints", "A painter!", "it rained all day")
    fact = home.learnt("their sister is called Anna", ids[0], "Anna")
    found = home.recalls("what is my sister called?")
    assert found[0].id == fact and found[0].kind == "fact"
    assert ids[0] not in [one.id for one in found]  # the note says it already
    assert all("rained" not in one.text for one in found)


def test_what_was_replaced_is_recalled_only_when_the_past_is_asked_for(home: Home) -> None:
    ids = home.said("my sister lives in Porto", "Lovely.", "my sister lives in Ghent now", "Oh!")
    home.learnt("their sister lives in Porto", ids[0], "Porto", attribute="home")
    new = home.learnt("their sister lives in Ghent", ids[2], "Ghent", attribute="home")
    now = home.recalls("where does my sister live?")
    assert now[0].id == new
    assert not any("Porto" in one.text for one in now)
    before = home.recalls("where did my sister live before?")
    assert [one.in_force for one in before if one.kind == "fact"] == [True, False]


def test_when_the_correction_is_edited_away_the_old_value_is_back(home: Home) -> None:
    ids = home.said("my sister lives in Porto", "Lovely.", "my sister lives in Ghent now", "Oh!")
    old = home.learnt("their sister lives in Porto", ids[0], "Porto", attribute="home")
    home.learnt("their sister lives in Ghent", ids[2], "Ghent", attribute="home")
    home.conversations.edit(ids[2], "never mind")
    found = home.recalls("where does my sister live?")
    assert found[0].id == old
    assert not any("Ghent" in one.text for one in found)


def test_nothing_that_fits_is_a_valid_answer(home: Home) -> None:
    home.said("it rained all day", "Poor you.")
    assert home.recalls("do you know my landlord's telephone number?") == ()


def test_an_empty_home_recalls_nothing(home: Home) -> None:
    assert home.recalls("what is my sister called?") == ()


def test_the_message_being_answered_is_not_recalled(home: Home) -> None:
    ids = home.said("my sister is called Anna", "Anna!", "what is my sister called?")
    home.learnt("their sister is called Anna", ids[2], "Anna")
    found = home.recalls("what is my sister called?", besides=frozenset((ids[2],)))
    assert [one.id for one in found][:1] == [ids[0]]


def test_another_personas_memories_stay_hers(home: Home) -> None:
    home.said("my sister is called Anna", persona="theo")
    assert home.recalls("what is my sister called?") == ()


def test_without_an_index_words_decide(home: Home) -> None:
    ids = home.said("my sister is called Anna", "Anna!", "it rained all day")
    home.vectors.lost.add("mara")
    assert home.recalls("what is my sister called?")[0].id == ids[0]


def test_more_questions_at_once_than_are_looked_up_at_once_all_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.said("my sister is called Anna, she paints", "A painter!", "it rained all day")
    dims, nearest = home.embedder.dims, home.vectors.nearest
    kept = [np.ones(dims, dtype=np.float32), *(np.zeros(shape, dtype=np.float32) for shape in ((dims, 1), (dims, 1), dims))]
    monkeypatch.setattr(recall, "reader", lambda: Reader(*kept))
    monkeypatch.setattr(recall, "PACKAGED", home.embedder.name)
    monkeypatch.setattr(home.vectors, "nearest", lambda *asked: (time.sleep(0.02), nearest(*asked))[1])
    with ThreadPoolExecutor(4 * recall.AT_ONCE) as many:
        found = list(many.map(home.recalls, ["what is my sister called?"] * 8 * recall.AT_ONCE, timeout=60))
    assert found[0] and all(one == found[0] for one in found)


def test_what_was_to_happen_comes_to_mind_unasked(home: Home) -> None:
    ids = home.said("my interview is on 10 April", "Good luck!")
    new = New(
        "event", "their interview is on Friday 10 April", said_at=START, sources=(ids[0],), holds_from=datetime(2026, 4, 10, 9, tzinfo=UTC),
    )  # fmt: skip
    due = home.memories.add("mara", new).id
    moment = datetime(2026, 4, 12, 9, tzinfo=UTC)
    found = home.remembers.recall(Query("mara", "hello again", moment, since=START + timedelta(days=1)))
    assert [one.id for one in found] == [due]
    assert home.remembers.recall(Query("mara", "hello again", moment, since=moment - timedelta(hours=1))) == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("where did I say I grew up?", "where I grew up?"),
        ("Do you still remember what my sister’s called?", "what my sister's called?"),
        ("remind me, what did I study?", "what did I study?"),
        ("do you remember Anna?", "do you remember Anna?"),
        ("where do I live?", "where do I live?"),
        ("I forgot my keys at home again", "my keys at home again"),
        ("Mum said I forgot my keys", "Mum said I forgot my keys"),
    ],
)
def test_a_question_without_its_framing(text: str, left: str) -> None:
    assert bare(text) == left


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("what did I say about work?", "user"),
        ("which book did you recommend?", "persona"),
        ("do you remember my dog?", "user"),
        ("what did we say about it?", ""),
        ("What did Mara recommend?", "persona"),
        ("Did Tom and Mara meet?", ""),
    ],
)
def test_whose_words_a_question_is_about(text: str, whose: str) -> None:
    assert whose_words(Query("mara", text, LATER, names=("Tom", "Mara"))) == whose


def test_an_entry_of_the_chronicle_is_recalled_only_when_a_person_wrote_in_it(home: Home) -> None:
    ids = home.said("my sister lives in Porto", "Lovely.")
    said_at = home.conversations.message(ids[0]).created_at
    entry = home.memories.add("mara", New("summary", "their sister lives in Porto", said_at=said_at, sources=tuple(ids)))
    assert [one.id for one in home.recalls("where does my sister live?")] == [ids[0]]
    home.memories.edit(entry.id, "their sister lives in Porto, by the river")
    assert home.recalls("where does my sister live?")[0].id == entry.id


def test_what_has_no_vector_of_its_own_is_found_by_that_of_another_who_said_the_same(home: Home) -> None:
    (first, _) = home.said("the harbour freezes over", "Brr.")
    (again, _) = home.said("the harbour freezes over", "Again!")
    home.vectors.remove("mara", [f"m:{again}"])
    with writing(home.engine) as connection:
        connection.exec_driver_sql("UPDATE messages SET same_as = ? WHERE id = ?", (first, again))
    asked = home.embedder.encode(["user: the harbour freezes over"])[0]
    home.conversations.delete(home.conversations.message(first).conversation_id)
    assert home.recalls("is there ice?", vector=asked)[0].id == again


def test_asked_what_one_told_of_oneself_her_words_come_last(home: Home) -> None:
    home.said("i live by the harbour", "By the harbour, how lovely to live there.", "hm", "Do you live there alone?")
    speakers = [one.speaker for one in home.recalls("where do I live?")]
    assert speakers == sorted(speakers, key=lambda one: one == "persona")
    assert {"user", "persona"} == set(speakers)
    assert home.recalls("where do you live?")[0].speaker == "persona"


def test_a_note_answers_better_for_what_it_was_learnt_from(home: Home) -> None:
    ids = home.said(
        "the dentist rang, my appointment moved to November 5, so Rex stays home", "Good.", "my nephew went to the dentist", "Oh!"
    )
    note = home.learnt(
        "their appointment is on Thursday 5 November", ids[0], "5 November", attribute="date", subject="appointment", slot="a"
    )
    other = home.learnt("their dog is called Rex", ids[0], "Rex", subject="dog", slot="b")
    answers = {one.id: one.answers for one in home.recalls("when is my dentist appointment?")}
    assert answers[note] == max(answers.values()) > 0.2
    assert answers.get(other, 0.0) < 0.1  # of two notes from one message, the likelier speaks for it
