from datetime import timedelta
from pathlib import Path

import pytest

from companion.remember.lines import line
from companion.remember.recall import Recall
from companion.store.memories import New
from tests.remember.test_recall import LATER, START, Home

HEAVY = "talking about work has often been heavy for them lately: 3 of 4 times since March"
SAID = ("my boss shouted", "oh", "the office was grim", "no", "i hate my job", "hm")


class Room(Home):
    """A home that knows one topic by its name."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        topics = {"work": ("boss", "office", "job"), "sleep": ("slept",)}
        self.remembers = Recall(
            self.engine,
            self.memories,
            self.embedder,
            self.vectors,
            topics=lambda text: [topic for topic, words in topics.items() if set(words) & set(text.split())],
        )

    def pattern(self, text: str, topic: str, sources: tuple[str, ...], *, by_hand: bool = False) -> str:
        new = New("pattern", text, said_at=START, subject=topic, slot=f"{topic}|feels|hard", sources=sources)
        found = self.memories.add("mara", new, by_hand=by_hand)
        self.vectors.upsert("mara", [f"k:{found.id}"], self.embedder.encode([text]))
        return found.id

    def patterns(self, text: str) -> list[str]:
        return [one.id for one in self.recalls(text) if one.kind == "pattern"]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_pattern_comes_to_mind_when_its_topic_is_named(room: Room) -> None:
    ids = room.said(*SAID)
    work = room.pattern(HEAVY, "work", tuple(ids[::2]))
    assert room.patterns("my boss again") == [work]
    assert room.patterns("the lake was calm today") == []
    assert room.patterns("heavy rain has often been a thing lately") == []  # words in common are not the topic


def test_a_pattern_comes_to_mind_by_meaning_without_its_name(room: Room) -> None:
    ids = room.said("they shouted", "oh", "they shouted loudly", "no", "they all shouted", "hm")
    shouting = room.pattern("shouted", "work", tuple(ids[::2]))
    assert room.patterns("they shouted") == [shouting]


def test_what_a_pattern_counts_is_recalled_beside_it(room: Room) -> None:
    ids = room.said(*SAID)
    room.pattern(HEAVY, "work", tuple(ids[::2]))
    assert ids[2] in [one.id for one in room.recalls("was the office grim?")]


def test_never_more_than_one_a_turn(room: Room) -> None:
    ids = room.said(*SAID, "i slept badly", "oh")
    work = room.pattern(HEAVY, "work", tuple(ids[:6:2]))
    room.pattern("talking about sleep has often been hard for them lately: 4 of 5 times since March", "sleep", (ids[6],))
    room.pattern("work makes them sad", "", (), by_hand=True)
    assert len(room.patterns("i slept at the office")) == 1
    room.memories.hide(work, True)
    assert len(room.patterns("i slept at the office")) == 1


def test_one_whose_count_is_no_longer_right_does_not_come_to_mind(room: Room) -> None:
    ids = room.said(*SAID)
    room.pattern(HEAVY, "work", tuple(ids[::2]))
    room.conversations.edit(ids[4], "never mind")
    assert room.patterns("my boss again") == []


def test_without_an_index_the_name_of_the_topic_decides(room: Room) -> None:
    ids = room.said(*SAID)
    work = room.pattern(HEAVY, "work", tuple(ids[::2]))
    room.vectors.lost.add("mara")
    assert room.patterns("my boss again") == [work]
    assert room.patterns("heavy") == []


def test_a_model_is_not_told_how_often_it_was_counted(room: Room) -> None:
    ids = room.said(*SAID)
    room.pattern(HEAVY, "work", tuple(ids[::2]))
    room.pattern("work: makes them sad", "", (), by_hand=True)
    (found,) = [one for one in room.recalls("my boss again") if one.kind == "pattern"]
    assert line(found, "my boss again", LATER + timedelta(days=1)) == "talking about work has often been heavy for them lately"
