from collections.abc import Callable
from datetime import timedelta

import pytest

from companion.affect import Affect, Felt, Manner, Mood
from companion.persona.library import Persona
from companion.ui import why
from companion.ui.felt import SHOWN_FOR, mood_before, present, under
from tests.ui.feelings import EVENING, Kept, felt
from tests.ui.room import Room

Rooms = Callable[..., Room]


@pytest.fixture
def mara(rooms: Rooms) -> Persona:
    return rooms().companion.library.get("mara")


def test_the_sheet_tells_each_step_and_measures_every_figure(mara: Persona) -> None:
    html = why.panel(why.Whole(mara, felt(), Mood(0.1, 0, 0)))
    steps = (
        "After 5 hours",
        "Read in your message",
        "What it moved",
        "What she feels",
        "What she shows",
        "One rule that holds",
        "How near the two of you are",
    )
    places = [html.index(step) for step in steps]
    assert places == sorted(places), "they stand in the order of the calculation"
    for told in (
        "sadness",
        "71\u00a0%",
        "−0.12",
        "45\u00a0% likely now",
        "worry",
        "0.40",
        "Tender with you",
        "at most 12 words each",
        "stage 2 of 4",
    ):
        assert told in html, told
    assert html.count('class="explains"') >= 5


def test_what_a_creator_wrote_is_text(mara: Persona) -> None:
    told = felt()
    assert "<the book>" not in why.panel(why.Whole(mara, told)) + why.chip(told) and "&lt;the book&gt;" in why.chip(told)


def test_a_feeling_that_is_hardly_felt_is_not_drawn(mara: Persona) -> None:
    assert ">joy<" not in why.panel(why.Whole(mara, felt()))


def test_at_rest_the_sheet_says_what_will_be_there(mara: Persona) -> None:
    html = why.panel(why.Whole(mara))
    assert "Mara is at rest" in html and "Write to Mara" in html and 'data-act="source"' not in html


def test_nothing_read_and_no_rule_is_said_and_not_left_out(mara: Persona) -> None:
    html = why.panel(why.Whole(mara, Felt("m", Affect(EVENING, Mood(0.1, 0, 0)), Manner())))
    for told in ("No feeling and no topic stood out.", "It touched none of her goals.", "None of her rules holds"):
        assert told in html


def test_the_chip_is_quiet_and_leads_to_all_of_it() -> None:
    html = why.chip(felt("u1"))
    assert '<span class="recalled-head">feels</span> tender with you' in html and 'data-act="why"' in html and 'data-id="u1"' in html
    assert "late hours" in html and why.chip(None) == ""


def test_a_reply_shows_what_the_message_did_that_it_answers(rooms: Rooms) -> None:
    room = rooms(("Yes.",))
    room.do(room.actions.send(room.place, "Hello."))
    greeting, user, reply = room.companion.conversations.path(room.place.conversation_id)
    told = felt(user.id, at=room.companion.clock())
    room.companion.affects.keep(told)
    assert under(room.companion.affects, (greeting, user, reply)) == {reply.id: told}
    room.do(room.actions.open(room.place, room.place.conversation_id))
    assert room.text("transcript").count("why-chip") == 1 and "a guest by the lamp" in room.text("presence")
    assert "Tender with you" in room.text("header") and 'class="feeling"' in room.text("presence")


def test_before_anything_was_read_she_is_at_rest(rooms: Rooms) -> None:
    room = rooms()
    assert "Mara is at rest" in room.text("presence") and "lighthouse keeper" in room.text("header")
    assert "why-chip" not in room.text("transcript") and "mood-ring" in room.text("presence")
    room.do(room.actions.why(room.place, ""))
    assert "Mara is at rest" in room.text("why")


def test_her_face_changes_before_she_speaks(rooms: Rooms) -> None:
    room = rooms(("Yes.",))
    drawings = room.do(room.actions.send(room.place, "Hello."))
    faces = [at for at, drawing in enumerate(drawings) if drawing.presence and 'class="feeling"' in drawing.presence]
    words = [at for at, drawing in enumerate(drawings) if drawing.live and "Yes." in drawing.live]
    assert faces[0] < words[0]


def test_the_sheet_opens_for_a_reply_of_long_ago(rooms: Rooms) -> None:
    room = rooms(("Yes.",), ("No.",))
    for text in ("One.", "Two."):
        room.do(room.actions.send(room.place, text))
    _, old, _, new, _ = (one.id for one in room.companion.conversations.path(room.place.conversation_id))
    now = room.companion.clock()
    room.companion.affects.keep(felt(old, at=now - timedelta(days=9)))
    room.companion.affects.keep(felt(new, at=now - timedelta(days=2), mood=Mood(0.5, 0.5, 0.5)))
    room.do(room.actions.why(room.place, old))
    assert f'data-id="{old}"' in room.text("why") and "Since then" not in room.text("why")
    room.do(room.actions.why(room.place, ""))
    assert f'data-id="{new}"' in room.text("why") and "Since then her mood has moved on" in room.text("why")


def test_what_is_left_of_a_mood_goes_back_to_rest(mara: Persona) -> None:
    told = felt(mood=Mood(-0.9, 0.9, 0))
    rest = present(mara.blueprint, None, EVENING).mood
    soon, late = (present(mara.blueprint, told, EVENING + timedelta(hours=hours)) for hours in (1, 24 * 30))
    assert abs(late.mood.pleasure - rest.pleasure) < 0.01 < abs(soon.mood.pleasure - rest.pleasure)
    assert soon.shown == "caring" and late.shown == ""
    assert present(mara.blueprint, told, EVENING + SHOWN_FOR).shown == ""


def test_the_mood_before_a_message_is_what_was_left_of_the_one_before_it(mara: Persona) -> None:
    first = felt("1", at=EVENING - timedelta(hours=6), mood=Mood(-0.9, 0.9, 0))
    second = felt("2")
    before = mood_before(Kept(first, second), mara.blueprint, "mara", second)
    assert -0.9 < before.pleasure < present(mara.blueprint, None, EVENING).mood.pleasure
    assert mood_before(Kept(second), mara.blueprint, "mara", second) == present(mara.blueprint, None, EVENING).mood


def test_a_stage_has_its_own_accent(rooms: Rooms) -> None:
    room = rooms(("Yes.",))
    room.do(room.actions.send(room.place, "Hello."))
    usual = room.text("presence").split("</style>")[0]
    said = room.companion.conversations.path(room.place.conversation_id)[1].id
    room.companion.affects.keep(felt(said, at=room.companion.clock(), stage="a light she looks for"))
    room.do(room.actions.open(room.place, room.place.conversation_id))
    assert room.text("presence").split("</style>")[0] != usual and "--accent:" in room.text("presence")
