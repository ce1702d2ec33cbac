from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.errors import InputError, NotFoundError
from companion.forgetting import Forgetting, Scope, Touched
from companion.learn.learner import Learner
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Memories, New
from companion.store.transcripts import Line, bring_in

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Home:
    """Three days of talk, learnt from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        engine = self.engine = open_database(folder)
        self.now = START + timedelta(days=10)
        self.conversations, self.memories = Conversations(engine, lambda: self.now), Memories(engine, lambda: self.now)
        said = ["my sister is called Wilhelmina", "A fine name.", "i am allergic to cashews", "Noted.", "Wilhelmina came by", "How nice."]
        lines = [Line("persona" if i % 2 else "user", text, START + timedelta(days=i // 2)) for i, text in enumerate(said)]
        self.talk = bring_in(engine, "mara", lines)
        Learner(self.memories).catch_up()
        self.let_go: list[str] = []
        self.erasures = 0
        self.forgetting = Forgetting(engine, self.memories, let_go=self._let_go, erased=self._erased)

    def _let_go(self, conversation_ids: Collection[str]) -> None:
        self.let_go += conversation_ids

    def _erased(self) -> None:
        self.erasures += 1

    def said(self) -> list[str]:
        return [message.text for message in self.conversations.path(self.talk.id)]

    def known(self) -> list[str]:
        return sorted(memory.text for memory in self.memories.list("mara"))

    def bytes_with(self, word: str) -> list[str]:
        needle = word.casefold().encode()
        return [path.name for path in self.folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_memory_goes_with_the_words_it_was_learnt_from(home: Home) -> None:
    (sister,) = home.memories.list("mara", subject="sister")
    scope = Scope(memory_ids=(sister.id,))
    assert home.forgetting.preview("mara", scope) == Touched(1, 1)
    home.forgetting.forget("mara", scope)
    assert home.said()[0] == "" and home.said()[2] == "i am allergic to cashews"
    assert home.known() == ["they are allergic to cashews"]
    assert home.let_go == [home.talk.id]


def test_a_person_goes_with_every_message_that_names_them(home: Home) -> None:
    home.forgetting.forget("mara", Scope(subject="sister"))
    assert not any("Wilhelmina" in text for text in [*home.said(), *home.known()])
    assert "i am allergic to cashews" in home.said()


def test_a_topic_goes_by_its_words_and_a_period_by_its_days(home: Home) -> None:
    home.forgetting.forget("mara", Scope(words="CASHEWS"))
    assert home.known() == ["their sister is called Wilhelmina"]
    home.forgetting.forget("mara", Scope(since=START, until=START + timedelta(days=1)))
    assert home.said()[:2] == ["", ""] and home.known() == []


def test_a_conversation_goes_with_what_was_learnt_there_and_nothing_else(home: Home) -> None:
    bring_in(home.engine, "mara", [Line("user", "my brother is called Ottokar", START)])
    Learner(home.memories).catch_up()
    noted = home.memories.add("mara", New("fact", "they like tea", said_at=START), by_hand=True)
    scope = Scope(conversation_id=home.talk.id)
    assert home.forgetting.preview("mara", scope) == Touched(2, 6)
    home.forgetting.forget("mara", scope)
    assert set(home.said()) == {""}
    assert home.known() == sorted(["their brother is called Ottokar", noted.text])
    assert home.forgetting.preview("mara", Scope(conversation_id=home.talk.id, words="Ottokar")) == Touched(0, 0)


def test_it_can_be_taken_back_until_it_is_final(home: Home) -> None:
    before = home.said(), home.known()
    done = home.forgetting.forget("mara", Scope(everything=True))
    assert home.known() == [] and set(home.said()) == {""}
    assert [one.token for one in home.forgetting.pending("mara")] == [done.token]
    home.forgetting.undo(done.token)
    assert (home.said(), home.known()) == before


def test_made_final_no_file_holds_the_words(home: Home) -> None:
    assert home.bytes_with("wilhelmina")
    done = home.forgetting.forget("mara", Scope(words="Wilhelmina"))
    home.forgetting.finish(done.token)
    assert home.bytes_with("wilhelmina") == []
    assert home.erasures == 1
    with pytest.raises(NotFoundError):
        home.forgetting.undo(done.token)


def test_what_was_deleted_and_what_lies_on_another_branch_goes_too(home: Home) -> None:
    first = home.conversations.path(home.talk.id)[0]
    home.conversations.edit(first.id, "hello")
    home.conversations.delete_message(first.id)
    assert home.forgetting.preview("mara", Scope(words="Wilhelmina")).messages == 2
    done = home.forgetting.forget("mara", Scope(words="Wilhelmina"))
    home.forgetting.finish(done.token)
    assert home.bytes_with("wilhelmina") == []


def test_nothing_of_the_kind_and_nothing_named_are_told(home: Home) -> None:
    for scope in (Scope(words="zeppelin"), Scope()):
        with pytest.raises(InputError):
            home.forgetting.forget("mara", scope)
    assert home.forgetting.preview("theo", Scope(everything=True)) == Touched(0, 0)
