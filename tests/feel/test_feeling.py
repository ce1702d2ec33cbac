"""From a message's words to how she then talks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from companion.affect import Felt
from companion.errors import ModelError
from companion.feel.feeling import Feeling
from companion.feel.reading import Reading
from companion.feel.topics import Topics
from companion.persona.blueprint import Blueprint
from companion.persona.library import Library, Persona
from companion.store.affects import Affects
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.shared import SharedHistory

PERSONAS = Path(__file__).parents[2] / "personas"
NOW = datetime(2026, 3, 1, 19, tzinfo=UTC)
HEARD = {"sad": "sadness", "job": "excitement", "hate": "anger", "thank": "gratitude"}


class WordReader:
    """Reads a feeling in a word; fails when it is told to."""

    def __init__(self) -> None:
        self.fail = False

    def fits(self, embedder: str) -> bool:
        return True

    def read(self, text: str, vector: np.ndarray) -> Reading:
        if self.fail:
            raise ModelError("it is out of order", hint="mend it")
        found = {name: 0.8 for word, name in HEARD.items() if word in text}
        return Reading({"neutral": 0.1, **found}, tuple(found))


def encode(texts: Sequence[str]) -> np.ndarray:
    return np.ones((len(texts), 4), dtype=np.float32) / 2


class Room:
    def __init__(self, engine: Engine) -> None:
        self.moment = NOW
        self.kept = Conversations(engine, lambda: self.moment)
        self.reader = WordReader()
        self.affects = Affects(engine)
        self.feeling = Feeling(self.affects, SharedHistory(engine, UTC), self.reader, Topics.open(), encode)
        self.persona: Persona = Library(PERSONAS, PERSONAS / "none").get("ines")
        self.talk = self.kept.create("ines", ("Hello.",)).id

    def say(self, text: str, after: timedelta = timedelta(minutes=1)) -> Any:
        self.moment += after
        user, reply = self.kept.begin_turn(self.talk, text)
        self.kept.finish_reply(reply.id, "I hear you.", "complete", "end")
        return user

    def feel(self, user: Any, before: datetime | None = None) -> Felt:
        felt = self.feeling.feel(self.persona, user, before)
        self.feeling.keep(felt)
        return felt


@pytest.fixture
def room(tmp_path: Path) -> Any:
    engine = open_database(tmp_path)
    yield Room(engine)
    engine.dispose()


def test_a_message_is_read_appraised_and_ruled(room: Room) -> None:
    felt = room.feel(room.say("I got the job at the music school!"))
    assert felt.affect.heard == {"excitement": 0.8}
    assert felt.affect.mood.pleasure > room.feeling.try_out(room.persona.blueprint, [("well", NOW)])[0].affect.mood.pleasure
    assert felt.manner.pace == "quick"
    assert any(one.kind == "rule" and one.name == "good news is danced to" for one in felt.manner.reasons)
    assert {one.kind for one in felt.affect.reasons} >= {"read", "shown"}


def test_the_same_message_is_felt_once(room: Room) -> None:
    user = room.say("I am so sad")
    first = room.feel(user)
    assert room.feeling.feel(room.persona, user, NOW - timedelta(days=90)) == first


def test_what_was_felt_before_lasts_and_an_edit_takes_it_back(room: Room) -> None:
    rest = room.feel(room.say("The kettle is on.")).affect.mood.pleasure
    hurt = room.say("I am so sad")
    assert room.feel(hurt).affect.mood.pleasure < rest
    assert room.feel(room.say("The kettle again.")).affect.mood.pleasure < rest
    edited = room.kept.edit(hurt.id, "The tea is ready.")
    assert room.feeling.feel(room.persona, edited, None).affect.mood.pleasure == pytest.approx(rest, abs=0.02)


def test_no_reader_or_one_that_fails_leaves_topics_and_time(room: Room) -> None:
    room.reader.fail = True
    felt = room.feel(room.say("My sister came to the concert, the whole family did, what music!"))
    assert not felt.affect.heard
    assert felt.affect.topics
    assert any(one.kind == "goal" for one in felt.affect.reasons)


def test_nobody_keeps_what_is_tried_out(room: Room) -> None:
    steps = [("I am so sad", NOW), ("I got the job", NOW + timedelta(days=1)), ("hello", NOW + timedelta(weeks=3))]
    felt = room.feeling.try_out(room.persona.blueprint, steps)
    assert [one.message_id for one in felt] == ["", "", ""]
    assert felt[0].affect.mood.pleasure < felt[1].affect.mood.pleasure
    assert room.affects.latest("ines") is None
    assert room.feeling.try_out(room.persona.blueprint, steps) == felt


def test_absence_lowers_nothing_between_the_two(room: Room) -> None:
    before = room.feel(room.say("thank you, dear")).affect.bond
    back = room.say("hello again", after=timedelta(days=60))
    after = room.feel(back, NOW).affect.bond
    assert after.trust >= before.trust
    assert after.familiarity >= before.familiarity


def test_a_stage_is_where_the_two_are(room: Room) -> None:
    stages = room.persona.blueprint.relationship.stages
    assert room.feeling.stage("ines", room.persona.blueprint) == stages[0]
    bare = Blueprint.model_validate({**room.persona.blueprint.model_dump(), "relationship": {}, "rules": ()})
    assert room.feeling.stage("ines", bare) is None
