"""Why she feels and talks as she does: the quiet line under a reply, and the sheet that tells all of it.

Everything told comes from what is kept with a message (`companion.affect.Felt`); nothing is reckoned here and none of the user's words
are repeated. A figure always stands beside what it is measured on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from companion.affect import Felt, Mood, Reason
from companion.feel.emotions import repertoire
from companion.feel.mood import distance
from companion.feel.temperament import resting_mood
from companion.persona.library import Persona
from companion.ui import mood, mood_words
from companion.ui.felt import Feelings, mood_before, present
from companion.ui.mood_words import capital, changed, feeling, label, shown, signed
from companion.ui.prose import attribute, escape
from companion.ui.words import counted, percent

SHEET = '<div id="why-panel" class="sheet" popover role="dialog" aria-labelledby="why-heading">${value}</div>'
OPENS = 'data-act="why" popovertarget="why-panel"'
MOST_IN_CHIP = 2  # goals and rules each; the sheet has them all
MOST_BARS = 6
FAINT = 0.02  # of an emotion: less is hardly felt
MOVED_ON = 0.05  # of a mood, from which on it is told that it has gone on since
LEAST = 0.005  # a smaller change reads 0.00


@dataclass(frozen=True, slots=True)
class Whole:
    """What the sheet tells.

    Attributes:
        felt: what one message did; None while nothing was read yet.
        before: her mood just before it.
        now: her mood by now, if it is the newest message and she has moved on since.
    """

    persona: Persona
    felt: Felt | None = None
    before: Mood | None = None
    now: Mood | None = None

    @property
    def name(self) -> str:
        """What she is called."""
        return self.persona.blueprint.identity.called

    @property
    def rest(self) -> Mood:
        """Where her mood rests."""
        return resting_mood(self.persona.blueprint.character.big_five)


def chip(felt: Felt | None) -> str:
    """The line under a reply: what she showed in it; it opens into the short of why."""
    if felt is None:
        return ""
    affect = felt.affect
    words = shown(affect.shown) or affect.mood.words.partition(",")[0]
    goals, rules = _of(felt, "goal"), _of(felt, "rule")
    rows = [("read", ", ".join((*_heard(affect.heard), *(f"about {label(topic)}" for topic in affect.topics[:1]))))]
    rows += [("moved", f"{one.name}: {one.effect}{_amount(one)}") for one in goals[:MOST_IN_CHIP]]
    rows += [("shows", f"{words}: {one.effect}") for one in _of(felt, "shown")[:1] if one.effect]
    rows += [("rule", one.name) for one in rules[:MOST_IN_CHIP]]
    drawn = "".join(f"<div><dt>{head}</dt><dd>{escape(text)}</dd></div>" for head, text in rows if text)
    drawn = drawn or "<div><dt>read</dt><dd>nothing that moved her</dd></div>"
    return (
        f'<details class="why-chip"><summary><span class="recalled-head">feels</span> {escape(words)}</summary>'
        f'<div class="why-reason"><dl>{drawn}</dl><p><button type="button" class="over-time" {OPENS} '
        f'data-id="{attribute(felt.message_id)}">All of why</button></p></div></details>'
    )


def found(kept: Feelings, persona: Persona, message_id: str, now: datetime) -> Whole:
    """What the sheet tells of a message; of the newest one where `message_id` is empty."""
    newest = kept.latest(persona.id)
    felt = kept.of(message_id) if message_id else newest
    if felt is None:
        return Whole(persona)
    left = present(persona.blueprint, felt, now).mood if felt == newest else felt.affect.mood
    since = distance(left, felt.affect.mood) >= MOVED_ON
    return Whole(persona, felt, mood_before(kept, persona.blueprint, persona.id, felt), left if since else None)


def panel(whole: Whole) -> str:
    """What the sheet shows."""
    name, felt = escape(whole.name), whole.felt
    done = '<button type="button" class="pill" popovertarget="why-panel" popovertargetaction="hide">Done</button>'
    if felt is None:
        return (
            f'<div class="panel-head"><h2 id="why-heading">{name} is at rest</h2>{done}</div><div class="why-nothing">'
            f'{mood.plane(whole.rest, whole.rest)}<p class="quiet">Write to {name}, and what is read in your words, what it moves in '
            "her and how she then talks is told here.</p></div>"
        )
    head = f'<div class="panel-head"><h2 id="why-heading">{escape(feeling(felt.affect))}</h2>{done}</div>'
    source = (
        f'<button type="button" class="over-time" data-act="source" data-id="{attribute(felt.message_id)}" popovertarget="why-panel" '
        'popovertargetaction="hide">Go to the message</button>'
    )
    since = f"Since then her mood has moved on: {escape(mood_words.figures(whole.now))}. " if whole.now else ""
    parts = (_time(felt), _read(felt), _goals(felt), _feels(whole, felt), _shows(felt), _rules(felt), _bond(whole, felt))
    return (
        f'{head}<p class="why-of">How one of your messages left {name}, step by step. {since}{source}</p>'
        f'<div class="why-parts">{"".join(parts)}</div>'
    )


def nothing_yet(name: str) -> str:
    """Beside her portrait, while nothing was read."""
    return f"{escape(name)} is at rest. What your words move in her will be told here."


def _time(felt: Felt) -> str:
    faded = "".join(f"<li><strong>After {escape(one.name)}</strong> <span>{escape(one.effect)}</span></li>" for one in _of(felt, "time"))
    return _part("Since the message before", f"<ul>{faded}</ul>") if faded else ""


def _read(felt: Felt) -> str:
    affect = felt.affect
    bars = "".join(mood.share(one, value, percent(value)) for one, value in list(affect.heard.items())[:MOST_BARS])
    body = f'<dl class="levels">{bars}</dl><p class="explains">How sure the reading is of each.</p>' if bars else ""
    if affect.topics:
        body += f'<p class="why-topics">about {"".join(f"<span>{escape(label(topic))}</span>" for topic in affect.topics)}</p>'
    woken = "".join(_line(one, amount=False) for one in _of(felt, "read") if one.effect)
    body = (body or "<p>No feeling and no topic stood out.</p>") + (f'<ul class="why-woken">{woken}</ul>' if woken else "")
    return _part("Read in your message", body)


def _goals(felt: Felt) -> str:
    goals = _of(felt, "goal")
    if not goals:
        return _part("What it moved", "<p>It touched none of her goals.</p>")
    likely = felt.affect.likelihoods
    bars = "".join(
        mood.level(
            capital(one.name),
            one.amount,
            note=capital(one.effect) + (f"; {percent(likely[one.name])} likely now" if one.name in likely else ""),
        )
        for one in goals
    )
    return _part(
        "What it moved",
        f'<dl class="levels">{bars}</dl><p class="explains">How much likelier (+) or less likely (−) each of her goals seems, of 1.</p>',
    )


def _feels(whole: Whole, felt: Felt) -> str:
    affect = felt.affect
    strongest = [(one, value) for one, value in affect.emotions.items() if value >= FAINT][:MOST_BARS]
    bars = "".join(mood.share(_named(one), value, f"{value:.2f}") for one, value in strongest)
    emotions = (
        f'<dl class="levels">{bars}</dl><p class="explains">How strong each is, from 0 to 1; they fade by themselves.</p>' if bars else ""
    )
    notes = {
        "pleasure": "unhappy to happy",
        "arousal": "calm to stirred",
        "dominance": "led to leading",
    }
    plane = mood.plane(affect.mood, whole.rest, whole.before)
    levels = "".join(mood.level(one, value, note=notes[one]) for one, value in zip(Mood._fields, affect.mood, strict=True))
    return _part(
        "What she feels",
        f'{emotions}<div class="why-mood"><div>{plane}{mood.legend(whole.before, mood.edge(affect.mood, whole.rest, whole.before))}</div>'
        f'<div><dl class="levels">{levels}</dl><p class="explains">Her mood, on scales from −1 to 1: {escape(affect.mood.words)}. '
        f"Mehrabian calls such a mood {escape(affect.mood.octant)}. It goes back to her resting point by itself.</p></div></div>",
    )


def _shows(felt: Felt) -> str:
    reasons = [one for one in _of(felt, "shown") if one.effect]
    words = capital(shown(felt.affect.shown)) or "Her mood, and no feeling beyond it"
    lines = "".join(f"<li><strong>{escape(words)}</strong>: <span>{escape(one.effect)}</span></li>" for one in reasons)
    explains = '<p class="explains">What each feeling would do for her goals, less how far it lies from her mood, decides.</p>'
    return _part("What she shows", f"<ul>{lines}</ul>{explains}" if lines else f"<p><strong>{escape(words)}</strong></p>")


def _rules(felt: Felt) -> str:
    rules = _of(felt, "rule")
    lines = "".join(_line(one, amount=False) for one in rules)
    rows = "".join(f"<div><dt>{escape(what)}</dt><dd>{escape(how)}</dd></div>" for what, how in changed(felt.manner))
    body = f"<ul>{lines}</ul>" if lines else "<p>None of her rules holds, so she talks as she always does.</p>"
    if rows:
        body += f'<dl class="why-changes">{rows}</dl>'
    title = f"{capital(counted(len(rules), 'rule'))} that {'hold' if len(rules) != 1 else 'holds'}, and what changes" if rules else "Rules"
    return _part(title, body)


def _bond(whole: Whole, felt: Felt) -> str:
    bond = felt.affect.bond
    stages = whole.persona.blueprint.relationship.stages
    if not bond.stage and not bond.trust and not bond.familiarity and not stages:
        return ""
    place = next((at for at, one in enumerate(stages, 1) if one.name == bond.stage), 0)
    where = f"<strong>{escape(capital(bond.stage))}</strong>" if bond.stage else ""
    where += f" · stage {place} of {len(stages)}" if place and len(stages) > 1 else ""
    moves = "".join(_line(one) for one in _of(felt, "stage"))
    bars = mood.share("trust", bond.trust, f"{bond.trust:.2f}") + mood.share("familiarity", bond.familiarity, f"{bond.familiarity:.2f}")
    return _part(
        "How near the two of you are",
        f'{f"<p>{where}</p>" if where else ""}{f"<ul>{moves}</ul>" if moves else ""}<dl class="levels">{bars}</dl>'
        '<p class="explains">From 0 to 1. They grow slowly, with what the two of you share.</p>',
    )


def _part(title: str, body: str) -> str:
    return f'<section class="why-part"><h3>{escape(title)}</h3>{body}</section>'


def _line(reason: Reason, *, amount: bool = True) -> str:
    """A reason in a line: what, what it did, how much."""
    figure = _amount(reason) if amount else ""
    effect = f" <span>{escape(reason.effect + figure)}</span>" if reason.effect else ""
    return f"<li><strong>{escape(capital(label(reason.name)))}</strong>{effect}</li>"


def _named(emotion: str) -> str:
    """One of her own emotions, as a reason calls it."""
    known = repertoire().felt.get(emotion)
    return known.word if known else emotion


def _amount(reason: Reason) -> str:
    return f" ({signed(reason.amount)})" if abs(reason.amount) >= LEAST else ""


def _heard(heard: Iterable[str]) -> tuple[str, ...]:
    return tuple(label(one) for one in heard)[:MOST_IN_CHIP]


def _of(felt: Felt, kind: str) -> tuple[Reason, ...]:
    """The reasons of a kind, each once: those of her feelings, then those of her manner."""
    return tuple(dict.fromkeys(one for one in (*felt.affect.reasons, *felt.manner.reasons) if one.kind == kind))
