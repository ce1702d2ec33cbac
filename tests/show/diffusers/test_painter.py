"""The painter as a page meets it: a picture of its seed, told of and stopped at every step, and clear words when it cannot be painted."""

import gc
import io
import json
import shutil
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from companion.errors import Cancelled, CompanionError, ModelError
from companion.persona.blueprint import Appearance
from companion.shot import WHOLE, Knobs, LoraWeight, Shot
from companion.show.diffusers import identity
from companion.show.diffusers.fitting import Fit, place
from companion.show.diffusers.painter import DiffusersPainter
from companion.show.diffusers.presets import Extra, Preset, Presets, Wardrobe, shipped
from companion.show.protocol import Commission, Painted, Painter, Progress, Sitter
from tests.show.diffusers import tiny

STEPS, SIDES = 2, {"width_px": 64, "height_px": 80}
FAMILIES = ("sd15", "sdxl", "flux2-klein")
SKELETON = tuple((0.3 + 0.02 * at, 0.2 + 0.03 * at) for at in range(18))
Make = Callable[..., DiffusersPainter]


@pytest.fixture
def make(checkpoints: SimpleNamespace, tmp_path: Path) -> Make:
    """A painter over a tiny checkpoint of a family."""

    def painter(family: str = "sd15", *, presets: Presets | None = None, upscaler: Any = "lanczos", **changes: Any) -> DiffusersPainter:
        scheduler = "own" if family == "flux2-klein" else "euler-a"  # the ancestral one rolls dice in every step
        rows = {
            "name": "tiny",
            "model": str(checkpoints.pipeline(family)),
            "family": family,
            "scheduler": scheduler,
            "steps": STEPS,
            "guidance": 5.0,
        }
        preset = Preset(**{**rows, **SIDES, **changes})
        folders = {"adapters": tmp_path / "adapters", "embeddings": tmp_path / "embeddings"}
        return DiffusersPainter(preset, **folders, device="cpu", upscaler=upscaler, presets=presets)

    return painter


@pytest.fixture(scope="module")
def ready(checkpoints: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], DiffusersPainter]:
    """A painter of each family that tests share, as pictures do: none may leave anything behind."""
    made: dict[str, DiffusersPainter] = {}

    def painter(family: str = "sd15") -> DiffusersPainter:
        if family not in made:
            rows = {"name": "tiny", "model": str(checkpoints.pipeline(family)), "family": family, "steps": STEPS}
            few = {"scheduler": "own", "guidance": 1.0} if family == "flux2-klein" else {"scheduler": "euler-a", "guidance": 5.0}
            folder = tmp_path_factory.mktemp(family)
            made[family] = DiffusersPainter(Preset(**rows, **few, **SIDES), adapters=folder, embeddings=folder, device="cpu")
        return made[family]

    return painter


def commission(*, references: tuple[bytes, ...] = (), long_side_px: int = 80, **knobs: Any) -> Commission:
    sitter = Sitter("mara", Appearance(), references=references)
    return Commission(sitter, Shot(), Knobs(**{"prompt": "a woman by the harbour", "seed": 4, **knobs}), long_side_px)


def paint(painter: DiffusersPainter, asked: Commission | None = None, **knobs: Any) -> Painted:
    return painter.paint(asked or commission(**knobs), lambda _: None, threading.Event())


def pixels(painted: Painted) -> Image.Image:
    return Image.open(io.BytesIO(painted.image))


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


def live() -> int:
    gc.collect()
    return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())


@pytest.mark.parametrize("family", ["sd15", "flux2-klein"])
def test_stopping_ends_within_one_step_and_frees_what_the_picture_held(ready: Make, family: str) -> None:
    painter, cancel, told = ready(family), threading.Event(), []
    whole = paint(painter)
    before = live()

    def stop(progress: Progress) -> None:
        told.append(progress)
        if progress.preview:
            cancel.set()

    with pytest.raises(Cancelled) as ended:
        painter.paint(commission(), stop, cancel)
    assert sum(bool(one.preview) for one in told) == 1, "no step after the one that ran"
    assert live() == before, "while the error is still held"
    assert not ended.value.__context__
    assert paint(painter).image == whole.image


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


