"""Latents are shown in the colours that their own VAE would give them."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from companion.show.diffusers.loading import find, load
from companion.show.diffusers.preview import LatentColors, latent_colors


@pytest.mark.parametrize("name", ["sd15", "sdxl", "flux2-klein"])
def test_a_map_is_found_for_each_family_and_the_vae_keeps_its_numbers(checkpoints: SimpleNamespace, name: str) -> None:
    pipe = load(find(str(checkpoints.pipeline(name))), torch.bfloat16)
    before = {key: one.clone() for key, one in pipe.vae.state_dict().items()}
    colors = latent_colors(pipe)
    assert colors and colors.packed == (name == "flux2-klein")
    assert all(torch.equal(one, before[key]) and one.dtype == before[key].dtype for key, one in pipe.vae.state_dict().items())
    shape = (1, 4 * 5, 16) if colors.packed else (1, 4, 10, 8)
    picture = colors.picture(torch.randn(shape, dtype=torch.bfloat16), 64, 80)
    assert picture and Image.open(io.BytesIO(picture)).size == (205, 256)


class Averages(torch.nn.Module):
    """A pipeline whose VAE keeps the mean colour of each 8 × 8 patch, mixed: what real ones do nearly."""

    mix = torch.tensor([[0.9, -0.2, 0.1], [0.1, 0.8, 0.3], [-0.3, 0.2, 0.7], [0.2, 0.2, 0.2]])

    def __init__(self, scaling: float = 0.18, spoiled: bool = False) -> None:
        super().__init__()
        self.dtype, self.spoiled = torch.float32, spoiled
        self.config = SimpleNamespace(scaling_factor=scaling, get=lambda name: None)

    @property
    def vae(self) -> "Averages":
        return self

    def encode(self, pixels: torch.Tensor) -> SimpleNamespace:
        patches = torch.nn.functional.avg_pool2d(pixels, 8)
        latents = torch.einsum("kc,bchw->bkhw", self.mix, patches) + 0.5
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: latents * float("nan") if self.spoiled else latents))


def test_a_picture_comes_back_in_its_colours() -> None:
    pipe = Averages()
    colors = latent_colors(pipe)
    assert colors
    pixels = torch.rand(1, 3, 5, 4, generator=torch.Generator().manual_seed(1)).repeat_interleave(8, 2).repeat_interleave(8, 3)
    latents = pipe.encode(pixels * 2 - 1).latent_dist.mode() * pipe.config.scaling_factor
    cells = latents[0].permute(1, 2, 0)
    shown = cells @ colors.weights[:-1] + colors.weights[-1]
    wanted = torch.nn.functional.avg_pool2d(pixels, 8)[0].permute(1, 2, 0)
    assert (shown - wanted).abs().max() < 0.1


def test_packed_latents_are_laid_out_in_rows() -> None:
    weights = torch.cat([torch.eye(3), torch.zeros(1, 3)])
    cells = torch.zeros(1, 4 * 5, 3)
    cells[0, 4] = 1.0  # the first of the second row of four
    picture = LatentColors(weights, packed=True).picture(cells, 64, 80)
    assert picture
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), float)
    top, left = np.unravel_index(pixels.argmax(), pixels.shape)
    assert 256 / 5 <= top < 2 * 256 / 5 and left < 205 / 4


def test_what_cannot_be_shown_is_not() -> None:
    assert latent_colors(Averages(spoiled=True)) is None
    colors = latent_colors(Averages())
    assert colors and colors.picture(torch.full((1, 4, 5, 4), float("nan")), 32, 40) is None
