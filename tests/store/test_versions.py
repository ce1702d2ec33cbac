"""Versions of a persona: numbered, equal ones once, and never changed."""

import json
import threading

import pytest
from sqlalchemy import Engine, delete, exc, update

from companion.errors import BlueprintError, NotFoundError
from companion.persona.blueprint import Blueprint
from companion.store.database import writing
from companion.store.tables import versions
from companion.store.versions import Versions
from tests.desk import library
from tests.store.conftest import Clock


def mara(tagline: str = "keeper of the light") -> Blueprint:
    blueprint = library().get("mara").blueprint
    return blueprint.model_copy(update={"identity": blueprint.identity.model_copy(update={"tagline": tagline})})


@pytest.fixture
def saved(engine: Engine, clock: Clock) -> Versions:
    return Versions(engine, clock)


def test_versions_are_numbered_and_the_newest_comes_first(saved: Versions) -> None:
    assert saved.latest("mara") is None and saved.list("mara") == ()
    first, second = saved.keep("mara", mara(), "made here"), saved.keep("mara", mara("a keeper"))
    assert (first.number, second.number, first.note) == (1, 2, "made here") and first.saved_at < second.saved_at
    assert saved.list("mara") == (second, first) and saved.latest("mara") == second and saved.get("mara", 1) == first


def test_what_equals_the_newest_is_the_newest(saved: Versions) -> None:
    first = saved.keep("mara", mara(), "made here")
    assert saved.keep("mara", mara(), "again") == first
    saved.keep("mara", mara("a keeper"))
    assert saved.keep("mara", mara()).number == 3, "as it was before the newest is another one"


def test_each_persona_has_numbers_of_her_own(saved: Versions) -> None:
    saved.keep("mara", mara())
    assert saved.keep("theo", library().get("theo").blueprint).number == 1
    with pytest.raises(NotFoundError, match="no version 2"):
        saved.get("mara", 2)


def test_a_number_is_never_used_twice(saved: Versions, engine: Engine) -> None:
    saved.keep("mara", mara())
    saved.keep("mara", mara("a keeper"))
    with writing(engine) as connection:
        connection.execute(delete(versions))
    assert saved.keep("mara", mara()).number == 3


def test_a_version_cannot_be_changed(saved: Versions, engine: Engine) -> None:
    first = saved.keep("mara", mara())
    for values in ({"note": "another"}, {"blueprint": "{}"}, {"number": 7}):
        with pytest.raises(exc.IntegrityError, match="does not change"), writing(engine) as connection:
            connection.execute(update(versions).values(values))
    assert saved.get("mara", 1) == first


def test_many_who_save_at_once_get_a_number_each(saved: Versions) -> None:
    threads = [threading.Thread(target=saved.keep, args=("mara", mara(f"keeper {number}"))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in saved.list("mara")] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_a_version_of_an_older_format_is_read_as_one_of_today(saved: Versions, engine: Engine, clock: Clock) -> None:
    today = mara().model_dump(mode="json")
    old = {"format": "companion-blueprint-1"} | {key: today[key] for key in ("identity", "character", "greeting", "model")}
    row = {"persona_id": "mara", "number": 1, "note": "", "saved_at": clock()}
    with writing(engine) as connection:
        connection.execute(versions.insert().values(row | {"blueprint": json.dumps(old)}))
    assert saved.get("mara", 1).blueprint.format == mara().format and saved.get("mara", 1).blueprint.identity == mara().identity


def test_what_cannot_be_read_any_more_is_said(saved: Versions, engine: Engine, clock: Clock) -> None:
    row = {"persona_id": "mara", "number": 1, "note": "", "saved_at": clock()}
    with writing(engine) as connection:
        connection.execute(versions.insert().values(row | {"blueprint": json.dumps({"format": "companion-blueprint-1", "who": "?"})}))
    with pytest.raises(BlueprintError, match="cannot be read any more"):
        saved.get("mara", 1)
