import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.bringing import MOST_BYTES, Bringing
from companion.errors import InputError
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Imported, Memories, New
from tests.desk import library

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Home:
    def __init__(self, folder: Path) -> None:
        engine = open_database(folder)
        self.conversations, self.memories = Conversations(engine, lambda: NOW), Memories(engine, lambda: NOW)
        self.told: list[int] = []
        self.bringing = Bringing(engine, self.memories, lambda: self.told.append(1))

    def brings(self, text: str, name: str = "chat.txt") -> Imported:
        return self.bringing.bring_in(library().get("mara"), name, text.encode(), NOW)

    def said(self) -> list[tuple[str, str, datetime]]:
        talk = self.conversations.list("mara")[0]
        return [(one.role, one.text, one.created_at) for one in self.conversations.path(talk.id)]


def test_a_transcript_goes_on_with_the_version_that_is_the_newest(home: "Home") -> None:
    home.bringing.bring_in(library().get("mara"), "march.txt", b"Me: hello\nMara: Hello you.", NOW, 3)
    assert home.conversations.get(home.conversations.list("mara")[0].id).persona_version == 3


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_plain_transcript_is_read_with_its_times_and_its_long_messages(home: Home) -> None:
    done = home.brings("[2026-03-01 20:15] Me: hello\nand good evening\n\nMara: Hello you.\nMe: bye", "march.txt")
    assert (done.added, done.problems) == (3, ())
    assert [(role, text) for role, text, _ in home.said()] == [
        ("user", "hello\nand good evening"),
        ("persona", "Hello you."),
        ("user", "bye"),
    ]
    times = [at for *_, at in home.said()]
    assert times == sorted(times) and times[0] == datetime(2026, 3, 1, 20, 15).astimezone(UTC)
    assert home.conversations.list("mara")[0].title == "march"
    assert home.told


def test_another_name_beside_me_is_hers(home: Home) -> None:
    home.brings("Me: hello\nSeraphina: Hello you.")
    assert [role for role, *_ in home.said()] == ["user", "persona"]


def test_a_sillytavern_chat_is_read(home: Home) -> None:
    lines = [
        {"user_name": "Tom", "character_name": "Mara", "create_date": "2025-6-19", "chat_metadata": {}},
        {"name": "Mara", "is_user": False, "is_system": False, "send_date": "June 19, 2025 2:20pm", "mes": "Hello."},
        {"name": "Tom", "is_user": True, "send_date": 1750343000000, "mes": "Hi!", "swipes": ["Hi!"]},
        {"name": "Note", "is_user": False, "is_system": True, "mes": "hidden"},
    ]
    done = home.brings("\n".join(map(json.dumps, lines)), "Mara.jsonl")
    assert (done.added, done.problems) == (2, ())
    assert [(role, text) for role, text, _ in home.said()] == [("persona", "Hello."), ("user", "Hi!")]
    assert home.said()[1][2].year == 2025


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_taken(home: Home) -> None:
    done = home.brings('{"mes": "one", "is_user": true}\n{broken\n[1]\n{"x": 1}\n{"mes": 5}\n{"mes": "two"}', "chat.jsonl")
    assert done.added == 2
    assert [number for number, _ in done.problems] == [2, 3, 4, 5]


def test_exported_memories_come_back(home: Home) -> None:
    home.memories.add("mara", New("fact", "their sister is called Anna", said_at=NOW), by_hand=True)
    exported = "\n".join(home.memories.export("mara"))
    assert home.brings(exported, "memories.jsonl").skipped == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"\xff\xfe\x00garbage", "not a text"),
        (b"just some words", "No messages"),
        (b"x" * (MOST_BYTES + 1), "MB"),
    ],
)
def test_what_cannot_be_read_is_told_and_changes_nothing(home: Home, content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        home.bringing.bring_in(library().get("mara"), "file", content, NOW)
    assert home.conversations.list("mara") == ()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=300))
def test_any_file_is_taken_or_refused(home: Home, text: str) -> None:
    try:
        home.brings(text)
    except InputError:
        return
    assert all(at <= NOW for *_, at in home.said())
