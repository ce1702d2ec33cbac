"""The persona studio without its page: drafts changed step by step, kept as versions, brought back, tried against each other.

What is being changed is a draft, kept at each step; saving makes an immutable version of it. A persona that comes with Companion
is never written to: saving her draft makes a persona of the user's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from companion.casting import Cast
from companion.errors import BlueprintError, CompanionError, NotFoundError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.export import Exported, Format, exported
from companion.persona.cards.writing import Spec
from companion.persona.diff import Change, differences
from companion.persona.editing import Data, Path, Trouble, blank, checked, data_of, moved, part_at, with_item, with_value, without_item
from companion.persona.library import Library, Persona
from companion.store.conversations import utc_now
from companion.store.drafts import Drafts
from companion.store.versions import Version, Versions


@dataclass(frozen=True, slots=True)
class Work:
    """A persona in the studio.

    Attributes:
        version: the newest that was saved.
        data: the draft, or the saved blueprint where there is none.
        blueprint: the draft as a blueprint; None while something is wrong with it.
        changes: from the saved version to the draft, while that is valid.
        drafted: whether there is a draft.
    """

    persona: Persona
    version: Version
    data: Data
    blueprint: Blueprint | None
    troubles: tuple[Trouble, ...]
    changes: tuple[Change, ...]
    drafted: bool
    undoable: bool
    redoable: bool

    @property
    def savable(self) -> bool:
        """Whether there is something to save, and nothing in the way."""
        return self.blueprint is not None and bool(self.changes)


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a file: the persona it became, or why it became none."""

    name: str
    persona: Persona | None = None
    warnings: tuple[str, ...] = ()
    problem: CompanionError | None = None


