"""Fetches one model from the Hugging Face hub: only the files that are opened, resumable, checked when they have arrived.

`huggingface_hub` does the transfer, file by file through its `http_get`: its `snapshot_download` begins an unfinished file
anew, and a model is often one file of several gigabytes. Files kept with Git LFS are compared with the SHA-256 the hub
names, the others with their size. Every failure becomes a DownloadError; what has arrived stays (in `*.part`), and the
next try goes on from there.
"""

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from companion.errors import CompanionError, DownloadError

NEEDED = ("*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt", "vocab.txt", "LICENSE*")
UNNEEDED = ("consolidated*", "adapter_*")
SPARE_BYTES = 64_000_000
CHUNK_BYTES = 1 << 20

Progress = Callable[[int, int], None]
"""Called with bytes that have arrived and bytes in all."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it; `sha256` is None for small files that are not in LFS."""

    name: str
    size: int
    sha256: str | None


def download(repo_id: str, folder: Path, *, progress: Progress | None = None, endpoint: str | None = None) -> str:
    """Fetches a model into `folder`.

    Args:
        endpoint: address of the hub; by default the public one, or HF_ENDPOINT.

    Returns:
        The commit that was fetched.

    Raises:
        DownloadError: there is no connection, no such model, no permission, no space, no safetensors, or damage on the way.
    """
    from huggingface_hub import HfApi, hf_hub_url

    with _translated(repo_id):
        info = HfApi(endpoint=endpoint).model_info(repo_id, files_metadata=True)
        needed = [sibling for sibling in info.siblings or () if _is_needed(sibling.rfilename)]
        files = [RemoteFile(s.rfilename, s.size or 0, s.lfs.sha256 if s.lfs else None) for s in needed]
        if not any(file.name.endswith(".safetensors") for file in files):
            raise DownloadError(f"{repo_id} has no weights in the safetensors format.", hint="Choose another version of the model.")
        total = sum(file.size for file in files)
        folder.mkdir(parents=True, exist_ok=True)
        _check_space(folder, total)
        arrived = 0
        for file in files:
            url = hf_hub_url(repo_id, file.name, revision=info.sha, endpoint=endpoint)
            _fetch(url, folder, file, partial(_tell, progress, arrived, total))
            arrived += file.size
    return str(info.sha)


def _is_needed(name: str) -> bool:
    return "/" not in name and any(fnmatch(name, p) for p in NEEDED) and not any(fnmatch(name, p) for p in UNNEEDED)


def _check_space(folder: Path, total: int) -> None:
    arrived = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    missing = max(0, total - arrived) + SPARE_BYTES - shutil.disk_usage(folder).free
    if missing > 0:
        raise DownloadError(
            f"There is not enough space for this model: {total / 1e9:.1f} GB are needed in {folder.parent}.",
            hint=f"Free at least {missing / 1e9:.1f} GB and try again.",
        )


def _tell(progress: Progress | None, before: int, total: int, here: int) -> None:
    if progress:
        progress(before + here, total)


def _fetch(url: str, folder: Path, file: RemoteFile, tell: Callable[[int], None]) -> None:
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    whole, part = folder / file.name, folder / (file.name + ".part")
    if not whole.exists():
        with part.open("ab") as stream:
            # The answer must not be compressed: sizes and ranges are those of the file itself.
            headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
            bar = _bar(tell)
            http_get(url, stream, resume_size=stream.tell(), headers=headers, expected_size=file.size, tqdm_class=bar)
        _check(part, file)
        part.replace(whole)
    else:
        _check(whole, file)
    tell(file.size)


def _check(path: Path, file: RemoteFile) -> None:
    sound = path.stat().st_size == file.size
    if sound and file.sha256:
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
        sound = digest.hexdigest() == file.sha256
    if not sound:
        path.unlink()  # the next try fetches it anew
        raise DownloadError(f"{file.name} did not arrive whole.", hint="Try again; only this file is fetched anew.")


def _bar(tell: Callable[[int], None]) -> type[Any]:
    """A progress bar class for huggingface_hub that draws nothing and tells how many bytes of the file are there."""

    class Bar:
        def __init__(self, *, initial: int = 0, **_: object) -> None:
            self.n = initial

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def update(self, count: int) -> None:
            self.n += count
            tell(self.n)

    return Bar


@contextmanager
def _translated(repo_id: str) -> Iterator[None]:
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except CompanionError:
        raise
    except errors.GatedRepoError as error:
        hint = f"Accept its terms on huggingface.co/{repo_id}, then log in with `hf auth login` and try again."
        raise DownloadError(f"{repo_id} asks you to accept its terms first.", hint=hint) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        hint = "Check the spelling; if it is private, log in with `hf auth login`."
        raise DownloadError(f"There is no model called {repo_id} on the hub.", hint=hint) from error
    except errors.HFValidationError as error:
        raise DownloadError(f"{repo_id!r} is not a model's name.", hint='It looks like "owner/name".') from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError, httpx2.TransportError) as error:
        hint = "Check the connection and try again; what has arrived is kept."
        raise DownloadError("The model hub cannot be reached.", hint=hint) from error
    except errors.HfHubHTTPError as error:
        hint = "Try again later; what has arrived is kept."
        raise DownloadError(f"The model hub answered with an error ({error.response.status_code}).", hint=hint) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError("The disk is full.", hint="Free some space and try again; what has arrived is kept.") from error
        raise DownloadError(f"The model could not be saved: {error}.", hint="Check the home folder and try again.") from error
