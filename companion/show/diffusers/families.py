"""The families of image models that can paint her, and what each of them can be told.

A family is a pipeline of the library and its way of being guided. What is not listed here is not opened. The classes are those of
diffusers 0.42; what they take was read in their source: an IP-Adapter needs a UNet (`IPAdapterMixin`), a ControlNet a pipeline of its
own, and FLUX.2 has neither but is shown pictures of her directly.
"""

from dataclasses import dataclass
from typing import Literal

from companion.errors import ModelError
from companion.shot import Knobs

FamilyName = Literal["sd15", "sdxl", "flux2-klein"]
GpuType = Literal["float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of image model.

    Attributes:
        pipeline, with_controlnet, refining: its classes in diffusers: words to picture, the same under a ControlNet, picture to
            picture; empty where there is none.
        denoiser: the part that paints, by its name in the pipeline.
        reads_clip: its words are read by CLIP, 75 tokens at a time.
        ip_adapter: it can wear one.
        references: it can be shown pictures of her, as they are.
        multiple_px: width and height are multiples of this, so that every layer halves evenly.
        gpu_dtype: the numbers it computes with on a graphics card.
        step_mb, decode_mb: memory that a step and the decoding of one megapixel take beside the weights, in 16-bit numbers; estimates
            from the shapes of the layers, rounded up. (On a processor SD 1.5's decoding took 3.5 GB a megapixel in float32, where these
            say 8.4: graphics cards need room to rearrange.)
        tile_mb: what decoding takes in tiles, however large the picture.
        decodes_wide: the library decodes in float32 whatever the rest computes in, and the two figures above are for that.
    """

    name: FamilyName
    pipeline: str
    with_controlnet: str
    refining: str
    denoiser: Literal["unet", "transformer"]
    reads_clip: bool
    ip_adapter: bool
    references: bool
    multiple_px: int
    gpu_dtype: GpuType
    step_mb: int
    decode_mb: int
    tile_mb: int
    decodes_wide: bool = False

    @property
    def controlnet(self) -> bool:
        """Whether a ControlNet can guide it."""
        return bool(self.with_controlnet)


FAMILIES: tuple[Family, ...] = (
    Family(
        name="sd15",
        pipeline="StableDiffusionPipeline",
        with_controlnet="StableDiffusionControlNetPipeline",
        refining="StableDiffusionImg2ImgPipeline",
        denoiser="unet",
        reads_clip=True,
        ip_adapter=True,
        references=False,
        multiple_px=64,
        gpu_dtype="float16",
        step_mb=1_600,
        decode_mb=4_200,
        tile_mb=1_300,
    ),
    Family(
        name="sdxl",
        pipeline="StableDiffusionXLPipeline",
        with_controlnet="StableDiffusionXLControlNetPipeline",
        refining="StableDiffusionXLImg2ImgPipeline",
        denoiser="unet",
        reads_clip=True,
        ip_adapter=True,
        references=False,
        multiple_px=32,
        gpu_dtype="float16",
        step_mb=1_200,
        decode_mb=8_400,
        tile_mb=2_500,
        decodes_wide=True,  # its VAE overflows in float16
    ),
    Family(
        name="flux2-klein",
        pipeline="Flux2KleinPipeline",
        with_controlnet="",
        refining="",
        denoiser="transformer",
        reads_clip=False,
        ip_adapter=False,
        references=True,
        multiple_px=16,
        gpu_dtype="bfloat16",
        step_mb=1_800,
        decode_mb=4_200,
        tile_mb=1_300,
    ),
)


def family(name: str) -> Family:
    """A family by its name.

    Raises:
        ModelError: there is none of that name.
    """
    for one in FAMILIES:
        if one.name == name:
            return one
    raise ModelError(f"There is no family of image models called {name}.", hint=f"Choose one of {', '.join(f.name for f in FAMILIES)}.")


def family_of(pipeline: str) -> Family:
    """The family that a checkpoint belongs to, by the class its `model_index.json` names.

    Raises:
        ModelError: none that can paint here.
    """
    for one in FAMILIES:
        if pipeline in (one.pipeline, one.with_controlnet, one.refining) and pipeline:
            return one
    raise ModelError(
        f"A model of the kind {pipeline or 'that is not named'} cannot paint here.",
        hint="Choose a Stable Diffusion 1.5, SDXL or FLUX.2-klein model in the folder layout of diffusers.",
    )


def left_out(of: Family, knobs: Knobs, *, guided: bool) -> dict[str, str]:
    """The knobs that a family cannot follow and why, so that a picture's record does not claim them.

    Args:
        guided: whether it compares with the negative prompt at all; models that paint in few steps do not.
    """
    missing: dict[str, str] = {}
    if knobs.negative_prompt and not guided:
        missing["negative_prompt"] = "it paints without comparing, in few steps"
    if knobs.ip_adapter and not of.ip_adapter:
        missing["ip_adapter"] = f"there is no IP-Adapter for {of.name}"
    if not of.controlnet:
        missing.update({f"controlnet {one}": f"there is no ControlNet for {of.name}" for one in knobs.controlnet})
    return missing
