"""Fetches an image model if it is not there, and brings it into memory.

The hub's cache is that of huggingface-hub; only the files that are opened are fetched, and a fetch that broke off goes on where it was.
What the libraries raise becomes a ModelError here.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from companion.errors import CompanionError, DownloadError, ModelError
from companion.opening import ONE_AT_A_TIME
from companion.show.diffusers.checkpoint import AGAIN, Checkpoint, open_checkpoint

QUIET = "Check the connection and try again; what has arrived is kept."


def local_folder(source: str) -> Path | None:
    """The folder a source names; None when it looks like the id of a model on the hub.

    Raises:
        ModelError: it names a folder that is not there.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or source.startswith((".", "~")) or source.count("/") != 1:
        raise ModelError(f"There is no image model called {source}.", hint="Choose a preset, a hub id such as owner/name, or a folder.")
    return None


def find(source: str, *, revision: str = "", variant: str = "") -> Checkpoint:
    """A checkpoint whose files are on this machine; fetched now if they are not.

    Args:
        source: a folder in the layout of diffusers, or a hub id.

    Raises:
        DownloadError: it could not be fetched.
        ModelError: it is no model that can be opened.
    """
    return open_checkpoint(local_folder(source) or _fetched(source, revision, variant), source, variant)


def load(checkpoint: Checkpoint, dtype: Any) -> Any:
    """The pipeline, on the processor.

    Args:
        dtype: of torch.

    Raises:
        ModelError: its files are damaged, or memory does not suffice.
    """
    import diffusers

    options: dict[str, Any] = {"variant": checkpoint.variant} if checkpoint.variant else {}
    if checkpoint.family.name == "sdxl":
        options["add_watermarker"] = False  # every picture is marked later, by show/provenance.py
    with ONE_AT_A_TIME, opening(checkpoint.source), _quiet():
        pipe = getattr(diffusers, checkpoint.family.pipeline).from_pretrained(
            checkpoint.folder, dtype=dtype, use_safetensors=True, local_files_only=True, **options
        )
    for part, has in checkpoint.numbers().items():
        if sum(one.numel() for one in getattr(pipe, part).parameters()) > has:  # the library would fill what is missing with noise
            raise ModelError(f"{checkpoint.source} is incomplete: some weights of its {part} are missing.", hint=AGAIN)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@contextmanager
def opening(source: str) -> Iterator[None]:
    """Turns what torch, safetensors and the libraries raise while weights are read into a ModelError."""
    from safetensors import SafetensorError

    try:
        yield
    except CompanionError:
        raise
    except MemoryError as error:
        raise ModelError(f"{source} does not fit into memory.", hint="Close other programs, or choose a smaller preset.") from error
    except RuntimeError as error:
        if "out of memory" in str(error) or "allocate" in str(error):
            raise ModelError(f"{source} does not fit into memory.", hint="Close other programs, or choose a smaller preset.") from error
        raise ModelError(f"{source} cannot be opened: {_first_line(error)}", hint=AGAIN) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, SafetensorError) as error:
        raise ModelError(f"{source} cannot be opened: {_first_line(error)}", hint=AGAIN) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars on the terminal while weights are read."""
    import diffusers.utils.logging
    import transformers.utils.logging

    shown = [one for one in (diffusers.utils.logging, transformers.utils.logging) if one.is_progress_bar_enabled()]
    for one in shown:
        one.disable_progress_bar()
    try:
        yield
    finally:
        for one in shown:
            one.enable_progress_bar()


def _fetched(source: str, revision: str, variant: str) -> Path:
    """The folder of a model of the hub. What is on this machine is taken as it is: no request leaves it, and she stays who she is when the
    model is changed there."""
    from diffusers import DiffusionPipeline

    options = {"revision": revision or None, "use_safetensors": True} | ({"variant": variant} if variant else {})
    with suppress(OSError, ValueError):  # there is nothing of it, or not all
        return Path(DiffusionPipeline.download(source, local_files_only=True, **options))
    with _fetching(source):
        return Path(DiffusionPipeline.download(source, **options))


@contextmanager
def _fetching(source: str) -> Iterator[None]:
    import httpx2  # the one that huggingface-hub uses
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        hint = f"Accept its terms on huggingface.co/{source}, then log in with `hf auth login` and try again."
        raise DownloadError(f"{source} asks you to accept its terms first.", hint=hint) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        hint = "Check the spelling; if it is private, log in with `hf auth login`."
        raise DownloadError(f"There is no image model called {source} on the hub.", hint=hint) from error
    except errors.EntryNotFoundError as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise DownloadError(f"{source} is not on this machine, and the hub cannot be reached.", hint=QUIET) from error
        raise DownloadError(f"{source} has no image model in the layout of diffusers.", hint="Choose another model.") from error
    except errors.HfHubHTTPError as error:
        raise DownloadError(f"The hub could not hand out {source}.", hint=QUIET) from error
    except (OSError, ValueError, httpx2.HTTPError) as error:
        if "safetensors" in str(error):
            hint = "Choose a version of it that is."
            raise DownloadError(f"{source} is not in the safetensors format.", hint=hint) from error
        if _offline(error):
            raise DownloadError(f"{source} is not on this machine, and the hub cannot be reached.", hint=QUIET) from error
        raise DownloadError(f"{source} could not be fetched: {_first_line(error)}", hint=QUIET) from error


def _offline(error: BaseException) -> bool:
    """Whether an error, or what it came from, says that there is no connection."""
    import httpx2
    from huggingface_hub import errors

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, errors.OfflineModeIsEnabled | errors.LocalEntryNotFoundError | httpx2.TransportError | ConnectionError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
