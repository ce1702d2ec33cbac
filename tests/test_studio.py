"""The studio without its page: drafts, versions, personas made, copied, put away and brought in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.casting import Cast
from companion.errors import BlueprintError, InputError, NotFoundError
from companion.persona.files import format_blueprint
from companion.persona.library import Library
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.drafts import Drafts
from companion.store.versions import Versions
from companion.studio import Studio
from companion.ui.studio_new import data_from
from tests.desk import PERSONAS, Clock

TAGLINE = ("identity", "tagline")


@dataclass(frozen=True)
class Room:
    studio: Studio
    library: Library
    folder: Path


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    engine, clock = open_database(tmp_path), Clock()
    library = Library(PERSONAS, tmp_path / "personas")
    versions = Versions(engine, clock)
    yield Room(Studio(library, versions, Drafts(engine, clock), Cast(library, versions, Conversations(engine, clock))), library, tmp_path)
    engine.dispose()


def own(room: Room) -> str:
    """A persona of the user's."""
    return room.studio.duplicate("mara").id


def test_what_is_typed_is_a_draft_and_the_saved_one_stays(room: Room) -> None:
    id = own(room)
    work = room.studio.set(id, TAGLINE, "keeper of nothing")
    assert work.savable and [one.after for one in work.changes] == ["keeper of nothing"]
    assert room.library.get(id).blueprint.identity.tagline != "keeper of nothing"
    assert room.studio.open(id).data["identity"]["tagline"] == "keeper of nothing", "it is kept"


def test_what_is_wrong_is_kept_and_cannot_be_saved(room: Room) -> None:
    id = own(room)
    work = room.studio.set(id, ("identity", "age"), 12)
    assert work.blueprint is None and not work.savable and work.data["identity"]["age"] == 12
    with pytest.raises(BlueprintError, match="at least 18"):
        room.studio.save(id)
    with pytest.raises(InputError):
        room.studio.set(id, ("identity", "colour"), "red")


def test_steps_are_undone_and_done_again(room: Room) -> None:
    id = own(room)
    before = room.studio.open(id)
    assert not before.undoable
    room.studio.set(id, TAGLINE, "one")
    room.studio.set(id, TAGLINE, "two")
    assert room.studio.undo(id).data["identity"]["tagline"] == "one"
    work = room.studio.undo(id)
    assert work.data == before.data and not work.undoable and work.redoable and not work.changes
    assert room.studio.redo(id).data["identity"]["tagline"] == "one"


def test_saving_makes_a_version_and_an_older_one_comes_back_as_another(room: Room) -> None:
    id = own(room)
    first = room.studio.open(id).version
    room.studio.set(id, TAGLINE, "keeper of nothing")
    persona, version = room.studio.save(id, "she lost the light")
    assert (persona.id, version.number, version.note) == (id, first.number + 1, "she lost the light")
    assert room.library.get(id).blueprint.identity.tagline == "keeper of nothing"
    assert not room.studio.open(id).drafted
    assert [one.after for one in room.studio.differences(id, version.number)] == ["keeper of nothing"]
    back = room.studio.restore(id, first.number)
    assert back.number == version.number + 1 and back.blueprint == first.blueprint
    assert [one.number for one in room.studio.history(id)] == [3, 2, 1]


def test_saving_without_a_change_makes_none(room: Room) -> None:
    id = own(room)
    room.studio.set(id, TAGLINE, "x")
    room.studio.undo(id)
    assert room.studio.save(id)[1].number == 1


def test_one_that_comes_with_companion_is_saved_as_ones_own(room: Room) -> None:
    shipped = room.library.get("mara")
    room.studio.set("mara", TAGLINE, "keeper of nothing")
    persona, version = room.studio.save("mara")
    assert persona.id != "mara" and not persona.shipped and version.persona_id == persona.id
    assert room.library.get("mara") == shipped and not room.studio.open("mara").changes


def test_examples_are_added_by_the_exchange_and_go_with_their_last(room: Room) -> None:
    id = own(room)
    talks = len(room.studio.open(id).data["examples"])
    work = room.studio.add(id, ("examples",))
    assert work.data["examples"][-1] == [{"user": "", "reply": ""}]
    work = room.studio.remove(id, ("examples", talks, 0))
    assert len(work.data["examples"]) == talks


def test_a_first_persona_is_made_from_the_walk(room: Room) -> None:
    said = {
        "name": "Ada", "age": "36", "tagline": "mathematician", "background": "I write letters. My cat is called Byron.",
        "openness": "0.9", "values": "clarity\n\nplay", "manner": "quick and exact", "lines": "Let us see.\nAgain.", "greeting": "Sit.",
    }  # fmt: skip
    persona = room.studio.create(data_from(said))
    made = persona.blueprint
    assert (made.identity.called, made.identity.age, made.character.big_five.openness) == ("Ada", 36, 0.9)
    assert made.character.values == ("clarity", "play") and made.character.speech.lines == ("Let us see.", "Again.")
    assert room.studio.history(persona.id)[0].note == "made here"
    with pytest.raises(BlueprintError, match="at least 18"):
        room.studio.create(data_from(said | {"age": "17"}))
    with pytest.raises(BlueprintError):
        room.studio.create(data_from({}))


def test_a_deleted_persona_comes_back_whole(room: Room) -> None:
    id = own(room)
    before = room.library.get(id)
    room.studio.delete(id)
    with pytest.raises(NotFoundError):
        room.library.get(id)
    assert room.studio.undelete(id).blueprint == before.blueprint and room.library.get(id) == before
    with pytest.raises(InputError):
        room.studio.delete("mara")


def test_several_files_come_in_and_a_broken_one_keeps_none_back(room: Room) -> None:
    mara = format_blueprint(room.library.get("mara").blueprint).encode()
    files = [("mara.yaml", mara), ("broken.png", b"\x89PNG\r\n\x1a\n nothing"), ("again.yaml", mara)]
    brought = [room.studio.bring_in(*one) for one in files]
    assert [one.persona is not None for one in brought] == [True, False, True]
    first, broken, again = brought
    assert broken.problem is not None and broken.problem.hint
    assert first.persona and again.persona and len({"mara", first.persona.id, again.persona.id}) == 3, "nobody is replaced"


def test_who_was_put_away_long_ago_is_gone_for_good(room: Room) -> None:
    id = own(room)
    room.studio.delete(id)
    room.library.purge(datetime.now(UTC) - timedelta(days=1))
    assert room.studio.undelete(id).id == id
    room.studio.delete(id)
    room.library.purge(datetime.now(UTC) + timedelta(seconds=5))
    with pytest.raises(NotFoundError):
        room.studio.undelete(id)
    assert not list((room.folder / "personas" / "deleted").iterdir())
