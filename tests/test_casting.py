"""Conversations keep to the persona they began with, however her file is changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from companion.casting import MOST_OLDER, Cast
from companion.errors import InputError, NotFoundError
from companion.persona.library import Library, Persona
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.versions import Versions
from tests.desk import PERSONAS, Clock


@dataclass(frozen=True)
class House:
    engine: Engine
    library: Library
    versions: Versions
    talks: Conversations
    cast: Cast

    def retell(self, persona_id: str, tagline: str, note: str = "") -> int:
        return self.cast.save(self.retold(persona_id, tagline), note).number

    def retold(self, persona_id: str, tagline: str) -> Persona:
        persona = self.library.get(persona_id)
        identity = persona.blueprint.identity.model_copy(update={"tagline": tagline})
        return replace(persona, blueprint=persona.blueprint.model_copy(update={"identity": identity}))

    def tagline(self, conversation_id: str) -> str:
        return self.cast.persona_for(self.talks.get(conversation_id)).blueprint.identity.tagline


def opened(home: Path) -> House:
    engine, clock = open_database(home), Clock()
    library = Library(PERSONAS, home / "personas")
    versions, talks = Versions(engine, clock), Conversations(engine, clock)
    return House(engine, library, versions, talks, Cast(library, versions, talks))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = opened(tmp_path)
    yield house
    house.engine.dispose()


@pytest.fixture
def own(house: House) -> str:
    """A persona of the user's."""
    return house.library.duplicate("mara", "Runa").id


def test_who_came_with_companion_has_a_first_version_at_the_first_look(house: House) -> None:
    version = house.cast.newest("mara")
    assert (version.number, version.note) == (1, "came with Companion") == (house.cast.newest("mara").number, version.note)
    assert version.blueprint == house.library.get("mara").blueprint and len(house.versions.list("mara")) == 1


def test_a_file_that_is_edited_by_hand_is_a_new_version_at_the_next_look(house: House, own: str) -> None:
    assert (house.cast.newest(own).number, house.cast.newest(own).note) == (1, "as it was in its file")
    path = house.library.get(own).path
    path.write_text(path.read_text("utf-8").replace("name: Runa", "name: Rune"), "utf-8")
    version = house.cast.newest(own)
    assert (version.number, version.note, version.blueprint.identity.name) == (2, "edited in its file", "Rune")
    path.touch()
    assert house.cast.newest(own).number == 2, "written again, but not changed"


def test_a_conversation_keeps_to_the_version_that_it_began_with(house: House, own: str) -> None:
    talk = house.cast.begin(own)
    before = house.tagline(talk.id)
    assert talk.persona_version == 1
    assert house.retell(own, "something else", "bolder") == 2
    assert house.tagline(talk.id) == before and house.tagline(house.cast.begin(own).id) == "something else"
    assert house.cast.outdated(talk) == (1, 2) and house.versions.latest(own).note == "bolder"
    spoken = house.cast.persona_for(talk)
    assert (spoken.id, spoken.shipped) == (own, False) and spoken.path == house.library.get(own).path


def test_a_conversation_moves_on_and_back(house: House, own: str) -> None:
    talk = house.cast.begin(own)
    before = house.tagline(talk.id)
    house.retell(own, "something else")
    assert house.cast.move(talk.id).number == 2
    assert house.tagline(talk.id) == "something else" and house.cast.outdated(house.talks.get(talk.id)) is None
    assert house.talks.undo(talk.id).kind == "change_version"
    assert house.tagline(talk.id) == before and house.cast.outdated(house.talks.get(talk.id)) == (1, 2)


def test_a_conversation_of_before_follows_the_newest_until_it_goes_on(house: House, own: str) -> None:
    talk = house.talks.create(own, ("Hello.",))
    house.retell(own, "second")
    assert house.tagline(talk.id) == "second" and house.cast.outdated(talk) is None
    house.cast.pin(talk.id)
    house.cast.pin(talk.id)
    assert house.talks.get(talk.id).persona_version == 2 and house.talks.undo(talk.id) is None
    house.retell(own, "third")
    house.cast.pin(talk.id)
    assert house.tagline(talk.id) == "second"


def test_a_version_that_was_brought_back_changes_nothing(house: House, own: str) -> None:
    talk, before = house.cast.begin(own), house.library.get(own).blueprint.identity.tagline
    house.retell(own, "something else")
    assert house.retell(own, before) == 3
    assert house.cast.outdated(talk) is None


def test_a_persona_that_is_gone_does_not_speak_and_comes_back_with_her_versions(house: House, own: str) -> None:
    talk = house.cast.begin(own)
    house.retell(own, "something else")
    path = house.library.get(own).path
    file = path.read_bytes()
    house.library.delete(own)
    for ask in (lambda: house.cast.persona_for(talk), lambda: house.cast.pin(talk.id), lambda: house.cast.begin(own)):
        with pytest.raises(NotFoundError):
            ask()
    path.write_bytes(file)
    assert house.cast.newest(own).number == 2 and house.cast.outdated(talk) == (1, 2)


def test_who_came_with_companion_cannot_be_saved_over(house: House) -> None:
    with pytest.raises(InputError):
        house.retell("mara", "mine")
    assert [one.note for one in house.versions.list("mara")] == ["came with Companion"]


def test_versions_are_known_again_by_the_next_start(tmp_path: Path, house: House, own: str) -> None:
    talk = house.cast.begin(own)
    house.retell(own, "something else")
    house.engine.dispose()
    again = opened(tmp_path)
    assert again.cast.newest(own).number == 2 and again.tagline(talk.id) == house.library.get("mara").blueprint.identity.tagline
    again.engine.dispose()


def test_a_look_reads_nothing_of_the_database_once_it_is_known(house: House, own: str) -> None:
    talk = house.cast.begin(own)
    house.retell(own, "something else")
    house.tagline(talk.id)
    talk, asked = house.talks.get(talk.id), []
    event.listen(house.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for _ in range(3):
        house.cast.persona_for(talk)
        house.cast.outdated(talk)
    assert asked == []


def test_many_older_versions_are_not_all_remembered(house: House, own: str) -> None:
    talks = []
    for number in range(MOST_OLDER + 3):
        house.retell(own, f"number {number}")
        talks.append(house.cast.begin(own).id)
    assert [house.tagline(talk) for talk in talks] == [f"number {number}" for number in range(MOST_OLDER + 3)]
    assert len(house.cast._older) <= MOST_OLDER