class Studio:
    """Works on personas. Safe to use from several threads and browser tabs."""

    def __init__(self, library: Library, versions: Versions, drafts: Drafts, cast: Cast, clock: Callable[[], datetime] = utc_now) -> None:
        self._library, self._versions, self._drafts, self._cast, self._clock = library, versions, drafts, cast, clock

    def open(self, persona_id: str) -> Work:
        """A persona as she stands in the studio.

        Raises:
            NotFoundError: there is none of that id.
        """
        persona = self._library.get(persona_id)
        version = self._cast.newest(persona_id)
        draft = self._drafts.of(persona_id)
        data = draft.data if draft else data_of(version.blueprint)
        blueprint, troubles = checked(data)
        changes = differences(version.blueprint, blueprint) if blueprint else ()
        steps = self._drafts.steps(persona_id)
        return Work(persona, version, data, blueprint, troubles, changes, draft is not None, *steps)

    # --- the draft

    def set(self, persona_id: str, path: Path, value: Any) -> Work:
        """Puts a value in its place.

        Raises:
            InputError: there is no such place.
        """
        part_at(path)
        return self._change(persona_id, lambda data: with_value(data, path, value))

    def add(self, persona_id: str, path: Path, item: Any = None) -> Work:
        """Adds an item to a list: an empty one, if none is given.

        Raises:
            InputError: there is no such list.
        """
        node = part_at((*path, 0))
        item = blank(node) if item is None else item
        if path == ("examples",):
            item = [blank(part_at((*path, 0, 0)))]  # a conversation without a word is none
        return self._change(persona_id, lambda data: with_item(data, path, item))

    def remove(self, persona_id: str, path: Path) -> Work:
        """Removes an item; the last exchange of an example takes the example with it.

        Raises:
            InputError: there is none.
        """

        def without(data: Data) -> Data:
            data = without_item(data, path)
            data["examples"] = [talk for talk in data.get("examples", ()) if talk]
            return data

        return self._change(persona_id, without)

    def move(self, persona_id: str, path: Path, by: int) -> Work:
        """Moves an item up (−1) or down (1).

        Raises:
            InputError: there is none.
        """
        return self._change(persona_id, lambda data: moved(data, path, by))

    def undo(self, persona_id: str) -> Work:
        """Takes the last step back."""
        self._drafts.undo(persona_id)
        return self.open(persona_id)

    def redo(self, persona_id: str) -> Work:
        """Does the step again that was taken back last."""
        self._drafts.redo(persona_id)
        return self.open(persona_id)

    def discard(self, persona_id: str) -> Work:
        """Goes back to the saved version; it can be undone like any step."""
        return self._change(persona_id, lambda data: data_of(self._cast.newest(persona_id).blueprint))

    # --- versions

    def save(self, persona_id: str, note: str = "") -> tuple[Persona, Version]:
        """Keeps the draft as a version; of a persona that comes with Companion, as one of the user's own.

        Raises:
            BlueprintError: something is wrong with it.
            StorageError: it cannot be written.
        """
        work = self.open(persona_id)
        if work.blueprint is None:
            raise BlueprintError(str(work.troubles[0]), hint="Put it right, then save.")
        if not work.changes:
            return work.persona, work.version
        changed = replace(work.persona, blueprint=work.blueprint)
        if work.persona.shipped:
            changed = self._library.add(work.blueprint)
            version = self._versions.keep(changed.id, work.blueprint, note.strip())
        else:
            version = self._cast.save(changed, note.strip())
        self._drafts.drop(persona_id)
        return changed, version

    def history(self, persona_id: str) -> tuple[Version, ...]:
        """Her versions, newest first."""
        self._cast.newest(persona_id)  # a file edited by hand is a version too
        return self._versions.list(persona_id)

    def differences(self, persona_id: str, number: int) -> tuple[Change, ...]:
        """What a version changed of the one before it.

        Raises:
            NotFoundError: there is no such version.
        """
        after = self._versions.get(persona_id, number)
        try:
            before = self._versions.get(persona_id, number - 1)
        except NotFoundError:
            return ()
        return differences(before.blueprint, after.blueprint)

    def restore(self, persona_id: str, number: int) -> Version:
        """Makes an older version the newest; those between stay.

        Raises:
            NotFoundError: there is no such version.
            InputError: she comes with Companion, and so has only what came.
        """
        old = self._versions.get(persona_id, number)
        persona = self._library.get(persona_id)
        return self._cast.save(replace(persona, blueprint=old.blueprint), f"as in version {number}")

    # --- personas

    def create(self, data: Mapping[str, Any]) -> Persona:
        """Makes a new persona.

        Raises:
            BlueprintError: something is missing or wrong.
        """
        blueprint, troubles = checked(data)
        if blueprint is None:
            raise BlueprintError(str(troubles[0]), hint="Go back to it and put it right.")
        persona = self._library.add(blueprint)
        self._versions.keep(persona.id, blueprint, "made here")
        return persona

    def duplicate(self, persona_id: str) -> Persona:
        """Copies a persona as she was saved.

        Raises:
            NotFoundError: there is none of that id.
        """
        identity = self._library.get(persona_id).blueprint.identity
        copy = self._library.duplicate(persona_id, f"{identity.name} (copy)"[:80])
        self._versions.keep(copy.id, copy.blueprint, f"a copy of {identity.called}")
        return copy

    def delete(self, persona_id: str) -> Persona:
        """Puts a persona of the user's away, until `undelete`; her conversations stay.

        Raises:
            InputError: she comes with Companion.
        """
        persona = self._library.get(persona_id)
        self._library.delete(persona_id)
        return persona

    def undelete(self, persona_id: str) -> Persona:
        """Brings a persona back.

        Raises:
            NotFoundError: she is gone for good.
        """
        return self._library.undelete(persona_id)

    def bring_in(self, name: str, content: bytes) -> Brought:
        """Takes a card, a bundle or a blueprint in as a new persona; what is wrong with the file is told, not raised."""
        try:
            persona, warnings = self._library.import_file(name, content)
        except CompanionError as error:
            return Brought(name, problem=error)
        self._versions.keep(persona.id, persona.blueprint, f"brought in from {name}"[:200])
        return Brought(name, persona, warnings)

    def export(self, persona_id: str, to: Format | None, spec: Spec | None, picture: bytes | None = None) -> Exported:
        """The saved version as a file for other programs, and what that cannot hold.

        Raises:
            CardError: the file cannot hold her.
        """
        blueprint = self._cast.newest(persona_id).blueprint
        return exported(blueprint, self._library.card(persona_id), to, spec=spec, picture=picture, now=self._clock())

    def losses(self, persona_id: str, to: Format | None, spec: Spec | None, picture: bytes | None = None) -> tuple[str, ...]:
        """What a format cannot hold of her, or why it cannot be written."""
        try:
            return self.export(persona_id, to, spec, picture).warnings
        except CompanionError as error:
            return (f"{error.message} {error.hint}",)

    def _change(self, persona_id: str, change: Callable[[Data], Data]) -> Work:
        work = self.open(persona_id)
        if not work.drafted:  # so that the first step can be taken back
            self._drafts.keep(persona_id, work.data, work.version.number)
        data = change(work.data)
        if data != work.data:
            self._drafts.keep(persona_id, data, work.version.number)
        return self.open(persona_id)
