"""What a picture of her must show, what a painter is told, and what came of it: plain frozen values that every room can pass on.

A shot is what one sees, in words that a person chooses from. From it come the knobs of an image model: LoRA weights (Hu et al. 2021),
IP-Adapter scales (Ye et al. 2023), a skeleton for ControlNet (Zhang et al. 2023), prompt and seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

# fmt: off
Expression = Literal[
    "neutral", "calm", "content", "joyful", "laughing", "tender", "loving", "proud", "grateful", "hopeful",
    "playful", "amused", "excited", "curious", "thoughtful", "surprised", "shy", "confused", "worried", "afraid",
    "sad", "grieving", "tired", "annoyed", "angry", "disgusted", "disappointed", "relieved",
]
# fmt: on
Pose = Literal["standing", "sitting", "leaning", "walking", "turned", "reading"]
Gesture = Literal["none", "waving", "hand_on_chin", "hand_on_heart", "holding_cup", "arms_crossed", "open_hands", "pointing", "thumbs_up"]
Scene = Literal["harbour", "garden", "kitchen", "study", "cafe", "stage", "pool", "roof", "workshop", "street"]
Framing = Literal["close", "half", "wide"]
Light = Literal["soft", "golden", "lamp", "moon", "spot", "overcast"]
Time = Literal["dawn", "day", "dusk", "night"]
Kind = Literal["chat", "template", "studio"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shot:
    """What one sees on a picture.

    Attributes:
        setting: the name of a setting of the blueprint, or of a `Scene` where it has none that fits; empty takes its first.
        outfit: the name of an outfit of the blueprint; empty takes its first.
    """

    expression: Expression = "neutral"
    pose: Pose = "standing"
    gesture: Gesture = "none"
    setting: str = ""
    framing: Framing = "half"
    outfit: str = ""
    light: Light = "soft"
    time: Time = "day"


class LoraWeight(NamedTuple):
    """A LoRA by its file name or hub id, and how strongly it acts; below 0 it pushes away."""

    name: str
    weight: float
    purpose: Literal["identity", "expression", "style"] = "identity"


@dataclass(frozen=True, slots=True)
class Knobs:
    """What an image model is set to for a shot.

    Attributes:
        prompt, negative_prompt: words.
        seed: of the noise, in [0, 2³²).
        loras: those that act, identity first.
        ip_adapter: its name or hub id; empty uses none.
        ip_scale: in [0, 1], for blocks that `ip_scales` does not name.
        ip_scales: block, as diffusers names it → scale in [0, 1].
        controlnet: the conditions that guide, of "openpose" and "depth".
        skeleton: the 18 points of OpenPose's COCO model in its order, x and y in [0, 1] of the picture; None for one out of sight.
    """

    prompt: str = ""
    negative_prompt: str = ""
    seed: int = 0
    loras: tuple[LoraWeight, ...] = ()
    ip_adapter: str = ""
    ip_scale: float = 0.0
    ip_scales: tuple[tuple[str, float], ...] = ()
    controlnet: tuple[str, ...] = ()
    skeleton: tuple[Point | None, ...] = ()


class Box(NamedTuple):
    """A part of a picture, in [0, 1] of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much the one on a picture is her.

    Attributes:
        score: mean cosine to her references, in [-1, 1].
        same: the mean cosine among her references.
        others: the mean cosine of others to them.
        threshold: below this score it is not her.
        encoder: what embedded them, by name.
        tries: how many pictures were painted until this one.
    """

    score: float
    same: float
    others: float
    threshold: float
    encoder: str
    tries: int = 1

    @property
    def holds(self) -> bool:
        """Whether it is her."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is kept: its files exist.

    Attributes:
        id: its own.
        digest, preview: SHA-256 (hex) of its file and of a small one of it, under which both are kept.
        look: digest of all that decides who is on it; another look makes another.
        painter: which painted it, by name.
        conversation_id, message_id: where it was shown; None for templates and for those of the studio.
        record: how it was made: knobs, model, revision, seconds, what the painter says. Plain JSON.
        pinned: it stays when room is made.
    """

    id: str
    persona_id: str
    kind: Kind
    shot: Shot
    digest: str
    preview: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int
    look: str
    painter: str
    created_at: datetime
    conversation_id: str | None = None
    message_id: str | None = None
    likeness: Likeness | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    favourite: bool = False
    pinned: bool = False
