"""Memory where it is hard, through the whole Companion: a damaged index, forgetting to the last byte, another process.

The embedder is a small one that knows words; everything else is as it ships.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.compose import Companion, compose
from companion.errors import ConflictError
from companion.forgetting import Scope
from companion.remember.fake import FakeEmbedder
from companion.remember.protocol import Query
from companion.settings import Settings
from companion.store.lock import HomeLock
from companion.think.fake import FakeEngine
from tests.remember.test_chroma_index import holds

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TALK = """[2026-03-01 20:15] Me: my sister is called Wilhelmina
Mara: A fine name for a sister.
Me: i am allergic to cashews
Mara: No cashews then.
Me: I live in Bergen.
"""
HOLD = """
import pathlib, sys
from companion.store.lock import HomeLock
with HomeLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    embedder = FakeEmbedder()
    monkeypatch.setattr("companion.compose.SentenceEmbedder", lambda name: embedder)
    return embedder


@pytest.fixture
def opened(tmp_path: Path, embedder: FakeEmbedder) -> Callable:
    """The home, opened for a while; the talk is brought in the first time."""

    @contextmanager
    def open_home(*, wait: bool = True) -> Iterator[Companion]:
        companion = compose(Settings(home=tmp_path / "home", country="GB"), engine=FakeEngine(), clock=lambda: NOW)
        try:
            if not companion.conversations.list("mara"):
                companion.bring_in("mara", "march.txt", TALK.encode())
            if wait:
                companion.background.catch_up()
            yield companion
        finally:
            companion.close()

    return open_home


def recalled(companion: Companion, text: str) -> dict[str, float]:
    """What comes to mind, with the share of meaning in it."""
    return {one.text: one.factors.meaning for one in companion.remembers.recall(Query("mara", text, NOW))}


@pytest.mark.parametrize("harm", ["noise", "cut", "gone"])
def test_a_damaged_index_is_made_anew_while_words_are_searched(opened, embedder, tmp_path, harm, caplog) -> None:
    with opened() as companion:
        assert recalled(companion, "is Wilhelmina my sister?")["their sister is called Wilhelmina"] > 0
    for path in (tmp_path / "home" / "vectors").rglob("chroma.sqlite3"):
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(random.Random(1).randbytes(5000) if harm == "noise" else path.read_bytes()[:5000])
    embedder.fail_with = ConflictError("The embedder is not there yet.", hint="Wait.")  # until then nothing can be indexed
    asked = embedder.encode
    embedder.encode = lambda texts: asked_alone(embedder, asked, texts)
    with opened(wait=False) as companion:
        assert set(recalled(companion, "is Wilhelmina my sister?").values()) == {0.0}
        embedder.fail_with = None
        companion.background.reindex()
        companion.background.catch_up()
        assert recalled(companion, "is Wilhelmina my sister?")["their sister is called Wilhelmina"] > 0


def asked_alone(embedder: FakeEmbedder, asked: Callable, texts: list[str]):
    """The question is embedded all the same: it is the only text that comes without a speaker and with a question mark."""
    if any("?" in text for text in texts):
        failing, embedder.fail_with = embedder.fail_with, None
        try:
            return asked(texts)
        finally:
            embedder.fail_with = failing
    return asked(texts)


def test_forgotten_for_good_neither_words_nor_vectors_are_in_any_file(opened, embedder, tmp_path) -> None:
    home = tmp_path / "home"
    words = ("my sister is called Wilhelmina", "their sister is called Wilhelmina")
    vectors = embedder.encode([f"user: {words[0]}", words[1]])
    kept = embedder.encode(["user: i am allergic to cashews"])[0]
    with opened():
        pass
    assert all(holds(home, vector) for vector in (*vectors, kept)) and with_bytes(home, "wilhelmina")
    with opened() as companion:
        done = companion.forgetting.forget("mara", Scope(words="Wilhelmina"))
        assert not any("Wilhelmina" in text for text in recalled(companion, "is Wilhelmina my sister?"))
        companion.forgetting.finish(done.token)
        companion.background.catch_up()
        assert with_bytes(home, "wilhelmina") == []
    assert [holds(home, vector) for vector in vectors] == [[], []]
    assert with_bytes(home, "wilhelmina") == []
    assert holds(home, kept) and with_bytes(home, "cashews")


def with_bytes(home: Path, word: str) -> list[str]:
    return [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and word.encode() in path.read_bytes().lower()]


def test_of_two_processes_one_has_the_home_and_the_other_says_so(opened, tmp_path) -> None:
    with opened():
        pass
    home = tmp_path / "home"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConflictError, match="already running"), opened():
            pass
        other.kill()
        other.wait()
    with opened() as companion, pytest.raises(ConflictError):
        assert recalled(companion, "is Wilhelmina my sister?")
        HomeLock(home).acquire()
