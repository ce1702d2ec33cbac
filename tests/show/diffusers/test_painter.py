"""The painter as a page meets it: a picture of its seed, told of and stopped at every step, and clear words when it cannot be painted."""

import io
import json
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from companion.errors import Cancelled, CompanionError, ModelError
from companion.shot import WHOLE, LoraWeight
from companion.show.diffusers.painter import DiffusersPainter
from companion.show.diffusers.presets import Extra, Preset, shipped
from companion.show.protocol import Painted, Painter, Progress
from tests.show.diffusers.painting import SIDES, STEPS, Make, commission, everything, paint, pixels

FAMILIES = ("sd15", "sdxl", "flux2-klein")


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_paints_and_says_how(ready: Make, family: str) -> None:
    painter: Painter = ready(family)
    painted = painter.paint(commission(long_side_px=320, negative_prompt="blurred"), lambda _: None, threading.Event())
    image = pixels(painted)
    assert image.format == "WEBP" and painted.media_type == "image/webp"
    assert image.size == (painted.width_px, painted.height_px) == (256, 320)
    assert len(image.convert("L").getcolors(100_000) or ()) > 10, "something is on it"
    assert painted.subject == WHOLE
    record = json.loads(json.dumps(painted.record))
    assert record["painter"] == painter.name == "diffusers tiny"
    assert (record["family"], record["steps"], record["seed"], record["native_px"]) == (family, STEPS, 4, [64, 80])
    assert (record["device"], record["dtype"], record["placement"], record["upscaler"]) == ("cpu", "float32", "whole", "lanczos")
    assert all(len(digest) == 64 for digest in record["weights_sha256"].values()) and len(record["weights_sha256"]) >= 3
    assert ("negative_prompt" in record["left_out"]) == (family == "flux2-klein")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_picture_is_that_of_its_seed_and_words(make: Make, ready: Make, family: str) -> None:
    painter = ready(family)
    first, again = paint(painter), paint(painter)
    assert first.image == again.image == paint(make(family)).image, "to the bit, in another painter too"
    assert paint(painter, seed=5).image != first.image
    assert paint(painter, prompt="a man").image != first.image
    assert paint(painter).image == first.image, "nothing of the others stays"


def test_the_negative_prompt_counts_where_the_model_compares_and_is_left_out_where_not(make: Make, ready: Make) -> None:
    compares, hurried = ready(), make(guidance=1.0)
    assert paint(compares, negative_prompt="fog").image != paint(compares).image
    plain, asked = paint(hurried), paint(hurried, negative_prompt="fog")
    assert plain.image == asked.image
    assert plain.record["left_out"] == {} and "negative_prompt" in asked.record["left_out"]


def test_the_sampler_of_the_preset_takes_the_steps(make: Make, ready: Make) -> None:
    pictures = {name: paint(make(scheduler=name)) for name in ("own", "dpm++")} | {"euler-a": paint(ready())}
    assert len({one.image for one in pictures.values()}) == 3
    names = {name: one.record["scheduler"] for name, one in pictures.items()}
    assert names == {"own": "DDIMScheduler", "dpm++": "DPMSolverMultistepScheduler", "euler-a": "EulerAncestralDiscreteScheduler"}


def test_a_sampler_that_remembers_steps_forgets_those_of_a_picture_that_was_stopped(make: Make) -> None:
    painter, cancel = make(scheduler="dpm++", steps=3), threading.Event()
    whole = paint(painter)
    with pytest.raises(Cancelled):
        painter.paint(commission(seed=9), lambda one: cancel.set() if one.preview else None, cancel)
    assert paint(painter).image == whole.image


