"""The personas there are: those that ship, read-only, and those the user made.

A file's name is its persona's id. Both folders are looked at on every call and only what changed is read again, so a
file edited by hand shows at the next click. A broken file hides nobody else; `problems` tells what is wrong with it.
One program holds the home folder at a time, so a lock between threads is enough.
"""

import os
import re
import threading
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from companion.errors import BlueprintError, CompanionError, InputError, NotFoundError, StorageError
from companion.persona.atomic import write_atomically
from companion.persona.blueprint import Blueprint
from companion.persona.cards.bundle import is_bundle, read_bundle
from companion.persona.cards.card import read_card
from companion.persona.cards.mapping import Mapped, blueprint_of
from companion.persona.files import parse_blueprint, read_blueprint, write_blueprint

SUFFIXES = (".yaml", ".yml")
ID_CHARS = 48
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Persona:
    """One persona and where it is kept. `id` names it everywhere else and never changes."""

    id: str
    blueprint: Blueprint
    path: Path
    shipped: bool


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that is no persona: what is wrong with it, and what to do."""

    path: Path
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when it was read: (modified in ns, bytes, inode), and what came of it."""

    stamp: Stamp
    found: Blueprint | BrokenFile


class Library:
    """Lists, copies, saves and deletes personas. Safe to call from several threads.

    Args:
        shipped_folder: personas that come with the program; never written.
        user_folder: the user's own; made when first needed.
    """

    def __init__(self, shipped_folder: Path, user_folder: Path) -> None:
        self._shipped_folder = shipped_folder
        self._user_folder = user_folder
        self._lock = threading.RLock()
        self._seen: dict[Path, _Seen] = {}

    def list(self) -> tuple[Persona, ...]:
        """Everyone, the shipped first, each group by name.

        Raises:
            StorageError: a folder cannot be read.
        """
        personas, _ = self._look()
        return tuple(sorted(personas.values(), key=lambda one: (not one.shipped, one.blueprint.identity.called.casefold(), one.id)))

    def get(self, id: str) -> Persona:
        """One persona.

        Raises:
            NotFoundError: there is none of that id, or its file is broken.
        """
        personas, broken = self._look()
        if id in personas:
            return personas[id]
        for file in broken:
            if file.path.stem == id:
                raise NotFoundError(f"This persona cannot be opened. {file.message}", hint=file.hint)
        raise NotFoundError(f'There is no persona "{id}".', hint="Choose one from the list; it may have been deleted or renamed.")

    def problems(self) -> tuple[BrokenFile, ...]:
        """The files that are no personas, by path."""
        return self._look()[1]

    def duplicate(self, id: str, name: str) -> Persona:
        """Copies a persona under a new name; the copy is the user's to change.

        Raises:
            NotFoundError: there is none of that id.
            BlueprintError: the name is empty or too long.
            StorageError: the copy cannot be written.
        """
        with self._lock:
            original = self.get(id).blueprint.model_dump()
            original["identity"] |= {"name": name, "nickname": ""}  # a copy that is still called the old name would confuse
            try:
                copy = Blueprint.model_validate(original)
            except ValidationError as error:
                raise BlueprintError("A persona needs a name of 1 to 80 characters.", hint="Choose another name.") from error
            new_id = self._free_id(copy.identity.name)
            path = self._user_folder / f"{new_id}.yaml"
            write_blueprint(path, copy)
            return Persona(new_id, copy, path, shipped=False)

    def add(self, blueprint: Blueprint) -> Persona:
        """Keeps a new persona of the user's.

        Raises:
            BlueprintError: it is too large for a persona's file.
            StorageError: it cannot be written.
        """
        return self._kept(blueprint, None)

    def import_file(self, name: str, data: bytes) -> tuple[Persona, tuple[str, ...]]:
        """Takes a persona file, a bundle or a card in as a new persona; (the persona, warnings).

        Raises:
            BlueprintError: a persona file has a mistake.
            CardError: a card cannot be read, or says that its persona is under 18.
            StorageError: it cannot be written.
        """
        if Path(name).suffix.lower() in SUFFIXES:
            return self.add(parse_blueprint(data, source=Path(name).name)), ()
        return self.import_card(data)

    def import_card(self, data: bytes) -> tuple[Persona, tuple[str, ...]]:
        """Takes a character card or a bundle in as a new persona and keeps the card's bytes; (the persona, warnings).

        Raises:
            CardError: it cannot be read, or says that its persona is under 18.
            BlueprintError: it is too large for a persona's file.
            StorageError: it cannot be written.
        """
        if is_bundle(data):
            blueprint, card, warnings = read_bundle(data)
            return self._kept(blueprint, card), warnings
        mapped: Mapped = blueprint_of(read_card(data)[1])
        return self._kept(mapped.blueprint, data), mapped.warnings

    def _kept(self, blueprint: Blueprint, card: bytes | None) -> Persona:
        """A new persona of the user's, and the card she came from."""
        with self._lock:
            id = self._free_id(blueprint.identity.name)
            path, beside = self._user_folder / f"{id}.yaml", self._card_path(id)
            if card is not None:
                write_atomically(beside, card)  # first: a persona without her card would have lost it
            try:
                write_blueprint(path, blueprint)
            except CompanionError:
                beside.unlink(missing_ok=True)
                raise
            return Persona(id, blueprint, path, shipped=False)

    def card(self, id: str) -> bytes | None:
        """The card a persona of the user's came from, as it came; None if she came from none.

        Raises:
            StorageError: it cannot be read.
        """
        try:
            return self._card_path(id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"The card of {id} cannot be read: {error.strerror}.", hint="Check the rights of the folder.") from error

    def save(self, persona: Persona) -> Persona:
        """Writes a changed blueprint to the user's persona of the same id.

        Raises:
            NotFoundError: it was deleted meanwhile.
            InputError: it ships with the program.
            StorageError: it cannot be written.
        """
        with self._lock:
            kept = self._own(persona.id, "changed")
            write_blueprint(kept.path, persona.blueprint)
            return replace(kept, blueprint=persona.blueprint)

    def delete(self, id: str) -> None:
        """Puts a persona of the user's and her card away, until `undelete`. Conversations with it stay.

        Raises:
            NotFoundError: there is none of that id.
            InputError: it ships with the program.
            StorageError: its file cannot be moved.
        """
        with self._lock:
            path = self._own(id, "deleted").path
            try:
                self._away.mkdir(parents=True, exist_ok=True)
                for file in (self._card_path(id), path):
                    if file.exists():
                        file.replace(self._away / file.name)
                        os.utime(self._away / file.name)  # from when on she can be purged
            except OSError as error:
                why = error.strerror or error
                raise StorageError(f"{path.name} cannot be deleted: {why}.", hint="Check the rights of the folder.") from error

    def undelete(self, id: str) -> Persona:
        """Brings a persona back that was put away.

        Raises:
            NotFoundError: she is gone for good.
            StorageError: her file cannot be moved.
        """
        with self._lock:
            away = next((file for file in _files(self._away) if file.stem == id), None)
            if away is None:
                raise NotFoundError("This persona is gone for good.", hint="Bring her in again from a file of hers.")
            try:
                card = self._away / self._card_path(id).name
                if card.exists():
                    card.replace(self._card_path(id))
                away.replace(self._user_folder / away.name)
            except OSError as error:
                why = error.strerror or error
                raise StorageError(f"{away.name} cannot be brought back: {why}.", hint="Check the rights of the folder.") from error
            return self.get(id)

    def purge(self, before: datetime) -> None:
        """Removes for good who was put away before a moment.

        Raises:
            StorageError: a file cannot be removed.
        """
        with self._lock:
            try:
                for file in self._away.glob("*"):
                    if file.is_file() and file.stat().st_mtime < before.timestamp():
                        file.unlink()
            except OSError as error:
                raise StorageError(f"{self._away} cannot be cleared: {error.strerror}.", hint="Check the rights of the folder.") from error

    @property
    def _away(self) -> Path:
        return self._user_folder / "deleted"

    def _card_path(self, id: str) -> Path:
        return self._user_folder / "cards" / f"{id}.card"

    def _own(self, id: str, what: str) -> Persona:
        persona = self.get(id)
        if persona.shipped:
            name = persona.blueprint.identity.called
            raise InputError(f"{name} comes with Companion and cannot be {what}.", hint="Duplicate the persona and work on the copy.")
        return persona

    def _free_id(self, name: str) -> str:
        taken = {path.stem.casefold() for folder in (self._shipped_folder, self._user_folder) for path in _files(folder)}
        taken |= {path.stem.casefold() for path in _files(self._away)}
        taken |= {path.stem.casefold() for path in (self._user_folder / "cards").glob("*.card")}
        slug = slugify(name)
        candidate, number = slug, 1
        while candidate in taken:
            number += 1
            end = f"-{number}"
            candidate = slug[: ID_CHARS - len(end)].strip("-") + end
        return candidate

    def _look(self) -> tuple[dict[str, Persona], tuple[BrokenFile, ...]]:
        """Reads what changed since the last look; (personas by id, broken files)."""
        with self._lock:
            seen: dict[Path, _Seen] = {}
            personas: dict[str, Persona] = {}
            broken: list[BrokenFile] = []
            for folder, shipped in ((self._shipped_folder, True), (self._user_folder, False)):
                for path in _files(folder):
                    file = self._read(path)
                    if file is None:
                        continue
                    seen[path] = file
                    found = file.found
                    if isinstance(found, Blueprint) and path.stem in personas:
                        other = personas[path.stem].path
                        found = BrokenFile(path, f'{path.name} has the same id, "{path.stem}", as {other.name}.', hint="Rename the file.")
                    if isinstance(found, Blueprint):
                        personas[path.stem] = Persona(path.stem, found, path, shipped)
                    else:
                        broken.append(found)
            self._seen = seen
            return personas, tuple(broken)

    def _read(self, path: Path) -> _Seen | None:
        try:
            status = path.stat()
        except OSError:
            return None  # deleted between the listing and now, which is what its absence says
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        before = self._seen.get(path)
        if before is not None and before.stamp == stamp:
            return before
        if slugify(path.stem) != path.stem:
            hint = f'Use small letters, digits and dashes, for example "{slugify(path.stem)}.yaml".'
            return _Seen(stamp, BrokenFile(path, f'"{path.stem}" cannot be the id of a persona.', hint))
        try:
            return _Seen(stamp, read_blueprint(path))
        except CompanionError as error:
            return _Seen(stamp, BrokenFile(path, error.message, error.hint))


def slugify(name: str) -> str:
    """A name as an id: small ASCII letters, digits and dashes, at most 48, never empty."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:ID_CHARS].strip("-")
    return slug or "persona"


def _files(folder: Path) -> tuple[Path, ...]:
    """The YAML files of a folder by name, none when it does not exist yet."""
    try:
        visible = (path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))
        return tuple(sorted(path for path in visible if path.is_file()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"The folder {folder} cannot be read: {why}.", hint="Check that it is a folder and may be read.") from error
