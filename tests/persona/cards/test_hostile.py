"""Whatever is fed to it, a card is read or refused with a hint: no crash, no hang, nothing written.

COMPANION_HOSTILE_CARDS sets how many mutated cards are tried; 10,000 take several minutes.
"""

import os
import random
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.errors import CardError
from companion.persona.cards.assets import content
from companion.persona.cards.card import FIELDS, card_of
from companion.persona.cards.checks import check, check_lorebook
from companion.persona.cards.container import read_container
from companion.persona.cards.macros import Names, expand
from companion.persona.cards.writing import export, losses
from tests.persona.cards.building import BOOK, V1, V2, V3, charx, chunk, png, text, written

TRIES = int(os.environ.get("COMPANION_HOSTILE_CARDS", "300"))
MOST_S = 2.0  # of this process's own time, so that a busy machine does not count
ASSETS = {"assets/emotion/images/joy.png": b"joy" * 20, "module.risum": b"\0\1\2"}
ORIGINALS = (
    text(V1),
    text(V2),
    text(V3),
    text({"spec": "lorebook_v3", "data": BOOK}),
    png(written("chara", V2), written("ccv3", V3)),
    png(chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"eyJuYW1lIjoiQSJ9"))),
    charx(V3, ASSETS),
    charx(V3, ASSETS, before=b"\xff\xd8\xff\xe0 picture \xff\xd9"),
)
SCRIPT = b'<script>alert(1)</script><img src=x onerror="alert(1)">{{char}}{{random:'
BURSTS = (
    b"", b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"[" * 90, b'{"a":' * 90, b"}" * 5, b'"', b"\\", b"\\ud800", b"../../etc/passwd",
    b"C:\\x", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"PK\x01\x02", b"IEND", b"NaN", b"1e999", b"null", b'{"entries":null}', SCRIPT,
    b"(a+)+$" * 30, b"data:;base64,", b"embeded://../x", b"9" * 5000,
)  # fmt: skip


BURSTS_AS_TEXT = tuple(burst.decode("latin-1") for burst in BURSTS)


