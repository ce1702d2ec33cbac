"""A model on a graphics card makes room for what it wears."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from companion.errors import ModelError
from companion.show.diffusers import model as module
from companion.show.diffusers.fitting import Fit, Need, both, parts_mb
from companion.show.diffusers.model import ImageModel
from companion.show.diffusers.presets import Preset, Scheduler

NEED = Need(weights_mb=4_000, largest_mb=3_000, step_mb=500, decode_mb=1_000, tile_mb=500, megapixels=0.3)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A graphics card with so much free beside the model."""
    held = SimpleNamespace(free=4_000.0, placed=[])
    monkeypatch.setattr(module, "free_mb", lambda device: held.free)
    monkeypatch.setattr(module, "place", lambda pipe, fitted, device: held.placed.append((pipe, fitted, device)))
    return held


def model(*, fitted: Fit) -> ImageModel:
    preset = Preset(name="p", model="o/m", family="sd15", steps=1, guidance=1, width_px=512, height_px=640)
    made: dict[str, Any] = {"own_scheduler": None, "scheduler": Scheduler(), "colors": None, "digests": {}, "guided": True}
    checkpoint: Any = SimpleNamespace(source="o/m")
    return ImageModel(preset=preset, checkpoint=checkpoint, pipe=None, device="cuda", dtype="float16", need=NEED, fitted=fitted, **made)


def pipe(**sizes_mb: float) -> Any:
    parts = {name: torch.nn.Linear(1, 1, bias=False, device="meta") for name in sizes_mb}
    for name, part in parts.items():
        part.weight = torch.nn.Parameter(torch.empty(int(sizes_mb[name] * 500_000), dtype=torch.float16, device="meta"))
    return SimpleNamespace(components={**parts, "scheduler": object()})


def test_the_parts_are_weighed_with_what_they_wear() -> None:
    assert parts_mb(pipe(unet=3_000, vae=1_000)) == {"unet": 3_000, "vae": 1_000}


@pytest.mark.parametrize(
    ("controlnet_mb", "placement", "tiled"),
    [(0, "whole", False), (2_000, "whole", False), (2_500, "whole", True), (4_000, "model_offload", False)],
)
def test_with_more_to_carry_it_is_placed_more_thriftily(card: SimpleNamespace, controlnet_mb: float, placement: str, tiled: bool) -> None:
    made, worn = model(fitted=Fit()), pipe(unet=3_000, vae=1_000, controlnet=controlnet_mb)
    made.place(worn)
    assert card.placed == [(worn, Fit(placement, vae_tiling=tiled), "cuda")] and made.fitted == card.placed[0][1]  # type: ignore[arg-type]


def test_it_never_goes_back_to_what_took_more(card: SimpleNamespace) -> None:
    made = model(fitted=Fit("sequential_offload", vae_tiling=True))
    made.place(pipe(unet=3_000, vae=1_000))
    assert made.fitted == Fit("sequential_offload", vae_tiling=True)
    assert both(Fit(), Fit("model_offload")) == Fit("model_offload")


def test_what_fits_in_no_way_is_said(card: SimpleNamespace) -> None:
    card.free = 100
    made = model(fitted=Fit("model_offload"))
    with pytest.raises(ModelError, match="graphics card"):
        made.place(pipe(unet=3_000, vae=1_000))
    assert card.placed == []
