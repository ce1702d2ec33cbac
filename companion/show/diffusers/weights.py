"""Weights that a painter wears, found on this machine or fetched, and known by their content.

A name is a file or folder on the shelf (the folder for adapters at home), an absolute path, or a hub id: `owner/repo`, with `@revision`
for a commit and `/path/in/it` for one of its files or folders. Only safetensors are opened: other formats can run code.
What a name stands for can change under it, so that every file is known by its SHA-256 and, from the hub, by its commit.
"""

import hashlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from companion.errors import CompanionError, DownloadError, ModelError

HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+))?(?:/(?P<path>[\w./-]+))?")
BLOB = re.compile(r"[0-9a-f]{64}")
USUAL = ("pytorch_lora_weights.safetensors", "diffusion_pytorch_model.safetensors", "model.safetensors")
AGAIN = "Choose another file, or fetch it again."


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights, or a folder of a model whose only weights it is.

    Attributes:
        name: as it was asked for.
        path: the file, or the folder of `config.json` beside it.
        sha256: of the file, hex.
        revision: the commit on the hub; empty for what lies on this machine.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int
    revision: str = ""


class HubName(NamedTuple):
    """A hub id, read."""

    repo: str
    revision: str | None
    path: str


def hub_name(name: str) -> HubName | None:
    """Reads a hub id; None where it is none."""
    found = HUB_ID.fullmatch(name)
    if not found or ".." in name or found["repo"].endswith(".safetensors"):
        return None
    return HubName(found["repo"], found["revision"], found["path"] or "")


