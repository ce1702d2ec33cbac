from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.errors import StorageError
from companion.learn.learner import Learner, notes_of
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Memories, Unlearned
from companion.store.transcripts import Line, bring_in

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Home:
    """A real store with a talk in it."""

    def __init__(self, folder: Path) -> None:
        engine = open_database(folder)
        self.conversations, self.memories = Conversations(engine, lambda: AT), Memories(engine, lambda: AT)
        self.talk = bring_in(engine, "mara", [Line("user", "my sister is called Anna", AT), Line("persona", "My dog is called Rex.", AT)])

    def known(self) -> list[str]:
        return [memory.text for memory in self.memories.list("mara")]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_what_the_user_says_is_learnt_and_what_she_says_is_not(home: Home) -> None:
    assert Learner(home.memories).catch_up() == 2
    assert home.known() == ["their sister is called Anna"]


def test_nothing_is_learnt_twice(home: Home) -> None:
    Learner(home.memories).catch_up()
    assert Learner(home.memories).catch_up() == 0
    assert len(home.known()) == 1


def test_a_persona_who_does_not_learn_keeps_nothing_new(home: Home) -> None:
    assert Learner(home.memories, learns=lambda persona_id: persona_id != "mara").catch_up() == 2
    assert home.known() == []
    assert Learner(home.memories).catch_up() == 0, "nor does she when she learns again: that was not said to be kept"


def test_what_was_edited_away_is_known_no_more(home: Home) -> None:
    Learner(home.memories).catch_up()
    home.conversations.edit(home.conversations.path(home.talk.id)[0].id, "my sister is called Clara")
    Learner(home.memories).catch_up()
    assert home.known() == ["their sister is called Clara"]


def test_a_thread_reads_what_was_left_over_and_says_when_it_is_done(home: Home) -> None:
    told: list[int] = []
    learner = Learner(home.memories, learnt=lambda: told.append(1))
    learner.start()
    assert learner.caught_up(60)
    learner.stop()
    assert home.known() and told


def test_an_error_of_the_disk_ends_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = iter([StorageError("The disk is full.", hint="Free some space.")])
    backlog = Memories.backlog

    def full_once(self: Memories, persona_id: str | None = None, limit: int = 20) -> tuple[Unlearned, ...]:
        if error := next(failing, None):
            learner.wake()
            raise error
        return backlog(self, persona_id, limit)

    monkeypatch.setattr(Memories, "backlog", full_once)
    learner = Learner(home.memories)
    learner.start()
    assert learner.caught_up(60)
    learner.stop()
    assert home.known()


def test_a_bare_answer_is_understood_from_what_she_asked() -> None:
    said = Unlearned("m", "c", "mara", "user", "Anna", AT, asked="What is your sister called?")
    assert [note.text for note in notes_of(said)] == ["their sister is called Anna"]
