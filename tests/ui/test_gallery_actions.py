import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from companion.errors import ModelError
from companion.shot import Shot
from companion.show.fake import FakePainter
from companion.ui.gallery_fields import KNOBS
from tests.easel import WAIT_S
from tests.ui.hanging import Hanging, Tab, hanging


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Hanging]]:
    with ExitStack() as stack:
        yield lambda *painter, **more: stack.enter_context(hanging(tmp_path, *painter, **more))


@pytest.fixture
def gallery(opened: Callable[..., Hanging]) -> Hanging:
    return opened()


def pictures(tab: Tab) -> list[str]:
    """The captions on the wall, in their order."""
    return [part.split("</span>")[0] for part in tab.text("wall").split('<span class="caption"><span>')[1:]]


def test_an_empty_wall_invites_with_drawings_of_her_that_a_press_has_painted(gallery: Hanging) -> None:
    tab = Tab(gallery)
    html = tab.text("wall")
    assert "Nothing hangs here yet" in html and html.count('data-act="shoot"') == 3 and "companion/sketches/mara/" in html
    assert tab.text("narrowing") == "" and "Compare" not in tab.text("head")
    tab.do(tab.actions.shoot(tab.visit, {"expression": "joyful", "setting": "kitchen", "time": "dusk"}))
    painted = gallery.painted()
    assert (painted.shot.expression, painted.shot.setting, painted.shot.time, painted.kind) == ("joyful", "kitchen", "dusk", "studio")
    tab.do(tab.actions.glance(tab.visit, "mara"))
    assert pictures(tab) == ["joyful, kitchen"] and f'data-id="{painted.id}"' in tab.text("wall")


def test_the_heading_tells_of_templates_and_of_how_much_they_are_her(gallery: Hanging) -> None:
    gallery.hang("content", "lamp room", kind="template")
    head = Tab(gallery).text("head")
    assert "Mara · 1 of 56 templates · same face 0.90, others 0.10" in head


