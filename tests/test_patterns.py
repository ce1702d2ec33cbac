"""From what is said to what she is reminded of: feelings read, a pattern kept, and recalled when its topic comes up."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.compose import Companion, compose
from companion.remember.embedder import SentenceEmbedder
from companion.remember.protocol import Query, Recollection, Vector
from companion.settings import Settings
from companion.show.asking import book
from companion.think.fake import FakeEngine
from companion.turn import Order

WAIT_S = 240.0
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
AT_WORK = (
    "I hate my job so much right now",
    "my colleagues barely talk to me and it hurts",
    "stayed late at work again, I'm worn out and sad about it",
    "I keep making mistakes at work and I'm ashamed",
    "the office was miserable again",
    "I feel useless at the office",
)
OTHERWISE = ("the tram was late", "I bought a green lamp", "we had soup", "it is tuesday already", "I am reading a long book")


class Asked:
    """Every text that the embedder behind the cache was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        lock, encode = threading.Lock(), SentenceEmbedder.encode

        def counted(embedder: SentenceEmbedder, texts: Sequence[str]) -> Vector:
            with lock:
                self.texts += texts
            return encode(embedder, texts)

        monkeypatch.setattr(SentenceEmbedder, "encode", counted)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.fixture
def companion(tmp_path: Path, asked: Asked) -> Iterator[Companion]:
    companion = compose(Settings(home=tmp_path / "home", country="GB", device="cpu"), engine=FakeEngine(["I see."]), clock=lambda: NOW)
    yield companion
    companion.close()


def bring(companion: Companion, *texts: str) -> str:
    """A talk of some weeks, a message every third day; its id."""
    days = [(NOW - timedelta(days=40 - 3 * i)).isoformat() for i in range(len(texts))]
    content = "\n".join(f"[{day}] Me: {text}\n[{day}] Mara: I see." for day, text in zip(days, texts, strict=True))
    assert companion.bring_in("mara", "talk.txt", content.encode()).added == 2 * len(texts)
    assert companion.caught_up(WAIT_S)
    return companion.conversations.list("mara")[0].id


def patterns(companion: Companion) -> list[str]:
    return [memory.text for memory in companion.memories.list("mara", kinds=["pattern"])]


def recalled(companion: Companion, text: str) -> list[Recollection]:
    return [one for one in companion.remembers.recall(Query("mara", text, NOW)) if one.kind == "pattern"]


def talk(companion: Companion, conversation_id: str, text: str) -> None:
    list(companion.worker.follow(companion.worker.start(Order(conversation_id, "send", text))))


def test_what_has_been_heavy_is_noticed_recalled_and_edited_away(companion: Companion) -> None:
    conversation_id = bring(companion, *OTHERWISE, *AT_WORK)
    assert patterns(companion) == ["talking about work has mostly been heavy for them lately: 6 of 6 times since 5 June"]
    (found,) = recalled(companion, "I have to see my boss tomorrow")
    assert found.kind == "pattern" and len(found.sources) == 6
    assert recalled(companion, "the tomatoes are ripe on my balcony") == []

    for message in companion.conversations.path(conversation_id):
        if message.role == "user" and message.text in AT_WORK[2:]:
            companion.conversations.edit(message.id, "never mind")
            break
    assert patterns(companion) == [] and recalled(companion, "I have to see my boss tomorrow") == []


def test_nothing_is_made_of_small_talk(companion: Companion) -> None:
    bring(companion, *OTHERWISE, *OTHERWISE, AT_WORK[0], AT_WORK[1])
    assert patterns(companion) == []


def test_a_turn_embeds_each_text_once_whoever_asks(companion: Companion, asked: Asked) -> None:
    conversation_id = companion.conversations.create("mara", ("Hello.",)).id
    talk(companion, conversation_id, "the office was miserable again")
    recalled(companion, "the office was miserable again")
    assert companion.caught_up(WAIT_S)
    # The message as a question, and as it is kept: by whom it was said belongs to the meaning there. The latter is read for feelings.
    said = ["persona: Hello.", "persona: I see.", "the office was miserable again", "user: the office was miserable again"]
    examples = {line for lines in book()["meanings"].values() if isinstance(lines, list) for line in lines}
    assert sorted(text for text in asked.texts if text not in examples) == said


def test_what_speaks_of_danger_is_never_counted(companion: Companion) -> None:
    bring(companion, *OTHERWISE, *(f"{text} and I want to kill myself" for text in AT_WORK))
    assert patterns(companion) == []
