"""Who paints, by name."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from companion.errors import SettingsError
from companion.painters import Painters, open_showing
from companion.persona.library import Library, Persona
from companion.settings import Settings
from companion.shot import Shot
from companion.show.again import Repaints, Repeatable
from companion.show.fake import FakePainter, FakeRepainter
from companion.show.protocol import Commission, Sitter
from companion.show.provenance import read_mark
from companion.showing import nothing
from companion.store.database import open_database
from companion.store.pictures import Pictures
from tests.easel import VISUAL, persona

SHIPPED = Path(__file__).parents[1] / "personas"


def painters(home: Path, **changes: Any) -> Painters:
    return Painters(Settings(home=home, **changes))


def painted_by(name: str) -> Persona:
    return persona(visual=VISUAL.model_copy(update={"painter": name}))


@pytest.mark.parametrize(
    ("setting", "own", "name"),
    [
        ("sketch", "", "sketch"),
        ("", "", "sketch"),
        ("sdxl", "", "diffusers sdxl"),
        ("sdxl", "sdxl", "diffusers sdxl"),
        ("sdxl", "sketch", "sketch"),
        ("hub:some/model", "", "hub some/model"),
        ("server", "", "remote picture-1"),
    ],
)
def test_a_persona_names_hers_and_the_settings_the_others(tmp_path: Path, setting: str, own: str, name: str) -> None:
    all_of_them = painters(tmp_path, painter=setting, pictures_url="http://127.0.0.1:9/v1", pictures_model="picture-1")
    assert all_of_them.painter(painted_by(own)).name == name
    assert all_of_them.painter(painted_by(own)) is all_of_them.painter(painted_by(own))
    all_of_them.close()


@pytest.mark.parametrize("named", ["sdxl", "hub:some/model", "server", "some/model"])
def test_what_would_be_fetched_or_told_is_followed_only_if_the_settings_name_it_too(tmp_path: Path, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as told:
        painters(tmp_path).painter(painted_by(named))
    assert "COMPANION_PAINTER" in told.value.hint
    assert painters(tmp_path).painter(painted_by(str(tmp_path))).name == f"diffusers {tmp_path}", "a folder of hers is at home"


def test_a_server_that_is_not_named_is_told_and_nothing_is_at_hand(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="COMPANION_PICTURES_URL"):
        painters(tmp_path, painter="server").painter(persona())
    settings = Settings(home=tmp_path, painter="server")
    engine = open_database(tmp_path)
    showing = open_showing(settings, Pictures(engine), Library(SHIPPED, tmp_path / "personas"), Painters(settings))
    assert showing.at_hand(persona(), Shot()) is None
    with pytest.raises(SettingsError):
        showing.shoot(persona(), Shot(), kind="studio")
    showing.close()
    engine.dispose()


def test_a_drawing_is_compared_with_drawings_and_a_painting_with_references_if_there_are_any(tmp_path: Path) -> None:
    all_of_them = painters(tmp_path)
    assert all_of_them.scorer(persona()) is not None and all_of_them.scorer(painted_by("sdxl")) is None
    seen = painted_by("sdxl")
    visual = seen.blueprint.visual.model_copy(update={"references": ("ab" * 32,)})
    seen = replace(seen, blueprint=seen.blueprint.model_copy(update={"visual": visual}))
    assert all_of_them.scorer(seen) is not None and all_of_them.scorer(seen) is not all_of_them.scorer(persona())


def test_of_those_that_fill_the_memory_one_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, FakePainter] = {}

    def fake(name: str, **options: Any) -> FakePainter:
        made[name] = FakePainter(name)
        return made[name]

    monkeypatch.setattr("companion.painters.DiffusersPainter", fake)
    all_of_them = painters(tmp_path)
    commission = Commission(Sitter("mara", persona().blueprint.appearance), Shot(), long_side_px=64)

    def paint(name: str) -> None:
        all_of_them.painter(painted_by(name)).paint(commission, nothing, threading.Event())

    one, two = (str(tmp_path / name) for name in ("one", "two"))
    for folder in (one, two):
        Path(folder).mkdir()
    for name in (one, one, "sketch", two):
        if name == "sketch":
            all_of_them.painter(painted_by(name))
        else:
            paint(name)
        assert made[one].closed is (name == two)
    assert not made[two].closed
    all_of_them.close()
    assert made[two].closed


def test_a_picture_is_made_again_by_whoever_painted_it_and_the_other_makes_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, FakeRepainter] = {}
    monkeypatch.setattr("companion.painters.DiffusersPainter", lambda name, **options: made.setdefault(name, FakeRepainter(name)))
    all_of_them = painters(tmp_path, painter="one")
    commission = Commission(Sitter("mara", persona().blueprint.appearance), Shot(), long_side_px=64)
    one, two = (all_of_them.painter(painted_by(name)) for name in ("one", str(tmp_path)))
    painted = one.paint(commission, nothing, threading.Event())
    assert isinstance(painted, Repeatable) and isinstance(one, Repaints) and isinstance(two, Repaints)
    two.paint(commission, nothing, threading.Event())
    made["one"].closed = False
    assert one.repaint(painted.pack, commission, nothing, threading.Event()).image == painted.image
    assert made[str(tmp_path)].closed and not made["one"].closed
    assert not isinstance(all_of_them.sketch, Repaints)


def test_a_real_sketch_is_kept_marked_and_her(tmp_path: Path) -> None:
    here = tmp_path / "shipped"
    here.mkdir()
    for name in ("mara.yaml", "theo.yaml"):
        shutil.copy(SHIPPED / name, here)
    settings, library = Settings(home=tmp_path), Library(here, tmp_path / "personas")
    engine, all_of_them = open_database(tmp_path), Painters(settings)
    showing = open_showing(settings, Pictures(engine), library, all_of_them)
    try:
        picture = showing.shoot(library.get("mara"), Shot("joyful"), kind="studio")
        assert max(picture.width_px, picture.height_px) == 2048 and picture.likeness and picture.likeness.holds
        mark = read_mark(showing.file(picture).read_bytes())
        assert mark and mark.synthetic == "drawn" and mark.signature == "valid" and mark.record == picture.record
    finally:
        showing.close()
        all_of_them.close()
        engine.dispose()
