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
import base64
import io
import json
import os
import random
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.errors import CompanionError
from companion.persona.cards.export import exported
from companion.persona.library import Library
from companion.persona.lore_keys import Allowance, KeySearch, Sought

Input = tuple[str, str, bytes]  # what it tries, the file's name, its bytes
MOST_S = 5.0
FRESH_HOME = 100  # inputs that share a home
SCRIPT = '<script>alert(1)</script><img src=x onerror="alert(1)">"\'`]]>${7*7}{{7*7}}{{random:{{user}}}}\x1b]0;owned\x07\u202e\ud800'
PATHS = (
    "../../escaped",
    "/etc/escaped",
    "..\\..\\escaped",
    "C:\\escaped",
    "a/../../escaped",
    "escaped\0.png",
    "~/.ssh/escaped",
    "\u2025/escaped",
)
PATTERNS = (
    "/(a+)+$/",
    "/(a|a)*b/",
    "/(.*)*(.*)*x/",
    "/^(([a-z])+.)+[A-Z]([a-z])+$/",
    "/(?:a?){60}a{60}/",
    "/[/",
    "/(?P<x>/",
    "/" + "(" * 300 + "/",
)
FIELDS = (
    "name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt",
    "post_history_instructions", "creator", "character_version", "nickname",
)  # fmt: skip
BLUEPRINT = {
    "identity": {"name": "Ada", "age": 30, "tagline": "mends clocks", "background": "I mend clocks."},
    "character": {"speech": {"manner": "dry"}},
    "greeting": "Hello.",
}


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
    assert library.get(persona.id).blueprint == persona.blueprint, "she is not read back as she was written"
    search = KeySearch()
    for entry in persona.blueprint.lorebook.entries:
        for key in entry.every_key():
            search.number(Sought(key, entry.case_sensitive, entry.whole_words))
    search.found(f"{'a' * 200}! {persona.blueprint.greeting}"[:2000], Allowance(time.perf_counter))
    card = library.card(persona.id)
    for to in ("json", "charx", "png", "companion"):
        try:
            exported(persona.blueprint, card, to, picture=PICTURE)  # type: ignore[arg-type]
        except CompanionError as error:
            assert error.hint


def hostile(seed: int, count: int) -> Iterator[Input]:
    """So many inputs, the same for the same seed."""
    dice = random.Random(seed)
    makers = tuple(_MAKERS.items())
    for number in range(count):
        kind, make = makers[number % len(makers)]
        name, data = make(dice)
        yield kind, name, data


def sound(seed: int, count: int) -> Iterator[Input]:
    """So many cards as they should be, for comparison."""
    dice = random.Random(seed)
    for _ in range(count):
        yield "sound", *_file(dice, _card(dice))


def _card(dice: random.Random, **fields: Any) -> dict[str, Any]:
    words = " ".join(dice.choices("She mends clocks in a town by the sea and says little of it".split(), k=dice.randrange(5, 60)))
    data = dict.fromkeys(FIELDS, "") | {
        "name": "Ada",
        "description": f"{{{{char}}}} is 30 years old. {words}.",
        "first_mes": "Hello, {{user}}.",
    }
    entry = {"keys": ["clock"], "content": "It is late.", "extensions": {}, "enabled": True, "insertion_order": 1}
    data |= {
        "alternate_greetings": ["Oh."],
        "tags": [],
        "extensions": {},
        "character_book": {"extensions": {}, "entries": [entry]},
    } | fields
    return dice.choice(
        [{"spec": "chara_card_v2", "spec_version": "2.0", "data": data}, {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}]
    )


def _file(dice: random.Random, card: Any, text: bytes | None = None) -> tuple[str, bytes]:
    """A card in one of the containers."""
    text = json.dumps(card).encode() if text is None else text
    kind = dice.choice(["json", "png", "charx", "jpg"])
    if kind == "json":
        return "ada.json", text
    if kind == "png":
        return "ada.png", _png(_chunk(b"tEXt", dice.choice([b"ccv3", b"chara"]) + b"\0" + base64.b64encode(text)))
    return f"ada.{kind}", (b"\xff\xd8\xff\xe0 picture \xff\xd9" if kind == "jpg" else b"") + _zip(
        {"card.json": text, "assets/a.png": PICTURE}
    )


def _mutated(dice: random.Random) -> tuple[str, bytes]:
    name, sound = _bundle(dice) if dice.random() < 0.2 else _file(dice, _card(dice))
    data = bytearray(sound)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0:
                del data[at : at + dice.choice([1, 4, 40, len(data)])]
            case 1:
                data[at:at] = data[at : at + dice.choice([1, 40, 400])]
            case 2:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case _:
                data[at : at + 4] = dice.choice([b"\xff" * 4, b"\0" * 4, b"{{{{", b"PK\5\6", b"IEND", b"null", b"\\u00"])
    return name, _summed(bytes(data)) if dice.random() < 0.5 else bytes(data)


