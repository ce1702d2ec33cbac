"""A turn as OpenTelemetry spans, for whoever runs Companion with an exporter: one for the turn, below it one a stage.

The names are those of OpenTelemetry's semantic conventions for generative AI, where these have one; `companion.` begins
our own. A span carries times, counts, ids and the model's name: never a word of the user or of the persona. Without a
configured SDK nothing is recorded (https://opentelemetry.io/docs/specs/otel/trace/api/).
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from opentelemetry import trace as api
from opentelemetry.context import Context

from companion.events import FinishReason, Trace

FINISH_REASONS: Mapping[FinishReason, str] = {"end": "stop"}  # the others are called as they are


def report(trace: Trace, *, conversation_id: str, reason: FinishReason | None = None, failure: str = "") -> None:
    """Tells a turn that has just ended, as a trace of its own.

    Args:
        reason: why the model ended; None when it did not come to that.
        failure: the class of the error that ended the turn.
    """
    began_ns = time.time_ns() - _ns(trace.total_ms)
    tracer = api.get_tracer("companion")
    model = _model(trace)
    facts = dict(_facts(trace)) | {"gen_ai.conversation.id": conversation_id}
    if reason:
        facts["gen_ai.response.finish_reasons"] = [FINISH_REASONS.get(reason, reason)]
    turn = tracer.start_span(f"chat {model}".strip(), Context(), attributes=facts, start_time=began_ns)
    for stage in trace.stages:
        if stage.began_ms is not None:
            stage_ns = began_ns + _ns(stage.began_ms)
            step = tracer.start_span(stage.name, api.set_span_in_context(turn), start_time=stage_ns)
            step.end(stage_ns + _ns(stage.ms))
    if failure:
        turn.set_attribute("error.type", failure)
        turn.set_status(api.StatusCode.ERROR)
    turn.end(began_ns + _ns(trace.total_ms))


def _facts(trace: Trace) -> Iterator[tuple[str, str | int | float | list[str]]]:
    yield "gen_ai.operation.name", "chat"
    yield "gen_ai.provider.name", "companion"
    if model := _model(trace):
        yield "gen_ai.request.model", model
    if trace.first_token_ms is not None:
        yield "companion.first_token_ms", trace.first_token_ms
    if not trace.prompt_tokens:
        return
    yield "gen_ai.usage.input_tokens", trace.prompt_tokens
    yield "gen_ai.usage.cache_read.input_tokens", trace.reused_tokens
    yield "gen_ai.usage.output_tokens", trace.reply_tokens
    yield "companion.passes", trace.passes
    yield "companion.drafted_tokens", trace.drafted_tokens
    yield "companion.accepted_tokens", trace.accepted_tokens
    for one in trace.guesses:
        yield f"companion.{one.drafter}.drafted_tokens", one.drafted_tokens
        yield f"companion.{one.drafter}.accepted_tokens", one.accepted_tokens


def _model(trace: Trace) -> str:
    """The model's name; of a folder only the last part, because the rest may name its owner."""
    engine = trace.engine
    return PurePath(engine).name if PurePath(engine).is_absolute() else engine


def _ns(ms: float) -> int:
    return round(ms * 1_000_000)
