"""A small picture of latents as they are: colours by a linear map, no decoding.

What a VAE keeps in its latents is close to linear in colour (widely used for previews). The map is not a table of numbers from elsewhere:
it is fitted to each checkpoint's own VAE, by least squares on a chart of colours that it encodes when it is loaded. So it holds for every
family and for fine-tuned VAEs; it shows colours and masses at an eighth of the size, not detail.
"""

import io
import math
from dataclasses import dataclass
from typing import Any

CHART_PX, PACKED_CHART_PX = 128, 256  # a side; packed latents have more channels to fit, in fewer cells
PATCH_PX = 16
RIDGE = 1e-4
LONG_SIDE_PX = 256


@dataclass(frozen=True, slots=True)
class LatentColors:
    """An affine map from latents to colours in [0, 1].

    Attributes:
        weights: float32 (channels + 1, 3), the last row added.
        packed: latents come as (1, rows × columns, channels), as FLUX.2 has them.
    """

    weights: Any
    packed: bool

    def picture(self, latents: Any, width_px: int, height_px: int) -> bytes | None:
        """A JPEG of at most 256 pixels a side; None where the latents hold no numbers that can be shown.

        Args:
            latents: float (1, channels, rows, columns), or packed.
            width_px, height_px: of the picture that is being painted.
        """
        import torch
        from PIL import Image

        cells = latents.detach().to("cpu", torch.float32)[0]
        if self.packed:
            columns = max(1, round(math.sqrt(cells.shape[0] * width_px / height_px)))
            rows = cells.shape[0] // columns
            cells = cells[: rows * columns].reshape(rows, columns, -1)
        else:
            cells = cells.permute(1, 2, 0)
        colors = cells @ self.weights[:-1] + self.weights[-1]
        if not torch.isfinite(colors).all():
            return None
        pixels = (colors.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
        share = LONG_SIDE_PX / max(width_px, height_px)
        size = (max(1, round(width_px * share)), max(1, round(height_px * share)))
        held = io.BytesIO()
        Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(held, "JPEG", quality=80)
        return held.getvalue()


def latent_colors(pipe: Any) -> LatentColors | None:
    """The map for a pipeline on the processor; None where its VAE gives nothing that can be fitted.

    The VAE computes in float32 for it, and then in its own numbers again.
    """
    import torch

    vae, packed = pipe.vae, hasattr(pipe, "_patchify_latents")
    chart = _chart(PACKED_CHART_PX if packed else CHART_PX)
    own = vae.dtype
    with torch.no_grad():
        torch.nn.Module.to(vae, torch.float32)
        try:
            if packed:
                latents = pipe._encode_vae_image(chart * 2 - 1, generator=None)
            else:
                latents = vae.encode(chart * 2 - 1).latent_dist.mode()
                shift = vae.config.get("shift_factor") or 0.0
                latents = (latents - shift) * vae.config.scaling_factor
        finally:
            torch.nn.Module.to(vae, own)
        channels, rows, columns = latents.shape[1:]
        seen = torch.nn.functional.interpolate(chart, size=(rows, columns), mode="area")[0].permute(1, 2, 0).reshape(-1, 3)
        cells = latents[0].permute(1, 2, 0).reshape(-1, channels)
        cells = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
        if not torch.isfinite(cells).all():
            return None
        ridge = RIDGE * len(cells) * torch.eye(channels + 1)
        ridge[-1, -1] = 0.0
        weights = torch.linalg.solve(cells.T @ cells + ridge, cells.T @ seen)
    return LatentColors(weights, packed) if torch.isfinite(weights).all() else None


def _chart(side_px: int) -> Any:
    """Patches of colours spread evenly (the additive recurrence of Roberts 2018): float32 (1, 3, side, side) in [0, 1]."""
    import torch

    steps = torch.tensor([0.8191725, 0.6710436, 0.5497005])  # powers of the inverse of the root of x⁴ = x + 1
    patches = side_px // PATCH_PX
    colors = (torch.arange(patches * patches)[:, None] * steps[None]) % 1.0
    return torch.nn.functional.interpolate(colors.T.reshape(1, 3, patches, patches), size=(side_px, side_px), mode="nearest")