def _truncated(dice: random.Random) -> tuple[str, bytes]:
    text = json.dumps(_card(dice)).encode()
    data = _png(_chunk(b"tEXt", b"chara\0" + base64.b64encode(text)))
    return "ada.png", data[: dice.randrange(len(data))]


def _bomb(dice: random.Random) -> tuple[str, bytes]:
    zeros = dice.choice([1, 20, 70]) << 20
    match dice.randrange(5):
        case 0:  # one member that unpacks to a lot
            return "ada.charx", _zip({"card.json": b'{"name": "' + b" " * zeros + b'"}'}, zipfile.ZIP_DEFLATED)
        case 1:  # a member that says of itself to be small
            data = bytearray(_zip({"card.json": b"{" + b" " * zeros}, zipfile.ZIP_DEFLATED))
            at = data.rindex(b"PK\x01\x02") + 24
            data[at : at + 4] = struct.pack("<I", 10)
            return "ada.charx", bytes(data)
        case 2:  # a compressed chunk
            return "ada.png", _png(_chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * zeros)))
        case 3:  # very many members
            return "ada.companion", _zip({f"{number}": b"" for number in range(dice.choice([3000, 20_000]))})
        case _:
            members = {"manifest.json": b'{"format": "companion-bundle-1"}' + b" " * zeros, "blueprint.yaml": b"a: " + b"b" * zeros}
            return "ada.companion", _zip(members, zipfile.ZIP_DEFLATED)


def _deep(dice: random.Random) -> tuple[str, bytes]:
    depth = dice.choice([60, 65, 1000, 200_000])
    opening, closing = dice.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'{"entries":[', b"]}"), (b'{"character_book":', b"}")])
    inner = opening * depth + b"1" + closing * dice.choice([0, depth])
    where = dice.choice([b"extensions", b"character_book", b"assets", b"alternate_greetings", b"own"])
    return _file(dice, None, b'{"name":"Ada","description":"Age: 30","' + where + b'":' + inner + b"}")


def _patterns(dice: random.Random) -> tuple[str, bytes]:
    keys = [dice.choice(PATTERNS) for _ in range(dice.choice([1, 5, 100]))]
    entry = {"keys": keys, "secondary_keys": keys[:3], "selective": True, "use_regex": True, "content": "x", "insertion_order": 1}
    return _file(dice, _card(dice, character_book={"entries": [entry] * dice.choice([1, 20]), "recursive_scanning": True}))


def _escaping(dice: random.Random) -> tuple[str, bytes]:
    path, card = dice.choice(PATHS), _card(dice)
    card["data"]["assets"] = [{"type": "icon", "uri": f"embeded://{path}", "name": path, "ext": path}]
    card["data"]["name"] = dice.choice(["Ada", path])
    members = {"card.json": json.dumps(card).encode()} | ({path: b"owned"} if dice.random() < 0.6 else {})
    if dice.random() < 0.3:
        members = dict(_bundle_members(dice)) | {path: b"owned"}
        return f"{path}.companion", _zip(members)
    data = _zip(members, link=dice.random() < 0.2)
    return dice.choice([path, "ada.charx", f"{path}.charx"]), data


def _scripts(dice: random.Random) -> tuple[str, bytes]:
    card = _card(dice, **dict.fromkeys(FIELDS, SCRIPT), alternate_greetings=[SCRIPT] * 9, tags=[SCRIPT])
    entry = {"keys": [SCRIPT], "content": SCRIPT, "name": SCRIPT, "comment": SCRIPT, "id": SCRIPT, "insertion_order": SCRIPT}
    card["data"] |= {"character_book": {"name": SCRIPT, "entries": [entry]}, SCRIPT: SCRIPT, "extensions": {SCRIPT: SCRIPT}}
    card["data"]["mes_example"] = f"<START>\n{{{{user}}}}: {SCRIPT}\n{{{{char}}}}: {SCRIPT}"
    if dice.random() < 0.5:
        card["data"]["description"] = f"Age: 30. {SCRIPT}"
    return _file(dice, card)


