"""Her face as a prompt: an IP-Adapter on a pipeline, and the embeddings of her reference pictures that it reads.

IP-Adapter: Ye et al. (2023). The image encoder is large and its answer for a picture never changes, so it runs once for a set of
references, on the processor and in full precision, and is freed; what it said is kept (embeddings.py).
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from companion.errors import Cancelled, ModelError
from companion.opening import ONE_AT_A_TIME
from companion.shot import Knobs
from companion.show.diffusers.embeddings import Embeddings, EmbeddingStore, embeddings_key
from companion.show.diffusers.presets import Extra
from companion.show.diffusers.weights import Shelf, Weights, hub_name, quiet, translated

MOST_PIXELS = 64_000_000
FACE_LORA = "faceid_0"  # what diffusers calls the LoRA that comes inside a FaceID adapter
ENCODER = "model.safetensors"


class ImagePrompt:
    """The IP-Adapter of one pipeline.

    Args:
        pipe: a pipeline that can wear one.
        known: those that come as a preset, by which a short name and the place of an encoder are found.
    """

    def __init__(self, pipe: Any, shelf: Shelf, store: EmbeddingStore, known: Sequence[Extra] = ()) -> None:
        self._pipe, self._shelf, self._store, self._known = pipe, shelf, store, known
        self._worn: Weights | None = None
        self._like: Embeddings | None = None

    @property
    def worn(self) -> Weights | None:
        """The adapter on the pipeline, whether it acts or not."""
        return self._worn

    @property
    def lora(self) -> tuple[str, ...]:
        """The LoRA that came inside it, as the pipeline knows it."""
        listed = self._pipe.get_list_adapters().values() if self._worn else ()
        return (FACE_LORA,) if any(FACE_LORA in names for names in listed) else ()

    def wear(self, name: str) -> tuple[Weights, bool]:
        """Puts an adapter on, in the place of another.

        Returns:
            The adapter, and whether the pipeline was changed.

        Raises:
            ModelError: it is missing, damaged, or made for another model.
        """
        weights = self._shelf.file(self._full(name))
        if self._worn and self._worn.sha256 == weights.sha256:
            return self._worn, False
        self.take_off()
        try:
            with translated(f"The IP-Adapter {name}"), quiet():
                self._pipe.load_ip_adapter(
                    str(weights.path.parent), subfolder="", weight_name=weights.path.name, image_encoder_folder=None, local_files_only=True
                )
                _check(self._pipe.unet)
        except Exception:
            self._remove()
            raise
        self._worn = weights
        return weights, True

    def take_off(self) -> bool:
        """Takes the adapter off; whether there was one."""
        if self._worn is None:
            return False
        self._remove()
        return True

    def rest(self) -> None:
        """Lets it act nowhere; it stays on, unless no picture was painted with it: then nobody knows what `nothing` looks like."""
        if self._like is None:
            self.take_off()
        else:
            self._pipe.set_ip_adapter_scale(0.0)

    def nothing(self, *, guided: bool) -> dict[str, Any]:
        """What the call of a pipeline gets while an adapter is on that shall not act: it asks for some embeddings all the same."""
        if self._worn is None or self._like is None:
            return {}
        import torch

        one = torch.zeros_like(self._like.positive[:, :1])
        return self._argument(Embeddings("", one, one), guided=guided)

    def act(self, knobs: Knobs, embeddings: Embeddings, *, guided: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Sets how strongly it acts in each block.

        Returns:
            What the call of the pipeline gets, and the blocks that are named in the knobs but have no attention to act in.
        """
        scales, unknown = block_scales(self._pipe.unet, knobs)
        with translated("The IP-Adapter"):
            self._pipe.set_ip_adapter_scale(scales if knobs.ip_scales else float(knobs.ip_scale))
        self._like = embeddings
        return self._argument(embeddings, guided=guided), unknown

    def embed(self, references: Sequence[bytes], cancel: Event) -> tuple[Embeddings, Weights]:
        """What its encoder says of pictures of her: as it is kept, else computed now and kept.

        Args:
            references: encoded pictures.

        Returns:
            The embeddings, and the encoder.

        Raises:
            ModelError: a picture cannot be read, the encoder is missing, or the adapter reads faces in a way of its own.
            Cancelled: it was.
        """
        assert self._worn is not None
        if self.reads_faces:
            hint = "Choose an IP-Adapter that reads pictures, or a pack with the embeddings of her face."
            raise ModelError(f"The IP-Adapter {self._worn.name} reads what a face recogniser says, and there is none here.", hint=hint)
        encoder = self._encoder()
        key = embeddings_key(encoder, self._worn, references)
        kept = self._store.get(key)
        if kept is None:
            kept = self._computed(key, encoder, references, cancel)
            self._store.put(kept)
        return kept, encoder

    @property
    def reads_faces(self) -> bool:
        """Whether it takes the embedding of a face recogniser (FaceID) in the place of an image encoder's."""
        layers = self._pipe.unet.encoder_hid_proj.image_projection_layers
        return any("FaceID" in type(layer).__name__ for layer in layers)

    def _computed(self, key: str, encoder: Weights, references: Sequence[bytes], cancel: Event) -> Embeddings:
        import torch

        pictures = [opened(one) for one in references]
        if cancel.is_set():
            raise Cancelled
        before = self._pipe.components.get("feature_extractor")
        with translated(f"The image encoder {encoder.path.name} of {encoder.name}"), quiet(), torch.inference_mode():
            eyes, pixels = _loaded(encoder.path)
            self._pipe.register_modules(image_encoder=eyes, feature_extractor=pixels)
            try:
                [said] = self._pipe.prepare_ip_adapter_image_embeds([pictures], None, torch.device("cpu"), 1, True)
            finally:
                self._pipe.register_modules(image_encoder=None, feature_extractor=before)
            negative, positive = said.chunk(2)
        if cancel.is_set():
            raise Cancelled
        return Embeddings(key, negative.clone(), positive.clone())

    def _encoder(self) -> Weights:
        """The image encoder that an adapter was trained with: where its preset says, else beside it.

        Those for SDXL that read ViT-H take the encoder of SD 1.5, which lies in `models` of the same repository.
        """
        assert self._worn is not None
        at = hub_name(self._worn.name)
        row = next((one for one in self._known if one.name == self._worn.name), None)
        if row and row.encoder:
            return self._shelf.model(row.encoder, weights=ENCODER)
        if self._worn.revision and at:
            folder = "models" if "vit-h" in at.path else at.path.rpartition("/")[0]
            return self._shelf.model(f"{at.repo}@{self._worn.revision}/{folder}/image_encoder".replace("//", "/"), weights=ENCODER)
        beside = self._worn.path.parent
        shared = beside.parent / "models"
        if "vit-h" in self._worn.path.name and (shared / "image_encoder").is_dir():
            beside = shared
        return self._shelf.model(str(beside / "image_encoder"), weights=ENCODER)

    def _full(self, name: str) -> str:
        """The name with its repository: the preset that is called so, or the first of a repository that has no file in its name."""
        for row in self._known:
            at = hub_name(row.name)
            if at and at.path and name in (at.repo, Path(at.path).stem, Path(at.path).name):
                return row.name
        return name

    def _argument(self, embeddings: Embeddings, *, guided: bool) -> dict[str, Any]:
        return {"ip_adapter_image_embeds": embeddings.argument(guided=guided, dtype=self._pipe.unet.dtype)}

    def _remove(self) -> None:
        """The library leaves the LoRA of a FaceID adapter behind, and would take it for that of the next one."""
        if any(FACE_LORA in names for names in self._pipe.get_list_adapters().values()):
            with quiet():
                self._pipe.delete_adapters([FACE_LORA])
        if self._pipe.unet.encoder_hid_proj is not None:
            self._pipe.unload_ip_adapter()
        self._worn = self._like = None


