"""What a pipeline wears for one picture: her LoRAs, her face as an image prompt, the ControlNets that hold her pose.

Every picture is dressed from nothing: what the last one wore is not asked for, so that two personas who take turns never mix. What a
family cannot wear, or what there is nothing for, is left out and said in the account.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

from companion.errors import Cancelled
from companion.shot import Framing, Knobs
from companion.show.diffusers.control import STRENGTH, Controls
from companion.show.diffusers.embeddings import Embeddings, EmbeddingStore
from companion.show.diffusers.families import Family
from companion.show.diffusers.image_prompt import ImagePrompt, opened, worn_account
from companion.show.diffusers.lora import Loras
from companion.show.diffusers.presets import Wardrobe
from companion.show.diffusers.weights import Shelf
from companion.show.protocol import Sitter

MOST_SHOWN = 2  # references that a model looks at itself: each of them costs as much as a picture in every step
SHOWN_SIDE_PX = (64, 1024)


class Adapters:
    """What one pipeline can wear.

    Args:
        pipe: a diffusers pipeline of the family, from words to picture.
        shelf: finds weights.
        kept: the folder where embeddings of references are kept.
        wardrobe: the adapters that are known for the family; ControlNets are taken from it.
        place: puts a pipeline onto its device; called for one whose parts have changed.
        strength: condition → how strongly its ControlNet guides, in [0, 1].
    """

    def __init__(
        self,
        pipe: Any,
        family: Family,
        shelf: Shelf,
        kept: Path,
        wardrobe: Wardrobe | None = None,
        *,
        place: Callable[[Any], None] = lambda pipe: None,
        strength: Mapping[str, float] = STRENGTH,
    ) -> None:
        wardrobe = wardrobe or Wardrobe()
        self._base, self._family, self._place = pipe, family, place
        self._loras = Loras(pipe, shelf)
        self._face = ImagePrompt(pipe, shelf, EmbeddingStore(kept), wardrobe.ip_adapters)
        self._controls = Controls(pipe, family, shelf, {one: row.name for one, row in wardrobe.controlnets.items()}, strength)
        self._pipe, self._placed = pipe, pipe
        self._account: dict[str, Any] = {}
        self._embeddings: Embeddings | None = None

    @property
    def pipe(self) -> Any:
        """The pipeline to call with what `dress` returned: the one that was given, or another over the same parts."""
        return self._pipe

    @property
    def embeddings(self) -> Embeddings | None:
        """Those of the picture at hand, if it has an image prompt."""
        return self._embeddings

    def dress(
        self,
        knobs: Knobs,
        sitter: Sitter,
        width_px: int,
        height_px: int,
        *,
        framing: Framing = "half",
        guided: bool = True,
        embeddings: Embeddings | None = None,
        cancel: Event | None = None,
    ) -> dict[str, Any]:
        """Puts on what the knobs say, and nothing else.

        Args:
            width_px, height_px: of what the pipeline paints.
            framing: how much of her the picture shows, for the depth map.
            guided: whether each step compares with the negative prompt.
            embeddings: those of an identity pack, in the place of what her references give.

        Returns:
            Arguments for the call of `pipe`, beside prompt, size, steps and generator.

        Raises:
            ModelError: a file is missing, damaged, or made for another model; nothing is worn then.
            DownloadError: it could not be fetched.
            Cancelled: it was.
        """
        cancel = cancel or Event()
        self._account, self._embeddings = {}, None
        try:
            return self._dressed(knobs, sitter, width_px, height_px, framing, guided, embeddings, cancel)
        except BaseException:
            self.undress()
            raise

    def undress(self) -> None:
        """Lets nothing act. What is loaded stays for the next picture; `pipe` is the one that was given."""
        self._loras.rest()
        self._face.rest()
        self._pipe = self._base
        self._account, self._embeddings = {}, None

    def close(self) -> None:
        """Takes everything off and frees it."""
        self.undress()
        self._face.take_off()
        self._loras.drop()
        self._controls.close()

    def account(self) -> Mapping[str, Any]:
        """What the picture at hand wears, and what is left out and why: plain JSON for its record."""
        return dict(self._account)

    def _dressed(
        self,
        knobs: Knobs,
        sitter: Sitter,
        width_px: int,
        height_px: int,
        framing: Framing,
        guided: bool,
        embeddings: Embeddings | None,
        cancel: Event,
    ) -> dict[str, Any]:
        account: dict[str, Any] = {}
        prompted, left_out, changed = self._prompt(knobs, sitter, guided, embeddings, account, cancel)
        _go_on(cancel)
        guides, missing = self._controls.draw(knobs.controlnet, knobs.skeleton, framing, width_px, height_px)
        self._pipe = self._controls.pipeline(guides)
        _go_on(cancel)
        loaded = set(self._loras.loaded)
        acting_face = self._face.lora if "ip_adapter" in account else ()
        worn = self._loras.wear(knobs.loras, beside=acting_face)  # last: loading a FaceID adapter sets the list of active LoRAs
        _go_on(cancel)
        changed = changed or set(self._loras.loaded) != loaded  # the library offloads the pipeline it loads on, not the guided one
        if changed or self._pipe is not self._placed:
            self._place(self._pipe)
            self._placed = self._pipe
        if worn:
            account["loras"] = [one.account() for one in worn]
        if guides:
            account["controlnets"] = [guide.account() for guide in guides]
        if left_out | missing:
            account["left_out"] = left_out | missing
        self._account = account
        return {**prompted, **self._controls.arguments(guides)}

    def _prompt(
        self, knobs: Knobs, sitter: Sitter, guided: bool, embeddings: Embeddings | None, account: dict[str, Any], cancel: Event
    ) -> tuple[dict[str, Any], dict[str, str], bool]:
        """Her face: arguments, what is left out, and whether the pipeline was changed."""
        wanted = bool(knobs.ip_adapter and (knobs.ip_scale or any(scale for _, scale in knobs.ip_scales)))
        if not self._family.ip_adapter:
            shown = self._shown(sitter, account)
            return shown, {"ip_adapter": f"there is none for {self._family.name}"} if wanted else {}, False
        if not wanted or not (embeddings or sitter.references):
            self._face.rest()
            left_out = {"ip_adapter": "she has no reference pictures"} if wanted else {}
            return self._face.nothing(guided=guided), left_out, False
        adapter, changed = self._face.wear(knobs.ip_adapter)
        _go_on(cancel)
        encoder = None
        if embeddings is None:
            embeddings, encoder = self._face.embed(sitter.references, cancel)
        arguments, unknown = self._face.act(knobs, embeddings, guided=guided)
        self._embeddings = embeddings
        account["ip_adapter"] = worn_account(adapter, knobs, embeddings, encoder)
        return arguments, {f"ip_adapter {block}": "this model has no attention there" for block in unknown}, changed

    def _shown(self, sitter: Sitter, account: dict[str, Any]) -> dict[str, Any]:
        """References as they are, for a model that looks at pictures itself."""
        if not (self._family.references and sitter.references):
            return {}
        shown = sitter.references[:MOST_SHOWN]
        account["references"] = [sha256(one).hexdigest() for one in shown]
        return {"image": [_within(opened(one)) for one in shown]}


def _within(picture: Any) -> Any:
    """A picture no smaller and no larger than the model looks at."""
    least, most = SHOWN_SIDE_PX
    share = max(least / min(picture.size), min(1.0, most / max(picture.size)))
    return picture if share == 1 else picture.resize((max(least, round(picture.width * share)), max(least, round(picture.height * share))))


def _go_on(cancel: Event) -> None:
    if cancel.is_set():
        raise Cancelled
