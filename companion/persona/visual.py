"""How she looks on pictures, and what a painter needs to draw the same person every time.

The words are those of the field: LoRA (Hu et al. 2021), IP-Adapter (Ye et al. 2023), ControlNet (Zhang et al. 2023). Blocks are
named as diffusers names them.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from companion.persona.fields import Color, Line, Name, Part, Passage, Remark, Share, distinct, refused
from companion.shot import Scene

Block = Annotated[str, StringConstraints(pattern=r"^(mid|(down|up)\.block_[0-9])$")]
Condition = Literal["openpose", "depth"]


class Look(Part):
    """Her looks, in short lines; what is empty is left to the painter."""

    face: Remark = Field(default="", description="Her face, in a short line.")
    hair: Remark = Field(default="", description="Her hair: colour, length, how she wears it.")
    eyes: Remark = Field(default="", description="Her eyes, and glasses if she has any.")
    skin: Remark = Field(default="", description="Her skin.")
    build: Remark = Field(default="", description="How she is built and how she holds herself.")
    age_look: Remark = Field(default="", description="How old she looks, in words.")
    marks: Remark = Field(default="", description="What one knows her by: freckles, a scar, a ring she never takes off.")


class Outfit(Part):
    """Something she wears."""

    name: Name = Field(description="What the outfit is called.")
    description: Line = Field(description="What she wears, in a line that a painter can follow.")
    clothing: Name | None = Field(default=None, description="Which drawn garment it is on a sketch; without one the portrait's.")
    color: Color | None = Field(default=None, description="Its colour on a sketch; without one the portrait's.")


class Setting(Part):
    """A place where she is seen."""

    name: Name = Field(description="What the place is called.")
    description: Line = Field(description="What one sees there, in a line that a painter can follow.")
    scene: Scene | None = Field(default=None, description="Which drawn place it is on a sketch; without one its words decide.")


class Lora(Part):
    """A LoRA that the painter wears."""

    name: Line = Field(description="Its file name or hub id.")
    weight: float = Field(default=1.0, ge=-2, le=2, description="How strongly it acts; below 0 it pushes away.")
    purpose: Literal["identity", "expression", "style"] = Field(
        default="identity", description="What it holds: her face, a look on it, or a style."
    )
    axis: Literal["pleasure", "arousal"] | None = Field(
        default=None, description="Of a look on her face: which side of a feeling it follows; its weight is then times that, from −1 to 1."
    )


class BlockScale(Part):
    """How strongly an IP-Adapter acts in one block of the network."""

    block: Block = Field(description="A block such as down.block_2, mid or up.block_0.")
    scale: Share = Field(description="How strongly it acts there.")


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class IPAdapter(Part):
    """An IP-Adapter: it keeps her face by a picture of it."""

    model: Line = Field(description="Its name or hub id.")
    scale: Share = Field(default=0.6, description="How closely the picture is followed: 0 not at all, 1 to the last hair.")
    scales: Annotated[tuple[BlockScale, ...], Field(max_length=16)] = Field(
        default=(), description="Other scales for single blocks; those that are not named here take the one above."
    )


def _each_once(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    again = [((at,), "is named twice", one) for at, one in enumerate(conditions) if one in conditions[:at]]
    if again:
        raise refused(*again)
    return conditions


class Visual(Part):
    """All that a picture of her needs."""

    look: Look = Field(default=Look(), description="Her looks, which every picture keeps.")
    wardrobe: Annotated[tuple[Outfit, ...], Field(max_length=24), AfterValidator(distinct)] = Field(
        default=(), description="What she wears; a picture takes one of these, the first unless something else fits."
    )
    settings: Annotated[tuple[Setting, ...], Field(max_length=24), AfterValidator(distinct)] = Field(
        default=(), description="Where she is seen; a picture takes one of these, the first unless something else fits."
    )
    palette: Annotated[tuple[Color, ...], Field(max_length=12)] = Field(default=(), description="Colours that belong to her pictures.")
    style: Remark = Field(default="", description="How the pictures look: a photograph, a watercolour, soft light.")
    prompt: Passage = Field(default="", description="Words added to every request to the painter.")
    negative_prompt: Passage = Field(default="", description="What no picture shows.")
    loras: Annotated[tuple[Lora, ...], Field(max_length=8), AfterValidator(distinct)] = Field(
        default=(), description="LoRAs that the painter wears while it paints her."
    )
    ip_adapter: IPAdapter | None = Field(default=None, description="Keeps her face by a picture of it; none goes by words alone.")
    controlnet: Annotated[tuple[Condition, ...], Field(max_length=2), AfterValidator(_each_once)] = Field(
        default=(), description="What guides the painter beside words: a pose, the depth of the scene."
    )
    seed_policy: Literal["fixed", "shot"] = Field(
        default="shot",
        description="The dice: fixed rolls the same for every picture, shot the same for the same scene only.",
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Where the dice begin. Another number is another series of pictures.")
    references: Annotated[tuple[Digest, ...], Field(max_length=8)] = Field(
        default=(), description="Pictures that show who she is, by the SHA-256 of their files."
    )
    painter: Remark = Field(
        default="", description="Who paints her: sketch, a preset such as sdxl, a hub id or a folder; empty follows the app."
    )
