"""Whatever is dropped on the page is taken in or refused with a hint, and nothing is written anywhere but in the home.

COMPANION_HOSTILE_IMPORTS sets how many inputs are tried; `python -m benchmarks.hostile` tries 10,000 and tells how long each kind takes.
"""

import os
from pathlib import Path

from benchmarks.hostile import Watch, run
from benchmarks.hostile_inputs import hostile, sound

TRIES = int(os.environ.get("COMPANION_HOSTILE_IMPORTS", "300"))
MOST_S = 10.0  # of this process's own time, so that a busy machine does not count


def test_hostile_inputs_crash_nothing_and_write_nothing_outside_the_home(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    found = run(hostile(1, TRIES), home, most_s=MOST_S, watch=Watch(home))
    assert found.crashes == [] and found.escaped == set() and found.inputs == TRIES
    assert [one for one in tmp_path.rglob("*") if one.is_file() and home not in one.parents] == []
    assert len(found.taken) > 4, "some of each kind that can be taken are really taken"


def test_sound_cards_are_all_taken(tmp_path: Path):
    assert run(sound(1, 20), tmp_path).taken["sound"] == 20


def test_the_watch_sees_what_is_written_outside(tmp_path: Path):
    inside = tmp_path / "inside"
    inside.mkdir()
    watch = Watch(inside)
    with watch:
        (inside / "a").write_text("")
        (tmp_path / "b").write_text("")
        (inside / "a").replace(tmp_path / "c")
    (tmp_path / "d").write_text("")
    assert watch.outside == {str((tmp_path / name).resolve()) for name in "bc"}
