"""Files of pictures: whole or not there."""

import hashlib
from pathlib import Path

import pytest

from companion.errors import NotFoundError, StorageError
from companion.store.media import Media


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_the_digest_of_its_bytes_and_is_kept_once(tmp_path: Path) -> None:
    media = Media(tmp_path)
    digest = media.keep(b"one", "image/png")
    assert digest == hashlib.sha256(b"one").hexdigest() == media.keep(b"one", "image/png")
    assert files(tmp_path) == [tmp_path / digest[:2] / f"{digest}.png"] == [media.find(digest)]
    assert media.read(digest, "image/png") == b"one" and media.size() == 3
    assert media.has(digest, "image/png") and not media.has(digest, "image/webp")
    assert oct((tmp_path / digest[:2] / f"{digest}.png").stat().st_mode & 0o077) == "0o0"  # for its owner's eyes


def test_what_is_not_wanted_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    media = Media(tmp_path)
    kept, gone = media.keep(b"kept", "image/webp"), media.keep(b"gone away", "image/jpeg")
    torn = tmp_path / kept[:2] / f".{kept}.a1b2.tmp"
    torn.write_bytes(b"half")
    assert media.sweep({kept}) == len(b"gone away") + len(b"half")
    assert files(tmp_path) == [media.path(kept, "image/webp")] and media.find(gone) is None
    assert Media(tmp_path / "none").sweep(()) == 0


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    with pytest.raises(StorageError):
        Media(tmp_path, full).keep(b"one", "image/png")
    assert files(tmp_path) == []


def test_a_missing_file_and_a_kind_that_is_not_kept_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Media(tmp_path).read("0" * 64, "image/png")
    with pytest.raises(StorageError, match="image/svg"):
        Media(tmp_path).keep(b"<svg/>", "image/svg+xml")
