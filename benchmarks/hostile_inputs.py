"""Files that somebody could drop on the page to do harm: what `benchmarks.hostile` and a test feed to the import.

The same for the same seed. Each is (what it tries, the file's name, its bytes).
"""

import base64
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

Input = tuple[str, str, bytes]
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
    if dice.random() < 0.5:  # the JSON alone, in a container that is sound
        text = bytearray(json.dumps(_card(dice)).encode())
        for _ in range(dice.choice([1, 1, 2, 5])):
            at = dice.randrange(len(text))
            text[at : at + 1] = dice.choice([b"", b"0", b"z", b'"', b"\\", b"\n", b"\xff", b"{{", b"[]", text[at : at + 9]])
        return _file(dice, None, bytes(text))
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
    odd: tuple[Any, ...] = (
        SCRIPT, "\ud800", "", 0, -1, 1e300, 10**400, None, True, [], {}, "a" * 50_000, ["x", None, 3], {"entries": None},
        "{{random:" * 400,
    )  # fmt: skip
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
