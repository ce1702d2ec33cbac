"""One shot at five strengths as it is painted, stopped and told of; and the rest of the look's form without a browser."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.compose import compose
from companion.errors import ModelError
from companion.persona.visual import Visual
from companion.settings import Settings
from companion.shot import Shot
from companion.show.fake import FakePainter
from companion.think.fake import FakeEngine
from companion.ui.studio_look_actions import LookActions
from companion.ui.studio_look_draft import LEFT_OUT, saved, seen, view_of
from tests.easel import Studio as Easel
from tests.easel import studio as easel_of
from tests.ui.tab import Tab

KNOBS = ("expression", "setting", "outfit", "time", "light", "framing", "pose", "other")


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    companion = compose(Settings(home=tmp_path / "home"), engine=FakeEngine(), warm=False)
    opened = Tab(companion)
    opened.do(opened.actions.section(opened.bench, "look"))
    yield opened
    companion.close()


def work(tab: Tab) -> Any:
    return tab.companion.studio.open(tab.bench.persona_id)


def edit(tab: Tab, *path: str | int, value: Any) -> None:
    tab.do(tab.actions.edit(tab.bench, path, value))


def with_lora(tab: Tab) -> None:
    tab.do(tab.actions.look.put(tab.bench, ("visual", "painter"), "fake"))
    tab.do(tab.actions.look.put(tab.bench, ("visual", "loras"), [{"name": "smile.safetensors", "weight": 1.0}]))


def looking(tab: Tab, own: Easel) -> LookActions:
    """The actions over another easel."""
    return LookActions(replace(tab.companion, showing=own.showing, pictures=own.pictures), tab.actions.look._draw)


def test_a_strip_is_painted_told_of_and_kept(tab: Tab, tmp_path: Path) -> None:
    with_lora(tab)
    painter = FakePainter()
    with easel_of(tmp_path / "easel", painter) as own:
        actions = looking(tab, own)
        asked = actions.strip(tab.bench, 0, {"expression": "joyful", "setting": "kitchen"})
        drawn = [one.strip or "" for one in (*asked, *actions.follow(tab.bench))]
        assert 'aria-busy="true"' in drawn[0] and "waiting" in drawn[0] and 'aria-busy="false"' in drawn[-1]
        assert drawn[-1].count("/preview?") == 5 and "joyful, kitchen" in drawn[-1]
        weights = [sum(one.weight for one in commission.knobs.loras) for commission in painter.commissions]
        assert weights == [0, 0.5, 1.0, 1.5, 2.0] and len({one.knobs.seed for one in painter.commissions}) == 1
        assert len(own.pictures.list("mara", kind="studio")) == 5


def test_a_strip_is_stopped(tab: Tab, tmp_path: Path) -> None:
    with_lora(tab)
    with easel_of(tmp_path / "easel", FakePainter(gate=threading.Event())) as own:
        actions = looking(tab, own)
        list(actions.strip(tab.bench, 0, {}))
        following = actions.follow(tab.bench)
        next(following)
        list(actions.stop_strip(tab.bench))
        last = [one.strip or "" for one in following][-1]
        assert last.count(">stopped<") == 5 and 'aria-busy="false"' in last
        assert list(actions.follow(tab.bench)) == [], "there is nothing left to follow"


def test_what_fails_is_told_once(tab: Tab, tmp_path: Path) -> None:
    with_lora(tab)
    with easel_of(tmp_path / "easel", FakePainter(error=ModelError("Weights are missing.", hint="Fetch them."))) as own:
        actions = looking(tab, own)
        list(actions.strip(tab.bench, 0, {}))
        last = [one.strip or "" for one in actions.follow(tab.bench)][-1]
        assert last.count("Weights are missing. Fetch them.") == 1 and 'role="alert"' in last


def test_a_painter_that_the_settings_do_not_name_paints_no_strip(tab: Tab) -> None:
    with_lora(tab)
    tab.do(tab.actions.look.strip(tab.bench, 0, {}))
    assert "COMPANION_PAINTER" in tab.text("strip") and "strip-cells" not in tab.text("strip")
    tab.do(tab.actions.look.close_strip(tab.bench))
    assert tab.text("strip") == ""


def test_a_draft_that_is_wrong_and_a_lora_that_is_gone_are_said(tab: Tab) -> None:
    with_lora(tab)
    tab.do(tab.actions.look.strip(tab.bench, 3, {}))
    assert "is gone" in str(tab.shown["toast"])
    edit(tab, "identity", "age", value=3)
    tab.do(tab.actions.look.strip(tab.bench, 0, {}))
    assert "Put what is marked right" in str(tab.shown["toast"])


# --- the sketch


def test_the_sketch_follows_the_draft_while_something_else_is_wrong(tab: Tab) -> None:
    before = seen(work(tab))
    edit(tab, "identity", "tagline", value="")
    edit(tab, "appearance", "portrait", "top", value="bun")
    now = seen(work(tab))
    assert work(tab).blueprint is None and now.sitter.appearance.portrait["top"] == "bun" and now.note == ""
    assert now.digest != before.digest and f'data-look="{now.digest}"' in tab.text("easel")


def test_of_a_list_what_is_whole_is_drawn(tab: Tab) -> None:
    edit(tab, "visual", "wardrobe", 0, "name", value="")
    assert [one.name for one in seen(work(tab)).sitter.visual.wardrobe] == ["storm"] and LEFT_OUT in tab.text("easel")


def test_a_part_that_is_none_leaves_the_saved_face_and_is_named(tab: Tab) -> None:
    edit(tab, "appearance", "portrait", "hair_color", value="chartreuse-ish")
    now = seen(work(tab))
    assert now.sitter.appearance.portrait == work(tab).version.blueprint.appearance.portrait and "chartreuse-ish" in now.note


def test_what_a_sketch_does_not_show_changes_no_sketch(tab: Tab) -> None:
    before = seen(work(tab)).digest
    edit(tab, "visual", "negative_prompt", value="crowds")
    tab.do(tab.actions.look.put(tab.bench, ("visual", "painter"), "sdxl"))
    assert seen(work(tab)).digest == before == saved(work(tab)).digest


@given(st.dictionaries(st.sampled_from(KNOBS), st.text(max_size=12)))
def test_however_she_is_looked_at_can_be_drawn(values: dict[str, str]) -> None:
    shot = view_of(values, Visual())
    assert isinstance(shot, Shot) and shot.light in ("soft", "golden", "lamp")


# --- the form


def test_every_part_of_the_look_has_its_field_in_plain_words(tab: Tab) -> None:
    form = tab.text("form").replace("&quot;", '"')
    for path in (
        ["appearance", "portrait", "clothing"],
        ["appearance", "accent"],
        ["visual", "look", "marks"],
        ["visual", "wardrobe", 1, "color"],
        ["visual", "settings", 0, "scene"],
        ["visual", "palette", 3],
        ["visual", "style"],
        ["visual", "seed_policy"],
        ["visual", "negative_prompt"],
        ["visual", "painter"],
    ):
        assert f'data-field="{json.dumps(path, separators=(",", ":"))}"' in form, path
    assert ">top, round neck<" in form and ">shirt_crew_neck<" not in form


def test_what_begins_can_be_seen_at_once(tab: Tab) -> None:
    for name in ("wardrobe", "wardrobe", "settings", "palette"):
        tab.do(tab.actions.look.begin(tab.bench, ("visual", name)))
    visual = work(tab).blueprint.visual
    assert [one.name for one in visual.wardrobe] == ["watch", "storm", "outfit 3", "outfit 4"] and visual.settings[2].name == "place 3"
    assert visual.palette[-1] == work(tab).blueprint.appearance.accent and seen(work(tab)).note == ""


def test_no_word_of_hers_is_markup(tab: Tab) -> None:
    bad = '"><script>alert(1)</script>'
    paths: tuple[tuple[str | int, ...], ...] = (("wardrobe", 0, "name"), ("settings", 0, "description"), ("look", "hair"), ("painter",))
    for path in paths:
        edit(tab, "visual", *path, value=bad)
    edit(tab, "appearance", "portrait", "top", value=bad)
    tab.do(tab.actions.append(tab.bench, ("visual", "loras")))
    edit(tab, "visual", "loras", 0, "name", value=bad)
    tab.do(tab.actions.section(tab.bench, "look"))
    assert bad not in tab.text("form") + tab.text("easel") and "alert(1)" in tab.text("form")


def test_a_painter_other_than_the_sketch_is_told_what_it_needs(tab: Tab) -> None:
    assert "It wears no LoRA" in tab.text("form")
    tab.do(tab.actions.look.put(tab.bench, ("visual", "painter"), "sdxl"))
    form = tab.text("form")
    assert "COMPANION_PAINTER=sdxl" in form and "We have not run it" in form and 'value="sdxl" selected' in form
    tab.do(tab.actions.look.put(tab.bench, ("visual", "painter"), "me/my-model"))
    assert 'value="me/my-model"' in tab.text("form") and 'value="other" selected' in tab.text("form")