def test_when_memory_runs_out_it_says_what_to_do_and_the_next_picture_works(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = make()
    paint(painter)
    assert painter._model
    held: list[weakref.ref[torch.Tensor]] = []

    def burst(latents: torch.Tensor, *_: object, **__: object) -> None:
        held.append(weakref.ref(latents))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    with monkeypatch.context() as patched:
        patched.setattr(painter._model.pipe.unet, "forward", burst)
        with pytest.raises(ModelError, match="Memory ran out") as told:
            paint(painter)
    assert "less memory" in told.value.hint and isinstance(told.value.__cause__, torch.OutOfMemoryError)
    assert [one() for one in held] == [None], "while the error is still held"
    after = paint(painter)
    assert after.record["vae_tiling"] is True and painter._model is not None

    with monkeypatch.context() as patched:  # there is nothing left to save: the model leaves, and comes back when it is asked for
        patched.setattr(painter._model.pipe.unet, "forward", burst)
        with pytest.raises(ModelError, match="Memory ran out") as told:
            paint(painter)
    assert "smaller preset" in told.value.hint and painter._model is None
    assert paint(painter).record["vae_tiling"] is False


def test_a_bug_stays_loud(ready: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = ready()
    whole = paint(painter)
    assert painter._model
    with monkeypatch.context() as patched:
        patched.setattr(painter._model.pipe.unet, "forward", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            paint(painter)
    assert paint(painter).image == whole.image


def test_closing_frees_the_model_and_the_next_picture_loads_it_again(make: Make) -> None:
    painter = make()
    first = paint(painter)
    assert painter._model
    gone = weakref.ref(painter._model.pipe.unet)
    painter.close()
    assert gone() is None
    painter.close()
    assert paint(painter).image == first.image


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


def wearing(checkpoints: SimpleNamespace, family: str) -> Presets:
    """The table of presets with tiny ControlNets in the place of real ones."""
    nets = {one: Extra(name=str(checkpoints.controlnet(family, seed)), size_gb=1) for seed, one in enumerate(("openpose", "depth"))}
    return shipped().model_copy(update={"wardrobes": {**shipped().wardrobes, family: Wardrobe(controlnets=nets)}})


def everything(checkpoints: SimpleNamespace, family: str) -> dict[str, dict[str, Any]]:
    """Knobs that each put something on."""
    face = {"ip_adapter": str(checkpoints.ip_adapter(family)), "ip_scale": 0.8, "references": (tiny.portrait(1),)}
    return {
        "loras": {"loras": (LoraWeight(str(checkpoints.lora(family)), 0.8),)},
        "ip_adapter": face,
        "controlnets": {"controlnet": ("openpose",), "skeleton": SKELETON},
        "both": {"controlnet": ("openpose", "depth"), "skeleton": SKELETON, **face},
    }


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_what_she_wears_changes_the_picture_is_recorded_and_comes_off_again(make: Make, checkpoints: SimpleNamespace, family: str) -> None:
    painter = make(family, presets=wearing(checkpoints, family))
    plain = paint(painter)
    pictures = {}
    for what, knobs in everything(checkpoints, family).items():
        painted = paint(painter, **knobs)
        assert painted.image != plain.image, what
        worn: Mapping[str, Any] = painted.record["adapters"]
        assert set(worn) == ({"controlnets", "ip_adapter"} if what == "both" else {what})
        assert painted.record["left_out"] == {}
        assert (painted.subject == WHOLE) == ("skeleton" not in knobs)
        pictures[what] = painted.image
        assert paint(painter).image == plain.image, f"{what} came off"
    assert len(set(pictures.values())) == len(pictures)
    assert paint(painter, **everything(checkpoints, family)["both"]).image == pictures["both"]


def test_the_skeleton_says_where_she_is(make: Make, checkpoints: SimpleNamespace) -> None:
    painter = make(presets=wearing(checkpoints, "sd15"))
    box = paint(painter, controlnet=("openpose",), skeleton=SKELETON).subject
    assert box.left == pytest.approx(0.22) and box.top == pytest.approx(0.12)
    assert box.right == pytest.approx(0.72) and box.bottom == pytest.approx(0.79)
    corner = (*SKELETON[:-1], (1.0, 1.0))
    assert paint(painter, controlnet=("openpose",), skeleton=corner).subject[2:] == (1.0, 1.0)


def test_flux_looks_at_her_references_itself_and_says_what_it_cannot_wear(ready: Make) -> None:
    painter = ready("flux2-klein")
    plain = paint(painter)
    painted = paint(
        painter, references=(tiny.portrait(1),), ip_adapter="h94/IP-Adapter", ip_scale=0.6, controlnet=("openpose",), skeleton=SKELETON
    )
    assert painted.image != plain.image and painted.record["adapters"]["references"]
    assert set(painted.record["left_out"]) == {"ip_adapter", "controlnet openpose"}
    assert painted.subject == WHOLE, "nothing says where she is"


def test_a_lora_for_speed_is_melted_in_and_hers_come_and_go_above_it(make: Make, checkpoints: SimpleNamespace) -> None:
    family = "sdxl"
    speed = Extra(name=str(checkpoints.lora(family, seed=7)), size_gb=1)
    plain, hurried = make(family), make(family, speed=speed)
    fast = paint(hurried)
    assert fast.image != paint(plain).image
    assert speed.name in fast.record["weights_sha256"]
    assert hurried._model and hurried._model.pipe.get_list_adapters() == {}, "it is part of the weights"
    hers = (LoraWeight(str(checkpoints.lora(family)), 0.8),)
    assert paint(hurried, loras=hers).image != fast.image
    assert paint(hurried).image == fast.image


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


@pytest.mark.parametrize("family", ["sd15", "flux2-klein"])
def test_a_model_that_waits_in_memory_paints_the_same(make: Make, checkpoints: SimpleNamespace, family: str) -> None:
    """Part by part: Accelerate's hooks work between any two devices, here both are the processor. Layer by layer takes a real card."""
    presets = wearing(checkpoints, family) if family != "flux2-klein" else shipped()
    whole, waits = make(family, presets=presets), make(family, presets=presets)
    asked = [commission()] + ([commission(**one) for one in everything(checkpoints, family).values()] if family != "flux2-klein" else [])
    wanted = [paint(whole, one).image for one in asked]
    paint(waits)
    assert waits._model
    waits._model.fitted = Fit("model_offload")
    place(waits._model.pipe, waits._model.fitted, "cpu")
    assert [paint(waits, one).image for one in (*asked, asked[0])] == [*wanted, wanted[0]]
    assert paint(waits).record["placement"] == "model_offload"


def test_attention_in_slices_gives_way_to_an_ip_adapter(make: Make, checkpoints: SimpleNamespace) -> None:
    painter, whole = make(), make()
    face = everything(checkpoints, "sd15")["ip_adapter"]
    plain = paint(painter)
    assert painter._model and plain.record["attention_slicing"] is False
    painter._model.fitted = Fit(attention_slicing=True)
    sliced = paint(painter)
    assert sliced.record["attention_slicing"] is True
    assert "Sliced" in str(painter._model.pipe.unet.attn_processors)
    faced = paint(painter, **face)
    assert faced.record["attention_slicing"] is False and faced.image == paint(whole, **face).image
    assert paint(painter).record["attention_slicing"] is False, "it is still on, at rest"


def test_memory_that_ran_out_while_she_wears_something_leaves_nothing_on(
    make: Make, checkpoints: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter = make(presets=wearing(checkpoints, "sd15"), width_px=64, height_px=64)  # too small for tiles
    knobs = {**everything(checkpoints, "sd15")["both"], **everything(checkpoints, "sd15")["loras"]}
    plain, worn = paint(painter), paint(painter, **knobs)
    assert painter._model
    with monkeypatch.context() as patched:
        patched.setattr(painter._model.pipe.unet, "forward", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(ModelError, match="Memory ran out"):
            paint(painter, **knobs)
    assert painter._model.pipe.get_list_adapters() == {}, "what she wore is freed too"
    assert paint(painter).image == plain.image
    assert paint(painter, **knobs).image == worn.image


def test_a_picture_is_made_again_from_its_identity_pack_without_her_references(
    make: Make, checkpoints: SimpleNamespace, tmp_path: Path
) -> None:
    presets = wearing(checkpoints, "sd15")
    hers = tmp_path / "adapters" / "hers.safetensors"
    hers.parent.mkdir()
    shutil.copy(checkpoints.lora("sd15"), hers)
    asked = commission(**everything(checkpoints, "sd15")["both"], loras=(LoraWeight("hers", 0.7),))
    painter = make(presets=presets)
    painted = paint(painter, asked)
    identity.write(painter.pack(asked, threading.Event()), tmp_path / "mara.identity")

    kept, later = identity.read(tmp_path / "mara.identity"), make(presets=presets)
    bare = commission(prompt="something else", seed=99)
    again = later.repaint(kept, bare, lambda _: None, threading.Event())
    assert again.image == painted.image and "otherwise" not in again.record

    moved = identity.Identity(kept.knobs, kept.worn, {**kept.model, "device": "cuda"}, kept.embeddings)
    assert later.repaint(moved, bare, lambda _: None, threading.Event()).record["otherwise"] == ["device was cuda and is cpu"]
    shutil.copy(checkpoints.lora("sd15", seed=9), hers)
    with pytest.raises(ModelError, match="LoRA hers is another file"):
        later.repaint(kept, bare, lambda _: None, threading.Event())


def test_errors_are_for_people(ready: Make) -> None:
    painter = ready()
    with pytest.raises(CompanionError) as told:
        paint(painter, loras=(LoraWeight("nobody-has-this", 1.0),))
    assert "nobody-has-this" in told.value.message and told.value.hint
    assert paint(painter).image == paint(painter, replace(commission())).image
