"""Pictures as vectors whose angle tells whether two show the same person.

`ClipEncoder` is the image encoder that an IP-Adapter loads anyway (Ye et al. 2023, section 3.2.1; CLIP, Radford et al. 2021). It was
taught with sentences, not with faces: hair, clothes and style count for it beside the face. That is why a score is only told beside
two baselines of the same encoder (`likeness.py`), never by itself. What needs no weights, for drawings, is in `drawn.py`.
"""

import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from companion.errors import InputError, ModelError
from companion.opening import ONE_AT_A_TIME
from companion.shot import WHOLE, Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")
AT_ONCE = 8  # pictures in one pass


class View(NamedTuple):
    """A picture (PNG, JPEG or WebP), and where on it the one is who counts."""

    image: bytes
    subject: Box = WHOLE


class Encoder(Protocol):
    """Embeds who is on a picture. Every method may be called from any thread."""

    @property
    def name(self) -> str:
        """What it is called, and what stands beside every score."""
        ...

    @property
    def strangers(self) -> float:
        """The cosine that pictures of two different people have, roughly; it stands in where there is nobody to compare with."""
        ...

    def encode(self, views: Sequence[View]) -> "NDArray[np.float32]":
        """Embeds the subjects.

        Returns:
            float32 (n, d), unit length.

        Raises:
            InputError: a picture cannot be read.
            ModelError: the encoder cannot be loaded or failed.
        """
        ...


class ClipEncoder:
    """A CLIP image encoder with its projection, as IP-Adapter repositories hold one. It is loaded at the first use.

    Args:
        source: a folder, or a hub id; with `config.json` and `model.safetensors`.
        subfolder: where in it the encoder lies, such as "models/image_encoder".
        device: as torch names it.
        strangers: see `Encoder`; a guess, for no figure holds for every one of these encoders.
        download: whether a hub id may be fetched; without it only what has been fetched before is used.
    """

    def __init__(
        self, source: str | Path, *, subfolder: str = "", device: str = "cpu", strangers: float = 0.5, download: bool = True
    ) -> None:
        self._source, self._subfolder, self._device, self._download = str(source), subfolder, device, download
        self._strangers = strangers
        self._loading = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    @property
    def name(self) -> str:
        """The last part of where it lies, without the machine's own folders."""
        return "/".join(part for part in (Path(self._source).name, self._subfolder) if part)

    @property
    def strangers(self) -> float:
        """See `Encoder`."""
        return self._strangers

    def encode(self, views: Sequence[View]) -> "NDArray[np.float32]":
        """See `Encoder`."""
        import numpy as np
        import torch

        model, prepare = self._model()
        found = []
        for at in range(0, len(views), AT_ONCE):
            pixels = prepare(images=[subject_of(view) for view in views[at : at + AT_ONCE]], return_tensors="pt").pixel_values
            try:
                with torch.inference_mode():
                    found.append(model(pixels.to(self._device, model.dtype)).image_embeds.float().cpu().numpy())
            except RuntimeError as error:  # torch's OutOfMemoryError is one
                raise ModelError(f"{self.name} could not look at the picture.", hint="Free memory and try again.") from error
        vectors = np.concatenate(found) if found else np.zeros((0, model.config.projection_dim), np.float32)
        return unit(vectors)

    def close(self) -> None:
        """Frees the weights; the next use loads them again."""
        with self._loading:
            self._loaded = None

    def _model(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[Any, Any]:
        from safetensors import SafetensorError
        from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

        options = {"subfolder": self._subfolder, "local_files_only": not self._download or Path(self._source).exists()}
        try:
            with ONE_AT_A_TIME:
                model, told = CLIPVisionModelWithProjection.from_pretrained(
                    self._source, use_safetensors=True, output_loading_info=True, **options
                )
            if told["missing_keys"]:  # they would be filled with chance
                raise ValueError(f"weights are missing: {sorted(told['missing_keys'])[:3]}")
            try:
                prepare = CLIPImageProcessor.from_pretrained(self._source, **options)
            except (OSError, ValueError):  # many of these repositories have no file for it; CLIP's own values are the defaults
                side = model.config.image_size
                prepare = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
            return model.eval().to(self._device), prepare
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            hint = "Give a hub id or a folder that holds a CLIP image encoder with safetensors weights."
            raise ModelError(f"{self.name} cannot be loaded as an image encoder.", hint=hint) from error


def subject_of(view: View, longest_px: int = 1024) -> "Image":
    """The subject alone, RGB, at most so long; a box that is empty or lies outside counts as the whole.

    Raises:
        InputError: the picture cannot be read.
    """
    from PIL import Image as images
    from PIL import UnidentifiedImageError

    try:
        with images.open(io.BytesIO(view.image), formats=FORMATS) as opened:
            width, height = opened.size
            left, right = round(view.subject.left * width), round(view.subject.right * width)
            top, bottom = round(view.subject.top * height), round(view.subject.bottom * height)
            box = max(0, left), max(0, top), min(width, right), min(height, bottom)
            if box[2] - box[0] < 2 or box[3] - box[1] < 2:
                box = 0, 0, width, height
            cut = opened.crop(box).convert("RGB")
            cut.thumbnail((longest_px, longest_px))
            return cut
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, images.DecompressionBombError) as error:
        raise InputError("The picture cannot be read.", hint="Choose another one.") from error


def unit(vectors: "NDArray[Any]") -> "NDArray[np.float32]":
    """Each row at unit length; a row of zeros stays as it is. float32 (n, d)."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
