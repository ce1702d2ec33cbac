"""What an image encoder says of a set of pictures, kept on disk.

The negative and the positive half lie in files of their own, because a model that paints without guidance takes only the second. A set
is keyed by what decides its content: encoder, adapter and references.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from companion.errors import ModelError
from companion.show.diffusers.weights import Weights

KEPT = 64  # sets of references whose embeddings stay
HALVES = ("negative", "positive")


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What the encoder says of a set of pictures.

    Attributes:
        negative, positive: torch float32 (1, pictures, width) or (1, pictures, patches, width).
    """

    key: str
    negative: Any
    positive: Any

    def argument(self, *, guided: bool, dtype: Any) -> list[Any]:
        """What the call of a pipeline gets; it takes them to its device itself.

        Args:
            guided: each step compares with the negative half.
            dtype: of torch.
        """
        import torch

        halves = torch.cat([self.negative, self.positive]) if guided else self.positive
        return [halves.to(dtype)]


class EmbeddingStore:
    """Embeddings on disk: a folder for each key, a safetensors file for each half.

    Args:
        most: sets that stay; the ones that were not read for longest leave.
    """

    def __init__(self, folder: Path, most: int = KEPT) -> None:
        self._folder, self._most = folder, most

    def get(self, key: str) -> Embeddings | None:
        """Those of a key, if both halves are there and whole; a damaged set is as good as none."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        files = [self._folder / key / f"{half}.safetensors" for half in HALVES]
        try:
            negative, positive = (load_file(file)["embeddings"] for file in files)
        except (FileNotFoundError, SafetensorError, KeyError, ValueError):
            return None
        files[0].parent.touch()
        return Embeddings(key, negative, positive) if negative.shape == positive.shape else None

    def put(self, embeddings: Embeddings) -> None:
        """Keeps a set: each file is whole or not there.

        Raises:
            ModelError: the folder cannot be written.
        """
        from safetensors.torch import save_file

        at = self._folder / embeddings.key
        try:
            at.mkdir(parents=True, exist_ok=True)
            for half in HALVES:
                arriving = at / f"{half}.part"
                save_file({"embeddings": getattr(embeddings, half).contiguous()}, arriving)
                arriving.replace(at / f"{half}.safetensors")
            self._leave()
        except OSError as error:
            raise ModelError(f"What her pictures say cannot be kept in {self._folder}.", hint="Make room on the disk.") from error

    def _leave(self) -> None:
        sets = sorted((one for one in self._folder.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
        for one in sets[: max(0, len(sets) - self._most)]:
            for file in one.iterdir():
                file.unlink()
            one.rmdir()


def embeddings_key(encoder: Weights, adapter: Weights, references: Sequence[bytes]) -> str:
    """What decides the embeddings, as one digest; hex."""
    parts = [encoder.sha256, adapter.sha256, *(sha256(one).hexdigest() for one in references)]
    return sha256("\n".join(parts).encode()).hexdigest()
