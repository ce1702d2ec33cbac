"""What it takes to make pictures again: whole or not there, and gone with its picture."""

import hashlib
from pathlib import Path

import pytest

from companion.errors import NotFoundError, StorageError
from companion.store.packs import Packs

PICTURE, OTHER, THIRD = "a" * 64, "b" * 64, "c" * 64


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_pack_lies_under_the_digest_of_its_picture_and_goes_with_it(tmp_path: Path) -> None:
    packs = Packs(tmp_path)
    packs.keep(PICTURE, b"pack")
    packs.keep(OTHER, b"another")
    assert packs.read(PICTURE, digest(b"pack")) == (b"pack", b"") and packs.has(PICTURE) and packs.size() == 11
    (tmp_path / f".{PICTURE}.a1b2.tmp").write_bytes(b"half")
    assert packs.sweep({PICTURE}) == len(b"another") + len(b"half")
    assert files(tmp_path) == [f"{PICTURE}.safetensors"]
    assert Packs(tmp_path / "none").sweep(()) == Packs(tmp_path / "none").size() == 0


def test_what_pictures_share_is_kept_once_and_goes_with_the_last_of_them(tmp_path: Path) -> None:
    packs, face = Packs(tmp_path), b"what was seen of her face"
    packs.keep(PICTURE, b"one", face)
    packs.keep(OTHER, b"two", face)
    packs.keep(THIRD, b"three", b"another face")
    assert packs.read(PICTURE, digest(b"one", face)) == (b"one", face) and packs.read(OTHER, digest(b"two", face)) == (b"two", face)
    assert packs.size() == len(b"one" + b"two" + b"three" + face + b"another face")
    assert packs.sweep({OTHER, THIRD}) == len(b"one")
    assert packs.sweep({THIRD}) == len(b"two" + face)
    assert packs.read(THIRD, digest(b"three", b"another face")) == (b"three", b"another face")
    assert packs.sweep(()) > 0 and files(tmp_path) == []


def test_none_and_one_that_was_changed_are_said(tmp_path: Path) -> None:
    packs = Packs(tmp_path)
    with pytest.raises(NotFoundError, match="is gone"):
        packs.read(PICTURE, digest(b"pack"))
    packs.keep(PICTURE, b"pack", b"face")
    for changed in ((b"pack", b"her face"), (b"p", b"face")):
        with pytest.raises(NotFoundError, match="was changed"):
            packs.read(PICTURE, digest(*changed))
    next((tmp_path / "shared").iterdir()).unlink()
    with pytest.raises(NotFoundError, match="is gone"):
        packs.read(PICTURE, digest(b"pack", b"face"))
    (tmp_path / f"{OTHER}.safetensors").mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        packs.read(OTHER, digest(b"pack"))


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    with pytest.raises(StorageError):
        Packs(tmp_path, full).keep(PICTURE, b"pack", b"face")
    assert not Packs(tmp_path).has(PICTURE)