def test_each_picture_has_its_words_and_its_score_and_one_that_is_not_her_is_marked(opened: Callable[..., Hanging]) -> None:
    gallery = opened(score=0.3)
    gallery.hang("tender", "kitchen")
    wall = Tab(gallery).text("wall")
    assert 'aria-label="tender, kitchen, likeness 0.30"' in wall and '<b class="doubted">0.30</b>' in wall


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"sort": "template"}, ["sad, lamp room"]), ({"sort": "studio"}, ["joyful, garden", "tender, kitchen"]),
        ({"sort": "chat"}, []), ({"sort": "favourites"}, ["tender, kitchen"]), ({"expression": "sad"}, ["sad, lamp room"]),
        ({"setting": "garden"}, ["joyful, garden"]), ({"until": "2026-11-10"}, ["tender, kitchen"]),
        ({"since": "2026-11-15", "sort": "studio"}, ["joyful, garden"]),
        ({"score": "0.90"}, ["sad, lamp room", "joyful, garden", "tender, kitchen"]),
        ({"score": "0.95", "sort": "nonsense"}, ["sad, lamp room", "joyful, garden", "tender, kitchen"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_wall(gallery: Hanging, chosen: dict[str, object], left: list[str]) -> None:
    gallery.pictures.favourite(gallery.hang("tender", "kitchen", days_ago=20).id, True)
    gallery.hang("joyful", "garden")
    gallery.hang("sad", "lamp room", kind="template")
    tab = Tab(gallery)
    tab.do(tab.actions.filter(tab.visit, chosen))
    assert pictures(tab) == left and 'data-act="clear"' in tab.text("narrowing")
    assert left or "No picture is like that" in tab.text("wall")
    tab.do(tab.actions.clear(tab.visit))
    assert len(pictures(tab)) == 3 and 'data-act="clear"' not in tab.text("narrowing")


def test_more_pictures_are_shown_when_asked(gallery: Hanging) -> None:
    for expression in ("tender", "joyful", "sad"):
        gallery.hang(expression)  # type: ignore[arg-type]
    tab = Tab(gallery)
    tab.visit = replace(tab.visit, shown=2)
    tab.do(tab.actions.favourite(tab.visit, gallery.pictures.list("mara")[0].id))
    assert len(pictures(tab)) == 2 and 'data-act="further"' in tab.text("wall")
    tab.do(tab.actions.further(tab.visit))
    assert len(pictures(tab)) == 3 and 'data-act="further"' not in tab.text("wall")


def test_what_is_painted_hangs_before_the_others_with_how_far_it_is_and_can_be_stopped(opened: Callable[..., Hanging]) -> None:
    gate = threading.Event()
    gallery = opened(FakePainter(gate=gate))
    tab = Tab(gallery)
    tab.do(tab.actions.shoot(tab.visit, {"expression": "proud", "setting": "garden"}))
    html = tab.text("wall")
    assert 'role="progressbar" aria-label="Painting proud, garden"' in html and 'data-act="stop"' in html
    (job,) = gallery.showing.jobs()
    tab.do(tab.actions.stop(tab.visit, job.id))
    assert gallery.showing.wait(job.id, WAIT_S).state == "stopped"
    tab.do(tab.actions.glance(tab.visit, "mara"))
    assert "progressbar" not in tab.text("wall") and gallery.pictures.count("mara") == 0


def test_a_failure_is_told_as_it_was_until_it_was_read(opened: Callable[..., Hanging]) -> None:
    painter = FakePainter(error=ModelError("The memory <does> not suffice.", hint="Close other programs."))
    gallery = opened(painter)
    tab = Tab(gallery)
    tab.do(tab.actions.shoot(tab.visit, {"expression": "shy"}))
    job = gallery.showing.wait(gallery.showing.jobs()[-1].id, WAIT_S)
    tab.do(tab.actions.glance(tab.visit, "mara"))
    assert "The memory &lt;does&gt; not suffice." in tab.text("wall") and "Close other programs." in tab.text("wall")
    painter.error = None
    tab.do(tab.actions.again(tab.visit, job.id))
    assert gallery.painted().shot.expression == "shy"
    tab.do(tab.actions.glance(tab.visit, "mara"))
    assert pictures(tab) == ["shy, lamp room"] and "suffice" not in tab.text("wall")
    another = tab.actions
    tab.do(another.enter(tab.visit, "theo"))
    tab.do(another.enter(tab.visit, "mara"))
    assert "suffice" not in tab.text("wall")


def test_the_lightbox_tells_all_of_a_picture_and_goes_to_the_next(gallery: Hanging) -> None:
    older, middle, newer = (gallery.hang(one) for one in ("sad", "tender", "joyful"))  # type: ignore[arg-type]
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, middle.id))
    html = tab.text("box")
    assert "Tender, standing. Kitchen by day, soft light. Half figure, wearing watch." in html
    assert "Likeness 0.95. Same face 0.90, others 0.10, needed 0.50." in html and "This is Mara" in html
    assert f'data-id="{newer.id}" data-step="before"' in html and f'data-id="{older.id}" data-step="after"' in html
    assert f"companion/pictures/{middle.id}/full" in html and "<dt>knobs prompt</dt><dd>kitchen</dd>" in html
    tab.do(tab.actions.show(tab.visit, older.id))
    assert 'data-step="after"' not in tab.text("box")
    tab.do(tab.actions.close(tab.visit))
    assert tab.text("box") == "" and tab.visit.opened == ""


def test_a_picture_from_a_chat_leads_back_to_its_words(gallery: Hanging) -> None:
    talk = gallery.conversations.create("mara", ["Look, <b>the sea</b>."])
    message = gallery.conversations.path(talk.id)[0]
    persona = gallery.library.get("mara")
    shot = gallery.hang().shot
    shown = gallery.showing.shoot(persona, shot, kind="chat", conversation_id=talk.id, message_id=message.id)
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, shown.id))
    html = tab.text("box")
    assert f'data-act="source" data-id="{message.id}"' in html and "“Look, &lt;b&gt;the sea&lt;/b&gt;.”" in html and "Mara said" in html


@pytest.mark.parametrize(
    ("knob", "value"),
    [("expression", "joyful"), ("setting", "garden"), ("time", "night"), ("light", "moon"), ("outfit", "storm"), ("framing", "wide"),
     ("pose", "sitting"), ("gesture", "waving")],
)  # fmt: skip
def test_a_picture_is_painted_again_with_one_knob_changed_and_no_other(gallery: Hanging, knob: str, value: str) -> None:
    former = gallery.hang("tender", "kitchen")
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, former.id))
    tab.do(tab.actions.repaint(tab.visit, former.id, {"knob": knob, "expression": "sad", "setting": "roof"} | {knob: value}))
    painted = gallery.painted()
    different = {one for one in KNOBS if getattr(painted.shot, one) != getattr(former.shot, one)}
    assert different == {knob} and getattr(painted.shot, knob) == value and tab.text("box") == ""


