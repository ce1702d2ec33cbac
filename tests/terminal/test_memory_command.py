"""`companion memory` as someone types it, over a home with a talk of three days, with the real index."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from typer.testing import Result

from companion.bringing import MOST_BYTES
from companion.compose import compose
from companion.learn.learner import Learner
from companion.remember.fake import FakeEmbedder
from companion.settings import Settings
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.lock import HomeLock
from companion.store.memories import Memories
from companion.store.transcripts import Line, bring_in
from companion.think.fake import FakeEngine

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMPOSE = partial(compose, engine=FakeEngine())
SAID = ["my sister is called Wilhelmina", "A fine name.", "i am allergic to cashews", "Noted.", "my sister is called Ottilie", "So it is."]


class Home:
    """A home in which this was said on three days, and learnt from."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.home
        engine = open_database(settings.home)
        self.conversations, self.memories = Conversations(engine), Memories(engine)
        lines = [Line("persona" if i % 2 else "user", text, START + timedelta(days=i // 2)) for i, text in enumerate(SAID)]
        self.talk = bring_in(engine, "mara", lines).id
        Learner(self.memories).catch_up()
        self.engine = engine

    def said(self) -> list[str]:
        return [message.text for message in self.conversations.path(self.talk)]

    def known(self) -> set[str]:
        return {memory.text for memory in self.memories.list("mara")}

    def id_of(self, words: str) -> str:
        return self.memories.list("mara", words=words)[0].id

    def files_with(self, word: str) -> list[str]:
        needle = word.casefold().encode()
        return [path.name for path in self.folder.rglob("*") if path.is_file() and needle in path.read_bytes().lower()]


@pytest.fixture(autouse=True)
def embedder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes no seconds to load; the packaged one where meaning matters."""
    if "meaning" not in request.node.name:
        monkeypatch.setattr("companion.compose.SentenceEmbedder", lambda name: FakeEmbedder())


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    home = Home(settings)
    yield home
    home.engine.dispose()


def ran(result: Result, code: int = 0) -> str:
    assert result.exit_code == code, result.output
    return result.stdout


def test_an_empty_home_has_nothing_to_show(run):
    assert "nothing of that kind" in ran(run("memory", "list"))
    assert ran(run("memory", "export")) == ""
    assert json.loads(ran(run("memory", "stats", "--json")))["memories"]["total"] == 0


def test_the_list_can_be_narrowed(run, home):
    home.memories.pin(home.id_of("cashews"), True)
    shown = ran(run("memory", "list"))
    assert "cashews" in shown and "Wilhelmina" in shown and "pinned" in shown
    for options, there, not_there in (
        (("--words", "cashews"), "cashews", "Ottilie"),
        (("--about", "Sister", "--state", "in force"), "Ottilie", "Wilhelmina"),
        (("--state", "superseded"), "Wilhelmina", "Ottilie"),
        (("--pinned",), "cashews", "sister"),
        (("--since", "2026-03-03"), "Ottilie", "cashews"),
        (("--until", "2026-03-01"), "Wilhelmina", "cashews"),
        (("--conversation", home.talk, "--kind", "fact"), "cashews", "no such thing"),
    ):
        shown = ran(run("memory", "list", *options))
        assert there in shown and not_there not in shown, options
    assert "nothing of that kind" in ran(run("memory", "list", "--kind", "event"))
    assert "There are more" in ran(run("memory", "list", "--limit", "1"))
    assert len(json.loads(ran(run("memory", "list", "--limit", "2", "--json")))) == 2
    assert ran(run("memory", "list", "--kind", "dream"), 2) == ""


def test_she_recalls_by_meaning_and_says_why(run, home):
    shown = ran(run("memory", "search", "who are my siblings?", compose=COMPOSE))
    assert "Ottilie" in shown and "meaning" in shown and "%" in shown
    found = json.loads(ran(run("memory", "search", "what nuts are bad for me?", "--json", compose=COMPOSE)))
    assert any("cashews" in one["text"] for one in found)
    assert {"meaning", "words", "context", "time"} == set(found[0]["factors"])


def test_what_is_exported_is_taken_in_by_another_home(run, home, settings, tmp_path):
    file = tmp_path / "memories.jsonl"
    told = run("memory", "export", "--to", str(file))
    assert told.exit_code == 0 and str(file) in told.stderr
    assert file.read_text("utf-8") == ran(run("memory", "export"))
    assert "there already" in ran(run("memory", "import", str(file), compose=COMPOSE))
    other = settings.model_copy(update={"home": tmp_path / "other"})
    assert "3 lines taken in" in ran(run("memory", "import", str(file), settings=other, compose=COMPOSE))
    assert "Wilhelmina" in ran(run("memory", "list", settings=other))
    assert run("memory", "export", "--to", str(tmp_path / "no" / "folder")).exit_code == 2


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_taken(run, home, tmp_path):
    file = tmp_path / "memories.jsonl"
    exported = ran(run("memory", "export")).splitlines()
    file.write_text("\n".join([exported[0].replace('"text": "', '"text": "no, '), "{broken", exported[1][:-1] + ', "dream": 1}']), "utf-8")
    told = run("memory", "import", str(file), "--persona", "theo", compose=COMPOSE)
    assert told.exit_code == 1
    assert "1 line taken in" in told.stdout
    assert "line 2:" in told.stderr and "line 3: dream" in told.stderr
    told = run("memory", "import", str(file), "--persona", "theo", "--json", compose=COMPOSE)
    done = json.loads(told.stdout)
    assert (done["added"], done["skipped"], [one["line"] for one in done["problems"]]) == (0, 1, [2, 3])


def test_history_is_read_learnt_from_and_indexed_before_it_ends(run, settings, tmp_path):
    file = tmp_path / "march.txt"
    file.write_text("[2026-03-01 20:15] Me: my dog is called Bruno\nMara: Good dog.\n", "utf-8")
    assert "2 lines taken in" in ran(run("memory", "import", str(file), compose=COMPOSE))
    assert "Bruno" in ran(run("memory", "list"))
    told = json.loads(ran(run("memory", "stats", "--json")))
    assert told["persona"] == "mara" and told["waiting_for_the_index"] == 0 and told["indexed"] >= 3


def test_a_file_that_cannot_be_taken_is_a_2(run, settings, tmp_path):
    big, noise = tmp_path / "big.txt", tmp_path / "noise.txt"
    with big.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # not read: it is refused by its size
    noise.write_bytes(b"\xff\xfe\x00\x00")
    for path, told in ((big, "64 MB fit"), (noise, "not a text"), (tmp_path / "none", "cannot be read")):
        result = run("memory", "import", str(path), compose=COMPOSE)
        assert result.exit_code == 2 and told in result.stderr, result.output


def test_forgetting_shows_what_it_touches_and_asks(run, home):
    before = home.said(), home.known()
    told = run("memory", "forget", "--topic", "cashews", input="n\n", compose=COMPOSE)
    assert told.exit_code == 1
    assert "1 memory and 1 message" in told.stdout and "allergic to cashews" in told.stdout
    assert (home.said(), home.known()) == before
    assert "Forgotten" in ran(run("memory", "forget", "--topic", "cashews", input="y\n", compose=COMPOSE))
    assert "i am allergic to cashews" not in home.said() and not any("cashews" in one for one in home.known())


def test_it_is_taken_back_until_it_is_final(run, home):
    before = home.said(), home.known()
    told = ran(run("memory", "forget", home.id_of("cashews")[:8], "--yes", compose=COMPOSE))
    (token,) = {line.split("--undo ")[1].split()[0] for line in told.splitlines() if "--undo" in line}
    assert token in ran(run("memory", "forget", compose=COMPOSE))
    assert "remembered again" in ran(run("memory", "forget", "--undo", token, compose=COMPOSE))
    assert (home.said(), home.known()) == before
    assert run("memory", "forget", "--undo", "last", compose=COMPOSE).exit_code == 2


def test_made_final_no_file_has_the_words(run, home):
    ran(run("memory", "reindex", compose=COMPOSE))
    ran(run("memory", "forget", "--topic", "Wilhelmina", "--yes", compose=COMPOSE))
    home.engine.dispose()
    assert "gone for good" in ran(run("memory", "forget", "--finish", "last", compose=COMPOSE))
    assert home.files_with("wilhelmina") == []
    told = json.loads(ran(run("memory", "stats", "--json")))
    assert told["can_be_taken_back"] == 0 and told["waiting_for_the_index"] == 0


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (("--about", "SISTER"), {"they are allergic to cashews"}),
        (("--since", "2026-03-02", "--until", "2026-03-02"), {"their sister is called Wilhelmina", "their sister is called Ottilie"}),
        (("--everything",), set()),
    ],
    ids=["person", "period", "everything"],
)
def test_a_person_a_period_and_everything_can_be_forgotten(run, home, scope, left):
    ran(run("memory", "forget", *scope, "--yes", compose=COMPOSE))
    assert home.known() == left


def test_a_conversation_can_be_forgotten(run, home):
    ran(run("memory", "forget", "--conversation", home.talk, "--yes", compose=COMPOSE))
    assert home.known() == set() and set(home.said()) == {""}


def test_what_is_not_there_is_said(run, home):
    for arguments in (("ffff",), ("--topic", "zeppelin", "--yes"), ("--conversation", "nothing"), ("--finish", "last")):
        result = run("memory", "forget", *arguments, compose=COMPOSE)
        assert result.exit_code == 2 and result.stderr.strip(), arguments
    every = run("memory", "forget", "", compose=COMPOSE)
    assert every.exit_code == 2 and "Write more of it" in every.stderr
    assert run("memory", "list", "--persona", "nobody").exit_code == 2


def test_the_index_is_made_anew(run, home):
    assert "made anew" in ran(run("memory", "reindex", compose=COMPOSE))
    told = json.loads(ran(run("memory", "stats", "--json")))
    assert told["waiting_for_the_index"] == 0 and told["indexed"] == len(SAID) + 3
    assert "indexed" in ran(run("memory", "stats"))


def test_beside_an_open_page_one_can_look_and_not_change(run, home, settings, tmp_path):
    file = tmp_path / "talk.txt"
    file.write_text("Me: hello", "utf-8")
    with HomeLock(settings.home):
        for looking in (("list",), ("export",), ("stats",)):
            ran(run("memory", *looking))
        for changing in (("search", "sister"), ("import", str(file)), ("reindex",), ("forget", "--everything", "--yes")):
            result = run("memory", *changing, compose=COMPOSE)
            assert result.exit_code == 2
            assert "already running" in result.stderr and "COMPANION_HOME" in result.stderr
    assert home.known()
