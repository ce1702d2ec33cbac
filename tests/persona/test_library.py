"""The list of personas, as a user who edits files and clicks buttons sees it."""

from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import BlueprintError, InputError, NotFoundError, StorageError
from companion.persona.files import format_blueprint, read_blueprint
from companion.persona.library import Library, slugify

SHIPPED = Path(__file__).parents[2] / "personas"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(SHIPPED, tmp_path / "personas")


def renamed(library: Library, id: str, name: str) -> str:
    blueprint = library.get(id).blueprint
    return format_blueprint(blueprint.model_copy(update={"identity": blueprint.identity.model_copy(update={"name": name})}))


def test_the_shipped_personas_are_there_before_anything_was_made(library: Library) -> None:
    assert [one.id for one in library.list()] == ["ines", "juno", "mara", "theo"]
    assert all(one.shipped for one in library.list())
    assert library.problems() == ()
    assert library.get("mara").blueprint.identity.called == "Mara"


def test_a_copy_has_its_own_name_id_and_file(library: Library, tmp_path: Path) -> None:
    copy = library.duplicate("mara", "  Zoë the 2nd ")
    assert (copy.id, copy.blueprint.identity.called, copy.shipped) == ("zoe-the-2nd", "Zoë the 2nd", False)
    assert copy.path == tmp_path / "personas" / "zoe-the-2nd.yaml"
    assert copy.blueprint.greeting == library.get("mara").blueprint.greeting
    assert library.get(copy.id) == copy
    assert library.list()[-1] == copy
    assert Library(SHIPPED, tmp_path / "personas").get(copy.id) == copy


def test_copies_of_one_name_stay_apart(library: Library) -> None:
    assert [library.duplicate("mara", "Mara").id for _ in range(3)] == ["mara-2", "mara-3", "mara-4"]
    assert library.duplicate("theo", "浪").id == "persona"


def test_a_copy_is_called_by_its_new_name_even_when_the_first_had_a_nickname(library: Library) -> None:
    first = library.duplicate("theo", "Theodore")
    nicknamed = first.blueprint.identity.model_copy(update={"nickname": "Teddy"})
    library.save(replace(first, blueprint=first.blueprint.model_copy(update={"identity": nicknamed})))
    assert library.get(first.id).blueprint.identity.called == "Teddy"
    assert library.duplicate(first.id, "Ted").blueprint.identity.called == "Ted"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_copy_needs_a_name(library: Library, name: str) -> None:
    with pytest.raises(BlueprintError, match="needs a name"):
        library.duplicate("mara", name)
    assert len(library.list()) == 4


def test_a_saved_change_is_seen_by_everyone(library: Library, tmp_path: Path) -> None:
    mine = library.duplicate("juno", "June")
    changed = mine.blueprint.model_copy(update={"greeting": "Hi. I moved."})
    saved = library.save(replace(mine, blueprint=changed))
    assert saved.blueprint.greeting == "Hi. I moved."
    assert library.get(mine.id).blueprint.greeting == "Hi. I moved."
    assert read_blueprint(mine.path) == changed


def test_what_ships_cannot_be_changed_or_deleted(library: Library) -> None:
    before = (SHIPPED / "mara.yaml").read_bytes()
    with pytest.raises(InputError, match="cannot be changed") as caught:
        library.save(library.get("mara"))
    assert "Duplicate" in caught.value.hint
    with pytest.raises(InputError, match="cannot be deleted"):
        library.delete("mara")
    assert (SHIPPED / "mara.yaml").read_bytes() == before


def test_a_forged_path_writes_nowhere_but_the_users_own_file(library: Library, tmp_path: Path) -> None:
    mine = library.duplicate("juno", "June")
    library.save(replace(mine, path=tmp_path / "elsewhere.yaml", shipped=False))
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_deleted_persona_is_gone_and_cannot_be_saved_back(library: Library) -> None:
    mine = library.duplicate("juno", "June")
    library.delete(mine.id)
    assert len(library.list()) == 4
    with pytest.raises(NotFoundError, match='no persona "june"') as caught:
        library.save(mine)
    assert caught.value.hint


def test_files_changed_by_hand_show_at_the_next_look(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "ada.yaml").write_text(renamed(library, "mara", "Ada"), encoding="utf-8")
    assert library.get("ada").blueprint.identity.called == "Ada"
    (folder / "ada.yaml").write_text(renamed(library, "mara", "Adele"), encoding="utf-8")
    assert library.get("ada").blueprint.identity.called == "Adele"
    (folder / "ada.yaml").unlink()
    assert "ada" not in [one.id for one in library.list()]


def test_a_broken_file_is_told_and_hides_nobody(library: Library, tmp_path: Path) -> None:
    mine = library.duplicate("juno", "June")
    (mine.path.parent / "oops.yaml").write_text("greating: hello\n")
    (mine.path.parent / "My Friend.yaml").write_text(renamed(library, "mara", "Friend"), encoding="utf-8")
    (mine.path.parent / "mara.yaml").write_text(renamed(library, "mara", "Another"), encoding="utf-8")
    (mine.path.parent / ".oops.yaml.tmp").write_text("half")
    (mine.path.parent / "notes.txt").write_text("not a persona")
    assert [one.id for one in library.list()] == ["ines", "juno", "mara", "theo", "june"]
    assert library.get("mara").blueprint.identity.called == "Mara"
    told = {one.path.name: one for one in library.problems()}
    assert set(told) == {"My Friend.yaml", "mara.yaml", "oops.yaml"}
    assert "did you mean `greeting`?" in told["oops.yaml"].message
    assert '"my-friend.yaml"' in told["My Friend.yaml"].hint
    assert "same id" in told["mara.yaml"].message
    with pytest.raises(NotFoundError, match="did you mean `greeting`"):
        library.get("oops")
    assert library.duplicate("theo", "Oops").id == "oops-2"


def test_a_mended_file_comes_back(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "ada.yaml").write_text("identity: [\n")
    assert len(library.problems()) == 1
    (folder / "ada.yaml").write_text(renamed(library, "mara", "Ada"), encoding="utf-8")
    assert library.problems() == ()
    assert library.get("ada").blueprint.identity.called == "Ada"


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "personas").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be read"):
        Library(SHIPPED, tmp_path / "personas").list()


@pytest.mark.parametrize(
    ("name", "id"),
    [("Inês", "ines"), ("  ", "persona"), ("../../etc/passwd", "etc-passwd"), ("A" * 99, "a" * 48), ("Mr. O'Neil", "mr-o-neil")],
)
def test_ids_are_safe_file_names(name: str, id: str) -> None:
    assert slugify(name) == id


def test_personas_of_one_long_name_are_all_there(library: Library) -> None:
    name = "The one whose name is so long that it fills a file's name"
    ids = [library.duplicate("mara", name).id for _ in range(11)]
    assert len(set(ids)) == 11 and max(map(len, ids)) <= 48
    assert library.problems() == () and {one.id for one in library.list()} >= set(ids)