@pytest.mark.parametrize(("values", "told"), [
    ({"knob": "expression", "expression": "tender"}, "It is like that already."), ({"knob": "weather"}, "Nothing is chosen"),
    ({"knob": "setting", "setting": "../../etc"}, "is no setting"), ({}, "Nothing is chosen"),
])  # fmt: skip
def test_what_cannot_be_repainted_is_said_and_the_picture_stays_open(gallery: Hanging, values: dict[str, object], told: str) -> None:
    former = gallery.hang("tender")
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, former.id))
    tab.do(tab.actions.repaint(tab.visit, former.id, values))
    assert told in tab.told() and gallery.showing.jobs() == () and tab.visit.opened == former.id and tab.text("box")


def test_a_variation_keeps_everything_but_the_dice(gallery: Hanging) -> None:
    former = gallery.hang("tender")
    tab = Tab(gallery)
    tab.do(tab.actions.vary(tab.visit, former.id))
    painted = gallery.painted()
    assert painted.shot == former.shot and painted.record["knobs"]["seed"] != former.record["knobs"]["seed"]
    assert painted.record["knobs"] | {"seed": 0} == former.record["knobs"] | {"seed": 0}


def test_favourites_and_pins_are_switched_and_seen(gallery: Hanging) -> None:
    one = gallery.hang()
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, one.id))
    tab.do(tab.actions.favourite(tab.visit, one.id))
    tab.do(tab.actions.pin(tab.visit, one.id))
    assert gallery.pictures.get(one.id).favourite and gallery.pictures.get(one.id).pinned
    assert tab.text("box").count('aria-pressed="true"') == 2 and 'title="favourite and pinned"' in tab.text("wall")
    tab.do(tab.actions.favourite(tab.visit, one.id))
    assert not gallery.pictures.get(one.id).favourite


def test_what_is_deleted_can_be_hung_up_again(gallery: Hanging) -> None:
    one, other, stays = (gallery.hang(each) for each in ("sad", "tender", "joyful"))  # type: ignore[arg-type]
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, one.id))
    tab.do(tab.actions.delete(tab.visit, (one.id, other.id)))
    toast: Any = tab.shown["toast"]
    assert toast["text"] == "Two pictures are deleted." and pictures(tab) == ["joyful, kitchen"] and tab.text("box") == ""
    tab.do(tab.actions.undo(tab.visit, toast["undo"]))
    assert len(pictures(tab)) == 3 and stays.id in tab.text("wall")


def test_a_picture_that_went_meanwhile_is_said_to_be_gone(gallery: Hanging) -> None:
    one = gallery.hang()
    tab = Tab(gallery)
    tab.do(tab.actions.show(tab.visit, one.id))
    gallery.pictures.delete(one.id)
    tab.do(tab.actions.favourite(tab.visit, one.id))
    assert "no longer there" in tab.told() and tab.text("box") == "" and tab.visit.opened == ""


def test_two_are_chosen_and_compared(gallery: Hanging) -> None:
    one, other = gallery.hang("sad", "kitchen"), gallery.hang("joyful", "kitchen")
    tab = Tab(gallery)
    tab.do(tab.actions.select(tab.visit, one.id))
    assert tab.text("wall").count('type="checkbox"') == 2
    assert f'value="{one.id}" aria-label="sad, kitchen, likeness 0.95" checked' in tab.text("wall")
    tab.do(tab.actions.compare(tab.visit, [one.id, other.id]))
    html = tab.text("comparing")
    assert '<th scope="row">expression</th><td>sad</td><td>joyful</td>' in html and 'scope="row">place' not in html
    assert 'type="range"' in html and "checkbox" not in tab.text("wall")
    tab.do(tab.actions.compare(tab.visit, [one.id]))
    assert "Choose two." in tab.told()


def test_several_become_favourites(gallery: Hanging) -> None:
    ids = [gallery.hang(one).id for one in ("sad", "joyful")]  # type: ignore[arg-type]
    tab = Tab(gallery)
    tab.do(tab.actions.like(tab.visit, ids))
    assert gallery.pictures.count("mara", favourites=True) == 2 and tab.told() == "Two pictures marked as favourites."


def test_a_picture_becomes_a_reference_once_and_stays_one_when_it_goes(gallery: Hanging) -> None:
    mine = gallery.library.add(gallery.library.get("mara").blueprint)
    one = gallery.showing.shoot(mine, Shot("tender"), kind="studio")
    tab = Tab(gallery)
    tab.do(tab.actions.enter(tab.visit, mine.id))
    tab.do(tab.actions.reference(tab.visit, one.id))
    assert tab.told() == "It is a reference now."
    tab.do(tab.actions.reference(tab.visit, one.id))
    assert "is a reference already" in tab.told() and len(gallery.library.get(mine.id).blueprint.visual.references) == 1
    gallery.pictures.delete(one.id)
    gallery.pictures.make_room(0)
    gallery.showing.tidy()
    (kept,) = gallery.showing.sitter(gallery.library.get(mine.id)).references
    assert kept.startswith(b"\x89PNG")


