"""Rows of pictures: what is listed, what goes with what, and what stays when room is made."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from companion.errors import NotFoundError
from companion.shot import Likeness, Picture, Shot
from companion.store.conversations import Conversations
from companion.store.database import writing
from companion.store.memories import Memories
from companion.store.pictures import Files, Pictures
from companion.store.tables import pictures as table
from tests.store.conftest import Clock

HER = Likeness(0.82, 0.9, 0.2, 0.6, "patches", tries=2)


@pytest.fixture
def pictures(engine: Engine, clock: Clock) -> Pictures:
    return Pictures(engine, clock)


def files(name: str, size: int = 100) -> Files:
    return Files(f"{name:0>64}", f"{name:p>64}", "image/png", 1638, 2048, size, 10)


def add(pictures: Pictures, name: str, persona: str = "mara", kind: Any = "studio", shot: Shot | None = None, **more: Any) -> Picture:
    size = more.pop("size", 100)
    options = {"look": "look-1", "painter": "sketch"} | more
    return pictures.add(persona, kind, shot or Shot(setting=name), files(name, size), **options)


def names(found: tuple[Picture, ...]) -> list[str]:
    return [picture.digest.lstrip("0") for picture in found]


def test_a_picture_comes_back_as_it_was_kept(pictures: Pictures, kept: Conversations) -> None:
    talk = kept.create("mara", ["Hello."])
    message = kept.path(talk.id)[0]
    shot = Shot("tender", "sitting", "holding_cup", "kitchen", "wide", "storm", "lamp", "night")
    record = {"seed": 7, "knobs": {"prompt": "a kettle", "loras": [["mara", 0.8, "identity"]]}}
    picture = add(pictures, "a", kind="chat", shot=shot, likeness=HER, record=record, conversation_id=talk.id, message_id=message.id)
    assert pictures.get(picture.id) == picture
    assert picture.shot == shot and picture.likeness == HER and picture.record == record and picture.created_at.tzinfo is not None
    assert pictures.files(picture.id) == files("a")
    assert pictures.of_messages([message.id, "other"]) == {message.id: (picture,)}


def test_the_list_is_narrowed_down(pictures: Pictures, kept: Conversations, clock: Clock) -> None:
    talk = kept.create("mara", ["Hello."]).id
    add(pictures, "a", shot=Shot("sad", setting="kitchen"), likeness=HER)
    noon = clock.now
    add(pictures, "b", kind="template", shot=Shot("joyful", setting="kitchen"), likeness=Likeness(0.4, 0.9, 0.2, 0.6, "patches"))
    add(pictures, "c", persona="theo", shot=Shot("sad", setting="stage"))
    pictures.favourite(add(pictures, "d", kind="chat", conversation_id=talk).id, True)
    assert names(pictures.list()) == ["d", "c", "b", "a"] and pictures.count() == 4
    assert names(pictures.list("mara", limit=1, offset=1)) == ["b"]
    for narrowed, expected in (
        ({"kind": "template"}, ["b"]),
        ({"expression": "sad"}, ["c", "a"]),
        ({"setting": "kitchen"}, ["b", "a"]),
        ({"since": noon + timedelta(seconds=1)}, ["d", "c", "b"]),
        ({"until": noon + timedelta(seconds=1)}, ["a"]),
        ({"least_score": 0.6}, ["a"]),
        ({"favourites": True}, ["d"]),
        ({"conversation_id": talk}, ["d"]),
        ({"kind": None, "expression": None, "favourites": False}, ["d", "c", "b", "a"]),
    ):
        assert names(pictures.list(**narrowed)) == expected and pictures.count(**narrowed) == len(expected), narrowed
    assert pictures.counts("mara") == {"chat": 1, "template": 1, "studio": 1}
    assert pictures.named("setting", "mara") == ("d", "kitchen") and pictures.named("expression") == ("joyful", "neutral", "sad")


def test_a_deletion_can_be_undone_until_it_is_final(pictures: Pictures, kept: Conversations, clock: Clock) -> None:
    picture = add(pictures, "a")
    pictures.delete(picture.id)
    assert pictures.list() == () and pictures.digests() == {picture.digest, picture.preview}
    with pytest.raises(NotFoundError):
        pictures.get(picture.id)
    assert pictures.undo(picture.id) == picture == pictures.get(picture.id)
    pictures.delete(picture.id)
    assert kept.purge(clock()) == 1 and pictures.digests() == frozenset()
    with pytest.raises(NotFoundError):
        pictures.undo(picture.id)


def test_pictures_go_with_their_conversation(pictures: Pictures, kept: Conversations, clock: Clock) -> None:
    talk = kept.create("mara", ["Hello."])
    with_words = add(pictures, "a", kind="chat", conversation_id=talk.id, message_id=kept.path(talk.id)[0].id)
    without = add(pictures, "b", kind="chat", conversation_id=talk.id)
    elsewhere = add(pictures, "c")
    kept.delete(talk.id)
    assert pictures.list() == (elsewhere,)
    with pytest.raises(NotFoundError):
        add(pictures, "d", kind="chat", conversation_id=talk.id)
    kept.undo(talk.id)
    assert pictures.list() == (elsewhere, without, with_words)
    kept.delete(talk.id)
    kept.purge(clock())
    assert pictures.digests() == {elsewhere.digest, elsewhere.preview}


def test_pictures_go_with_their_message(pictures: Pictures, kept: Conversations, say: Any, clock: Clock) -> None:
    user = say("Show me the lamp", "Here it is.")
    reply = kept.path(user.conversation_id)[-1]
    picture = add(pictures, "a", kind="chat", conversation_id=user.conversation_id, message_id=reply.id)
    kept.delete_message(reply.id)
    assert pictures.of_messages([reply.id]) == {} == pictures.of_messages([])
    kept.undo(user.conversation_id)
    assert pictures.of_messages([reply.id]) == {reply.id: (picture,)}
    kept.delete_message(reply.id)
    kept.purge(clock())
    assert pictures.digests() == frozenset()


def test_a_picture_of_forgotten_words_is_not_seen_and_goes_for_good_with_them(
    pictures: Pictures, kept: Conversations, remembered: Memories, say: Any
) -> None:
    user = say("Show me the lamp", "Here it is.")
    add(pictures, "a", kind="chat", conversation_id=user.conversation_id, message_id=user.id)
    first = remembered.forget([user.id])
    assert pictures.list() == () == tuple(pictures.of_messages([user.id]))
    remembered.undo_forget(first.token)
    assert len(pictures.list()) == 1
    remembered.finish(remembered.forget([user.id]).token)
    assert pictures.digests() == frozenset() and len(kept.path(user.conversation_id)) == 3


def test_a_template_takes_the_place_of_the_one_that_shows_the_same(pictures: Pictures) -> None:
    old = add(pictures, "a", kind="template", shot=Shot("sad"))
    other = add(pictures, "b", kind="template", shot=Shot("sad"), look="look-2")
    new = add(pictures, "c", kind="template", shot=Shot("sad"))
    assert pictures.templates("mara", "look-1") == (new,) and pictures.templates("mara", "look-2") == (other,)
    assert old.digest in pictures.digests()  # until the deletion is final
    before = pictures.revision
    add(pictures, "d", kind="studio")
    assert pictures.revision == before
    pictures.delete(new.id)
    assert pictures.revision > before and pictures.templates("mara", "look-1") == ()


def test_room_is_made_in_order(pictures: Pictures, kept: Conversations) -> None:
    talk = kept.create("mara", ["Hello."]).id
    shown = add(pictures, "chat", kind="chat", conversation_id=talk)
    liked, pinned = add(pictures, "liked"), add(pictures, "pinned", kind="template")
    pictures.favourite(liked.id, True)
    pictures.pin(pinned.id, True)
    studio = add(pictures, "studio")
    first = add(pictures, "first", kind="template")
    second = add(pictures, "second", kind="template")
    worn = add(pictures, "other", kind="template", look="look-2")
    deleted = add(pictures, "deleted")
    pictures.delete(deleted.id)
    pictures.used([first.id])
    order = ["deleted", "other", "second", "first", "studio"]
    assert pictures.size() == 8 * 110 == pictures.size("mara") and pictures.size("theo") == 0
    left = {picture.id for picture in (shown, liked, pinned, studio, first, second, worn)}
    for name, victim in zip(order, (deleted, worn, second, first, studio), strict=True):
        assert pictures.make_room(pictures.size() - 1, {"look-1"}) == 1, name
        left.discard(victim.id)
        assert {picture.id for picture in pictures.list()} == left, name
    assert pictures.make_room(0, {"look-1"}) == 0 and pictures.size() == 330


def test_no_row_goes_in_vain(pictures: Pictures, kept: Conversations) -> None:
    talk = kept.create("mara", ["Hello."]).id
    template = add(pictures, "a", kind="template")
    pictures.add("mara", "chat", template.shot, pictures.files(template.id), look="look-1", painter="sketch", conversation_id=talk)
    assert pictures.size() == 110 and pictures.make_room(0) == 0 and len(pictures.list()) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["template", "studio", "chat"]), st.booleans(), st.booleans()), max_size=12
    ),
    limit=st.integers(0, 800),
)
def test_what_is_left_fits_or_must_stay(engine: Engine, clock: Clock, rows: list[tuple[str, str, bool, bool]], limit: int) -> None:
    pictures = Pictures(engine, clock)
    with writing(engine) as connection:
        connection.execute(delete(table))
    for name, kind, pinned, favourite in rows:
        made = add(pictures, name, kind=kind, size=100 + ord(name))
        pictures.pin(made.id, pinned)
        pictures.favourite(made.id, favourite)
    there = {one.id: one for one in pictures.list()}
    pictures.make_room(limit)
    left = {one.id for one in pictures.list()}
    staying = {one.id for one in there.values() if one.pinned or one.favourite or one.kind == "chat"}
    assert staying <= left
    held = {there[one].digest for one in staying}
    assert pictures.size() <= limit or all(there[one].digest in held for one in left)
