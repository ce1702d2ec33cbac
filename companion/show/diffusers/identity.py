"""An identity pack: all that decides who is on a picture, in one file, so that the picture can be made again.

It is a safetensors file. Its tensors are the two halves of her embeddings; its header holds, as JSON, the knobs (LoRA weights, scales,
seed), the SHA-256 of every file that was worn, and the model with its commit and the SHA-256 of its weights. With the same files, the
same versions of the libraries and the same kind of device, a picture painted from it is the same to the bit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.errors import CompanionError, ModelError
from companion.shot import Knobs
from companion.show.diffusers.embeddings import HALVES, Embeddings
from companion.show.diffusers.weights import Shelf

FORMAT = "companion identity 1"
DAMAGED = "Choose another pack, or make it anew."


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is on a picture.

    Attributes:
        knobs: what the model was set to.
        worn: what `Adapters.account` said.
        model: what the painter says of its model: `model`, `revision`, `weights_sha256` (file → SHA-256), steps, sampler, versions.
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


def write(identity: Identity, file: Path) -> None:
    """Writes a pack: the file is whole or as it was.

    Raises:
        ModelError: the disk refuses.
    """
    from safetensors.torch import save_file

    kept = identity.embeddings
    tensors = {half: getattr(kept, half).contiguous() for half in HALVES} if kept else {}
    said = {"knobs": _knobs().dump_python(identity.knobs, mode="json"), "worn": identity.worn, "model": identity.model}
    if kept:
        said["embeddings"] = kept.key
    arriving = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, arriving, metadata={"format": FORMAT, "identity": json.dumps(said, sort_keys=True)})
        arriving.replace(file)
    except OSError as error:
        raise ModelError(f"The identity pack {file.name} cannot be written.", hint="Make room on the disk.") from error


def read(file: Path) -> Identity:
    """Reads a pack.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    from pydantic import ValidationError
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as held:
            header = held.metadata() or {}
            if header.get("format") != FORMAT:
                raise ModelError(f"{file.name} is no identity pack.", hint=DAMAGED)
            said = json.loads(header["identity"])
            embeddings = Embeddings(said["embeddings"], *(held.get_tensor(half) for half in HALVES)) if "embeddings" in said else None
        return Identity(_knobs().validate_python(said["knobs"]), said["worn"], said["model"], embeddings)
    except FileNotFoundError as error:
        raise ModelError(f"There is no identity pack {file}.", hint=DAMAGED) from error
    except (SafetensorError, ValidationError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The identity pack {file.name} is damaged.", hint=DAMAGED) from error


def verify(identity: Identity, shelf: Shelf, model: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Sees that what a pack names is still what it was.

    Args:
        model: what the painter says of its model now; None does not look at it.

    Returns:
        What can change the picture a little and is no file: other versions of libraries, another device.

    Raises:
        ModelError: a file is missing or another one; the message names all of them.
    """
    changed = [*_changed_adapters(identity, shelf), *(_changed_weights(identity.model, model) if model is not None else ())]
    if changed:
        hint = "Bring the earlier files back, or make the pack anew."
        raise ModelError(f"This is not what the identity pack was made with: {'; '.join(changed)}.", hint=hint)
    return tuple(_otherwise(identity.model, model)) if model is not None else ()


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


def _changed_weights(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    before, after = then.get("weights_sha256", {}), now.get("weights_sha256", {})
    changed = [f"{name} of the model {then.get('model')} is another file" for name in before if after.get(name) not in (None, before[name])]
    missing = [f"{name} of the model {then.get('model')} is missing" for name in before if name not in after]
    return changed + missing + [f"{name} was not part of the model" for name in after if name not in before]


def _otherwise(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    was, is_now = dict(then.get("versions", {})), dict(now.get("versions", {}))
    for name in ("device", "dtype", "steps", "guidance", "scheduler"):
        was[name], is_now[name] = then.get(name), now.get(name)
    return [f"{name} was {was[name]} and is {is_now.get(name)}" for name in was if was[name] != is_now.get(name)]


def _knobs() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Knobs)
