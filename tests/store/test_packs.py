"""What it takes to make pictures again: whole or not there, and gone with its picture."""

import hashlib
from pathlib import Path

import pytest

from companion.errors import NotFoundError, StorageError
from companion.store.packs import Packs

PICTURE, OTHER = "a" * 64, "b" * 64
DIGEST = hashlib.sha256(b"pack").hexdigest()


def test_a_pack_lies_under_the_digest_of_its_picture_and_goes_with_it(tmp_path: Path) -> None:
    packs = Packs(tmp_path / "identities")
    packs.keep(PICTURE, b"pack")
    packs.keep(OTHER, b"another")
    assert packs.read(PICTURE, DIGEST) == b"pack" and packs.has(PICTURE) and packs.size() == 11
    torn = tmp_path / "identities" / f".{PICTURE}.a1b2.tmp"
    torn.write_bytes(b"half")
    assert packs.sweep({PICTURE}) == len(b"another") + len(b"half")
    assert [path.name for path in (tmp_path / "identities").iterdir()] == [f"{PICTURE}.safetensors"]
    assert Packs(tmp_path / "none").sweep(()) == Packs(tmp_path / "none").size() == 0


def test_none_and_one_that_was_changed_are_said(tmp_path: Path) -> None:
    packs = Packs(tmp_path)
    with pytest.raises(NotFoundError, match="is gone"):
        packs.read(PICTURE, DIGEST)
    packs.keep(PICTURE, b"pack, and more")
    with pytest.raises(NotFoundError, match="was changed"):
        packs.read(PICTURE, DIGEST)
    (tmp_path / f"{OTHER}.safetensors").mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        packs.read(OTHER, DIGEST)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    with pytest.raises(StorageError):
        Packs(tmp_path, full).keep(PICTURE, b"pack")
    assert not Packs(tmp_path).has(PICTURE)
