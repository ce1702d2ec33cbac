"""The Persona studio without a browser: what each action draws, and what it keeps."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.compose import compose
from companion.errors import InputError
from companion.persona.editing import part_at
from companion.settings import Settings
from companion.think.fake import FakeEngine
from companion.ui.studio_actions import path_of
from companion.ui.studio_form import FIELDS, form, sections
from tests.ui.tab import Tab


class Studio(Tab):
    """A tab that is one's own as soon as one wants."""

    def own(self) -> str:
        self.do(self.actions.duplicate(self.bench))
        return self.bench.persona_id


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    companion = compose(Settings(home=tmp_path), engine=FakeEngine(*[["The light is ", f"on, {n}."] for n in range(12)]))
    yield Studio(companion)
    companion.close()


def test_every_field_of_the_blueprint_has_its_place_in_the_form() -> None:
    placed = {name for names in FIELDS.values() for name in names} | {"character", "lorebook", "format"}
    assert placed == set(part_at(())["properties"]), "a new part of the blueprint needs a section"


def test_every_section_is_drawn_and_no_text_of_hers_is_markup(studio: Studio) -> None:
    studio.own()
    studio.do(studio.actions.edit(studio.bench, ("identity", "tagline"), '"><script>alert(1)</script>'))
    for section in sections():
        studio.do(studio.actions.section(studio.bench, section))
        assert f'data-section="{section}"' in studio.text("form")
    assert not [part for part in ("head", "form", "side", "saving", "history") if "<script" in studio.text(part)]


def test_every_value_can_be_edited_where_it_stands(studio: Studio) -> None:
    work = studio.companion.studio.open("mara")
    drawn = "".join(form(work.data, section) for section in FIELDS)
    for path in (["identity", "age"], ["greeting"], ["model", "sampling", "temperature"], ["appearance", "accent"], ["boundaries", 0]):
        assert json.dumps(path, separators=(",", ":")).replace('"', "&quot;") in drawn


def test_what_is_typed_is_answered_beside_the_form_and_not_in_it(studio: Studio) -> None:
    studio.own()
    (drawing,) = studio.do(studio.actions.edit(studio.bench, ("identity", "age"), 12))
    assert drawing.form is None and drawing.marks is not None
    assert drawing.marks["troubles"] == [{"path": ["identity", "age"], "text": "must be at least 18"}]
    assert "one field to put right" in studio.text("head") and "disabled>Save" in studio.text("head")
    studio.do(studio.actions.edit(studio.bench, ("identity", "age"), 44))
    assert "one change kept as a draft" in studio.text("head") and "disabled>Save" not in studio.text("head")


def test_a_field_that_is_none_is_refused(studio: Studio) -> None:
    studio.do(studio.actions.edit(studio.bench, ("identity", "secret"), "x"))
    assert "nothing at identity.secret" in str(studio.shown["toast"])
    for told in ('"identity"', "[]", "[1.5]", "{", "[null]", 3):
        with pytest.raises(InputError):
            path_of(told)


def test_an_entry_of_the_lorebook_is_written_tried_and_removed(studio: Studio) -> None:
    studio.own()
    studio.do(studio.actions.section(studio.bench, "lorebook"))
    before = len(studio.companion.studio.open(studio.bench.persona_id).data["lorebook"]["entries"])
    entries: tuple[str | int, ...] = ("lorebook", "entries")
    studio.do(studio.actions.append(studio.bench, entries))
    assert studio.bench.entry == before and 'aria-label="Entry' in studio.text("form")
    here = (*entries, before)
    studio.do(studio.actions.edit(studio.bench, (*here, "content"), "The quern was built in 1871."))
    studio.do(studio.actions.edit(studio.bench, (*here, "keys"), ["quern"]))
    studio.do(studio.actions.test(studio.bench, "Tell me about the quern"))
    assert "“quern” was found" in studio.text("form") and "The quern was built in 1871." in studio.text("form")
    studio.do(studio.actions.edit(studio.bench, (*here, "enabled"), False))
    studio.do(studio.actions.test(studio.bench, "Tell me about the quern"))
    assert "is switched off" in studio.text("form")
    studio.do(studio.actions.remove(studio.bench, here))
    assert studio.bench.entry == -1
    studio.do(studio.actions.take_back(studio.bench, "step"))
    assert "quern" in studio.text("form"), "what was removed can be taken back"


def test_a_version_is_saved_looked_at_and_brought_back(studio: Studio) -> None:
    studio.own()
    studio.do(studio.actions.edit(studio.bench, ("identity", "tagline"), "keeper of nothing"))
    studio.do(studio.actions.save(studio.bench, "she lost the light"))
    assert "version 2, saved just now" in studio.text("head") and "conversations on" not in studio.text("head")
    studio.do(studio.actions.differ(studio.bench, "2"))
    assert "she lost the light" in studio.text("history") and "<del>lighthouse" in studio.text("history")
    studio.do(studio.actions.restore(studio.bench, "1"))
    assert "version 3" in studio.text("head") and "lighthouse keeper" in studio.text("form")


