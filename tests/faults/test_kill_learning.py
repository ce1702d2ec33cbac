"""The process is killed while it learns, again and again; nothing is lost, and nothing is learnt twice."""

import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.learn.learner import Learner
from companion.store.database import open_database
from companion.store.memories import Memories
from companion.store.transcripts import Line, bring_in

PUPIL = Path(__file__).with_name("pupil.py")
ROOT = Path(__file__).parents[2]
KILLS = 20
MOST_READ = 12  # between two kills
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = ("sister", "brother", "aunt", "uncle", "cousin", "neighbour", "boss", "teacher", "friend", "dog")
NAMES = ("Anna", "Bruno", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Klara", "Lukas", "Mia")

pytestmark = pytest.mark.faults


def said() -> list[Line]:
    """Two facts a message and more messages than all the runs together read; names come back, so that slots are told again."""
    texts = []
    for i in range((KILLS + 2) * MOST_READ):
        whom, other = PEOPLE[i % len(PEOPLE)], PEOPLE[(i + 3) % len(PEOPLE)]
        texts.append(f"My {whom} is called {NAMES[i % len(NAMES)]}. My {other} is called {NAMES[(i * 5 + 1) % len(NAMES)]}.")
    return [
        Line("user" if i % 2 == 0 else "persona", texts[i // 2] if i % 2 == 0 else "I see.", START + timedelta(minutes=i))
        for i in range(2 * len(texts))
    ]


def told(memories: Memories) -> Counter:
    """What is known, in whatever order it was written down: each memory with the times of the messages it rests on."""
    return Counter(
        (one.kind, one.text, one.slot, one.value, one.said_at, len(one.sources), round(one.strength, 6), one.in_force)
        for one in memories.list("mara", state="all", limit=100_000)
    )


def run_until_killed(home: Path, lines: int, chance: random.Random) -> int:
    """Runs the pupil and kills it without warning after so many lines; how many messages it had read."""
    command = [sys.executable, str(PUPIL), str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as pupil:
        for _ in range(lines):
            assert pupil.stdout.readline().startswith("read")
        spins = chance.randrange(20_000)  # anywhere between one message and the next, also within a transaction
        while spins:
            spins -= 1
        pupil.kill()
        rest = [line for line in pupil.stdout if line.endswith("\n")]
    assert pupil.returncode == -9
    return lines + len(rest)


def test_killed_while_it_learns_it_loses_nothing_and_learns_nothing_twice(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    bring_in(open_database(undisturbed), "mara", said())
    whole = Memories(open_database(undisturbed), lambda: START)
    Learner(whole).catch_up()
    engine = open_database(killed)
    bring_in(engine, "mara", said())
    engine.dispose()

    chance, acknowledged = random.Random(20), 0
    for _ in range(KILLS):
        acknowledged += run_until_killed(killed, chance.randrange(1, MOST_READ), chance)
        memories = Memories(open_database(killed), lambda: START)
        left = len(memories.backlog(limit=10_000))
        assert acknowledged <= len(said()) - left <= acknowledged + 1  # one may be on the disk and not yet told
        acknowledged = len(said()) - left
    assert left, "the kills were meant to come before the end"

    Learner(memories).catch_up()
    assert memories.backlog() == ()
    assert told(memories) == told(whole)