def test_progress_rises_from_nothing_to_all_with_previews(ready: Make) -> None:
    told: list[Progress] = []
    ready().paint(commission(), told.append, threading.Event())
    shares = [one.share for one in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    previews = [one.preview for one in told if one.preview]
    assert len(previews) == STEPS and len(set(previews)) > 1
    assert all(Image.open(io.BytesIO(one)).size == (205, 256) for one in previews)


def test_stopping_before_it_begins_loads_nothing(make: Make) -> None:
    cancel = threading.Event()
    cancel.set()
    painter = make(model="/nowhere")
    with pytest.raises(Cancelled):
        painter.paint(commission(), lambda _: None, cancel)


def test_one_picture_at_a_time_and_who_waits_can_be_stopped(ready: Make) -> None:
    painter, begun, go_on, cancel = ready(), threading.Event(), threading.Event(), threading.Event()
    done: list[Painted] = []

    def hold(progress: Progress) -> None:
        if progress.preview:
            begun.set()
            go_on.wait(30)

    first = threading.Thread(target=lambda: done.append(painter.paint(commission(), hold, threading.Event())))
    first.start()
    assert begun.wait(30)
    cancel.set()
    with pytest.raises(Cancelled):
        painter.paint(commission(), lambda _: pytest.fail("it began"), cancel)
    go_on.set()
    first.join(30)
    assert len(done) == 1


def test_a_bug_stays_loud(ready: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = ready()
    whole = paint(painter)
    assert painter._model
    with monkeypatch.context() as patched:
        patched.setattr(painter._model.pipe.unet, "forward", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            paint(painter)
    assert paint(painter).image == whole.image


@pytest.mark.parametrize("changes", [{"model": "/nowhere/at/all"}, {"family": "sdxl"}])
def test_a_model_that_is_not_there_or_of_another_kind_is_named(make: Make, checkpoints: SimpleNamespace, changes: dict[str, str]) -> None:
    painter = make(**{"model": str(checkpoints.pipeline("sd15")), **changes})
    with pytest.raises(ModelError) as told:
        paint(painter)
    assert (changes.get("model") or "sdxl") in told.value.message and told.value.hint


def test_numbers_that_do_not_exist_are_refused(checkpoints: SimpleNamespace, tmp_path: Path) -> None:
    preset = Preset(name="tiny", model=str(checkpoints.pipeline("sd15")), family="sd15", steps=1, guidance=1, **SIDES)
    painter = DiffusersPainter(preset, adapters=tmp_path, embeddings=tmp_path, device="cpu", dtype="int8")
    with pytest.raises(ModelError, match="int8"):
        paint(painter)


def test_a_folder_without_a_preset_is_set_like_its_family(checkpoints: SimpleNamespace, tmp_path: Path) -> None:
    like = Preset(
        name="like", model="o/m", family="sdxl", scheduler="ddim", steps=2, guidance=4.0, speed=Extra(name="x", size_gb=1), **SIDES
    )
    presets = shipped().model_copy(update={"presets": (like,)})
    folder = str(checkpoints.pipeline("sdxl"))
    painter = DiffusersPainter(folder, adapters=tmp_path, embeddings=tmp_path, device="cpu", presets=presets)
    painted = paint(painter)
    assert painter.name == f"diffusers {folder}"
    kept = painted.record
    assert (kept["model"], kept["steps"], kept["guidance"], kept["scheduler"]) == (folder, 2, 4.0, "DDIMScheduler")


def test_the_models_own_filter_is_told_of(ready: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = ready()
    paint(painter)
    assert painter._model
    flagged = SimpleNamespace(images=[Image.new("RGB", (64, 80))], nsfw_content_detected=[True])
    monkeypatch.setattr(type(painter._model.pipe), "__call__", lambda *_, **__: flagged)
    with pytest.raises(ModelError, match="filter"):
        paint(painter)


def test_refining_paints_the_enlarged_picture_over(make: Make, checkpoints: SimpleNamespace) -> None:
    family, told = "sdxl", list[Progress]()
    face = everything(checkpoints, family)["ip_adapter"]
    painter = make(family, upscaler="refine")
    asked = commission(long_side_px=128, **face)
    refined = painter.paint(asked, told.append, threading.Event())
    assert refined.record["upscaler"] == "refine" and pixels(refined).size == (102, 128)
    smooth = paint(make(family), asked)
    assert smooth.record["upscaler"] == "lanczos" and refined.image != smooth.image
    shares = [one.share for one in told]
    assert shares == sorted(shares) and len(shares) > STEPS + 6
    assert paint(painter, asked).image == refined.image
    assert paint(painter, commission(long_side_px=80)).record["upscaler"] == "lanczos", "nothing to enlarge"


def test_refining_stops_between_tiles_and_is_left_out_where_there_is_no_way(make: Make) -> None:
    painter, cancel = make(upscaler="refine"), threading.Event()

    def stop(progress: Progress) -> None:
        if progress.share > 0.45:
            cancel.set()

    with pytest.raises(Cancelled):
        painter.paint(commission(long_side_px=128), stop, cancel)
    klein = paint(make("flux2-klein", upscaler="refine"), commission(long_side_px=128))
    assert "refine" in klein.record["left_out"] and klein.record["upscaler"] == "lanczos"


def test_errors_are_for_people(ready: Make) -> None:
    painter = ready()
    with pytest.raises(CompanionError) as told:
        paint(painter, loras=(LoraWeight("nobody-has-this", 1.0),))
    assert "nobody-has-this" in told.value.message and told.value.hint
    assert paint(painter).image == paint(painter, replace(commission())).image
