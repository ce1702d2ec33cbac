"""Pictures from the terminal."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from companion.errors import ModelError
from companion.persona.library import Library, Persona
from companion.show.fake import FakePainter, FakeRepainter, FakeScores
from companion.show.provenance import read_mark
from companion.show.templates import likely
from tests.easel import Studio, persona, studio

MARA = persona()


class OneLibrary:
    """Knows Mara alone."""

    def get(self, persona_id: str) -> Persona:
        return MARA if persona_id == "mara" else Library(Path("none"), Path("none")).get(persona_id)


@dataclass(frozen=True)
class Home:
    here: Studio
    library: OneLibrary = field(default_factory=OneLibrary)

    @property
    def showing(self) -> Any:
        return self.here.showing

    @property
    def pictures(self) -> Any:
        return self.here.pictures

    @property
    def warming(self) -> Any:
        return self.here.warming

    def close(self) -> None:
        """The fixture does it."""


@pytest.fixture
def painter() -> FakeRepainter:
    return FakeRepainter()


@pytest.fixture
def scores() -> FakeScores:
    return FakeScores(0.8)


@pytest.fixture
def here(tmp_path: Path, painter: FakePainter, scores: FakeScores) -> Iterator[Studio]:
    with studio(tmp_path / "home", painter, scores) as here:
        yield here


@pytest.fixture
def picture(run: Callable[..., Any], here: Studio) -> Callable[..., Any]:
    """Runs `companion picture …` in the home."""
    return lambda *arguments: run("picture", *arguments, compose=lambda settings, warm: Home(here))


def test_a_shot_is_painted_kept_and_written(picture: Callable[..., Any], here: Studio, tmp_path: Path) -> None:
    file = tmp_path / "mara.png"
    result = picture("shoot", "mara", "--expression", "sad", "--setting", "Kitchen", "--time", "night", "-o", str(file))
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    kept = here.pictures.get(told["picture"])
    assert kept.kind == "studio" and (kept.shot.expression, kept.shot.setting, kept.shot.time) == ("sad", "kitchen", "night")
    assert told["likeness"]["score"] == 0.8 and told["likeness"]["holds"] and told["file"] == str(file)
    assert file.read_bytes() == here.showing.file(kept).read_bytes()
    again = picture("shoot", "mara", "-o", str(file))
    assert again.exit_code == 2 and "--force" in again.stderr and here.pictures.count() == 1
    assert picture("shoot", "mara", "-o", str(file), "--force", "--strip").exit_code == 0
    mark = read_mark(file.read_bytes())
    assert mark and not mark.record


def test_what_she_has_not_is_named(picture: Callable[..., Any], painter: FakePainter) -> None:
    result = picture("shoot", "mara", "--setting", "moon")
    assert result.exit_code == 2 and 'no place "moon"' in result.stderr and "lamp room, kitchen" in result.stderr
    assert picture("shoot", "mara", "--expression", "smug").exit_code == 2 and picture("shoot", "nobody").exit_code == 2
    assert painter.commissions == []


def test_a_picture_is_made_again_and_compared(picture: Callable[..., Any], here: Studio, painter: FakeRepainter, tmp_path: Path) -> None:
    made, file = json.loads(picture("shoot", "mara", "--expression", "sad").stdout)["picture"], tmp_path / "again.png"
    result = picture("again", made, "-o", str(file))
    told = json.loads(result.stdout)
    assert result.exit_code == 0 and told["same"] and told["from"] == "identity pack" and told["file"] == str(file)
    assert "It is the same picture to the bit." in result.stderr and here.pictures.count() == 1
    mark = read_mark(file.read_bytes())
    assert mark and mark.synthetic == "painted"
    assert picture("again", made, "-o", str(file)).exit_code == 2

    painter.changed = ("torch was 2 and is 3",)
    other = picture("again", made)
    assert other.exit_code == 1 and json.loads(other.stdout)["otherwise"] == ["torch was 2 and is 3"]
    assert "not the same to the bit" in other.stderr and "torch was 2 and is 3" in other.stderr
    next((here.home / "identities").glob(f"{here.pictures.get(made).digest}*")).unlink()
    gone = picture("again", made)
    assert gone.exit_code == 2 and "identity pack of this picture is gone" in gone.stderr and gone.stdout == ""
    assert picture("again", "0" * 32).exit_code == 2


def test_a_drawing_says_that_it_needs_no_pack(run: Callable[..., Any], tmp_path: Path) -> None:
    with studio(tmp_path, FakePainter("sketch")) as here:
        made = here.showing.shoot(MARA, likely(MARA.blueprint.visual, 1)[0], kind="studio").id
        result = run("picture", "again", made, compose=lambda settings, warm: Home(here))
    assert result.exit_code == 0 and json.loads(result.stdout)["from"] == "shot" and "needs no identity pack" in result.stderr


def test_a_painter_that_fails_is_told(picture: Callable[..., Any], painter: FakePainter) -> None:
    painter.error = ModelError("The weights are missing.", hint="Add the model.")
    result = picture("shoot", "mara")
    assert result.exit_code == 2 and result.stderr.endswith("The weights are missing.\nAdd the model.\n") and result.stdout == ""


def test_warming_goes_on_where_it_ended(picture: Callable[..., Any], here: Studio, painter: FakePainter) -> None:
    assert json.loads(picture("warm", "mara", "--count", "2").stdout)["done"] == 2
    told = json.loads(picture("warm", "mara", "--count", "3").stdout)
    assert (told["done"], told["total"], told["failed"]) == (3, 3, 0) and told["bytes"] == here.pictures.size() > 0
    assert {one.shot for one in here.showing.templates(MARA)} == set(likely(MARA.blueprint.visual, 3)) and len(painter.commissions) == 3
    painter.error = ModelError("The weights are missing.", hint="Add the model.")
    failed = picture("warm", "mara", "--count", "5")
    assert failed.exit_code == 2 and json.loads(failed.stdout)["failed"] == 2 and "The weights are missing." in failed.stderr


def test_the_list_shows_what_there_is(picture: Callable[..., Any]) -> None:
    picture("shoot", "mara", "--expression", "shy")
    picture("warm", "mara", "--count", "1")
    shown = picture("list", "mara").stdout
    assert "shy" in shown and "template" in shown and "2 pictures, 1 ready as she looks now" in shown
    lines = [json.loads(line) for line in picture("list", "mara", "--json", "--kind", "studio").stdout.splitlines()]
    assert [line["shot"]["expression"] for line in lines] == ["shy"]


def test_a_file_and_a_kept_picture_are_scored(
    picture: Callable[..., Any], here: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scores: FakeScores
) -> None:
    file = tmp_path / "one.png"
    made = json.loads(picture("shoot", "mara", "-o", str(file)).stdout)["picture"]
    for what in (str(file), made):
        result = picture("score", what, "mara")
        told = json.loads(result.stdout)
        assert result.exit_code == 0 and told["score"] == 0.8 and told["holds"] and told["encoder"] == "fake"
    scores._scores = [0.2]
    assert picture("score", made, "mara").exit_code == 1
    scores._scores = [None]
    assert picture("score", made, "mara").exit_code == 2
    (tmp_path / "text.png").write_text("no picture")
    assert picture("score", str(tmp_path / "text.png"), "mara").exit_code == 2
    assert picture("score", "0" * 32, "mara").exit_code == 2
