"""Cards that the tests build themselves, and nobody else's code in between."""

import base64
import io
import json
import struct
import zipfile
import zlib

V1 = {
    "name": "Ada",
    "description": "{{char}} mends clocks.",
    "personality": "",
    "scenario": "",
    "first_mes": "Hello, {{user}}.",
    "mes_example": "<START>",
}
V2_ONLY = {
    "creator_notes": "Slow at first.",
    "system_prompt": "",
    "post_history_instructions": "",
    "alternate_greetings": ["Oh."],
    "tags": ["clocks"],
    "creator": "someone",
    "character_version": "1",
    "extensions": {"own/thing": {"deep": [1, None, 1.50]}},
}
ENTRY = {"keys": ["clock"], "content": "It is late.", "extensions": {}, "enabled": True, "insertion_order": 1}
BOOK = {"name": "Windle", "extensions": {}, "entries": [ENTRY]}
V2 = {"spec": "chara_card_v2", "spec_version": "2.0", "data": V1 | V2_ONLY | {"character_book": BOOK}}
V3 = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": V1
    | V2_ONLY
    | {
        "group_only_greetings": [],
        "nickname": "Addie",
        "character_book": BOOK | {"entries": [ENTRY | {"use_regex": False}]},
        "assets": [
            {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"},
            {"type": "emotion", "uri": "embeded://assets/emotion/images/joy.png", "name": "joy", "ext": "png"},
        ],
        "creator_notes_multilingual": {"de": "Erst langsam."},
        "source": ["https://example.org/ada"],
        "creation_date": 1_700_000_000,
    },
}


def text(card) -> bytes:
    return card if isinstance(card, bytes) else json.dumps(card).encode()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, tail: bytes = b"", pixels: bytes = b"\0\x11\x22\x33") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(pixels)) + b"".join(chunks) + chunk(b"IEND", b"") + tail


def written(keyword: str, card) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + base64.b64encode(text(card)))


def charx(card, members: dict[str, bytes] | None = None, *, before: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((members or {}) | ({} if card is None else {"card.json": text(card)})).items():
            info = zipfile.ZipInfo(name, (2024, 2, 3, 4, 5, 6))  # the same bytes whenever it is built
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return before + file.getvalue()


def carried(card, kind: str) -> bytes:
    """A card in a container of some kind, under the keyword that its version asks for."""
    if kind == "json":
        return text(card)
    if kind == "charx":
        return charx(card)
    keyword = "ccv3" if not isinstance(card, bytes) and card.get("spec") == "chara_card_v3" else "chara"
    return png(written(keyword, card))
