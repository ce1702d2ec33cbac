"""Which models there are, which one speaks, and where its files lie.

Three kinds: the built-in one, presets that can be fetched (`catalogue.py`), and whatever the user added. What is installed
and which one was chosen is kept in COMPANION_HOME/models.json; downloads lie in COMPANION_HOME/models/.
"""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from companion.errors import ConflictError, InputError, ModelError, NotFoundError, StorageError
from companion.think.catalogue import BESIDE_GB, open_catalogue
from companion.think.checkpoint import check_checkpoint
from companion.think.download import Progress, download
from companion.think.hardware import Hardware, this_machine
from companion.think.quantisation import Quantise

STARTER = "starter"
STARTER_FOLDER = Path(__file__).parent.parent / "starter" / "weights" / "target"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Installed(_Record):
    folder: Path
    size_bytes: int
    revision: str = ""


class _State(_Record):
    chosen: str = STARTER
    models: dict[str, _Installed] = {}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model as a list shows it.

    Attributes:
        id: "starter", a hub id, or the name of an added folder.
        tier: the hardware it suits, in words; empty when it is not known.
        installed: whether it can be used at once.
        gated: whether its owner asks for consent before a download.
        tried: whether it has been run with this program by its makers.
        quantise: the format in which it suits that hardware; `memory_gb` is for it.
        recommended: whether that hardware is this machine's.
    """

    id: str
    label: str
    kind: Literal["built-in", "preset", "added"]
    size_gb: float
    memory_gb: float
    licence: str
    tier: str
    installed: bool
    gated: bool = False
    tried: bool = False
    quantise: Quantise = "none"
    recommended: bool = False


class Models:
    """The registry. Safe to use from several threads.

    Args:
        home: COMPANION_HOME.
        starter: folder of the built-in model.
        endpoint: address of the hub; by default the public one, or HF_ENDPOINT.
        hardware: looks at this machine, when it is first asked what suits it.
    """

    def __init__(
        self,
        home: Path,
        *,
        starter: Path = STARTER_FOLDER,
        endpoint: str | None = None,
        hardware: Callable[[], Hardware] = this_machine,
    ) -> None:
        self._home, self._starter, self._endpoint = home, starter, endpoint
        self._file = home / "models.json"
        self._changing, self._fetching = threading.RLock(), threading.Lock()
        self._hardware = hardware
        self._catalogue = open_catalogue()
        self._presets = {preset.id: preset for preset in self._catalogue.presets}

    def list(self) -> tuple[ModelEntry, ...]:
        """Built-in, presets, then added ones. Presets stand under each hardware they suit, this machine's first.

        Raises:
            StorageError: models.json cannot be read.
        """
        return tuple(self._entries(self._suits))

    @cached_property
    def _suits(self) -> str:
        return self._catalogue.suits(self._hardware())

    def _entries(self, suits: str) -> Iterator[ModelEntry]:
        state = self._read()
        there = {name for name, model in state.models.items() if model.folder.is_dir()}
        starter_bytes = sum(path.stat().st_size for path in self._starter.glob("*.safetensors"))
        size = starter_bytes / 1e9
        first = ModelEntry(
            STARTER, "Starter", "built-in", size, size * 2 + BESIDE_GB, "Apache-2.0", "Any computer", starter_bytes > 0, tried=True
        )
        yield first
        for key in sorted(self._catalogue.tiers, key=lambda key: key != suits):
            tier = self._catalogue.tiers[key]
            for pick in tier.picks:
                p, memory_gb = self._presets[pick.model], self._presets[pick.model].memory_gb(pick.quantise)
                told = ModelEntry(p.id, p.label, "preset", p.size_gb, memory_gb, p.licence, tier.label, p.id in there, p.gated, p.tried)
                yield replace(told, quantise=pick.quantise, recommended=key == suits)
        for name, m in state.models.items():
            if name not in self._presets:
                size = m.size_bytes / 1e9
                yield ModelEntry(name, name.split("/")[-1], "added", size, size * 1.25 + BESIDE_GB, "", "", name in there)

    def get(self, model_id: str) -> ModelEntry:
        """One model.

        Raises:
            NotFoundError: there is none of that id.
        """
        for entry in self._entries(""):
            if entry.id == model_id:
                return entry
        raise NotFoundError(f"There is no model called {model_id}.", hint="Choose one from the list, or add it first.")

    def chosen(self) -> str:
        """Id of the model that speaks unless a persona or a setting names another."""
        return self._read().chosen

    def use(self, model_id: str) -> ModelEntry:
        """Chooses a model and remembers it.

        Raises:
            NotFoundError: it is unknown or not installed.
            ModelError: its files are not complete.
        """
        check_checkpoint(self.folder(model_id))
        with self._changing:
            self._write(self._read().model_copy(update={"chosen": model_id}))
        return self.get(model_id)

    def folder(self, source: str) -> Path:
        """Where the files of a model lie.

        Args:
            source: an id, or a folder.

        Raises:
            NotFoundError: it is unknown or not installed.
            ModelError: the built-in model's files are missing.
        """
        if source == STARTER:
            if not self._starter.is_dir():
                raise ModelError("The built-in model's files are missing.", hint="Install Companion again, or choose another model.")
            return self._starter
        installed = self._read().models.get(source)
        if installed and installed.folder.is_dir():
            return installed.folder
        path = Path(source).expanduser()
        if path.is_dir():
            return path
        if installed:
            raise NotFoundError(f"The folder of {source} is gone: {installed.folder}.", hint="Bring it back, or add the model again.")
        if source in self._presets or HUB_ID.fullmatch(source):
            raise NotFoundError(f"{source} has not been downloaded.", hint="Download it under Models, or choose another one.")
        raise NotFoundError(f"There is no model called {source}.", hint="Choose one from the list, or add it first.")

    def draft(self, source: str) -> Path | None:
        """The folder of the smaller model that guesses ahead for this one: its own draft, or the one of its preset if that is installed."""
        if source == STARTER:
            beside = self._starter.parent / "draft"
            return beside if beside.is_dir() else None
        preset = self._presets.get(source)
        installed = self._read().models.get(preset.draft) if preset else None
        return installed.folder if installed and installed.folder.is_dir() else None

    def quantise(self, source: str) -> Quantise:
        """The format in which a model suits this machine, as the table of presets has it; whole where it says nothing."""
        picks = self._catalogue.tiers[self._suits].picks if source in self._presets else ()
        return next((pick.quantise for pick in picks if pick.model == source), "none")

    def phrases(self, source: str) -> Path | None:
        """The phrase book of a model, if it came with one."""
        beside = self._starter.parent / "phrases.safetensors"
        return beside if source == STARTER and beside.is_file() else None

    def sayings(self, source: str) -> Path | None:
        """The folder of a model's sayings, if it came with some."""
        return self._starter.parent if source == STARTER and (self._starter.parent / "sayings.json").is_file() else None

    def add(self, source: str, progress: Progress | None = None) -> ModelEntry:
        """Adds a model: a folder on this machine, or a hub id, which is downloaded.

        Args:
            progress: called with the bytes that have arrived and the bytes in all; what it raises ends the download.

        Raises:
            InputError: it is neither.
            ModelError: the folder holds no complete model.
            DownloadError: it could not be fetched; the next try resumes.
            ConflictError: another download is running.
        """
        source = source.strip()
        path = Path(source).expanduser()
        if source and path.is_dir():
            return self._install(self._free_name(path.resolve()), path.resolve())
        if not HUB_ID.fullmatch(source) or source.startswith("."):
            hint = 'A name on the hub looks like "owner/name".'
            raise InputError(f"{source or 'That'} is neither a folder nor a model's name.", hint=hint)
        if not self._fetching.acquire(blocking=False):
            raise ConflictError("Another model is being downloaded.", hint="Wait until it has arrived.")
        try:
            target = self._download_folder(source)
            revision = download(source, target, progress=progress, endpoint=self._endpoint)
            return self._install(source, target, revision)
        finally:
            self._fetching.release()

    def remove(self, model_id: str) -> None:
        """Forgets a model, and deletes its files if they were downloaded here. A folder that was added stays.

        Raises:
            InputError: it is the built-in one.
            NotFoundError: it is not installed.
            StorageError: its files cannot be deleted.
        """
        if model_id == STARTER:
            raise InputError("The built-in model stays.", hint="Choose another one to speak instead.")
        with self._changing:
            state = self._read()
            if model_id not in state.models:
                raise NotFoundError(f"{model_id} is not installed.", hint="Choose one from the list.")
            folder = state.models[model_id].folder
            models = {name: model for name, model in state.models.items() if name != model_id}
            self._write(_State(chosen=STARTER if state.chosen == model_id else state.chosen, models=models))
        if folder.is_relative_to(self._home / "models") and folder.is_dir():
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise StorageError(f"{folder} could not be deleted.", hint="Delete it by hand.") from error

    def _download_folder(self, model_id: str) -> Path:
        return self._home / "models" / model_id.replace("/", "--")

    def _free_name(self, folder: Path) -> str:
        models = self._read().models
        taken = {name for name, model in models.items() if model.folder != folder} | {STARTER}
        names = (folder.name, *(f"{folder.name}-{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)

    def _install(self, model_id: str, folder: Path, revision: str = "") -> ModelEntry:
        size = check_checkpoint(folder).size_bytes
        with self._changing:
            state = self._read()
            installed = _Installed(folder=folder, size_bytes=size, revision=revision)
            self._write(state.model_copy(update={"models": {**state.models, model_id: installed}}))
        return self.get(model_id)

    def _read(self) -> _State:
        try:
            return _State.model_validate_json(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return _State()
        except (OSError, ValidationError) as error:
            hint = "Repair it or move it away; the models themselves are not touched."
            raise StorageError(f"{self._file} cannot be read.", hint=hint) from error

    def _write(self, state: _State) -> None:
        draft = self._file.with_suffix(".new")
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with draft.open("w", encoding="utf-8") as file:
                file.write(state.model_dump_json(indent=2))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)
        except OSError as error:
            raise StorageError(f"{self._file} cannot be written.", hint="Check that the home folder is writable and not full.") from error
