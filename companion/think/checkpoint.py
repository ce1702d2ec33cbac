"""Is this folder a complete model? Answered from its small files and the headers of its weights, without loading them.

Only safetensors are accepted: other formats can run code when they are opened. Format: an 8-byte little-endian length,
a JSON header with each tensor's offsets, the bytes (huggingface/safetensors, "Format").
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.errors import ModelError

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
MOST_HEADER_BYTES = 100_000_000
AGAIN = "Download it again, or choose another model."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete model folder: its architecture as its config names it, and the size of its weights."""

    folder: Path
    architecture: str
    size_bytes: int


def check_checkpoint(folder: Path) -> Checkpoint:
    """Looks into a model folder.

    Raises:
        ModelError: the folder is missing, is not a model, or is not complete.
    """
    if not folder.is_dir():
        raise ModelError(f"There is no model in {folder}.", hint="Check the folder, or choose another model.")
    config = _json(folder / "config.json")
    if not config.get("model_type"):
        raise ModelError(f"{folder} is not a language model: its config.json names no model type.", hint="Choose another folder.")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelError(f"The model in {folder} has no tokenizer.", hint=AGAIN)
    shards = _shards(folder)
    architectures = config.get("architectures") or [config["model_type"]]
    return Checkpoint(folder, str(architectures[0]), sum(_whole(shard) for shard in shards))


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = _json(index).get("weight_map")
        if not isinstance(named, dict) or not named:
            raise ModelError(f"{index} names no weights.", hint=AGAIN)
        return [folder / name for name in sorted(set(map(str, named.values())))]
    single = folder / "model.safetensors"
    if not single.is_file() and any(folder.glob("*.bin")):
        raise ModelError(f"The weights in {folder} are not in the safetensors format.", hint="Choose a version of it with safetensors.")
    return [single]


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"The model in {path.parent} has no {path.name}.", hint=AGAIN) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read.", hint=AGAIN) from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} cannot be read.", hint=AGAIN)
    return value


def _whole(shard: Path) -> int:
    """Size of a safetensors file in bytes, if it has the size its header promises."""
    try:
        size = shard.stat().st_size
        with shard.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if 0 < length <= min(size, MOST_HEADER_BYTES) else None
        ends = [int(tensor["data_offsets"][1]) for name, tensor in header.items() if name != "__metadata__"] if header else []
    except FileNotFoundError as error:
        raise ModelError(f"The model in {shard.parent} is incomplete: {shard.name} is missing.", hint=AGAIN) from error
    except OSError as error:
        raise ModelError(f"{shard} cannot be read.", hint="Check the disk and the file's permissions.") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelError(f"{shard.name} in {shard.parent} is damaged.", hint=AGAIN) from error
    if not ends or size != 8 + length + max(ends):
        raise ModelError(f"{shard.name} in {shard.parent} is incomplete or damaged.", hint=AGAIN)
    return size
