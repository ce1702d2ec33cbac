"""A look made by eye: the sketch that follows the draft, references that come in, and a LoRA at five strengths."""

import io
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from companion.compose import compose
from companion.persona.visual import Lora, Visual
from companion.settings import Settings
from companion.shot import Shot
from companion.think.fake import FakeEngine
from companion.ui.studio_look_routes import look_routes
from companion.ui.studio_look_strip import knobs_at, strengths
from tests.ui.tab import Tab

REFERENCES = ("visual", "references")
SKETCH = re.compile(r'data-sketch="([^"]+)" data-look="([0-9a-f]+)"')


def sketched(easel: str) -> str:
    """Where the sketch on an easel is, without its size."""
    found = SKETCH.search(easel)
    assert found
    return f"{found[1]}{found[2]}"


class Look(Tab):
    """A persona of one's own with her look open."""

    def open(self) -> None:
        self.do(self.actions.duplicate(self.bench))
        self.do(self.actions.section(self.bench, "look"))

    def data(self) -> dict[str, dict[str, object]]:
        return self.companion.studio.open(self.bench.persona_id).data  # type: ignore[return-value]

    def refer(self, *files: tuple[str, bytes]) -> list[dict[str, str]]:
        sent = [{"name": name, "content": b64encode(content).decode()} for name, content in files]
        marks = self.do(self.actions.look.refer(self.bench, sent))[-1].marks
        assert marks is not None
        return marks["refused"]  # type: ignore[no-any-return]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    companion = compose(Settings(home=tmp_path), engine=FakeEngine())
    opened = Look(companion)
    opened.open()
    yield opened
    companion.close()


@pytest.fixture
def browser(look: Look) -> TestClient:
    return TestClient(Starlette(routes=look_routes(look.companion)))


def picture(color: str = "#886644", **more: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 80), color).save(data, "JPEG", **more)
    return data.getvalue()


def test_the_sketch_has_an_address_that_changes_with_the_draft(look: Look, browser: TestClient) -> None:
    before = sketched(look.text("easel"))
    look.do(look.actions.look.put(look.bench, ("appearance", "portrait", "hair_color"), "#112233"))
    after = sketched(look.text("easel"))
    assert after != before
    drawn = browser.get(f"/{after}/128?expression=sad")
    assert drawn.status_code == 200 and drawn.headers["content-type"] == "image/png"
    assert browser.get(f"/{after}/128?expression=joyful").content != drawn.content
    assert browser.get(f"/{after[:-6]}000000/128").status_code == 404
    assert browser.get(f"/{after}/4096").status_code == 404


def test_what_is_wrong_in_a_draft_is_left_out_of_the_sketch_and_said(look: Look, browser: TestClient) -> None:
    look.do(look.actions.look.put(look.bench, ("visual", "palette"), ["no colour"]))
    assert "to be put right" in look.text("easel")
    assert browser.get(f"/{sketched(look.text('easel'))}/128").status_code == 200


def test_references_come_in_bare_each_by_itself_and_can_be_undone(look: Look, browser: TestClient) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    refused = look.refer(("a.jpg", picture(exif=exif)), ("b.svg", b"<svg onload='alert(1)'/>"), ("c.jpg", picture("#224466")))
    assert [one["name"] for one in refused] == ["b.svg"] and refused[0]["text"]
    named = look.data()["visual"]["references"]
    assert isinstance(named, list) and len(named) == 2
    kept = browser.get(f"/companion/references/{look.bench.persona_id}/{named[0]}")
    assert kept.status_code == 200 and b"at home" not in kept.content
    look.do(look.actions.undo(look.bench))
    assert not look.data()["visual"].get("references")


def test_a_reference_that_she_does_not_name_is_handed_out_to_nobody(look: Look, browser: TestClient) -> None:
    digest = look.companion.showing.keep_reference(picture(), "image/jpeg")
    assert browser.get(f"/companion/references/{look.bench.persona_id}/{digest}").status_code == 404


def test_there_is_room_for_eight_and_the_same_one_comes_once(look: Look) -> None:
    pictures = [(f"{number}.jpg", picture(f"#{number}04466")) for number in range(1, 10)]
    refused = look.refer(*pictures, pictures[0])
    assert len(look.data()["visual"]["references"]) == 8  # type: ignore[arg-type]
    assert len(refused) == 2 and "no room" in refused[0]["text"]


def test_a_sketch_wears_no_lora_and_says_so(look: Look) -> None:
    look.do(look.actions.look.put(look.bench, ("visual", "loras"), [{"name": "face", "weight": 1.0}]))
    drawn = look.do(look.actions.look.strip(look.bench, 0, {}))
    assert any("wears no LoRA" in str(getattr(one, "toast", "")) for one in drawn)
    assert not [job for job in look.companion.showing.jobs() if job.persona_id == look.bench.persona_id]


@given(st.floats(-2, 2))
def test_five_strengths_begin_with_none_grow_and_stay_within_the_bounds(weight: float) -> None:
    found = strengths(weight)
    assert len(found) == 5 and found[0] == 0 and all(abs(one) <= 2 for one in found)
    assert [abs(one) for one in found] == sorted(abs(one) for one in found)
    assert all(one <= 0 for one in found) or all(one >= 0 for one in found)


def test_only_the_strength_differs_on_the_strip() -> None:
    visual = Visual(loras=(Lora(name="face"), Lora(name="smile", weight=0.5)))
    weak, strong = (knobs_at(visual, 0, weight, Shot()) for weight in (0.25, 1.5))
    assert (weak.seed, weak.prompt, weak.ip_scale) == (strong.seed, strong.prompt, strong.ip_scale)
    assert [one.weight for one in weak.loras if one.name == "smile"] == [one.weight for one in strong.loras if one.name == "smile"]
    assert [one.weight for one in strong.loras if one.name == "face"] == [1.5]
