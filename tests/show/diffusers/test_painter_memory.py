"""What the painter holds: freed when a picture is stopped or memory runs out, and placed more thriftily where there is little."""

import gc
import threading
import weakref
from types import SimpleNamespace

import pytest
import torch

from companion.errors import Cancelled, ModelError
from companion.show.diffusers.fitting import Fit, place
from companion.show.diffusers.presets import shipped
from companion.show.protocol import Progress
from tests.show.diffusers.painting import Make, commission, everything, paint, wearing


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


def test_closing_frees_the_model_and_the_next_picture_loads_it_again(make: Make) -> None:
    painter = make()
    first = paint(painter)
    assert painter._model
    gone = weakref.ref(painter._model.pipe.unet)
    painter.close()
    assert gone() is None
    painter.close()
    assert paint(painter).image == first.image


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
