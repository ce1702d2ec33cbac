"""Who speaks in a conversation: its persona as she was at the version that it keeps to, however she was changed since.

What a file says is the newest version: a file that came with Companion or was edited by hand becomes one at the first look. A
look costs what the library's does; what was found is remembered by the blueprint that the library hands out, which is another
as soon as its file is.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from companion.persona.blueprint import Blueprint
from companion.persona.library import Library, Persona
from companion.store.conversations import Conversation, Conversations
from companion.store.versions import Version, Versions

Greets = Callable[[str, Blueprint], tuple[str, ...]]
MOST_OLDER = 32  # older versions to remember: one for each conversation that goes on with one


class Cast:
    """The personas of one home as conversations know them. Safe to call from several threads.

    Every method raises `NotFoundError` when the conversation, the persona or the version is not there, or her file is broken,
    and `StorageError` when something cannot be read or written.

    Args:
        greets: a persona's first words in a new conversation, the ones to begin with first; left out, those of her blueprint.
    """

    def __init__(self, library: Library, versions: Versions, conversations: Conversations, greets: Greets | None = None) -> None:
        self._library, self._versions, self._conversations = library, versions, conversations
        self._greets = greets or (lambda persona_id, blueprint: (blueprint.greeting, *blueprint.alternate_greetings))
        self._lock = threading.RLock()  # guards everything below, and that a file and its version are written together
        self._newest: dict[str, tuple[Blueprint, Version]] = {}  # by persona: what her file says, and the version that is
        self._older: OrderedDict[tuple[str, int], Version] = OrderedDict()

    def persona_for(self, conversation: Conversation) -> Persona:
        """Who speaks in a conversation: as at the version it keeps to, or else as she is now."""
        persona = self._library.get(conversation.persona_id)
        number = conversation.persona_version
        if number is None or number == self._version_of(persona).number:
            return persona
        return replace(persona, blueprint=self.version(persona.id, number).blueprint)

    def newest(self, persona_id: str) -> Version:
        """The newest version of a persona: what her file says."""
        return self._version_of(self._library.get(persona_id))

    def version(self, persona_id: str, number: int) -> Version:
        """Any version of a persona."""
        with self._lock:
            found = self._older.pop((persona_id, number), None) or self._versions.get(persona_id, number)
            self._older[persona_id, number] = found
            while len(self._older) > MOST_OLDER:
                self._older.popitem(last=False)
        return found

    def save(self, persona: Persona, note: str = "") -> Version:
        """Writes a changed blueprint to a persona's file and keeps it as a version, in one: nobody finds the file changed before.

        Raises:
            InputError: she ships with the program.
        """
        with self._lock:
            self.newest(persona.id)  # what her file said until now is a version as well
            saved = self._library.save(persona)
            return self._versions.keep(saved.id, saved.blueprint, note)

    def begin(self, persona_id: str) -> Conversation:
        """Starts a conversation with a persona as she is now; her greetings are its alternate first messages."""
        version = self.newest(persona_id)
        return self._conversations.create(persona_id, self._greets(persona_id, version.blueprint), version.number)

    def pin(self, conversation_id: str) -> None:
        """Keeps a conversation that follows the newest version to it from now on; one that keeps to a version stays as it is."""
        conversation = self._conversations.get(conversation_id)
        newest = self.newest(conversation.persona_id)
        if conversation.persona_version is None:
            self._conversations.pin(conversation_id, newest.number)

    def move(self, conversation_id: str) -> Version:
        """Lets a conversation go on with the newest version, until `Conversations.undo`."""
        newest = self.newest(self._conversations.get(conversation_id).persona_id)
        self._conversations.pin(conversation_id, newest.number)
        return newest

    def outdated(self, conversation: Conversation) -> tuple[int, int] | None:
        """The number a conversation keeps to and the newest; None if nothing would change between them."""
        number, newest = conversation.persona_version, self.newest(conversation.persona_id)
        if number is None or number == newest.number:
            return None
        same = self.version(conversation.persona_id, number).blueprint == newest.blueprint
        return None if same else (number, newest.number)

    def _version_of(self, persona: Persona) -> Version:
        with self._lock:
            blueprint, version = self._newest.get(persona.id, (None, None))
            if version is None or blueprint is not persona.blueprint:
                version = self._looked_at(persona)
                self._newest[persona.id] = (persona.blueprint, version)
        return version

    def _looked_at(self, persona: Persona) -> Version:
        latest = self._versions.latest(persona.id)
        if latest is not None and latest.blueprint == persona.blueprint:
            return latest
        found = "edited in its file" if latest else "as it was in its file"
        return self._versions.keep(persona.id, persona.blueprint, "came with Companion" if persona.shipped else found)
