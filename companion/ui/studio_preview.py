"""The studio's preview as HTML: the same questions, answered by the saved version and by the draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from companion.ui.prose import attribute, escape, paragraphs

PROBES = ("How was your day?", "I think I failed.", "Who are you, really?")


@dataclass(frozen=True, slots=True)
class Answered:
    """One question's answers, of the saved version and of the draft; None is still to come, "" is not asked for."""

    probe: str
    saved: str | None = ""
    draft: str | None = ""


FRESH = tuple(Answered(one) for one in PROBES)


def preview(answers: Sequence[Answered] = FRESH, number: int = 0) -> str:
    """The card; `number` is the saved version's."""
    asked = any(one.saved != "" for one in answers)
    rows = "".join(_row(one, number) for one in answers)
    return (
        '<form class="card preview" data-act="ask"><div class="preview-head"><h2>The same question, two versions</h2>'
        f'<button type="submit" class="plain">{"Ask again" if asked else "Ask"}</button></div>{rows}'
        '<p class="quiet">Asked on the side: no conversation is begun, nothing is remembered.</p></form>'
    )


def _row(one: Answered, number: int) -> str:
    probe = f'<input class="said" name="probe" value="{attribute(one.probe)}" aria-label="A question" autocomplete="off">'
    saved = _answer(f"version {number}, saved", one.saved) if one.saved != "" else ""
    draft = _answer("draft", one.draft) if one.draft != "" else ""
    return f'<div class="probe">{probe}{saved}{draft}</div>'


def _answer(who: str, text: str | None) -> str:
    words = '<span class="awaited" role="status"><span class="sr-only">being asked</span></span>' if text is None else paragraphs(text)
    return f'<p class="quiet">{escape(who)}</p><div class="words">{words}</div>'