@st.composite
def hostile(draw) -> bytes:
    """A sound file with some of its bytes cut, doubled, turned or replaced; checksums are put right again half of the time."""
    data = bytearray(draw(st.sampled_from(ORIGINALS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        to = min(len(data), at + draw(st.sampled_from([0, 1, 2, 4, 40, 400])))
        match draw(st.sampled_from(["put", "put", "flip", "cut", "double"])):
            case "put":
                data[at:to] = draw(st.sampled_from(BURSTS))
            case "flip":
                data[at:to] = bytes(byte ^ draw(st.integers(1, 255)) for byte in data[at : at + 1]) + data[at + 1 : to]
            case "cut":
                del data[at : to if draw(st.booleans()) else len(data)]
            case "double":
                data[at:at] = data[at:to]
    return summed(bytes(data)) if draw(st.booleans()) else bytes(data)


ODD = (*BURSTS_AS_TEXT, "\ud800", "data:,\ud800", "main", "icon", "/a/", "@@x", "", 0, -1, 1e300, 10**400, None, True, [], {})
KEYS = ("keys", "content", "use_regex", "position", "entries", "type", "uri", "name", "ext", "extensions", "en")


def nonsense(seed: int) -> bytes:
    """A card whose fields are anything that JSON can say, lorebook entries and assets among them."""
    dice = random.Random(seed)

    def anything(depth: int = 3):
        match dice.randrange(4) if depth else 0:
            case 1:
                return [anything(depth - 1) for _ in range(dice.randrange(3))]
            case 2:
                return some(KEYS, depth)
        return dice.choice(ODD)

    def some(keys, depth: int = 3):
        return {key: anything(depth - 1) for key in dice.sample(keys, dice.randrange(5))}

    def entries():
        return [some(KEYS) for _ in range(dice.randrange(4))]

    fields = (*FIELDS, "spec", "spec_version")
    data = some(fields) | {"name": dice.choice(ODD)} | dice.choice([{}, {"character_book": {"entries": entries()}, "assets": entries()}])
    spec = dice.choice([{}, {"spec": "chara_card_v2"}, {"spec": "chara_card_v3", "spec_version": "3.1"}])
    card = some(fields) | spec | dice.choice([{"data": data}, data])
    return dice.choice([text, charx, lambda one: png(written("chara", V1), written("ccv3", one))])(card)


def summed(data: bytes) -> bytes:
    """A PNG with the checksums of its chunks put right, as far as it can be followed."""
    if not data.startswith(b"\x89PNG"):
        return data
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def put_through(data: bytes) -> str:
    """Everything this program does with a card; what came of it."""
    try:
        container = read_container(data)
        assert export(container) == data
        if container.is_lorebook:
            check_lorebook(container)
            return "lorebook"
        card = card_of(container)
        check(container, card)
        _ = (card.greetings, card.creator_notes, card.created, card.modified, card.extensions, card.books, card.newer)
    except CardError as error:
        assert error.hint and error.message
        return "refused"
    for step in (
        lambda: [content(container, asset) for asset in card.assets],
        lambda: [expand(card.text(field), Names(card.called, "Sam")) for field in FIELDS],
        lambda: [losses(container, to, spec=spec) for to in ("png", "json", "charx") for spec in ("v2", "v3")],
        lambda: read_container(export(container, edits={"name": "Bea"})),
        lambda: read_container(export(container, "json", spec="v3")),
        lambda: read_container(export(container, "charx", spec="v2")),
        lambda: read_container(export(container, "png", picture=png())),
    ):
        try:
            step()
        except CardError as error:
            assert error.hint
    return "read"


@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(hostile())
def test_a_mutated_card_is_read_or_refused_in_time(data):
    began = time.process_time()
    put_through(data)
    assert time.process_time() - began < MOST_S


@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 2**40))
def test_nonsense_in_every_field_is_read_or_refused_in_time(seed):
    data = nonsense(seed)
    began = time.process_time()
    put_through(data)
    assert time.process_time() - began < MOST_S


def test_the_originals_and_some_mutants_are_really_read():
    assert [put_through(data) for data in ORIGINALS].count("refused") == 0
    dice = random.Random(1)
    outcomes = set()
    for _ in range(60):
        data = bytearray(dice.choice(ORIGINALS))
        data[dice.randrange(len(data))] ^= 1
        outcomes.add(put_through(summed(bytes(data))))
    assert outcomes >= {"read", "refused"}


@pytest.mark.parametrize(
    "data",
    [
        b'{"name": "' + b"\\" * (8 << 20),
        b'{"name": ' + b'"' * (8 << 20),
        b"{" * (8 << 20),
        b'{"' + b'a":{"' * (2 << 20),
        b'{"name":[' + b'"",' * (3 << 20) + b"1]}",
        b'{"name":' + b"-" * (8 << 20),
        b'{"name":1e' + b"9" * (8 << 20) + b"}",
        b'{"name":"' + b"{{random:" * (1 << 19) + b'"}',
        b'{"name":"a","character_book":{"entries":[' + b'{"keys":["' + b"(a+)+" * 100_000 + b'$"],"use_regex":true}]}}',
        b'{"name":"a","character_book":{"entries":[' + b"{}," * 9_000 + b"{}]}}",
        b'{"name":"a","assets":[' + b'{"type":"icon","uri":"data:;base64,AAAA"},' * 10_000 + b"{}]}",
        b'{"name":"a","character_book":{"entries":[{"content":"' + b"@@a\\n" * 500_000 + b'"}]}}',
        png(b"".join(chunk(b"tEXt", b"chara\0") for _ in range(99_000))),
        png(*(chunk(b"prVt", b"") for _ in range(100_001))),
        png(chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * (24 << 20)))),
        charx(V3, {f"{number}": b"" for number in range(9_000)}),
        charx(V3) + b"PK\x05\x06" * 200_000,
        b"PK\x03\x04" + b"PK\x01\x02" * 2_000_000,
        b"\xff\xd8\xff" + b"PK\x05\x06" * 1_000_000,
    ],
    ids=range(19),
)
def test_what_is_made_to_take_long_does_not(data):
    began = time.process_time()
    put_through(data)
    assert time.process_time() - began < MOST_S
