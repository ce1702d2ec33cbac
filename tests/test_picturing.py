"""When she is seen in a talk: asked for, unasked, ready, painted behind it, and not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from companion.errors import ConflictError, ModelError, StorageError
from companion.events import Shown, TextDelta
from companion.picturing import Known, Picturing, telling
from companion.shot import Picture
from companion.show.director import Directed
from companion.show.fake import FakePainter
from companion.store.affects import Affects
from companion.store.database import open_database
from companion.store.shared import SharedHistory
from companion.suggesting import Suggesting
from companion.think.fake import FakeSuggests
from companion.turn import Desk, Writer
from tests.desk import Setup, kinds, set_up
from tests.easel import WAIT_S, Studio, studio

ASK = "Show me a picture of you."


class Talk:
    """A desk that shows pictures, by a painter of two colours."""

    def __init__(self, setup: Setup, here: Studio, **more: Any) -> None:
        self.setup, self.here = setup, here
        database = open_database(setup.desk.settings.home)
        known = Known(here.pictures, Affects(database, setup.clock), SharedHistory(database))
        self.picturing = Picturing(here.showing, known, **more)
        self.setup = replace(setup, desk=replace(setup.desk, shows=self.picturing))

    @property
    def desk(self) -> Desk:
        return self.setup.desk

    @property
    def persona(self) -> Any:
        return self.desk.cast.persona_for(self.desk.conversations.get(self.setup.conversation_id))

    def pictures(self) -> tuple[Picture, ...]:
        """Those of the last reply, once nothing is being painted."""
        for job in self.here.showing.jobs():
            self.here.showing.wait(job.id, WAIT_S)
        reply = self.setup.store.path(self.setup.conversation_id)[-1]
        return self.here.pictures.of_messages([reply.id]).get(reply.id, ())


@contextmanager
def talking(home: Path, *scripts: list[str], painter: FakePainter | None = None, capable: bool = False, **more: Any) -> Iterator[Talk]:
    setup = set_up(home, *(scripts or (["Here ", "I am."],)), capable=capable)
    with studio(home, painter or FakePainter(), clock=setup.clock) as here:
        yield Talk(setup, here, **more)


def test_who_asks_is_shown_once_it_is_painted(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        events = talk.setup.take(text=ASK)
        assert "Shown" not in kinds(events) and kinds(events)[-1] == "TurnFinished"
        (picture,) = talk.pictures()
        assert picture.kind == "chat" and picture.conversation_id == talk.setup.conversation_id
        assert talk.here.showing.file(picture).exists()


def test_nobody_is_shown_who_was_not_asked_for(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        talk.setup.take(text="Show me how to tie a knot.")
        assert talk.pictures() == () and talk.here.painter.commissions == []


def test_a_ready_one_comes_before_the_first_word_and_is_told_of(tmp_path: Path) -> None:
    with talking(tmp_path, capable=True) as talk:
        talk.setup.take(text=ASK)
        shot = talk.pictures()[0].shot
        ready = talk.here.showing.shoot(talk.persona, shot, kind="template")
        events = talk.setup.take(text=ASK)
        shown = [event for event in events if isinstance(event, Shown)]
        assert [one.picture for one in shown] == [ready]
        assert kinds(events).index("Shown") < next(at for at, event in enumerate(events) if isinstance(event, TextDelta))
        (picture,) = talk.pictures()
        assert picture.digest == ready.digest and len(talk.here.painter.commissions) == 2
        assert "You are showing them a picture of yourself" in talk.setup.engine.requests[-1].prompt.messages[-1].content


def test_a_model_that_needs_ideas_is_given_an_answer_and_nothing_to_look_up(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        writer = talk.desk.writer(talk.persona.blueprint.model)
        suggests = FakeSuggests("Something else.")
        desk = replace(talk.desk, writer=lambda choice: replace(writer, suggests=suggests))
        replace(talk.setup, desk=desk).take(text=ASK)
        request = talk.setup.engine.requests[-1]
        assert request.constraints.favour in telling()["answers"]["coming"] and request.constraints.lean == "surely"
        assert "[near]" not in request.prompt.messages[-1].content


def test_what_is_not_painted_yet_is_not_spoken_of_as_there(tmp_path: Path) -> None:
    with talking(tmp_path, capable=True) as talk:
        talk.setup.take(text=ASK)
        block = talk.setup.engine.requests[0].prompt.messages[-1].content
        assert "it is not there yet" in block and "You are showing" not in block


def test_what_she_tells_in_her_reply_may_be_shown_but_not_twice_in_a_row(tmp_path: Path) -> None:
    told = ["What ", "a sight. ", "Look at this."]
    with talking(tmp_path, told, told) as talk:
        talk.setup.take(text="Anything new?")
        assert len(talk.pictures()) == 1
        talk.setup.take(text="And else?")
        assert talk.pictures() == ()


def test_a_picture_that_fails_costs_no_reply(tmp_path: Path) -> None:
    failure = ModelError("The memory does not suffice.", hint="Close something.")
    with talking(tmp_path, painter=FakePainter(error=failure)) as talk:
        assert kinds(talk.setup.take(text=ASK))[-1] == "TurnFinished"
        assert talk.pictures() == ()
        (job,) = talk.here.showing.jobs()
        assert (job.state, job.error, job.hint) == ("failed", failure.message, failure.hint)


def test_a_picture_that_nobody_may_paint_is_told_of_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = ConflictError("16 pictures are waiting already.", hint="Wait until one of them is done.")
    with talking(tmp_path) as talk:

        def full(*asked: object, **more: object) -> object:
            raise refusal

        monkeypatch.setattr(talk.here.showing, "ask", full)
        assert kinds(talk.setup.take(text=ASK))[-1] == "TurnFinished"
        (job,) = talk.here.showing.jobs()
        assert (job.state, job.error, job.message_id) == (
            "failed",
            refusal.message,
            talk.setup.store.path(talk.setup.conversation_id)[-1].id,
        )


def test_a_gallery_that_cannot_be_read_costs_no_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with talking(tmp_path) as talk:

        def broken(ids: object) -> object:
            raise StorageError("The disk cannot be read.", hint="Look at it.")

        monkeypatch.setattr(talk.here.pictures, "of_messages", broken)
        assert kinds(talk.setup.take(text=ASK))[-1] == "TurnFinished"


def test_a_danger_is_answered_by_the_card_and_by_no_picture(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        assert "Referred" in kinds(talk.setup.take(text=f"A crisis. {ASK}"))
        assert talk.pictures() == ()


class Answering:
    """Asks an engine at once, in place of the thread of a model."""

    def __init__(self, setup: Setup) -> None:
        writer: Writer = setup.desk.writer(setup.desk.cast.newest("mara").blueprint.model)
        self.suggesting = Suggesting(lambda choice: writer.engine, self.errand)

    def errand(self, do: Any) -> Any:
        from concurrent.futures import Future
        from threading import Event

        future: Future[object] = Future()
        try:
            future.set_result(do(Event()))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize(
    ("answer", "expression"), [('{"expression": "laughing"}', "laughing"), ("no JSON at all", None), ('{"expression": "purple"}', None)]
)
def test_a_capable_model_suggests_and_what_cannot_be_used_is_not(tmp_path: Path, answer: str, expression: str | None) -> None:
    with talking(tmp_path, ["Here I am."], [answer], capable=True) as talk:
        asked: list[Directed] = []
        suggesting = Answering(talk.setup).suggesting

        def suggest(persona: Any, directed: Directed, affect: Any, lines: Any, then: Any) -> None:
            asked.append(directed)
            suggesting.suggest(persona, directed, affect, lines, then)

        shown = Talk(talk.setup, talk.here, suggest=suggest)
        shown.setup.take(text=ASK)
        (picture,) = shown.pictures()
        assert picture.shot.expression == (expression or asked[0].shot.expression)
        request = shown.setup.engine.requests[-1]
        assert request.schema is not None and request.constraints.temperature == 0


def test_a_model_that_is_not_capable_is_asked_nothing(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        shown = Talk(talk.setup, talk.here, suggest=Answering(talk.setup).suggesting.suggest)
        shown.setup.take(text=ASK)
        assert len(shown.pictures()) == 1 and len(shown.setup.engine.requests) == 1
