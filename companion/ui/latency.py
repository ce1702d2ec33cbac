"""Where the time of a reply went, in words: a chip under the reply and a card beside her portrait."""

from companion.events import Guesses, Stage, Trace
from companion.ui.prose import escape
from companion.ui.words import drafter, seconds, stage

GOAL_MS = 500.0
# Opens the panel that `speed.py` draws.
OVER_TIME = '<button type="button" class="over-time" popovertarget="speed-panel">Over this conversation</button>'


def first_word(trace: Trace | None) -> str:
    """ "first word 0.21 s", or empty when no word came."""
    return "" if trace is None or trace.first_token_ms is None else f"first word {seconds(trace.first_token_ms)}"


def chip(trace: Trace | None) -> str:
    """The chip under a reply; it opens into the stages."""
    label = first_word(trace)
    if trace is None or not label:
        return ""
    rows = "".join(f"<div><dt>{escape(stage(one.name))}</dt><dd>{one.ms:,.0f} ms</dd></div>" for one in trace.stages if one.ms >= 0.5)
    rows += f"<div><dt>in all</dt><dd>{seconds(trace.total_ms)}</dd></div>"
    if trace.reply_tokens:
        rows += f"<div><dt>written</dt><dd>{trace.reply_tokens:,} tokens</dd></div>"
    if trace.drafted_tokens:
        rows += f"<div><dt>guessed ahead</dt><dd>{trace.accepted_tokens:,} of {trace.drafted_tokens:,} right</dd></div>"
        rows += "".join(_drafter(one) for one in trace.guesses if one.drafter)
    if trace.reused_tokens:
        rows += f"<div><dt>not read again</dt><dd>{trace.reused_tokens:,} of {trace.prompt_tokens:,}</dd></div>"
    if trace.plain:
        rows += f"<div><dt>read anew each time</dt><dd>{escape(trace.plain)}</dd></div>"
    worn = f", wearing {escape(trace.adapter)}" if trace.adapter else ""
    engine = f"<p>{escape(trace.engine)}{worn}</p>" if trace.engine else ""
    return (
        f'<details class="chip"><summary><span>{label}</span></summary><div class="chip-reason"><dl>{rows}</dl>{engine}'
        f"<p>{OVER_TIME}</p></div></details>"
    )


def card(trace: Trace | None) -> str:
    """The card beside the portrait: first word against its goal, and the stages before it as a bar."""
    if trace is None or trace.first_token_ms is None:
        return ""
    before = stages_before_first_word(trace)
    scale_ms = max(GOAL_MS, trace.first_token_ms)
    segments = "".join(
        f'<span style="width:{100 * one.ms / scale_ms:.2f}%" title="{escape(one.name)} {seconds(one.ms)}"></span>' for one in before
    )
    named = "\u00a0· ".join(f"{escape(one.name)} {_brief(one.ms)}".replace(" ", "\u00a0") for one in before)
    unit = "\u00a0ms" if before and before[-1].ms < 1000 else ""
    return (
        '<section class="card latency" aria-label="How fast the last reply began">'
        f'<p class="latency-head"><span>first word in</span><strong>{seconds(trace.first_token_ms)} of {GOAL_MS / 1000:.2f}</strong></p>'
        f'<div class="bar" aria-hidden="true">{segments}</div><p class="quiet">{named}{unit}</p>{_reading(trace)}{OVER_TIME}</section>'
    )


def stages_before_first_word(trace: Trace) -> tuple[Stage, ...]:
    """What the first word waited for, named in words and cut where it came; the rest of the wait is the first word itself."""
    left_ms = trace.first_token_ms or 0.0
    kept = []
    for one in trace.stages:
        if left_ms <= 0 or one.name == "decode":
            break
        kept.append(Stage(stage(one.name), min(one.ms, left_ms)))
        left_ms -= one.ms
    if left_ms >= 1:
        kept.append(Stage("first word", left_ms))
    return tuple(one for one in kept if one.ms >= 0.5) or tuple(kept)


def _drafter(one: Guesses) -> str:
    return f'<div class="part"><dt>{escape(drafter(one.drafter))}</dt><dd>{one.accepted_tokens:,} of {one.drafted_tokens:,}</dd></div>'


def _brief(ms: float) -> str:
    """Milliseconds as a bare number, whose unit stands once at the end of the line; longer ones in seconds."""
    return f"{ms:.0f}" if ms < 1000 else seconds(ms)


def _reading(trace: Trace) -> str:
    if not trace.prompt_tokens:
        return ""
    fresh = trace.prompt_tokens - trace.reused_tokens
    kept = f" ({100 * trace.reused_tokens / trace.prompt_tokens:.0f} % kept)" if trace.reused_tokens else ""
    return f'<p class="quiet">read {fresh:,} of {trace.prompt_tokens:,} tokens{kept}</p>'
