"""The page says that a persona was changed since a talk began, shows what, and goes on with her when it is told to."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from companion.persona.diff import Change
from companion.ui.changes import MOST_CHANGES, MOST_COMPARED, listed
from companion.ui.models_panel import banner
from tests.ui.room import Room

Rooms = Callable[..., Room]


@pytest.fixture
def room(rooms: Rooms) -> Room:
    """A page that shows a conversation with a persona of the user's."""
    room = rooms(("One.",), ("Two.",), ("Three.",))
    room.do(room.actions.choose(room.place, room.companion.library.duplicate("mara", "Runa").id))
    return room


def change(room: Room, note: str = "", **identity: str) -> None:
    companion = room.companion
    persona = companion.library.get(companion.conversations.get(room.place.conversation_id).persona_id)
    changed = persona.blueprint.identity.model_copy(update=identity)
    companion.cast.save(replace(persona, blueprint=persona.blueprint.model_copy(update={"identity": changed})), note)


def arrived(room: Room) -> Room:
    room.do(room.actions.arrive(room.place.conversation_id))
    return room


def test_who_did_not_change_is_not_spoken_of(room: Room) -> None:
    assert "has changed" not in room.text("banner") and "built-in model" in room.text("banner")


def test_a_talk_with_who_changed_says_so_and_goes_on_as_before(room: Room) -> None:
    change(room, tagline="keeper of nothing", name="Rune")
    arrived(room)
    assert "Runa has changed since this talk began: version 1, now 2." in room.text("banner")
    assert "keeper of nothing" not in room.text("presence") and "Move to version 2" in room.text("banner")
    room.do(room.actions.send(room.place, "Hello."))
    assert "Runa" in room.engine.requests[-1].prompt.messages[0].content
    assert "keeper of nothing" in room.text("places"), "the list shows her as she is now"


def test_what_changes_is_shown_field_by_field(room: Room) -> None:
    change(room, "bolder & <b>", tagline="keeper of nothing")
    room.do(arrived(room).actions.differ(room.place))
    html = room.text("versions")
    assert "Identity · tagline" in html and "<del>lighthouse" in html and "of nothing</ins>" in html
    assert "Version 1 speaks here." in html and "bolder &amp; &lt;b&gt;" in html and 'data-act="move"' in html


def test_moving_on_is_one_click_and_is_taken_back_with_another(room: Room) -> None:
    change(room, tagline="keeper of nothing")
    room.do(arrived(room).actions.move(room.place))
    assert "has changed" not in room.text("banner") and "keeper of nothing" in room.text("presence")
    told = room.shown["toast"]
    assert isinstance(told, dict) and told["undo"] == room.place.conversation_id and "as in version 2" in told["text"]
    room.do(room.actions.undo(room.place))
    assert "version 1, now 2" in room.text("banner") and "The version before speaks again." in room.text("toast")


def test_moving_on_twice_leaves_nothing_else_to_be_taken_back(room: Room) -> None:
    room.do(room.actions.send(room.place, "Hello."))
    change(room, tagline="keeper of nothing")
    room.do(arrived(room).actions.move(room.place))
    room.shown["toast"] = {}
    room.do(room.actions.move(room.place))
    assert room.shown["toast"] == {}
    room.do(room.actions.differ(room.place))
    assert "keeps to the newest version" in room.text("versions")


def test_a_new_talk_is_with_her_as_she_is_now(room: Room) -> None:
    before = room.place.conversation_id
    change(room, tagline="keeper of nothing")
    room.do(arrived(room).actions.new(room.place))
    assert room.place.conversation_id != before and "has changed" not in room.text("banner")
    room.do(room.actions.new(room.place))
    assert len(room.companion.conversations.list(room.companion.conversations.get(before).persona_id)) == 2, "an empty one is enough"


def test_what_a_persona_is_called_is_text(room: Room) -> None:
    change(room, name="<i>Runa</i>")
    room.do(arrived(room).actions.move(room.place))
    change(room, tagline="<script>x</script>")
    room.do(arrived(room).actions.differ(room.place))
    drawn = room.text("banner") + room.text("versions")
    assert "<i>" not in drawn and "<script>" not in drawn and "&lt;script&gt;" in drawn


def test_another_talk_is_not_shown_what_changes_in_this_one(room: Room) -> None:
    change(room, tagline="keeper of nothing")
    room.do(arrived(room).actions.differ(room.place))
    room.do(room.actions.choose(room.place, "theo"))
    assert room.text("versions") == "" and "has changed" not in room.text("banner")


def test_the_line_about_the_model_stays_as_it_was(room: Room) -> None:
    change(room, tagline="keeper of nothing")
    blueprint = room.companion.library.get("mara").blueprint
    assert room.text("banner").startswith(banner(room.companion, blueprint.model)) or arrived(room).text("banner").count('role="note"') == 2


def test_a_long_list_and_long_texts_are_shown_in_full_or_told_of() -> None:
    assert "Nothing is different." in listed(())
    assert "and seven more changes" in listed([Change((), "x", "a", "b")] * (MOST_CHANGES + 7))
    long = listed([Change((), "x", "a b " * MOST_COMPARED, "a c")])
    assert long.count("<del>") == 1 and "<ins>a c</ins>" in long
    assert listed([Change((), "x", "", "new", "added"), Change((), "x", "old", "", "removed")]).count("<ins>") == 1


def test_a_portrait_is_drawn_with_the_looks_of_its_address(room: Room) -> None:
    from starlette.applications import Starlette

    from companion.ui.routes import routes

    (address,) = set(re.findall(r'"(companion/portraits/runa/light/square[^"]*)"', room.text("presence")))
    client = TestClient(Starlette(routes=routes(room.companion)))
    before = client.get(f"/{address}").content
    persona = room.companion.library.get("runa")
    looks = persona.blueprint.appearance.model_copy(update={"backdrop": "#112233"})
    room.companion.cast.save(replace(persona, blueprint=persona.blueprint.model_copy(update={"appearance": looks})))
    assert client.get(f"/{address}").content == before
    room.do(arrived(room).actions.move(room.place))
    (now,) = set(re.findall(r'"(companion/portraits/runa/light/square[^"]*)"', room.text("presence")))
    assert now != address and client.get(f"/{now}").content != before
