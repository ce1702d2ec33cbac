"""The mood simulator as HTML: a talk that is tried against the draft, and what each message of it does to her and why.

What is drawn here was calculated as a reply's feelings are (`companion/affect.py` says what the values mean); nothing of it is kept.
"""

from collections.abc import Sequence

from companion.affect import Affect, Felt, Manner, Reason
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import Blueprint
from companion.ui.mood_words import changed, label, shown
from companion.ui.prose import escape
from companion.ui.studio_plane import LEAST_FELT, over_time, plane
from companion.ui.studio_trying import BEGINS, MOST_CHARS, MOST_LINES, PAUSES, Line, Talk, examples
from companion.ui.words import percent

MOST_HEARD = 3
LEAST_MOVE = 0.02  # of a likelihood: less, with nothing to say of it, is not worth a line


def simulator(talk: Talk, felt: Sequence[Felt], blueprint: Blueprint, problem: str = "") -> str:
    """The talk, its lines with what they did, and where to type the next.

    Args:
        felt: what she feels after each line; shorter than the talk while the rest is being calculated.
        problem: why that cannot be told.
    """
    ready = "".join(
        f'<button type="button" class="pill" data-act="example" data-id="{name}">{escape(called)}</button>'
        for name, (called, _) in examples().items()
    )
    again = '<button type="button" class="plain" data-act="begin_again">Begin again</button>' if talk.lines else ""
    body = _steps(talk, felt, blueprint) if talk.lines else _invitation(blueprint)
    told = f'<p class="danger" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        '<div class="studio-fields mood" data-section="mood"><section class="card"><div class="preview-head"><h2>Try her mood</h2>'
        f'{again}</div><p class="quiet">Her draft listens: her goals are weighed, her rules are followed, and nothing is kept.</p>'
        f'<div class="ready" role="group" aria-label="Ready examples">{ready}</div>{body}{told}{_composer(talk)}</section></div>'
    )


def beside(felt: Sequence[Felt], blueprint: Blueprint) -> str:
    """The plane with her path on it, and her emotions from step to step."""
    rest = resting_mood(blueprint.character.big_five)
    where = felt[-1].affect.mood if felt else rest
    emotions = over_time([one.affect.emotions for one in felt]) if felt else '<p class="none">They appear here as you write.</p>'
    return (
        '<div class="stack"><section class="card try-plane"><div class="preview-head"><h2>Her mood</h2>'
        f'<span class="quiet">{escape(where.words)}</span></div>{plane(rest, [one.affect.mood for one in felt])}</section>'
        f'<section class="card try-emotions"><h2 class="heading">What she feels, message by message</h2>{emotions}</section></div>'
    )


def _invitation(blueprint: Blueprint) -> str:
    if blueprint.goals:
        return (
            '<p class="none">Write what you might say to her, one message after the other, and see what it does. '
            "Or begin with one of the examples.</p>"
        )
    return (
        '<p class="none">She has no goals yet, so little will move her. Give her something she wants under '
        '<button type="button" class="plain link" data-act="section" data-id="goals">Goals and rules</button>, then come back.</p>'
    )


def _composer(talk: Talk) -> str:
    pauses = "".join(f'<option value="{name}">{words}</option>' for name, (words, _) in PAUSES.items())
    begins = "".join(f'<option value="{name}"{" selected" if name == talk.begins else ""}>{name}</option>' for name in BEGINS)
    full = len(talk.lines) >= MOST_LINES
    off = " disabled" if full else ""
    when = (
        f'<label><span class="quiet">time passes</span><select name="pause">{pauses}</select></label>'
        if talk.lines
        else f'<label><span class="quiet">it is</span><select data-act="begins" aria-label="Time of day">{begins}</select></label>'
    )
    holds = f"{MOST_LINES} messages are looked at together" if full else "what you might say to her"
    return (
        f'<form class="try-line" data-act="say" autocomplete="off">{when}<input name="words" type="text" maxlength="{MOST_CHARS}" '
        f'aria-label="A message of yours" placeholder="{holds}"{off}><button type="submit" class="pill strong"{off}>Say it</button></form>'
    )


def _steps(talk: Talk, felt: Sequence[Felt], blueprint: Blueprint) -> str:
    steps = []
    before: Affect | None = None
    for at, line in enumerate(talk.lines):
        after = felt[at] if at < len(felt) else None
        steps.append(_step(at, line, after, before, blueprint, last=at == len(talk.lines) - 1, begins=talk.begins))
        before = after.affect if after else before
    return f'<ol class="tried">{"".join(steps)}</ol>'


