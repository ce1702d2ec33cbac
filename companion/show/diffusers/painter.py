"""The painter that works with diffusion models (`presets.yaml`): loads one when first asked, and paints one picture at a time.

A picture is a function of its knobs, its model and its seed. What a model cannot follow is left out and named in the record. Stopping ends
within one step and frees what the picture held; so does memory that runs out, after which the model is placed more thriftily.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from companion.errors import Cancelled, ModelError
from companion.show.again import Pack, Repeatable
from companion.show.diffusers.adapters import Adapters
from companion.show.diffusers.embeddings import Embeddings
from companion.show.diffusers.fitting import SMALLER, empty_cache, out_of_memory, thriftier
from companion.show.diffusers.identity import Identity, otherwise, packed, unpacked, verify
from companion.show.diffusers.model import ImageModel, open_model
from companion.show.diffusers.picture import record_of, stepped, subject
from companion.show.diffusers.presets import Preset, Presets, shipped
from companion.show.diffusers.prompting import words
from companion.show.diffusers.sampling import Stopped, go_on
from companion.show.diffusers.telling import Telling
from companion.show.diffusers.upscale import Size, Upscaler, encoded, enlarged, painted_over, picture_size
from companion.show.diffusers.weights import Shelf
from companion.show.protocol import Commission, Painted, Told

LOADED, DRESSED, STEPPED, GROWN = 0.1, 0.15, 0.9, 0.97  # the shares at which these are done
STEPPED_BEFORE_TILES = 0.4
WAIT_S = 0.1
T = TypeVar("T")


class DiffusersPainter:
    """Paints with an image model.

    Args:
        model: a preset or its name, a hub id, or a folder in the layout of diffusers.
        adapters: the folder where LoRAs and other adapters lie at home.
        embeddings: the folder where what image encoders said of references is kept.
        device, dtype: "auto" or a torch name.
        upscaler: how a picture grows to the size that was asked for.
    """

    def __init__(
        self,
        model: str | Preset,
        *,
        adapters: Path,
        embeddings: Path,
        device: str = "auto",
        dtype: str = "auto",
        upscaler: Upscaler = "lanczos",
        presets: Presets | None = None,
    ) -> None:
        self._asked, self._presets, self._embeddings = model, presets or shipped(), embeddings
        self._shelf, self._device, self._dtype, self._upscaler = Shelf(adapters), device, dtype, upscaler
        self._lock = threading.Lock()
        self._model: ImageModel | None = None
        self._adapters: Adapters | None = None

    @property
    def name(self) -> str:
        """It is "diffusers sdxl", or ends with the hub id or folder of a model that is no preset."""
        return f"diffusers {self._asked.name if isinstance(self._asked, Preset) else self._asked}"

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints a picture, which brings its identity pack; loads the model first if it is not in memory.

        Raises:
            Cancelled: it was, and what the picture held is freed.
            DownloadError: the model or an adapter could not be fetched.
            ModelError: weights are missing or do not fit, or memory ran out; it can be asked again.
        """
        return self._guarded(lambda: self._painted(commission, Telling(told), cancel, None), cancel)

    def repaint(self, pack: Pack, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints from an identity pack: its knobs and what it holds of her face count, in the place of the commission's.

        What can change the picture a little, other versions or another device, is in the record under `otherwise`.

        Raises:
            Cancelled, DownloadError: as `paint`.
            ModelError: as `paint`, or the pack is damaged, or a file is another one than the pack was made with.
        """
        identity = unpacked(pack)
        asked = replace(commission, knobs=identity.knobs)
        return self._guarded(lambda: self._painted(asked, Telling(told), cancel, identity), cancel)

    def close(self) -> None:
        """Frees the model, once the picture at hand is done; another picture loads it again."""
        with self._lock:
            self._release()

    def _guarded(self, work: Callable[[], T], cancel: threading.Event) -> T:
        """Does a piece of work when it is its turn, and lets go of all it held however it ends."""
        with self._turn(cancel):
            problem: Exception | None = None
            try:
                return work()
            except (Stopped, Cancelled):
                problem = Cancelled()  # raised below, where nothing leads back to the frames that hold the picture's tensors
            except Exception as error:
                if not _ran_out(error):
                    raise
                problem = self._thriftier()
                problem.__cause__ = error.with_traceback(None)
            finally:
                self._tidy(collect=problem is not None)
            raise problem

    def _painted(self, commission: Commission, telling: Telling, cancel: threading.Event, identity: Identity | None) -> Painted:
        began = time.monotonic()
        telling.share(0.0)
        model, adapters = self._ready(cancel)
        telling.share(LOADED)
        if identity:
            verify(identity, self._shelf, model.record(), commission.sitter.references)
        knobs, native, size = commission.knobs, Size(model.preset.width_px, model.preset.height_px), picture_size(commission.long_side_px)
        worn = self._dressed(model, adapters, commission, cancel, identity.embeddings if identity else None)
        telling.share(DRESSED)
        told = words(adapters.pipe, model.checkpoint.family, knobs.prompt, knobs.negative_prompt, guided=model.guided)
        refines = self._upscaler == "refine" and size.height_px > native.height_px and bool(model.checkpoint.family.refining)
        until = STEPPED_BEFORE_TILES if refines else STEPPED

        def seen(done: int, total: int, latents: Any) -> None:
            telling.share(DRESSED + (until - DRESSED) * done / total, model.preview(latents))

        image = stepped(model, adapters.pipe, {**told, **worn}, knobs.seed, seen, cancel)
        if refines:
            between = GROWN - until
            image = painted_over(
                image, size, model, {**told, **worn}, knobs.seed, lambda at, of: telling.share(until + between * at / of), cancel
            )
        go_on(cancel)
        image = enlarged(image, size)
        telling.share(GROWN)
        kept, account = encoded(image), adapters.account()
        record = {"painter": self.name, **record_of(model, knobs, account, upscaler=self._upscaler, refines=refines)}
        pack = packed(Identity(knobs, account, record, adapters.embeddings))
        if identity and (differs := otherwise(identity.model, record)):
            record["otherwise"] = list(differs)
        telling.share(1.0)
        record["seconds"] = round(time.monotonic() - began, 3)
        return Repeatable(kept, "image/webp", *size, subject=subject(knobs.skeleton, account), record=record, pack=pack)

    def _dressed(
        self, model: ImageModel, adapters: Adapters, commission: Commission, cancel: threading.Event, embeddings: Embeddings | None
    ) -> dict[str, Any]:
        """Sets the model as the knobs say; what the call of the pipeline gets."""
        model.pipe.scheduler = model.fresh_scheduler()
        model.slice_attention(faced=bool(commission.knobs.ip_adapter))
        offloaded = model.fitted.placement != "whole"
        if offloaded:
            model.pipe.remove_all_hooks()  # adapters are put on weights that are there, not on those that wait elsewhere
        worn = adapters.dress(
            commission.knobs,
            commission.sitter,
            model.preset.width_px,
            model.preset.height_px,
            framing=commission.shot.framing,
            guided=model.guided,
            embeddings=embeddings,
            cancel=cancel,
        )
        if offloaded:
            model.place(adapters.pipe)
        return worn

    def _ready(self, cancel: threading.Event) -> tuple[ImageModel, Adapters]:
        if self._model is None or self._adapters is None:
            self._model = open_model(self._asked, self._presets, shelf=self._shelf, device=self._device, dtype=self._dtype, cancel=cancel)
            self._adapters = self._dressing(self._model)
        return self._model, self._adapters

    def _dressing(self, model: ImageModel) -> Adapters:
        wardrobe = self._presets.wardrobes.get(model.checkpoint.family.name)
        return Adapters(model.pipe, model.checkpoint.family, self._shelf, self._embeddings, wardrobe, place=model.place)

    def _thriftier(self) -> ModelError:
        """Places the model so that the next picture takes less; the error for this one."""
        model, adapters = self._model, self._adapters
        next_way = thriftier(model.fitted, model.device) if model else None
        if model is None or adapters is None or next_way is None:
            self._release()
            return ModelError("Memory ran out while the picture was painted.", hint=SMALLER)
        model.fitted = next_way
        try:
            adapters.close()
            model.place(model.pipe)
        except Exception as error:
            self._release()  # the next picture loads it anew, into the memory there is then
            if not (isinstance(error, ModelError) or _ran_out(error)):
                raise
        return ModelError("Memory ran out while the picture was painted.", hint="Ask again: the next try takes less memory and more time.")

    def _tidy(self, *, collect: bool) -> None:
        """Lets go of all that the picture at hand held.

        Args:
            collect: it ended early; what was computed may hang in rings, and takes memory that others could have.
        """
        if self._model:
            if self._adapters:
                pipe = self._adapters.pipe
                self._adapters.undress()
                pipe.maybe_free_model_hooks()
                pipe.scheduler = self._model.own_scheduler
                if hasattr(pipe, "_current_timestep"):
                    pipe._current_timestep = None  # where it was stopped
            self._model.settle()
            if collect:
                empty_cache(self._model.device)

    def _release(self) -> None:
        device = self._model.device if self._model else None
        self._model = self._adapters = None
        if device:
            empty_cache(device)

    @contextmanager
    def _turn(self, cancel: threading.Event) -> Iterator[None]:
        """One picture at a time; who waits can be stopped too."""
        while not self._lock.acquire(timeout=WAIT_S):
            go_on(cancel)
        try:
            go_on(cancel)
            yield
        finally:
            self._lock.release()


def _ran_out(error: BaseException | None) -> bool:
    """Whether memory ran out, also where a room has said so already in words of its own."""
    while error is not None:
        if out_of_memory(error):
            return True
        error = error.__cause__
    return False