def test_one_who_comes_with_companion_gets_a_reference_in_her_draft(gallery: Hanging) -> None:
    tab = Tab(gallery)
    for expression in ("sad", "tender"):
        tab.do(tab.actions.reference(tab.visit, gallery.hang(expression).id))  # type: ignore[arg-type]
    drafted = gallery.studio.open("mara").blueprint
    assert "Save that in the studio" in tab.told() and drafted and len(drafted.visual.references) == 2
    assert gallery.library.get("mara").blueprint.visual.references == ()


def test_what_else_is_in_her_draft_is_not_saved_with_a_reference(gallery: Hanging) -> None:
    mine = gallery.library.add(gallery.library.get("mara").blueprint)
    one = gallery.showing.shoot(mine, Shot("tender"), kind="studio")
    gallery.studio.set(mine.id, ("identity", "tagline"), "keeper of storms")
    tab = Tab(gallery)
    tab.do(tab.actions.enter(tab.visit, mine.id))
    tab.do(tab.actions.reference(tab.visit, one.id))
    assert "in a draft now" in tab.told() and gallery.library.get(mine.id).blueprint.identity.tagline == "lighthouse keeper"


def test_the_sheet_of_templates_shows_what_is_ready_and_warms_the_rest_of_a_place(gallery: Hanging) -> None:
    gallery.hang("content", "lamp room", kind="template")
    tab = Tab(gallery)
    assert tab.text("templates") == ""
    tab.do(tab.actions.survey(tab.visit, True))
    html = tab.text("templates")
    assert "1 of 56 ready" in html and 'aria-label="content, lamp room: ready"' in html and html.count("not ready, paint it") == 55
    tab.do(tab.actions.warm(tab.visit, "setting", "kitchen"))
    gallery.warming.wait("mara", WAIT_S)
    tab.do(tab.actions.glance(tab.visit, "mara"))
    assert "29 of 56 ready" in tab.text("templates") and "28 of 28" in tab.text("templates") and "Warm all" in tab.text("templates")


def test_warming_is_stopped_and_a_template_painted_anew(opened: Callable[..., Hanging]) -> None:
    gate = threading.Event()
    gate.set()
    gallery = opened(FakePainter(gate=gate))
    former = gallery.hang("content", "lamp room", kind="template")
    gate.clear()
    tab = Tab(gallery)
    tab.do(tab.actions.survey(tab.visit, True))
    tab.do(tab.actions.warm(tab.visit, "", ""))
    assert 'data-act="stop_warming"' in tab.text("templates") and "0 of 55 painted" in tab.text("templates")
    tab.do(tab.actions.stop_warming(tab.visit))
    assert "stop_warming" not in tab.text("templates")
    tab.do(tab.actions.cell(tab.visit, "lamp room", "content"))
    assert "Content, lamp room" in tab.text("templates") and "Repaint" in tab.text("templates")
    tab.do(tab.actions.fill(tab.visit, "lamp room", "content"))
    gate.set()
    painted = gallery.painted()
    assert painted.kind == "template" and painted.shot == former.shot and painted.id != former.id
    assert len(gallery.showing.templates(gallery.library.get("mara"))) in (1, 2)  # one that was being warmed may have come through


def test_a_tab_that_is_not_looked_at_draws_nothing_until_one_comes_back(gallery: Hanging) -> None:
    tab = Tab(gallery)
    tab.do(tab.actions.leave(tab.visit))
    gallery.hang("sad")
    assert list(tab.actions.turn(tab.visit, "theo")) == []
    tab.do(tab.actions.glance(tab.visit, "mara"))  # whoever looks has come back, whatever was heard of it
    assert pictures(tab) == ["sad, kitchen"] and tab.visit.open
    assert list(tab.actions.glance(tab.visit, "mara")) == []


def test_another_persona_has_a_wall_of_her_own(gallery: Hanging) -> None:
    gallery.hang("sad")
    tab = Tab(gallery)
    tab.do(tab.actions.filter(tab.visit, {"sort": "studio"}))
    tab.do(tab.actions.turn(tab.visit, "theo"))
    assert "Theo" in tab.text("head") and "Nothing hangs here yet" in tab.text("wall") and "sad" not in tab.text("wall")
    assert "companion/sketches/theo/" in tab.text("new")
