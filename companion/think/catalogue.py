"""Models that can be fetched, and which of them suit which hardware (`models.yaml`)."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from companion.think.hardware import Device, Hardware
from companion.think.quantisation import Quantise

BYTES = {"none": 2.0, "int8": 1.0, "int4": 0.5625}  # of a weight; four bits share a 32-bit scale among 64
CONTEXT_TOKENS = 4096
BESIDE_GB = 0.6  # what torch and the numbers in between take
SLACK = 0.95  # a card of 16 GB shows a little less to programs


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Preset(_Row):
    """One model; models.yaml says what the figures are. `draft` is the id of a smaller one of the same family."""

    id: str
    label: str
    family: str
    size_gb: float
    linear_m: float
    whole_m: float
    state_kb: float
    licence: str
    source: str
    draft: str = ""
    gated: bool = False
    tried: bool = False

    def weights_gb(self, quantise: Quantise = "none") -> float:
        """Of its weights in memory, in GB."""
        return (self.linear_m * BYTES[quantise] + self.whole_m * BYTES["none"]) / 1000

    def memory_gb(self, quantise: Quantise = "none") -> float:
        """What its weights and 4,096 tokens of conversation need, in GB. float32 takes twice that."""
        return self.weights_gb(quantise) + CONTEXT_TOKENS * self.state_kb / 1e6 + BESIDE_GB


class Pick(_Row):
    """A model that suits a tier, in the format in which it does."""

    model: str
    quantise: Quantise = "none"


class Tier(_Row):
    """Hardware: a device with at least so much memory, of which a model may take the share `usable`."""

    label: str
    device: Device
    memory_gb: float
    usable: float = Field(gt=0, le=1)
    picks: tuple[Pick, ...]


class Catalogue(_Row):
    """Tiers from small to large, and every model they name."""

    tiers: dict[str, Tier]
    presets: tuple[Preset, ...]

    def suits(self, hardware: Hardware) -> str:
        """The largest tier that the hardware has the memory for; below all of them, that of a processor."""
        large_enough = [
            (tier.memory_gb, key)
            for key, tier in self.tiers.items()
            if tier.device == hardware.device and hardware.memory_gb >= SLACK * tier.memory_gb
        ]
        return max(large_enough)[1] if large_enough else "cpu"


def open_catalogue(path: Path = Path(__file__).parent / "models.yaml") -> Catalogue:
    """Reads the list that ships."""
    return Catalogue.model_validate(YAML(typ="safe").load(path))
