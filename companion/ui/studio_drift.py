"""The drift battery as HTML: who is asked, each probe with its answers and how they were judged, and what earlier ones found."""

from collections.abc import Sequence
from datetime import datetime

from companion.store.drift_checks import Answered, DriftCheck
from companion.ui.prose import attribute, escape, paragraphs
from companion.ui.studio_asking import Column, manner, score
from companion.ui.words import counted, day, percent

KINDS = {
    "fact": "What she is asked about herself",
    "pressure": "Where she is pressed to be somebody else",
    "false": "What is put to her and is not so",
    "manner": "Where her manner has room",
}
MOST_CHECKS = 24  # in the chart; the table has the newest of them
MOST_ROWS = 12
WIDE_PX, HIGH_PX, LEFT_PX, FOOT_PX = 340, 150, 38, 22


def battery(columns: Sequence[Column] = (), *, running: bool = False, stopped: bool = False) -> str:
    """The card.

    Args:
        columns: who is asked; none as long as nobody was.
        running: more answers are to come.
        stopped: it was ended early.
    """
    if running:
        act = '<button type="button" class="pill" data-act="stop_battery">Stop</button>'
    else:
        words = "Ask her again" if columns else "Ask her the battery"
        act = f'<button type="button" class="pill strong" data-act="battery">{words}</button>'
    body = "".join((_progress(columns) if running else "", _stopped() if stopped else "", _figures(columns), _kinds(columns)))
    return (
        '<div class="studio-fields drift"><section class="card"><div class="preview-head"><div><h2>Does she stay herself?</h2>'
        '<p class="quiet">A dozen questions, asked on the side: facts of hers, pressure to be somebody else, things that are not so, '
        f"and room for her manner. Nothing is remembered.</p></div>{act}</div>{body or _invitation()}</section></div>"
    )


def _invitation() -> str:
    return (
        '<p class="none">Ask the saved version and your draft the same questions, and see where each stays in character. '
        "It takes about a minute; she answers nobody else later for it.</p>"
    )


def _stopped() -> str:
    return '<p class="quiet" role="status">Stopped. Nothing of it was kept.</p>'


def _progress(columns: Sequence[Column]) -> str:
    done, of = sum(len(one.answers) for one in columns), sum(one.probes for one in columns) or 1
    return (
        f'<div class="asked-so-far"><progress max="{of}" value="{done}" aria-label="Answers"></progress>'
        f'<span class="quiet" role="status">{done} of {of} answers</span></div>'
    )


def _figures(columns: Sequence[Column]) -> str:
    if not any(one.answers for one in columns):
        return ""
    cards = "".join(
        f'<div class="verdict"><p class="quiet">{escape(one.name)}</p><p class="share">{percent(score(one.answers))}</p>'
        f'<p class="quiet">in character{"" if one.done else " so far"} · {_near(manner(one.answers))}</p></div>'
        for one in columns
    )
    return f'<div class="verdicts">{cards}</div>'


def _near(nearness: float | None) -> str:
    """How near her manner is, once an answer left room for it."""
    return "manner still to come" if nearness is None else f"manner {nearness:.2f} of 1"


def _kinds(columns: Sequence[Column]) -> str:
    """The probes by kind; of each question the answers of all who were asked."""
    asked: dict[tuple[str, str], list[tuple[Column, Answered]]] = {}
    for column in columns:
        for one in column.answers:
            asked.setdefault((one.kind, one.question), []).append((column, one))
    blocks = []
    for kind, title in KINDS.items():
        probes = [_probe(question, answers, len(columns) > 1) for (of, question), answers in asked.items() if of == kind]
        if probes:
            held = [one.passed for (of, _), answers in asked.items() if of == kind for _, one in answers]
            told = f"{sum(held)} of {len(held)}"
            blocks.append(
                f'<section class="probes"><h3 class="heading">{title} <span>{told}</span></h3><ul>{"".join(probes)}</ul></section>'
            )
    return "".join(blocks)


def _probe(question: str, answers: Sequence[tuple[Column, Answered]], named: bool) -> str:
    failed = any(not one.passed for _, one in answers)
    heads = "".join(_mark(one) for _, one in answers)
    rows = "".join(
        f'<div class="replied"><p class="quiet">{f"{escape(column.name)} · " if named else ""}{_verdict(one)}</p>'
        f'<div class="words">{paragraphs(one.reply) or "<p>…</p>"}</div></div>'
        for column, one in answers
    )
    return (
        f'<li><details{" open" if failed else ""}><summary><span class="marks-of">{heads}</span><span>{escape(question)}</span></summary>'
        f"{rows}</details></li>"
    )


def _mark(one: Answered) -> str:
    says = "in character" if one.passed else "out of character"
    return f'<i class="{"well" if one.passed else "amiss"}" role="img" aria-label="{says}" title="{says}">{"✓" if one.passed else "×"}</i>'