class Shelf:
    """Finds weights by name.

    Args:
        folder: where adapters lie at home; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[tuple[Path, int, int], str] = {}

    def file(self, name: str) -> Weights:
        """A file of weights.

        Raises:
            ModelError: there is none of that name, it is ambiguous, or no safetensors.
            DownloadError: it could not be fetched.
        """
        local = self._local(name)
        if local is not None:
            return self._weighed(name, _one_of(local, name) if local.is_dir() else local)
        at = hub_name(name)
        if at is None:
            hint = f"Put it into {self.folder}, or write a hub id such as owner/name."
            raise ModelError(f"There is no adapter called {name}.", hint=hint)
        with translated(f"The adapter {name}"):
            found = _fetch(at.repo, at.path if at.path.endswith(".safetensors") else _only_name(at), at.revision)
        return self._weighed(name, found, revision=_commit(found))

    def model(self, name: str, weights: str = "diffusion_pytorch_model.safetensors") -> Weights:
        """A folder of a model.

        Args:
            weights: what its file of weights is called.

        Raises:
            ModelError: there is none, or it has no safetensors.
            DownloadError: it could not be fetched.
        """
        local = self._local(name)
        if local is None:
            at = hub_name(name)
            if at is None:
                raise ModelError(f"There is no model called {name}.", hint=f"Put it into {self.folder}, or write a hub id.")
            with translated(f"The model {name}"):
                below = f"{at.path}/" if at.path else ""
                for file in ("config.json", weights):
                    found = _fetch(at.repo, below + file, at.revision)
            folder, revision = found.parent, _commit(found)
        else:
            folder, revision = local, ""
        missing = [file for file in ("config.json", weights) if not (folder / file).is_file()]
        if missing:
            raise ModelError(f"The model {name} has no {' and no '.join(missing)} in {folder}.", hint=AGAIN)
        weighed = self._weighed(name, folder / weights, revision=revision)
        return Weights(name, folder, weighed.sha256, weighed.size_bytes, revision)

    def _local(self, name: str) -> Path | None:
        path = Path(name).expanduser()
        if ".." in path.parts:
            raise ModelError(f"{name} leaves the folder of adapters.", hint="Name a file in it, or write the whole path.")
        wanted = (path,) if path.is_absolute() else (self.folder / path, self.folder / f"{path}.safetensors")
        found = next((one for one in wanted if one.exists()), None)
        if found is None and len(path.parts) > 1 and (path.is_absolute() or (self.folder / path.parts[0]).is_dir()):
            raise ModelError(f"There is no {path} among the adapters.", hint=f"Put it into {self.folder}, or choose another one.")
        return found

    def _weighed(self, name: str, file: Path, revision: str = "") -> Weights:
        if file.suffix != ".safetensors":
            raise ModelError(f"{file.name} is not in the safetensors format.", hint="Convert it, or choose another version of it.")
        with translated(f"The file {file.name}"):
            state = file.stat()
            key = (file, state.st_size, state.st_mtime_ns)
            if key not in self._digests:
                self._digests[key] = sha256_of(file)
        return Weights(name, file, self._digests[key], state.st_size, revision)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, hex; the hub's cache names large files by it already."""
    real = file.resolve()
    if real.parent.name == "blobs" and BLOB.fullmatch(real.name):
        return real.name
    with file.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Makes an error for people of what torch, diffusers, peft and the hub raise.

    Args:
        what: the subject of the sentence: "The adapter mara.safetensors".
    """
    import httpx
    import torch
    from huggingface_hub import errors
    from safetensors import SafetensorError

    try:
        yield
    except CompanionError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(f"{what} needs more memory than there is.", hint="Close other programs, or choose a smaller model.") from error
    except (errors.HfHubHTTPError, httpx.HTTPError) as error:
        raise _unfetched(what) from error
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError, AttributeError, ImportError) as error:
        if _offline(error):
            raise _unfetched(what) from error
        raise ModelError(f"{what} cannot be used: {_first_line(error)}", hint=AGAIN) from error


@contextmanager
def quiet() -> Iterator[None]:
    """No bars and no warnings of what is meant here: several adapters on one model, one that leaves while it acts, files with no part
    for the text encoder.

    What went wrong is raised, or seen by whoever loads.
    """
    import diffusers.utils.logging as of_diffusers
    import transformers.utils.logging as of_transformers

    levels = [(one, one.get_verbosity(), one.is_progress_bar_enabled()) for one in (of_diffusers, of_transformers)]
    for one, _, _ in levels:
        one.set_verbosity_error()
        one.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            warnings.filterwarnings("ignore", message="Adapter .* was active which is now deleted")
            yield
    finally:
        for one, level, bars in levels:
            one.set_verbosity(level)
            if bars:
                one.enable_progress_bar()


def _offline(error: BaseException | None) -> bool:
    """Whether the hub stands behind an error of a library."""
    from huggingface_hub import errors

    while error is not None:
        if isinstance(error, errors.LocalEntryNotFoundError | errors.OfflineModeIsEnabled | errors.HfHubHTTPError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _unfetched(what: str) -> DownloadError:
    return DownloadError(f"{what} is not on this machine and could not be fetched.", hint="Check its name and the connection.")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _one_of(folder: Path, name: str) -> Path:
    return folder / _chosen(sorted(file.name for file in folder.glob("*.safetensors")), name)


def _only_name(at: HubName) -> str:
    """Which file of a repository is meant where none is named."""
    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        names = HfApi().list_repo_files(at.repo, revision=at.revision)
    except (errors.HfHubHTTPError, errors.OfflineModeIsEnabled, OSError):  # without a connection: of what has been fetched before
        kept = Path(snapshot_download(at.repo, revision=at.revision, local_files_only=True))
        names = [file.relative_to(kept).as_posix() for file in kept.rglob("*.safetensors")]
    below = f"{at.path}/" if at.path else ""
    found = sorted(name.removeprefix(below) for name in names if name.endswith(".safetensors") and name.startswith(below))
    return below + _chosen(found, at.repo)


def _chosen(names: list[str], where: str) -> str:
    for usual in USUAL:
        if usual in names:
            return usual
    if len(names) == 1:
        return names[0]
    if not names:
        raise ModelError(f"{where} has no weights in the safetensors format.", hint="Choose another one.")
    raise ModelError(f"{where} has several files of weights.", hint=f"Name one of them: {where}/{names[0]}, for example.")


def _fetch(repo: str, file: str, revision: str | None) -> Path:
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(repo, file, revision=revision))


def _commit(file: Path) -> str:
    """The commit that a file of the hub's cache belongs to: …/snapshots/<commit>/…"""
    parts = file.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else ""
