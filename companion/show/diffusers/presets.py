"""Image models by preset (`presets.yaml`): which checkpoint, how it is set, what it can wear, what it needs."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from companion.errors import ModelError
from companion.persona.visual import Condition
from companion.show.diffusers.families import Family, FamilyName, family
from companion.show.diffusers.fitting import Need, need_of

FILE = Path(__file__).with_name("presets.yaml")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scheduler(_Row):
    """A sampler: a class of diffusers with what is set on it; without a class the checkpoint's own stays."""

    kind: str = Field(default="", alias="class")
    options: Mapping[str, Any] = Field(default={})


class Extra(_Row):
    """Weights beside a model.

    Attributes:
        name: a hub id, with a file in it where it has several; or a file on this machine.
        encoder: of an IP-Adapter: the image encoder it reads pictures with.
    """

    name: str
    encoder: str = ""
    size_gb: float = Field(gt=0)
    licence: str = ""


class Wardrobe(_Row):
    """What the models of a family can wear, the best first."""

    ip_adapters: tuple[Extra, ...] = ()
    controlnets: Mapping[Condition, Extra] = Field(default={})


class Preset(_Row):
    """How one model paints.

    Attributes:
        model: a hub id, or a folder in the layout of diffusers.
        revision: the commit of it; empty takes the newest.
        variant: which of the files in a repository that has several; where there is no such variant, the plain files.
        speed: a LoRA that lets it paint in few steps.
        guidance: how strongly the words draw (Ho and Salimans 2022); 1 or less does not compare with the negative prompt.
        width_px, height_px: what it paints; the picture is enlarged from there.
        size_gb, largest_gb: of the download and of its largest part; 0 where it is not known.
        gated: the hub asks for consent to its terms.
        tried: whether we have run it.
    """

    name: str
    label: str = ""
    family: FamilyName
    model: str
    revision: str = ""
    variant: str = ""
    speed: Extra | None = None
    scheduler: str = "own"
    steps: int = Field(ge=1, le=150)
    guidance: float = Field(ge=0, le=20)
    width_px: int = Field(ge=16, le=2048)
    height_px: int = Field(ge=16, le=2048)
    size_gb: float = Field(default=0, ge=0)
    largest_gb: float = Field(default=0, ge=0)
    licence: str = ""
    source: str = ""
    gated: bool = False
    tried: bool = False

    @property
    def kind(self) -> Family:
        """Its family."""
        return family(self.family)

    @property
    def guided(self) -> bool:
        """Whether each step compares what is wanted with what is not."""
        return self.guidance > 1

    def need(self) -> Need:
        """What a picture takes on a graphics card, as far as the sizes tell before it is fetched."""
        others = max(0.0, self.size_gb - self.largest_gb)
        parts_mb = {"largest": self.largest_gb * 1000, "others": others * 1000}
        return need_of(self.kind, parts_mb, self.width_px, self.height_px, bytes_a_number=2)

    @property
    def memory_gb(self) -> float:
        """What it needs on a graphics card to paint at its fastest, in GB."""
        need = self.need()
        return (need.weights_mb + need.working_mb(tiled=False)) / 1000

    @property
    def least_memory_gb(self) -> float:
        """What it needs there with the rest of it waiting in the computer's memory, in GB."""
        need = self.need()
        return (need.largest_mb + need.working_mb(tiled=True)) / 1000


class Presets(_Row):
    """The whole table."""

    schedulers: Mapping[str, Scheduler]
    wardrobes: Mapping[FamilyName, Wardrobe]
    presets: tuple[Preset, ...]

    @model_validator(mode="after")
    def _agree(self) -> "Presets":
        names = [one.name for one in self.presets]
        if len(set(names)) != len(names):
            raise ValueError("two presets have the same name")
        for one in self.presets:
            if one.scheduler not in self.schedulers:
                raise ValueError(f"{one.name} names the scheduler {one.scheduler}, which is not listed")
            if one.width_px % one.kind.multiple_px or one.height_px % one.kind.multiple_px:
                raise ValueError(f"the sides of {one.name} are not multiples of {one.kind.multiple_px}")
        return self

    def get(self, name: str) -> Preset | None:
        """The preset of a name, if there is one."""
        return next((one for one in self.presets if one.name == name), None)

    def of_family(self, name: str) -> Preset:
        """How a model of a family is set that is no preset.

        Raises:
            ModelError: there is no such family.
        """
        for one in self.presets:
            if one.family == name:
                return one
        raise ModelError(f"There is no family of image models called {name}.", hint="Choose sd15, sdxl or flux2-klein.")


@cache
def shipped() -> Presets:
    """The presets that come with Companion."""
    return Presets.model_validate(YAML(typ="safe").load(FILE.read_text("utf-8")))