def _nonsense(dice: random.Random) -> tuple[str, bytes]:
    odd = (
        SCRIPT,
        "\ud800",
        "",
        0,
        -1,
        1e300,
        10**400,
        None,
        True,
        [],
        {},
        "a" * 50_000,
        ["x", None, 3],
        {"entries": None},
        "{{random:" * 400,
    )
    card = _card(dice)
    for name in dice.sample([*card["data"], "assets", "extensions", "nickname", "creation_date"], 5):
        card["data"][name] = dice.choice(odd)
    return _file(dice, card)


def _own(dice: random.Random) -> tuple[str, bytes]:
    """What Companion keeps of its own, made up by somebody else."""
    odd: tuple[Any, ...] = (
        3, None, [], {}, "x", {"blueprint": 3}, {"blueprint": {"identity": {"age": 12}}}, {"blueprint": {"own": SCRIPT}},
        {"blueprint": {"identity": {"name": "../../escaped", "age": 30}}}, {"blueprint": {"identity": {"background": "x" * 9000}}},
        {"blueprint": {"character": {"big_five": {"openness": float("nan")}}}}, {"blueprint": {"greeting": SCRIPT}},
        {"blueprint": {"lorebook": {"entries": [{"content": "x", "keys": [one]} for one in PATTERNS]}}},
        {"blueprint": {"model": {"base": "../../escaped", "adapter": "/etc/passwd"}}}, {"blueprint": {"voice": {"reference": "../x.wav"}}},
        {"blueprint": {"format": "companion-blueprint-99"}}, {"blueprint": {"appearance": {"portrait": {SCRIPT: SCRIPT}}}},
    )  # fmt: skip
    return _file(dice, _card(dice, extensions={"companion": dice.choice(odd)}))


def _bundles(dice: random.Random) -> tuple[str, bytes]:
    members = _bundle_members(dice)
    manifest: Any = {"format": "companion-bundle-1"}
    match dice.randrange(8):
        case 0:
            manifest = dice.choice([3, [], {}, {"format": "companion-bundle-99"}, {"format": ["x"]}, {"card": "../../etc/passwd"}])
        case 1:
            members["blueprint.yaml"] = b"&a [" + b"*a, " * 9 + b"]"
        case 2:  # each name stands for ten of the last one
            members["blueprint.yaml"] = b"".join(
                b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10 if n else [b"x"])) for n in range(9)
            )
        case 3:
            members["blueprint.yaml"] = b"[" * 100_000
        case 4:
            members["blueprint.yaml"] = b"!!python/object/apply:os.system ['touch escaped']"
        case 5:
            members["card"] = dice.choice([b"", b"nonsense", b"\x89PNG\r\n\x1a\n", b"{" * 1000])
        case 6:
            members["blueprint.yaml"] = json.dumps(BLUEPRINT | {"greeting": SCRIPT}).encode()
        case _:
            members.pop(dice.choice(list(members)))
    return "ada.companion", _zip({"manifest.json": json.dumps(manifest).encode()} | members)


def _noise(dice: random.Random) -> tuple[str, bytes]:
    starts = (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"\xff\xd8\xff",
        b"{",
        b"RIFF\0\0\0\0WEBP",
        b"\xef\xbb\xbf{",
        b"format: companion-blueprint-2\n",
    )
    return f"ada{dice.choice(['.png', '.json', '.yaml', '.companion', ''])}", dice.choice(starts) + dice.randbytes(dice.randrange(3000))


_MAKERS: dict[str, Callable[[random.Random], tuple[str, bytes]]] = {
    "mutated": _mutated,
    "truncated PNG": _truncated,
    "bomb": _bomb,
    "deep JSON": _deep,
    "pattern": _patterns,
    "path": _escaping,
    "script": _scripts,
    "nonsense": _nonsense,
    "own extension": _own,
    "bundle": _bundles,
    "noise": _noise,
}


def _bundle_members(dice: random.Random) -> dict[str, bytes]:
    return {"manifest.json": b'{"format": "companion-bundle-1"}', "blueprint.yaml": json.dumps(BLUEPRINT).encode()}


def _bundle(dice: random.Random) -> tuple[str, bytes]:
    return "ada.companion", _zip(_bundle_members(dice))


def _zip(members: dict[str, bytes], packed: int = zipfile.ZIP_STORED, *, link: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as file:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is, where the library would put it right
            info.compress_type = packed
            info.external_attr = (0o120777 if link and name != "card.json" else 0o644) << 16
            file.writestr(info, content)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(*chunks: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(b"\0\x11\x22\x33")) + b"".join(chunks) + _chunk(b"IEND", b"")


PICTURE = _png()


def _summed(data: bytes) -> bytes:
    """A PNG with the checksums of its chunks put right, as far as it can be followed."""
    out, at = bytearray(data), 8
    while data.startswith(b"\x89PNG") and at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


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