def block_scales(unet: Any, knobs: Knobs) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A scale for every block with attention: the library takes 0 for those that are not named.

    Returns:
        As `set_ip_adapter_scale` reads it, and the named blocks that have no attention.
    """
    wanted = dict(knobs.ip_scales)
    scales: dict[str, Any] = {"mid": wanted.pop("mid", knobs.ip_scale), "down": {}, "up": {}}
    for side in ("down", "up"):
        for number, block in enumerate(getattr(unet, f"{side}_blocks")):
            if hasattr(block, "attentions"):
                scales[side][f"block_{number}"] = wanted.pop(f"{side}.block_{number}", knobs.ip_scale)
    return scales, tuple(wanted)


def worn_account(adapter: Weights, knobs: Knobs, embeddings: Embeddings, encoder: Weights | None) -> Mapping[str, Any]:
    """For a picture's record: plain JSON."""
    kept: dict[str, Any] = {"name": adapter.name, "sha256": adapter.sha256, "scale": knobs.ip_scale, "embeddings": embeddings.key}
    if knobs.ip_scales:
        kept["scales"] = dict(knobs.ip_scales)
    if adapter.revision:
        kept["revision"] = adapter.revision
    if encoder:
        kept["encoder_sha256"] = encoder.sha256
    return kept


def _loaded(folder: Path) -> tuple[Any, Any]:
    """An image encoder on the processor, and what makes its pixels."""
    import torch
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    with ONE_AT_A_TIME:
        eyes = CLIPVisionModelWithProjection.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        ).eval()
    side_px = eyes.config.image_size
    return eyes, CLIPImageProcessor(size={"shortest_edge": side_px}, crop_size={"height": side_px, "width": side_px})


def opened(reference: bytes) -> Any:
    """A reference as an RGB image of Pillow.

    Raises:
        ModelError: it cannot be read, or is too large.
    """
    from PIL import Image, UnidentifiedImageError

    hint = "Choose another picture of her."
    try:
        picture = Image.open(io.BytesIO(reference))
        if picture.width * picture.height > MOST_PIXELS:
            raise ModelError("A reference picture of her is too large to be read.", hint=hint)
        return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ModelError("A reference picture of her cannot be read.", hint=hint) from error


def _check(unet: Any) -> None:
    """Sees that every weight has arrived: the library passes over those of another layout and leaves them without values."""
    if any(weight.is_meta for weight in unet.parameters()):
        raise ValueError("it is made for another kind of model")