def test_the_heading_says_which_versions_are_talked_with(studio: Studio) -> None:
    id = studio.own()
    studio.companion.cast.begin(id)
    studio.do(studio.actions.edit(studio.bench, ("identity", "tagline"), "keeper of nothing"))
    studio.do(studio.actions.save(studio.bench, ""))
    assert "conversations on v1" in studio.text("head")


def test_one_that_comes_with_companion_moves_on_to_ones_own(studio: Studio) -> None:
    studio.do(studio.actions.edit(studio.bench, ("identity", "tagline"), "keeper of nothing"))
    assert "Save as your own" in studio.text("head")
    studio.do(studio.actions.save(studio.bench, ""))
    assert studio.bench.persona_id != "mara" and studio.text("moved_to").split()[0] == studio.bench.persona_id


def test_the_same_question_is_asked_of_two_versions_and_leaves_no_trace(studio: Studio) -> None:
    studio.own()
    studio.do(studio.actions.edit(studio.bench, ("identity", "tagline"), "keeper of nothing"))
    drawings = studio.do(studio.actions.ask(studio.bench, ["Who are you?", "  "]))
    assert "awaited" in str(drawings[0].preview) and len(drawings) == 3
    assert "version 1, saved" in studio.text("preview") and "draft" in studio.text("preview")
    assert studio.text("preview").count("The light is on") == 2
    assert studio.companion.conversations.list() == () and not studio.companion.memories.list(studio.bench.persona_id)
    studio.do(studio.actions.ask(studio.bench, [" "]))
    assert "There is no question" in str(studio.shown["toast"])


def test_a_deleted_persona_comes_back_by_the_line_that_says_so(studio: Studio) -> None:
    id = studio.own()
    studio.do(studio.actions.delete(studio.bench))
    toast = studio.shown["toast"]
    assert isinstance(toast, dict) and id not in [one.id for one in studio.companion.library.list()]
    studio.do(studio.actions.take_back(studio.bench, toast["undo"]))
    assert studio.bench.persona_id == id and studio.companion.library.get(id)


def test_files_come_in_each_with_a_report(studio: Studio) -> None:
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Vera", "description": "Vera is 40.", "first_mes": "Yes?"}}
    files = [
        {"name": "vera.json", "content": b64encode(json.dumps(card).encode()).decode()},
        {"name": "broken.png", "content": b64encode(b"\x89PNG\r\n\x1a\nnothing").decode()},
        {"name": "torn.png", "content": "not base 64!"},
    ]
    studio.do(studio.actions.bring(studio.bench, files))
    report = studio.text("importing")
    assert "Vera" in report and "from vera.json" in report and report.count('class="danger"') == 2
    assert [one.blueprint.identity.name for one in studio.companion.library.list()].count("Vera") == 1


def test_the_saved_version_goes_out_as_a_card(studio: Studio) -> None:
    studio.own()
    studio.do(studio.actions.write(studio.bench, "json", "v3"))
    parcel = studio.shown["parcel"]
    assert isinstance(parcel, dict)
    told = json.loads(b64decode(parcel["base64"]))
    assert told["spec"] == "chara_card_v3" and told["data"]["name"] == "Mara (copy)"


def test_one_who_came_from_a_card_leaves_as_it_came(studio: Studio) -> None:
    assert "As it came" not in studio.text("exporting")
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Vera", "description": "Vera is 40.", "first_mes": "Yes?"}}
    came = json.dumps(card).encode()
    studio.do(studio.actions.bring(studio.bench, [{"name": "vera.json", "content": b64encode(came).decode()}]))
    studio.do(studio.actions.work(studio.bench, "vera"))
    assert "As it came" in studio.text("exporting")
    studio.do(studio.actions.write(studio.bench, "", ""))
    parcel = studio.shown["parcel"]
    assert isinstance(parcel, dict) and parcel["name"] == "vera.json" and b64decode(parcel["base64"]) == came


def test_all_personas_are_found_by_who_they_are(studio: Studio) -> None:
    studio.do(studio.actions.everyone(studio.bench))
    assert studio.text("head").count("persona-card") == len(studio.companion.library.list())
    studio.do(studio.actions.everyone(studio.bench, "lighthouse"))
    assert studio.text("head").count("persona-card") == 1
    studio.do(studio.actions.everyone(studio.bench, "nobody of that kind"))
    assert "Nobody matches" in studio.text("head")


def test_the_walk_says_what_is_missing_and_then_makes_her(studio: Studio) -> None:
    studio.do(studio.actions.create(studio.bench, {"name": "Ada"}))
    assert studio.shown["marks"] == {"walk": "Identity · age is missing. Go back to it and put it right."}
    said = {"name": "Ada", "age": "36", "tagline": "mathematician", "background": "I write letters.", "manner": "exact", "greeting": "Sit."}
    drawings = studio.do(studio.actions.create(studio.bench, said))
    assert drawings[0].marks == {"walk": "", "made": "ada"} and studio.bench.persona_id == "ada"
