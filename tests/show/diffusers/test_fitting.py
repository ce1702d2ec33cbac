"""A model is placed the fastest way that fits, and never where it does not."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.show.diffusers.families import FAMILIES, family
from companion.show.diffusers.fitting import SPARE, Device, Fit, Need, fit, free_mb, need_of, out_of_memory, place, thriftier
from companion.show.diffusers.presets import shipped

ORDER = {"whole": 0, "model_offload": 1, "sequential_offload": 2}


@st.composite
def needs(draw: st.DrawFn) -> Need:
    largest = draw(st.floats(100, 40_000))
    return Need(
        weights_mb=largest + draw(st.floats(0, 40_000)),
        largest_mb=largest,
        step_mb=draw(st.floats(10, 8_000)),
        decode_mb=draw(st.floats(10, 20_000)),
        tile_mb=draw(st.floats(10, 4_000)),
        megapixels=draw(st.floats(0.1, 4)),
    )


def held_mb(need: Need, fitted: Fit) -> float:
    weights = {"whole": need.weights_mb, "model_offload": need.largest_mb, "sequential_offload": 0.0}[fitted.placement]
    return weights + need.working_mb(tiled=fitted.vae_tiling)


@given(needs(), st.floats(0, 200_000), st.sampled_from(["cpu", "cuda", "mps"]))
def test_what_is_placed_fits(need: Need, free: float, device: Device) -> None:
    try:
        fitted = fit(need, free, device)
    except ModelError as error:
        assert "GB" in error.message and error.hint
        return
    assert held_mb(need, fitted) <= free * SPARE
    if device != "cuda":
        assert fitted.placement == "whole", "there is nowhere else"
    assert not fitted.attention_slicing or device == "mps"


@given(needs(), st.floats(0, 200_000), st.floats(0, 50_000), st.sampled_from(["cpu", "cuda", "mps"]))
def test_more_memory_never_makes_it_slower(need: Need, free: float, more: float, device: Device) -> None:
    def rank(memory: float) -> tuple[int, bool] | None:
        try:
            fitted = fit(need, memory, device)
        except ModelError:
            return None
        return ORDER[fitted.placement], fitted.vae_tiling

    less = rank(free)
    assert less is None or (rank(free + more) or (9, True)) <= less


@given(needs(), st.floats(1_000, 200_000))
def test_the_error_names_what_would_do(need: Need, free: float) -> None:
    try:
        fit(need, free, "cuda")
    except ModelError as error:
        least_gb = float(error.message.split("needs ")[1].split(" GB")[0])
        fit(need, (least_gb + 0.1) * 1000, "cuda")


def test_cards_and_presets() -> None:
    """The sizes people have: what is decided is what one would do by hand."""

    def on(name: str, gb: float, device: Device = "cuda") -> Fit:
        preset = shipped().get(name)
        assert preset
        return fit(preset.need(), gb * 1000, device)

    assert on("sd15", 8) == Fit("whole")
    assert on("sd15", 5) == Fit("whole")
    assert on("sd15", 4).placement == "model_offload"
    assert on("sdxl", 24) == Fit("whole")
    assert on("sdxl", 12) == Fit("whole", vae_tiling=True)
    assert on("sdxl", 9).placement == "model_offload"
    assert on("sdxl", 4).placement == "sequential_offload"
    assert on("flux2-klein", 24) == Fit("whole")
    assert on("flux2-klein", 16).placement == "model_offload"
    assert on("flux2-klein-9b", 24).placement == "model_offload"
    assert on("sdxl", 16, "mps") == Fit("whole", vae_tiling=True, attention_slicing=True)
    with pytest.raises(ModelError, match="GB of memory"):
        on("sdxl", 8, "cpu")


def test_a_large_picture_is_decoded_in_tiles_wherever_it_fits() -> None:
    need = need_of(family("sdxl"), {"unet": 100.0}, 1638, 2048, bytes_a_number=2)
    assert fit(need, 1e6, "cuda") == Fit("whole", vae_tiling=True)


def test_wider_numbers_need_more() -> None:
    half, whole = (need_of(family("sd15"), {"unet": 100.0, "vae": 50.0}, 512, 640, bytes_a_number=size) for size in (2, 4))
    assert half.weights_mb == whole.weights_mb == 150 and half.largest_mb == 100
    assert whole.step_mb == 2 * half.step_mb and whole.tile_mb == 2 * half.tile_mb
    half, whole = (need_of(family("sdxl"), {}, 896, 1120, bytes_a_number=size) for size in (2, 4))
    assert whole.step_mb == 2 * half.step_mb and whole.decode_mb == half.decode_mb, "it is decoded in float32 anyway"


def test_after_memory_ran_out_each_next_way_takes_less_until_there_is_none() -> None:
    fitted: Fit | None = Fit()
    ways = []
    while fitted:
        ways.append(fitted)
        fitted = thriftier(fitted, "cuda")
    assert [(way.placement, way.vae_tiling) for way in ways] == [
        ("whole", False), ("whole", True), ("model_offload", True), ("sequential_offload", True),
    ]  # fmt: skip
    assert thriftier(Fit(), "cpu") == Fit(vae_tiling=True)
    assert thriftier(Fit(vae_tiling=True), "cpu") is None
    assert thriftier(Fit(), "mps") == Fit(vae_tiling=True, attention_slicing=True)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_errors(error: Exception, says: bool) -> None:
    assert out_of_memory(error) is says


class Pipe:
    """Records how it is placed."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.vae = self

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self.calls.append(name)


@pytest.mark.parametrize(
    ("fitted", "calls"),
    [
        (Fit(), ["remove_all_hooks", "to", "disable_tiling"]),
        (Fit("model_offload", vae_tiling=True), ["remove_all_hooks", "enable_model_cpu_offload", "enable_tiling"]),
        (Fit("sequential_offload", vae_tiling=True), ["remove_all_hooks", "enable_sequential_cpu_offload", "enable_tiling"]),
    ],
)
def test_placing_carries_out_what_was_decided(fitted: Fit, calls: list[str]) -> None:
    pipe = Pipe()
    place(pipe, fitted, "cuda")
    assert pipe.calls == calls


def test_free_memory_is_read() -> None:
    assert free_mb("cpu") > 100
    assert {one.name for one in FAMILIES} == {"sd15", "sdxl", "flux2-klein"}
