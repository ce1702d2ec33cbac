"""LoRAs on a pipeline: a persona's own and those of her expressions, each under a name of its content, set anew for every picture.

Low-rank adaptation: Hu et al. (2021). A file is loaded once and stays beside the others, so that the next picture, of her or of someone
else, only says which act and how strongly. What has not acted for longest leaves first when there are too many. A LoRA of weight 0 is
not loaded and not active: the picture is the one without it, to the bit.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion.shot import LoraWeight
from companion.show.diffusers.weights import Shelf, Weights, quiet, translated

MOST = 12
MOST_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Worn:
    """A LoRA that acts."""

    lora: LoraWeight
    weights: Weights

    def account(self) -> Mapping[str, Any]:
        """For a picture's record: plain JSON."""
        kept = {"name": self.lora.name, "weight": self.lora.weight, "purpose": self.lora.purpose, "sha256": self.weights.sha256}
        return kept | ({"revision": self.weights.revision} if self.weights.revision else {})


class Loras:
    """The LoRAs of one pipeline.

    Args:
        pipe: a diffusers pipeline that can wear them.
        most: how many may stay loaded; those of the picture at hand always do.
        most_bytes: the same by the size of their files.
    """

    def __init__(self, pipe: Any, shelf: Shelf, *, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._pipe, self._shelf = pipe, shelf
        self._most, self._most_bytes = most, most_bytes
        self._loaded: OrderedDict[str, int] = OrderedDict()  # adapter name → bytes, in the order in which they last acted

    @property
    def loaded(self) -> tuple[str, ...]:
        """Names of those in memory, the one that has rested longest first."""
        return tuple(self._loaded)

    def wear(self, loras: Sequence[LoraWeight], beside: Sequence[str] = ()) -> tuple[Worn, ...]:
        """Lets these act and no others.

        Args:
            beside: adapters that are on the pipeline already and act with them at full weight, such as that of a FaceID adapter,
                whose loading sets the list of active ones to itself alone.

        Raises:
            ModelError: one is missing, damaged, or made for another model.
        """
        found = [Worn(lora, self._shelf.file(lora.name)) for lora in loras if lora.weight]
        weights: dict[str, float] = {}
        for worn in found:
            name = name_of(worn.weights)
            weights[name] = weights.get(name, 0.0) + worn.lora.weight  # one file under two names is one adapter
        self._make_room({name_of(worn.weights): worn.weights.size_bytes for worn in found})
        for worn in found:
            self._load(worn)
        acting = {name: weight for name, weight in weights.items() if weight} | dict.fromkeys(beside, 1.0)
        if acting:
            self._pipe.enable_lora()
            self._pipe.set_adapters(list(acting), list(acting.values()))
        else:
            self.rest()
        return tuple(found)

    def rest(self) -> None:
        """Lets none act; they stay loaded."""
        self._pipe.disable_lora()

    def drop(self, *names: str) -> None:
        """Takes them off; all that are loaded without a name."""
        leaving = names or tuple(self._loaded)
        if leaving:
            with quiet():
                self._pipe.delete_adapters(list(leaving))
        for name in leaving:
            self._loaded.pop(name, None)

    def _load(self, worn: Worn) -> None:
        name = name_of(worn.weights)
        if name not in self._loaded:
            try:
                with translated(f"The LoRA {worn.lora.name}"), quiet():
                    self._pipe.load_lora_weights(str(worn.weights.path.parent), weight_name=worn.weights.path.name, adapter_name=name)
                    self._check(name, worn)
            except Exception:
                self.drop(name)  # what fitted of it
                raise
            self._loaded[name] = worn.weights.size_bytes
        self._loaded.move_to_end(name)

    def _check(self, name: str, worn: Worn) -> None:
        """The library passes over what it does not know with a line in the log."""
        if not any(name in names for names in self._pipe.get_list_adapters().values()):
            raise ValueError("no layer of it fits this model")

    def _make_room(self, coming: Mapping[str, int]) -> None:
        """Before loading, so that the most is never exceeded for long."""
        new = [name for name in coming if name not in self._loaded]
        resting = [name for name in self._loaded if name not in coming]
        count = len(self._loaded) + len(new)
        size = sum(self._loaded.values()) + sum(coming[name] for name in new)
        leaving = []
        for name in resting:
            if count <= self._most and size <= self._most_bytes:
                break
            leaving.append(name)
            count, size = count - 1, size - self._loaded[name]
        if leaving:
            self.drop(*leaving)


def name_of(weights: Weights) -> str:
    """The adapter's name on a pipeline: of the content, so that two files of one name never meet."""
    return f"lora_{weights.sha256[:16]}"