def _verdict(one: Answered) -> str:
    if one.passed:
        return "in character"
    return f'<span class="danger">{escape(one.why or "out of character")}</span>'


# --- what earlier ones found


def history(checks: Sequence[DriftCheck], now: datetime) -> str:
    """The right column: a line over the versions, and a table below it."""
    if not checks:
        return (
            '<div class="stack"><section class="card past-checks"><h2 class="heading">Version by version</h2>'
            '<p class="none">What the saved versions answer is kept here, so that you see what a change does to her.</p></section></div>'
        )
    rows = "".join(_row(one, now) for one in reversed(checks[-MOST_ROWS:]))
    more = len(checks) - MOST_ROWS
    older = f'<p class="quiet">and {counted(more, "older one")}</p>' if more > 0 else ""
    return (
        '<div class="stack"><section class="card past-checks"><h2 class="heading">In character, version by version</h2>'
        f'{chart(checks[-MOST_CHECKS:])}<table><thead><tr><th scope="col">Version</th><th scope="col">When</th>'
        f'<th scope="col">In character</th><th scope="col">Manner</th></tr></thead><tbody>{rows}</tbody></table>{older}</section></div>'
    )


def _row(one: DriftCheck, now: datetime) -> str:
    near = manner(one.answers)
    where = f"after {counted(one.turn, 'message')} of a talk" if one.conversation_id else "asked here"
    worn = " · with her adapter" if one.adapter else ""
    when = day(one.at.astimezone(), now.astimezone())
    return (
        f"<tr><td>{one.version}</td><td>{escape(when)}<small>{where}{worn}</small></td>"
        f"<td>{percent(one.score)}</td><td>{'–' if near is None else f'{near:.2f}'}</td></tr>"
    )


def chart(checks: Sequence[DriftCheck]) -> str:
    """The share in character of each check, in their order; a line parts the versions. Checks within a talk are drawn hollow."""
    high = HIGH_PX - FOOT_PX
    step = (WIDE_PX - LEFT_PX - 30) / max(1, len(checks) - 1)

    def place(at: int, score: float) -> tuple[float, float]:
        return round(LEFT_PX + 12 + (step * at if len(checks) > 1 else (WIDE_PX - LEFT_PX) / 2 - 12), 1), round(
            8 + (high - 8) * (1 - score), 1
        )

    points = [place(at, one.score) for at, one in enumerate(checks)]
    ground = "".join(
        f'<line class="level-line" x1="{LEFT_PX}" x2="{WIDE_PX}" y1="{place(0, share)[1]}" y2="{place(0, share)[1]}"/>'
        f'<text x="{LEFT_PX - 6}" y="{place(0, share)[1] + 4}" text-anchor="end">{percent(share)}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    parts, names = [], []
    for at, one in enumerate(checks):
        if at == 0 or checks[at - 1].version != one.version:
            if at:
                x = round((points[at - 1][0] + points[at][0]) / 2, 1)
                parts.append(f'<line class="version-line" x1="{x}" x2="{x}" y1="4" y2="{high}"/>')
            names.append(f'<text x="{points[at][0]}" y="{HIGH_PX - 5}" text-anchor="middle">v{one.version}</text>')
    dots = "".join(
        f'<circle class="{"within" if one.conversation_id else "asked"}" cx="{x}" cy="{y}" r="4"><title>version {one.version}: '
        f"{percent(one.score)} in character</title></circle>"
        for one, (x, y) in zip(checks, points, strict=True)
    )
    lines = "".join(_line(checks, points, worn) for worn in (True, False))
    says = f"Share in character over {counted(len(checks), 'check')}, the newest {percent(checks[-1].score)}"
    return (
        f'<svg class="past-line" viewBox="0 0 {WIDE_PX} {HIGH_PX}" role="img" aria-label="{attribute(says)}">{ground}{"".join(parts)}'
        f"{lines}{dots}{''.join(names)}</svg>"
    )


def _line(checks: Sequence[DriftCheck], points: Sequence[tuple[float, float]], worn: bool) -> str:
    """The line of the checks with her adapter, or of those without; where there are both, each is named at its end."""
    own = [point for point, one in zip(points, checks, strict=True) if bool(one.adapter) == worn]
    if not own:
        return ""
    name = ""
    if any(bool(one.adapter) != worn for one in checks):
        x, y = own[-1]
        name = f'<text x="{x}" y="{y + (-9 if worn else 17)}" text-anchor="end">{"with" if worn else "without"} her adapter</text>'
    line = " ".join(f"{x},{y}" for x, y in own)
    return f'<polyline class="{"worn" if worn else "bare"}" points="{line}"/>{name}'
