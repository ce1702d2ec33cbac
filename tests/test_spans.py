import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from companion.errors import ModelError
from companion.events import Guesses, Stage, Trace
from companion.spans import report
from companion.think.protocol import Piece, Written
from companion.turn import Order, take_turn
from tests.desk import Setup, Ticks, library, set_up

STAGES = ["arrive", "guard", "feel", "show", "remember", "wait", "model", "suggest", "prompt", "prefill", "decode"]


@pytest.fixture(scope="module")
def told() -> InMemorySpanExporter:
    """What an exporter is told; OpenTelemetry takes a provider once a process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(told: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    told.clear()
    yield told
    told.clear()


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["The light ", "is on."], ticks=Ticks(0.001))


def turn_of(spans: InMemorySpanExporter) -> ReadableSpan:
    (turn,) = (span for span in spans.get_finished_spans() if span.parent is None)
    return turn


def test_a_turn_is_one_span_with_its_stages_below_it(setup: Setup, spans: InMemorySpanExporter) -> None:
    setup.take(text="Good evening")
    turn = turn_of(spans)
    steps = [span for span in spans.get_finished_spans() if span is not turn]
    assert turn.name == "chat fake" and [step.name for step in steps] == STAGES
    assert all(step.parent and turn.context and step.parent.span_id == turn.context.span_id for step in steps)
    assert all(turn.start_time <= step.start_time <= step.end_time for step in steps)  # type: ignore[operator]
    assert turn.attributes is not None
    assert turn.attributes["gen_ai.operation.name"] == "chat" and turn.attributes["gen_ai.request.model"] == "fake"
    assert turn.attributes["gen_ai.conversation.id"] == setup.conversation_id
    assert turn.attributes["gen_ai.usage.output_tokens"] == 2 and turn.attributes["gen_ai.usage.input_tokens"] > 0  # type: ignore[operator]
    assert turn.attributes["gen_ai.response.finish_reasons"] == ("stop",)


def test_a_stage_lasts_as_long_as_the_trace_says_and_begins_when_it_did(spans: InMemorySpanExporter) -> None:
    report(Trace(stages=(Stage("guard", 2.0, 1.0), Stage("prefill", 40.0, 5.0)), total_ms=90.0), conversation_id="c")
    turn = turn_of(spans)
    times = {span.name: (span.start_time - turn.start_time, span.end_time - span.start_time) for span in spans.get_finished_spans()}  # type: ignore[operator]
    assert times == {"chat": (0, 90_000_000), "guard": (1_000_000, 2_000_000), "prefill": (5_000_000, 40_000_000)}


def test_what_was_reused_and_guessed_is_counted_by_drafter(spans: InMemorySpanExporter) -> None:
    guesses = (Guesses("lookup", 15, 12), Guesses("model", 9, 3))
    report(Trace(prompt_tokens=310, reused_tokens=290, reply_tokens=30, passes=15, guesses=guesses), conversation_id="c")
    counts = {name: value for name, value in (turn_of(spans).attributes or {}).items() if "tokens" in name or "passes" in name}
    assert counts == {
        "gen_ai.usage.input_tokens": 310,
        "gen_ai.usage.cache_read.input_tokens": 290,
        "gen_ai.usage.output_tokens": 30,
        "companion.passes": 15,
        "companion.drafted_tokens": 24,
        "companion.accepted_tokens": 15,
        "companion.lookup.drafted_tokens": 15,
        "companion.lookup.accepted_tokens": 12,
        "companion.model.drafted_tokens": 9,
        "companion.model.accepted_tokens": 3,
    }


def test_no_word_of_either_leaves_in_a_span(setup: Setup, spans: InMemorySpanExporter) -> None:
    setup.take(text="Good evening")
    everything = "".join(span.to_json() for span in spans.get_finished_spans())
    persona = library().get("mara").blueprint
    words = ("Good evening", "The light", "is on", "Mara", persona.identity.tagline)
    assert [word for word in words if word in everything] == []


def test_where_a_model_lies_is_not_told(spans: InMemorySpanExporter) -> None:
    report(Trace(engine="/people/anna/models/tiny"), conversation_id="c")
    assert turn_of(spans).name == "chat tiny" and "anna" not in turn_of(spans).to_json()


def test_a_failed_turn_names_the_kind_of_error_and_not_its_words(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    failing = set_up(tmp_path, ["Half a "], fail_with=ModelError("Out of memory.", hint="Close other programs."))
    failing.take(text="Hi")
    turn = turn_of(spans)
    assert not turn.status.is_ok and (turn.attributes or {})["error.type"] == "ModelError"
    assert "memory" not in turn.to_json() and "Half" not in turn.to_json()


def test_a_bug_is_told_as_a_failure(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    set_up(tmp_path, ["Half a "], fail_with=ZeroDivisionError("secret")).take(text="Hi")
    assert (turn_of(spans).attributes or {})["error.type"] == "ZeroDivisionError" and "secret" not in turn_of(spans).to_json()


def test_that_someone_may_be_in_danger_is_told_to_nobody_else(setup: Setup, spans: InMemorySpanExporter) -> None:
    setup.take(text="a crisis")
    assert spans.get_finished_spans() == ()


def test_a_reply_that_is_stopped_or_left_alone_is_told_once(setup: Setup, spans: InMemorySpanExporter) -> None:
    cancel = threading.Event()
    turn = setup.begin(text="Hi", cancel=cancel)
    next(turn), next(turn), next(turn), next(turn)
    cancel.set()
    list(turn)
    assert (turn_of(spans).attributes or {})["gen_ai.response.finish_reasons"] == ("stopped",)
    spans.clear()
    left = setup.begin(text="Hi")
    next(left), next(left), next(left), next(left)
    left.close()  # type: ignore[attr-defined]
    assert "gen_ai.response.finish_reasons" not in (turn_of(spans).attributes or {})


def test_an_order_that_is_refused_is_no_turn(setup: Setup, spans: InMemorySpanExporter) -> None:
    with pytest.raises(Exception, match="nothing in this message"):
        list(take_turn(setup.desk, Order(setup.conversation_id, "send", " "), threading.Event()))
    assert spans.get_finished_spans() == ()


def test_the_account_of_an_engine_is_told_by_drafter(setup: Setup, spans: InMemorySpanExporter) -> None:
    class Guesser:
        def card(self) -> object:
            return setup.engine.card()

        def write(self, request: object) -> Iterator[Piece | Written]:
            yield Piece("Yes.")
            yield Written("end", 40, 30, 5, 2.0, 3.0, passes=2, drafted={"lookup": 4, "model": 2}, accepted={"lookup": 3})

    writer = replace(setup.desk.writer(library().get("mara").blueprint.model), engine=Guesser())  # type: ignore[arg-type]
    desk = replace(setup.desk, writer=lambda choice: writer)
    *_, last = take_turn(desk, setup.order("Hi"), threading.Event())
    assert last.trace.guesses == (Guesses("lookup", 4, 3), Guesses("model", 2, 0))  # type: ignore[union-attr]
    assert (turn_of(spans).attributes or {})["companion.lookup.accepted_tokens"] == 3
