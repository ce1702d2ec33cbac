import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from companion.show.provenance import read_mark
from companion.ui.gallery_addresses import address, filename
from companion.ui.gallery_routes import gallery_routes
from tests.ui.hanging import Hanging, hanging


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Hanging]:
    with hanging(tmp_path) as opened:
        yield opened


@pytest.fixture
def browser(gallery: Hanging) -> TestClient:
    return TestClient(Starlette(routes=gallery_routes(gallery)))


def test_a_picture_and_its_small_one_come_with_their_types_and_may_stay_in_the_browser(gallery: Hanging, browser: TestClient) -> None:
    one = gallery.hang()
    whole, small = (browser.get(f"/{address(one, copy)}") for copy in ("full", "preview"))  # type: ignore[arg-type]
    assert whole.content == gallery.showing.file(one).read_bytes() and whole.headers["content-type"] == "image/png"
    assert small.headers["content-type"] == "image/webp" and len(small.content) < len(whole.content)
    for answer in (whole, small):
        assert "immutable" in answer.headers["cache-control"] and answer.headers["cache-control"].startswith("private")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_without_its_record_a_picture_keeps_its_mark(gallery: Hanging, browser: TestClient) -> None:
    one = gallery.hang()
    bare = browser.get(f"/{address(one, 'bare')}")
    mark = read_mark(bare.content)
    assert mark and mark.synthetic == "painted" and not mark.record and b"kitchen" not in bare.content


@pytest.mark.parametrize(
    "path", ["{id}/whole", "..%2F..%2Fcompanion.db/full", "nobody/full", "{id}/..%2F..%2Fcompanion.db", "{deleted}/full"]
)
def test_nothing_but_a_kept_picture_is_handed_out(gallery: Hanging, browser: TestClient, path: str) -> None:
    deleted = gallery.hang("sad")
    gallery.pictures.delete(deleted.id)
    assert browser.get(f"/companion/pictures/{path.format(id=gallery.hang().id, deleted=deleted.id)}").status_code == 404


def test_the_chosen_ones_come_as_an_archive_with_names_that_say_what_they_are(gallery: Hanging, browser: TestClient) -> None:
    one, other = gallery.hang("sad", "lamp room"), gallery.hang("joyful")
    answer = browser.get(f"/companion/pictures.zip?ids={one.id},{other.id},{one.id},../../secret")
    assert 'filename="mara-pictures.zip"' in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        visual = gallery.library.get("mara").blueprint.visual
        assert archive.namelist() == [filename(one, visual), filename(other, visual)]
        assert archive.namelist()[0].startswith("mara-sad-lamp-room-2026-11-20-") and archive.testzip() is None
        assert archive.read(filename(other, visual)) == gallery.showing.file(other).read_bytes()
    assert browser.get("/companion/pictures.zip?ids=").status_code == 404


def test_a_shot_is_drawn_as_it_is_asked_for_and_what_is_no_shot_is_not(gallery: Hanging, browser: TestClient) -> None:
    drawn = browser.get("/companion/sketches/mara/160?looks=abc&expression=joyful&setting=harbour&framing=close")
    another = browser.get("/companion/sketches/mara/160?looks=abc&expression=sad&setting=harbour&framing=close")
    assert drawn.status_code == 200 and drawn.headers["content-type"] == "image/png" and drawn.content != another.content
    for wrong in ("mara/160?expression=%3Cscript%3E", "nobody/160", "mara/9000", "mara/8"):
        assert browser.get(f"/companion/sketches/{wrong}").status_code == 404
