"""Hostile cards: whatever is fed to the import, it is taken or refused with a hint, in time, and nothing is written outside the home.

    python -m benchmarks.hostile [--inputs 10000] [--seed 0] [--most-s 5]

Every input is a file that somebody could drop on the page: a sound card or bundle whose bytes are cut, turned or doubled; a zip that
unpacks to gigabytes or whose names lead out of a folder; JSON that nests without end; keys that are patterns which never finish;
scripts in every text field. Each goes through `Library.import_file` in a temporary home. Who came in is written out again in every
format and her lorebook is searched once. The baseline is the same walk with sound cards alone. A write is counted wherever Python
opens, renames, links or makes something outside the home (PEP 578 audit events), and the folders around the home are looked through
at the end.

It does not show that no hostile card exists that does harm, nor what a browser does with the texts; that is for the browser's tests.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.hostile_inputs import PICTURE, Input, hostile, sound
from companion.errors import CompanionError
from companion.persona.cards.export import Format, exported
from companion.persona.library import Library
from companion.persona.lore_keys import Allowance, KeySearch, Sought

MOST_S = 5.0
FRESH_HOME = 100  # inputs that share a home


@dataclass(slots=True)
class Found:
    """What came of the inputs."""

    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest_s: dict[str, float] = field(default_factory=dict)
    crashed: int = 0
    crashes: list[str] = field(default_factory=list)  # in words, with what took too long
    escaped: set[str] = field(default_factory=set)

    @property
    def inputs(self) -> int:
        """How many went through."""
        return self.taken.total() + self.refused.total() + self.crashed


class Watch:
    """Notes every file that is written, renamed, linked or made outside a folder, while it is on. A process has one at a time."""

    def __init__(self, inside: Path) -> None:
        self.outside: set[str] = set()
        self._inside = str(inside.resolve())
        self._on = False
        sys.addaudithook(self._hook)  # there is no taking it out again; off, it does nothing

    def __enter__(self) -> "Watch":
        self._on = True
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open":
            path, mode, flags = arguments
            changes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if isinstance(flags, int) else "r" not in str(mode)
            self._note(path if changes else None)
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._note(arguments[1])
        elif event in ("os.mkdir", "os.remove", "os.truncate", "os.chmod"):
            self._note(arguments[0])

    def _note(self, path: Any) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            whole = os.path.realpath(os.fsdecode(path))
            if whole != self._inside and not whole.startswith(self._inside + os.sep):
                self.outside.add(whole)


def run(inputs: Iterator[Input], folder: Path, *, most_s: float = MOST_S, watch: Watch | None = None) -> Found:
    """Feeds them to the import, each home inside the folder."""
    found, library = Found(), Library(folder / "shipped", folder / "0" / "personas")
    for number, (kind, name, data) in enumerate(inputs):
        if number % FRESH_HOME == 0:
            library = Library(folder / "shipped", folder / str(number) / "personas")
        began = time.process_time()
        try:
            with watch or nullcontext():
                _walk(library, name, data)
            found.taken[kind] += 1
        except CompanionError as error:
            found.refused[kind] += 1
            if not (error.message and error.hint):
                found.crashes.append(f"{kind} {number}: does not say what to do: {error!r}"[:300])
        except Exception as error:
            found.crashed += 1
            found.crashes.append(f"{kind} {number}: {type(error).__name__}: {error}"[:300])
        took = time.process_time() - began
        found.slowest_s[kind] = max(took, found.slowest_s.get(kind, 0.0))
        if took > most_s:
            found.crashes.append(f"{kind} {number}: took {took:.1f} s")
    found.escaped |= watch.outside if watch else set()
    return found


def _walk(library: Library, name: str, data: bytes) -> None:
    """In, searched once, and out again; a refusal on the way out is as good as one on the way in."""
    persona, _ = library.import_file(name, data)
    broken = [file.message for file in library.problems()]
    assert not broken, f"she was written and cannot be read: {broken}"
    assert library.get(persona.id).blueprint == persona.blueprint, "she is not read back as she was written"
    search = KeySearch()
    for entry in persona.blueprint.lorebook.entries:
        for key in entry.every_key():
            search.number(Sought(key, entry.case_sensitive, entry.whole_words))
    search.found(f"{'a' * 200}! {persona.blueprint.greeting}"[:2000], Allowance(time.perf_counter))
    card = library.card(persona.id)
    formats: tuple[Format, ...] = ("json", "charx", "png", "companion")
    for to in formats:
        try:
            exported(persona.blueprint, card, to, picture=PICTURE)
        except CompanionError as error:
            assert error.hint


def main() -> None:
    """Feeds the inputs, prints the table and the line of JSON; leaves with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-s", type=float, default=MOST_S, help="seconds of the process's time that one input may take")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as sandbox:
        root = Path(sandbox)
        home, beside = root / "home", root / "a" / "b"
        for folder in (home, beside):
            folder.mkdir(parents=True)
        os.chdir(beside)  # where a relative name would lead
        plain = run(sound(arguments.seed, min(200, arguments.inputs)), home / "sound")
        found = run(hostile(arguments.seed, arguments.inputs), home / "hostile", most_s=arguments.most_s, watch=Watch(home))
        found.escaped |= {str(one) for one in root.rglob("*") if one.is_file() and home not in one.parents}
        os.chdir("/")
    print(f"{'what it tries':<16}{'inputs':>8}{'taken':>8}{'refused':>9}{'slowest s':>11}")
    for one in (plain, found):
        for kind, slowest in one.slowest_s.items():
            print(f"{kind:<16}{one.taken[kind] + one.refused[kind]:>8,}{one.taken[kind]:>8,}{one.refused[kind]:>9,}{slowest:>11.2f}")
    for line in (*found.crashes[:20], *sorted(found.escaped)[:20]):
        print(f"  {line!r}")
    slowest_s = round(max(found.slowest_s.values(), default=0.0), 3)
    told = {"inputs": found.inputs, "crashes": len(found.crashes), "slowest_s": slowest_s, "escaped_files": len(found.escaped)}
    print(json.dumps(told | {"sound_slowest_s": round(max(plain.slowest_s.values(), default=0.0), 3), "taken": found.taken.total()}))
    raise SystemExit(bool(found.crashes or found.escaped))


if __name__ == "__main__":
    main()
