"""A checkpoint in the folder layout of diffusers, looked at before anything of it is opened.

Only safetensors are accepted and only classes of diffusers and transformers: no code that comes with a model is run, and no pickle is
read. What is needed to know it again, the commit or the SHA-256 of its weights, is read here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.errors import ModelError
from companion.show.diffusers.families import Family, family_of
from companion.show.diffusers.weights import sha256_of

INDEX = "model_index.json"
LIBRARIES = ("diffusers", "transformers")
MOST_HEADER_BYTES = 100_000_000  # what the safetensors format allows
AGAIN = "Download it again, or choose another model."
SNAPSHOT = re.compile(r"snapshots/([0-9a-f]{40})/?$")
BLOB = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model whose files are there.

    Attributes:
        source: the hub id or folder it was asked for by.
        revision: the commit on the hub; empty for a folder.
        weights: part → its safetensors files.
        variant: of the files, if they are one.
    """

    source: str
    folder: Path
    family: Family
    weights: Mapping[str, tuple[Path, ...]]
    revision: str = ""
    variant: str = ""

    def parts_mb(self, bytes_a_number: int) -> dict[str, float]:
        """What each part takes in memory, in MB (10⁶ bytes), read from the headers of its files."""
        return {part: count * bytes_a_number / 1e6 for part, count in self.numbers().items()}

    def numbers(self) -> dict[str, int]:
        """How many numbers the files of each part hold, read from their headers.

        Raises:
            ModelError: a file is damaged or cut short.
        """
        return {part: sum(_numbers(file) for file in files) for part, files in self.weights.items()}

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every file with weights, by its path in the folder; those of the hub's cache are named by it already."""
        return {file.relative_to(self.folder).as_posix(): digest_of(file) for files in self.weights.values() for file in files}


def open_checkpoint(folder: Path, source: str, variant: str = "") -> Checkpoint:
    """Looks at a folder.

    Args:
        variant: takes these files where there are some, such as "fp16".

    Raises:
        ModelError: it is not a model of a known family, it is not complete, or it brings code or pickles.
    """
    index = _index(folder, source)
    kind = index.get("_class_name")
    if not isinstance(kind, str):
        raise ModelError(f"{source} brings code of its own, which is never run.", hint="Choose a model that needs none.")
    found = family_of(kind)
    weights: dict[str, tuple[Path, ...]] = {}
    varied = False
    for part, (library, _) in _parts(index):
        if library is None:
            continue
        if library not in LIBRARIES:
            raise ModelError(f"{source} brings code of its own ({part}), which is never run.", hint="Choose a model that needs none.")
        if not (folder / part).is_dir():
            raise ModelError(f"{source} is incomplete: its {part} is missing.", hint=AGAIN)
        files, special = _weights(folder / part, variant)
        if missing := _missing(folder / part):
            raise ModelError(f"{source} is incomplete: {part}/{missing} is missing.", hint=AGAIN)
        varied = varied or special
        if files:
            weights[part] = files
        elif _has_pickles(folder / part):
            raise ModelError(f"The {part} of {source} is not in the safetensors format.", hint="Choose a version of it that is.")
    for part in ("vae", found.denoiser, "text_encoder"):
        if part not in weights:
            raise ModelError(f"{source} is incomplete: the weights of its {part} are missing.", hint=AGAIN)
    commit = SNAPSHOT.search(folder.as_posix())
    return Checkpoint(source, folder, found, weights, commit.group(1) if commit else "", variant if varied else "")


def digest_of(file: Path) -> str:
    """Of a file, in hex."""
    real = file.resolve()
    if real.parent.name == "blobs" and BLOB.fullmatch(real.name):
        return real.name  # the hub's cache names large files by it
    return sha256_of(file)


def _index(folder: Path, source: str) -> dict[str, Any]:
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except FileNotFoundError as error:
        hint = f"Choose a folder in the layout of diffusers: it has a {INDEX} and a folder for each part."
        raise ModelError(f"There is no image model in {source}.", hint=hint) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"The {INDEX} of {source} cannot be read.", hint=AGAIN) from error
    if not isinstance(index, dict):
        raise ModelError(f"The {INDEX} of {source} cannot be read.", hint=AGAIN)
    return index


def _parts(index: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    for part, named in index.items():
        if not part.startswith("_") and isinstance(named, list) and len(named) == 2:
            yield part, (named[0], named[1])


def _weights(folder: Path, variant: str) -> tuple[tuple[Path, ...], bool]:
    """The safetensors files that belong together, and whether they are the variant."""
    files = sorted(folder.glob("*.safetensors"))
    special = tuple(file for file in files if variant and re.search(rf"\.{re.escape(variant)}(-\d+-of-\d+)?\.safetensors$", file.name))
    plain = tuple(file for file in files if re.fullmatch(r"[^.]+(-\d+-of-\d+)?\.safetensors", file.name))
    return (special, True) if special else (plain, False)


def _missing(folder: Path) -> str:
    """A file that the index of weights in several files names and that is not there; empty where all are."""
    for index in sorted(folder.glob("*.safetensors.index.json")):
        try:
            named = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            return index.name
        for name in sorted(named):
            if not (folder / name).is_file():
                return str(name)
    return ""


def _has_pickles(folder: Path) -> bool:
    return any(file.suffix in (".bin", ".pt", ".pth", ".ckpt") for file in folder.iterdir())


def _numbers(file: Path) -> int:
    """How many numbers a safetensors file holds."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(MOST_HEADER_BYTES, file.stat().st_size):
                raise ValueError("no header")
            header = json.loads(stream.read(length))
        total = 0
        for name, tensor in header.items():
            if name != "__metadata__":
                count = 1
                for side in tensor["shape"]:
                    count *= int(side)
                total += count
        ends = max((tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"), default=0)
        if 8 + length + ends > file.stat().st_size:
            raise ValueError("cut short")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{file.name} is damaged or incomplete.", hint=AGAIN) from error
    return total
