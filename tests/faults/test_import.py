"""Files of fifty megabytes are taken in, or refused with a reason, without filling the memory; so is one of nothing but noise."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_GROWTH_MB = 500  # of which 100 are the file as bytes and as text, and 50 its messages; the rest is SQLite, pydantic and room

pytestmark = pytest.mark.faults

BRING = """
import json, pathlib, resource, sys
from datetime import UTC, datetime
from companion.bringing import Bringing
from companion.errors import CompanionError
from companion.store.database import open_database
from companion.store.memories import Memories, New
from tests.desk import library

now = datetime(2026, 3, 1, 12, tzinfo=UTC)
engine = open_database(pathlib.Path(sys.argv[1]))
memories = Memories(engine)
memories.add("theo", New("fact", "x" * 3900, said_at=now), by_hand=True)
note = json.loads(next(memories.export("theo")))

def notes():
    for number in range(11_500):
        yield json.dumps(note | {"id": f"{number:032x}", "text": f"{number} " + "y" * 3800})[: 60 if number % 100 == 99 else None]

def talk():
    for number in range(10_000):
        yield f"{'Me' if number % 2 else 'Mara'}: {number} " + "water " * 830

lines = {"notes": notes, "talk": talk, "noise": lambda: ["{" + "x" * 40] * 1_200_000, "too large": lambda: ["z" * 79] * 810_000}
content = "\\n".join(lines[sys.argv[2]]()).encode()
persona = library().get("mara")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    done = Bringing(engine, memories, lambda: None).bring_in(persona, "file", content, now)
    print(f"{len(content) / 1e6:.0f} MB: {done.added} added, {len(done.problems) + done.unnamed} unread, first {done.problems[:1]}")
except CompanionError as error:
    print(f"{len(content) / 1e6:.0f} MB: {error}")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("notes", "49 MB: 11385 added, 115 unread, first ((100, "),
        ("talk", "50 MB: 10000 added, 0 unread"),
        ("noise", "50 MB: No messages could be read"),
        ("too large", "65 MB: This file has 65 MB; 64 MB fit. Split it"),
    ],
)
def test_a_large_file_is_taken_or_refused_within_bounds(tmp_path: Path, kind: str, told: str) -> None:
    command = [sys.executable, "-c", BRING, str(tmp_path), kind]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, timeout=1000)
    assert done.returncode == 0, done.stderr
    said, growth_mb = done.stdout.splitlines()
    assert said.startswith(told)
    assert int(growth_mb) < MOST_GROWTH_MB
