"""The process is killed in the middle of its work, again and again; what it acknowledged is there."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.store.conversations import Conversations
from companion.store.database import open_database

SCRIBE = Path(__file__).with_name("scribe.py")
ROOT = Path(__file__).parents[2]
KILLS = 20
WORDS_A_SECOND = 10

pytestmark = pytest.mark.faults


def story_until_killed(home: Path, lines: int) -> Iterator[list[str]]:
    """Runs the scribe, kills it without warning after so many lines, and yields all that it had said by then."""
    with subprocess.Popen(
        [sys.executable, str(SCRIBE), str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    ) as scribe:
        for _ in range(lines):
            yield scribe.stdout.readline().split()
        scribe.kill()
        yield from (line.split() for line in scribe.stdout if line.endswith("\n"))
    assert scribe.returncode == -9


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20)
    acknowledged: set[str] = set()
    finished: set[str] = set()
    on_screen: dict[str, int] = {}
    for _ in range(KILLS):
        for what, message_id, *number in story_until_killed(tmp_path, chance.randrange(1, 120)):
            if what == "kept":
                acknowledged.add(message_id)
            elif what == "said":
                on_screen[message_id] = int(number[0])
            else:
                finished.add(message_id)

    engine = open_database(tmp_path)
    kept = Conversations(engine)
    assert kept.recover() <= 1  # each start has settled what the kill before it left
    there = {message_id: kept.message(message_id) for message_id in acknowledged}
    assert {message.status for message in there.values()} <= {"complete", "interrupted"}
    for message_id, words in on_screen.items():
        reply = there[message_id]
        if message_id in finished:
            assert reply.status == "complete"
            assert len(reply.text.split()) == words
        assert words - len(reply.text.split()) <= WORDS_A_SECOND
        assert reply.text.split() == [f"w{n}" for n in range(1, len(reply.text.split()) + 1)]
    assert any(message.status == "interrupted" for message in there.values())

    conversations = kept.list()
    exported = set()
    for line in conversations:
        assert kept.path(line.id)[0].text == "Hello."
        assert kept.export_markdown(line.id, "Mira").startswith("#")
        exported |= {message["id"] for message in json.loads(kept.export_json(line.id))["messages"]}
    assert acknowledged <= exported
    kept.begin_turn(conversations[0].id, "Shall we go on?")
    engine.dispose()