def _step(at: int, line: Line, felt: Felt | None, before: Affect | None, blueprint: Blueprint, *, last: bool, begins: str) -> str:
    passed = begins if at == 0 else PAUSES[line.pause][0] if line.pause != "now" else ""
    gap = f'<p class="passed">{escape(passed)}</p>' if passed else ""
    back = (
        '<button type="button" class="icon" data-act="unsay" aria-label="Take this message back" title="Take back">×</button>'
        if last and felt
        else ""
    )
    words = f'<div class="said-line">{back}<p class="said">{escape(line.text)}</p></div>'
    if felt is None:
        return f'<li>{gap}{words}<span class="awaited" role="status"><span class="sr-only">being read</span></span></li>'
    return f"<li>{gap}{words}{_felt(at + 1, felt, before, blueprint, opened=last)}</li>"


def _felt(number: int, felt: Felt, before: Affect | None, blueprint: Blueprint, *, opened: bool) -> str:
    affect = felt.affect
    strongest = ", ".join(label(name) for name in _felt_most(affect)) or "nothing in particular"
    rows = [
        ("read", _read(affect)),
        ("goals", _goals(affect, before, blueprint)),
        ("feels", _feels(affect)),
        ("shows", _reasons(affect.reasons, "shown") or escape(shown(affect.shown))),
        ("near", _reasons(affect.reasons, "stage")),
        ("rules", _rules(felt.manner)),
        ("so she talks", _manner(felt.manner)),
    ]
    why = "".join(f"<div><dt>{name}</dt><dd>{told}</dd></div>" for name, told in rows if told)
    css_class = "feels" if _felt_most(affect) else "feels none"
    return (
        f'<details class="step-why"{" open" if opened else ""}><summary><span class="number">{number}</span>'
        f'<span class="{css_class}">{escape(strongest)}</span><span class="quiet">{escape(affect.mood.words)}</span></summary>'
        f'<dl class="step-facts">{why}</dl></details>'
    )


def _felt_most(affect: Affect) -> list[str]:
    """Her strongest emotions, two at most."""
    return [name for name, intensity in affect.emotions.items() if intensity >= LEAST_FELT][:2]


def _read(affect: Affect) -> str:
    heard = ", ".join(f"{label(name)} {percent(share)}" for name, share in list(affect.heard.items())[:MOST_HEARD])
    topics = f" · about {escape(' and '.join(affect.topics))}" if affect.topics else ""
    return f"{escape(heard) or 'no feeling that stands out'}{topics}"


def _goals(affect: Affect, before: Affect | None, blueprint: Blueprint) -> str:
    """The goals that were moved: from how likely to how likely, and what that did."""
    effects: dict[str, list[str]] = {}
    for reason in affect.reasons:
        if reason.kind == "goal":
            effects.setdefault(reason.name, []).append(reason.effect)
    rows = []
    for goal in blueprint.goals:
        was = (before.likelihoods if before else {}).get(goal.name, goal.likelihood)
        now = affect.likelihoods.get(goal.name, was)
        if goal.name in effects or abs(now - was) > LEAST_MOVE:
            rows.append(_moved(goal.name, goal.utility, was, now, effects.get(goal.name, ())))
    return f'<ul class="moved">{"".join(rows)}</ul>' if rows else ""


def _moved(name: str, utility: float, was: float, now: float, effects: Sequence[str]) -> str:
    low, high = sorted((was, now))
    good = (now - was) * utility >= 0
    words = f"{percent(was)} → {percent(now)}"
    said = "; ".join(dict.fromkeys(one for one in effects if one)) or "on its way back by itself"
    return (
        f'<li><span>{escape(name)}</span><span class="track {"good" if good else "bad"}" role="img" aria-label="likely {words}" '
        f'title="likely {words}"><i class="span" style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'
        f'<i class="here" style="left:{100 * now:.1f}%"></i></span><small>{escape(said)}</small></li>'
    )


def _feels(affect: Affect) -> str:
    bars = "".join(
        f'<li><span>{escape(label(name))}</span><span class="amount"><i style="width:{100 * intensity:.0f}%"></i></span>'
        f"<span>{intensity:.2f}</span></li>"
        for name, intensity in affect.emotions.items()
        if intensity >= LEAST_FELT
    )
    return f'<ul class="amounts">{bars}</ul>' if bars else ""


def _reasons(reasons: Sequence[Reason], kind: str) -> str:
    return "<br>".join(
        f"{escape(label(one.name))}{f' <small>{escape(one.effect)}</small>' if one.effect else ''}" for one in reasons if one.kind == kind
    )


def _rules(manner: Manner) -> str:
    rows = "".join(f"<li>“{escape(one.name)}” <small>{escape(one.effect)}</small></li>" for one in manner.reasons if one.kind == "rule")
    return f"<ul>{rows}</ul>" if rows else "none holds"


def _manner(manner: Manner) -> str:
    rows = "".join(f"<li><small>{escape(what)}</small> {escape(how)}</li>" for what, how in changed(manner))
    return f"<ul>{rows}</ul>" if rows else "as she always does"
