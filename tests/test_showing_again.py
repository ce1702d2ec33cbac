"""A kept picture, made once more: from its pack, from its shot where it was drawn, or an honest word."""

import hashlib
import io
import logging
from pathlib import Path

import pytest
from PIL import Image

from companion.errors import InputError, NotFoundError, StorageError
from companion.persona.blueprint import Appearance
from companion.shot import Shot
from companion.show.fake import FakePainter, FakeRepainter
from companion.show.provenance import read_mark
from companion.show.sketch.painter import SketchPainter
from companion.showing import Limits
from tests.easel import VISUAL, Studio, persona, studio

MARA = persona()
SAD = Shot("sad", setting="kitchen")


def packs(here: Studio) -> list[Path]:
    """The own parts of all packs."""
    return sorted((here.home / "identities").glob("*.safetensors"))


def test_the_pack_is_kept_named_in_the_record_and_goes_with_the_last_row(tmp_path: Path) -> None:
    with studio(tmp_path, FakeRepainter()) as here:
        ready = here.showing.shoot(MARA, SAD, kind="template")
        (file,) = packs(here)
        (shared,) = (here.home / "identities" / "shared").iterdir()
        assert file.name.startswith(ready.digest)
        assert hashlib.sha256(file.read_bytes() + shared.read_bytes()).hexdigest() == ready.record["identity"]
        mark = read_mark(here.showing.file(ready).read_bytes())
        assert mark and mark.record == ready.record
        shown = here.showing.shoot(MARA, SAD, kind="chat")
        assert shown.digest == ready.digest and here.showing.can_again(shown) and here.showing.again(MARA, shown).same
        for number, one in enumerate((ready, shown)):
            here.pictures.delete(one.id)
            here.conversations.purge(here.pictures._clock())
            here.showing.tidy()
            assert packs(here) == [file][number:]
        assert here.showing.size() == 0


def test_the_room_that_is_made_takes_packs_along(tmp_path: Path) -> None:
    with studio(tmp_path, FakeRepainter(), disk_bytes=1) as here:
        for mood in ("sad", "joyful"):
            kept = here.showing.shoot(MARA, Shot(mood, setting="kitchen"), kind="studio")
        assert [file.stem.partition(".")[0] for file in packs(here)] == [kept.digest]


def test_what_has_changed_is_told_and_measured(tmp_path: Path) -> None:
    painter = FakeRepainter()
    with studio(tmp_path, painter) as here:
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        same = here.showing.again(MARA, kept)
        assert same.same and same.pack and same.otherwise == () and here.pictures.count() == 1 and len(here.files()) == 2
        painter.changed = ("torch was 2 and is 3",)
        other = here.showing.again(MARA, kept)
        assert not other.same and 0 < other.difference < 1 and other.otherwise == painter.changed
        mark = read_mark(other.image)
        assert mark and mark.synthetic == "painted" and mark.record and mark.record["again"] == kept.digest
        assert mark.record["shot"]["expression"] == "sad" and mark.record["otherwise"] == ["torch was 2 and is 3"]


def test_a_pack_that_cannot_be_written_is_logged_and_the_picture_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError("The disk is full.", hint="Free some space.")

    with studio(tmp_path, FakeRepainter(), write_pack=full) as here, caplog.at_level(logging.WARNING):
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        assert here.showing.file(kept).exists() and "identity" not in kept.record and not here.showing.can_again(kept)
        assert "The disk is full." in caplog.text
        with pytest.raises(NotFoundError, match="No identity pack"):
            here.showing.again(MARA, kept)


def test_a_pack_that_left_or_was_changed_is_said(tmp_path: Path) -> None:
    with studio(tmp_path, FakeRepainter()) as here:
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        packs(here)[0].write_bytes(b"99")
        with pytest.raises(NotFoundError, match="was changed"):
            here.showing.again(MARA, kept)
        packs(here)[0].unlink()
        assert not here.showing.can_again(kept)
        with pytest.raises(NotFoundError, match="is gone"):
            here.showing.again(MARA, kept)


def test_what_a_server_painted_has_no_pack_and_another_painter_is_named(tmp_path: Path) -> None:
    with studio(tmp_path, FakePainter("remote one")) as here:
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        assert packs(here) == [] and "identity" not in kept.record and not here.showing.can_again(kept)
        with pytest.raises(InputError, match="remote one painted cannot be made again"):
            here.showing.again(MARA, kept)
    with studio(tmp_path, FakePainter("another")) as here, pytest.raises(InputError, match=r"made by remote one.*is another"):
        here.showing.again(MARA, kept)


def test_a_drawing_needs_no_pack(tmp_path: Path) -> None:
    with studio(tmp_path, SketchPainter(), limits=Limits(long_side_px=256)) as here:
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        assert packs(here) == [] and "identity" not in kept.record and here.showing.can_again(kept)
        again = here.showing.again(MARA, kept)
        assert again.same and not again.pack and again.otherwise == ()
        with Image.open(io.BytesIO(again.image)) as opened:
            assert opened.size == (kept.width_px, kept.height_px)
        changed = persona(visual=VISUAL.model_copy(update={"wardrobe": ()}), appearance=Appearance(portrait={"top": "bun"}))
        told = here.showing.again(changed, kept)
        assert not told.same and told.otherwise == ("her look is another one", "the place or the outfit is described otherwise")
