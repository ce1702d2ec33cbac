"""An identity pack: all that decides who is on a picture, so that the picture can be made again.

Its own part is a safetensors file without tensors, whose header holds, as JSON, the knobs (LoRA weights, scales, seed), the SHA-256 of
every file that was worn, and the model with its commit and the SHA-256 of its weights. The part that pictures share holds the two halves
of her embeddings. With the same files, the same versions of the libraries and the same kind of device, a picture painted from it is the
same to the bit. References that a model looks at itself are not in it, only their SHA-256.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from companion.errors import CompanionError, ModelError
from companion.shot import Knobs
from companion.show.again import Pack
from companion.show.diffusers.embeddings import HALVES, Embeddings
from companion.show.diffusers.weights import Shelf

FORMAT = "companion identity 1"
# fmt: off
SETTINGS = (
    "device", "dtype", "steps", "guidance", "scheduler", "scheduler_options", "native_px", "upscaler", "vae_tiling", "attention_slicing",
)
# fmt: on
DAMAGED = "Bring the earlier file back, or have a picture of the same shot painted."


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is on a picture.

    Attributes:
        knobs: what the model was set to.
        worn: what `Adapters.account` said.
        model: what the picture's record says: `model`, `revision`, `weights_sha256` (file → SHA-256), steps, sampler, versions.
        embeddings: what an image encoder said of her references; None without an image prompt.
    """

    knobs: Knobs
    worn: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    embeddings: Embeddings | None = None

    @property
    def seed(self) -> int:
        """Of the noise."""
        return self.knobs.seed


def packed(identity: Identity) -> Pack:
    """An identity pack: two safetensors files, of which the embeddings are the one that pictures share."""
    from safetensors.torch import save

    kept = identity.embeddings
    said = {"knobs": _knobs().dump_python(identity.knobs, mode="json"), "worn": identity.worn, "model": identity.model}
    if kept:
        said["embeddings"] = kept.key
    own = save({}, metadata={"format": FORMAT, "identity": json.dumps(said, sort_keys=True)})
    return Pack(own, save({half: getattr(kept, half).contiguous() for half in HALVES}) if kept else b"")


def unpacked(pack: Pack) -> Identity:
    """What an identity pack says.

    Raises:
        ModelError: it is damaged, or none.
    """
    from pydantic import ValidationError
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        load(pack.own)  # refuses a header that does not fit the bytes
        length = int.from_bytes(pack.own[:8], "little")
        header = json.loads(pack.own[8 : 8 + length]).get("__metadata__", {})
        if header.get("format") != FORMAT:
            raise ModelError("This is no identity pack.", hint=DAMAGED)
        said, embeddings = json.loads(header["identity"]), None
        if "embeddings" in said:
            tensors = load(pack.shared)
            embeddings = Embeddings(said["embeddings"], *(tensors[half] for half in HALVES))
        return Identity(_knobs().validate_python(said["knobs"]), said["worn"], said["model"], embeddings)
    except (SafetensorError, ValidationError, ValueError, KeyError, TypeError) as error:
        raise ModelError("The identity pack is damaged.", hint=DAMAGED) from error


def verify(identity: Identity, shelf: Shelf, model: Mapping[str, Any], references: Sequence[bytes] = ()) -> None:
    """Sees that every file that a pack names is still what it was.

    Args:
        model: what the painter says of its model now.
        references: those that a model would look at itself, if it does.

    Raises:
        ModelError: a file is missing or another one; the message names all of them.
    """
    changed = [*_changed_adapters(identity, shelf), *_changed_references(identity, references), *_changed_weights(identity.model, model)]
    if changed:
        hint = "Bring the earlier files back, or have a picture of the same shot painted."
        raise ModelError(f"This is not what the identity pack was made with: {'; '.join(changed)}.", hint=hint)


def otherwise(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """What can change a picture a little and is no file, as sentences: other versions of libraries, another device.

    Args:
        then: `Identity.model`.
        now: the same, of a picture that was just painted.
    """
    was, is_now = dict(then.get("versions", {})), dict(now.get("versions", {}))
    for name in SETTINGS:
        was[name], is_now[name] = then.get(name), now.get(name)
    return tuple(f"{name} was {was[name]} and is {is_now.get(name)}" for name in was if was[name] != is_now.get(name))


def _changed_adapters(identity: Identity, shelf: Shelf) -> list[str]:
    named = [("LoRA", one, shelf.file) for one in identity.worn.get("loras", ())]
    if face := identity.worn.get("ip_adapter"):
        named.append(("IP-Adapter", face, shelf.file))
    named += [("ControlNet", one, shelf.model) for one in identity.worn.get("controlnets", ())]
    changed = []
    for what, one, find in named:
        try:
            if find(one["name"]).sha256 != one["sha256"]:
                changed.append(f"the {what} {one['name']} is another file")
        except CompanionError:
            changed.append(f"the {what} {one['name']} is missing")
    return changed


def _changed_references(identity: Identity, references: Sequence[bytes]) -> list[str]:
    there = [sha256(one).hexdigest() for one in references]
    return [
        f"her reference picture {then[:12]} is {'another one' if at < len(there) else 'missing'}"
        for at, then in enumerate(identity.worn.get("references", ()))
        if at >= len(there) or there[at] != then
    ]


def _changed_weights(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    before, after = then.get("weights_sha256", {}), now.get("weights_sha256", {})
    changed = [f"{name} of the model {then.get('model')} is another file" for name in before if after.get(name) not in (None, before[name])]
    missing = [f"{name} of the model {then.get('model')} is missing" for name in before if name not in after]
    return changed + missing + [f"{name} was not part of the model" for name in after if name not in before]


def _knobs() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Knobs)
