"""Goals and rules as forms: what she wants and what moves it, when something holds and how she then talks.

Each is a row that says itself in a sentence and opens into its fields. What a field may hold, and its help, is the schema's own
(`persona/goals.py`, `persona/rules.py`); here is only how it is laid out.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from companion.feel.feeling import FARTHER, NEARER, RETURN
from companion.feel.topics import Topics
from companion.persona.editing import Path, described, part_at
from companion.ui.mood_words import PACES, QUESTIONS, capital, label
from companion.ui.prose import attribute, escape
from companion.ui.studio_fields import address, field, handles, name_of
from companion.ui.words import counted, percent

CAUSES = {"emotion": "the user feels", "topic": "the talk is about", "event": "this happens", "silence_days": "days of silence"}
EVENTS = {RETURN: "the user is back after a week", NEARER: "the two get nearer", FARTHER: "the two drift apart"}
FIRST_CAUSE: Mapping[str, Any] = {"emotion": "joy", "topic": "work", "event": RETURN, "silence_days": 7}
FIRST_EFFECT = 0.3
WHEN = ("emotion", "mood", "user_emotion", "stage", "time_of_day", "topic", "days_apart")
THEN = ("pace", "questions", "tone", "expression", "reply_sentences", "sentence_words", "temperature")
NAMES = {
    "emotion": "she feels",
    "mood": "her mood is",
    "user_emotion": "the user feels",
    "stage": "the two are at",
    "time_of_day": "it is",
    "topic": "the talk is about",
    "days_apart": "days apart, or more",
    "reply_sentences": "most sentences",
    "sentence_words": "most words a sentence",
    "temperature": "temperature, times",
}
MOST_NAMED = 3


@cache
def topics() -> tuple[str, ...]:
    """The topics that are recognised in a message."""
    return Topics.open().names


# --- goals


def goals(value: Sequence[Mapping[str, Any]]) -> str:
    """The card of her goals."""
    rows = "".join(_goal(one, at, len(value)) for at, one in enumerate(value))
    none = '<p class="none">Without a goal little moves her. Begin with one thing she longs for, and one she dreads.</p>'
    return _card("goals", "Goals", value, rows or none, "a goal")


def goal_words(goal: Mapping[str, Any]) -> str:
    """A goal in a line: "longs for it, likely 60 %, moved by weather and curiosity"."""
    utility, likelihood = (float(goal.get(one) or 0) for one in ("utility", "likelihood"))
    wish = "does not mind" if abs(utility) < 0.05 else ("longs for it" if utility > 0 else "dreads it")
    if 0.05 <= abs(utility) < 0.35:
        wish = f"{wish} a little"
    moved = [cause_words(one) for one in goal.get("moved_by") or ()]
    named = ", ".join(moved[:MOST_NAMED]) + (f" and {len(moved) - MOST_NAMED} more" if len(moved) > MOST_NAMED else "")
    return f"{wish} · seems {percent(likelihood)} likely · {f'moved by {named}' if moved else 'nothing moves it yet'}"


def cause_words(influence: Mapping[str, Any]) -> str:
    """What moves a goal, in a word or two."""
    cause = cause_of(influence)
    value = influence.get(cause)
    if cause == "silence_days":
        return f"{counted(value or 0, 'day')} of silence" if isinstance(value, int) else "silence"
    return EVENTS.get(str(value), str(value)) if value else "…"


def cause_of(influence: Mapping[str, Any]) -> str:
    """Which cause an influence names; the first where it names none."""
    return next((name for name in CAUSES if influence.get(name) is not None), "emotion")


def caused(influence: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """An influence with another cause, and nothing else changed."""
    return {**dict.fromkeys(CAUSES), "effect": influence.get("effect") or 0, cause: FIRST_CAUSE[cause]}


def _goal(goal: Mapping[str, Any], at: int, count: int) -> str:
    path: Path = ("goals", at)
    node = part_at(path)["properties"]
    top = "".join(field(node[name], goal.get(name), (*path, name)) for name in ("name", "utility", "likelihood"))
    moved_by: Path = (*path, "moved_by")
    rows = "".join(_influence(one, (*moved_by, number)) for number, one in enumerate(goal.get("moved_by") or ()))
    full = len(goal.get("moved_by") or ()) >= node["moved_by"].get("maxItems", 16)
    help_ = escape(str(node["moved_by"].get("description", "")))
    inner = (
        f'{top}<fieldset class="influences" data-at="{address(moved_by)}"><legend>What moves it</legend><p class="help">{help_}</p>'
        f"<ol>{rows}</ol>{'' if full else _add(moved_by, 'what moves it')}</fieldset>"
    )
    return _row(path, goal, count, "goal", goal_words(goal), inner)


def _influence(one: Mapping[str, Any], path: Path) -> str:
    cause = cause_of(one)
    node = part_at(path)["properties"]
    options = "".join(
        f'<option value="{name}"{" selected" if name == cause else ""}>{escape(words)}</option>' for name, words in CAUSES.items()
    )
    which = f'<select data-act="cause" data-of="{address(path)}" aria-label="What moves it">{options}</select>'
    where = (*path, cause)
    match cause:
        case "emotion":
            value = _select(where, described(node[cause])["enum"], one.get(cause), node[cause])
        case "topic":
            value = _select(where, topics(), one.get(cause), node[cause])
        case "event":
            value = _select(where, tuple(EVENTS), one.get(cause), node[cause])
        case _:
            value = _input(where, one.get(cause), node[cause])
    effect = float(one.get("effect") or 0)
    slider = (
        f'<label class="slide" title="{_help(node["effect"])}"><span class="sr-only">How far</span><input type="range" min="-1" max="1" '
        f'step="0.05" value="{effect}" data-signed data-field="{address((*path, "effect"))}"><output>{effect:+.2f}</output></label>'
    )
    remove = (
        f'<button type="button" class="icon" data-act="remove" data-field="{address(path)}" title="Remove" '
        f'aria-label="Remove {attribute(cause_words(one))}">×</button>'
    )
    return f'<li class="influence" data-at="{address(path)}">{which}<label>{value}</label>{slider}{remove}</li>'


# --- rules


def rules(value: Sequence[Mapping[str, Any]], stages: Sequence[str]) -> str:
    """The card of her rules.

    Args:
        stages: the names of the stages of the relationship.
    """
    rows = "".join(_rule(one, at, len(value), stages) for at, one in enumerate(value))
    none = '<p class="none">Without a rule she talks as she always does. A rule says when something holds, and how she then talks.</p>'
    return _card("rules", "Rules", value, rows or none, "a rule", _meanings() if value else "")


def rule_words(rule: Mapping[str, Any]) -> str:
    """A rule in a line: "when the user feels fear: unhurried, steady, asks one question at most"."""
    when, then = rule.get("when") or {}, rule.get("then") or {}
    holds = " and ".join(_when_words(name, when[name]) for name in WHEN if when.get(name) is not None)
    said = [
        PACES.get(str(then.get("pace")), "") or ("at an even pace" if then.get("pace") else ""),
        str(then.get("tone") or ""),
        f"face: {then['expression']}" if then.get("expression") else "",
        f"{counted(then['reply_sentences'], 'sentence')} at most" if _whole(then.get("reply_sentences")) else "",
        f"{counted(then['sentence_words'], 'word')} a sentence at most" if _whole(then.get("sentence_words")) else "",
        QUESTIONS.get(str(then.get("questions")), ""),
        f"hides {' and '.join(map(label, then['hide'][:MOST_NAMED]))}" if then.get("hide") else "",
        f"avoids {counted(len(then['avoid']), 'phrase')}" if then.get("avoid") else "",
        f"favours {counted(len(then['favour']), 'phrase')}" if then.get("favour") else "",
        "steadier" if _under(then.get("temperature")) else "more surprising" if then.get("temperature") not in (None, 1, 1.0) else "",
    ]
    told = ", ".join(one for one in said if one) or "nothing is said yet"
    return f"{f'when {holds}' if holds else 'always'}: {told}"


def _when_words(name: str, value: Any) -> str:
    if name == "days_apart":
        return f"the two were apart for {counted(value, 'day')}" if _whole(value) else "the two were apart"
    return f"{NAMES[name]} {label(str(value))}" if value else f"{NAMES[name]} …"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _under(value: Any) -> bool:
    return isinstance(value, int | float) and value < 1


def _rule(rule: Mapping[str, Any], at: int, count: int, stages: Sequence[str]) -> str:
    path: Path = ("rules", at)
    node = part_at(path)["properties"]
    when, then = part_at((*path, "when"))["properties"], part_at((*path, "then"))["properties"]
    has, does = rule.get("when") or {}, rule.get("then") or {}
    open_lists = {"stage": tuple(stages), "topic": topics()}
    holds = "".join(_choice((*path, "when", name), when[name], has.get(name), open_lists.get(name)) for name in WHEN if name in when)
    talks = "".join(_choice((*path, "then", name), then[name], does.get(name), None) for name in THEN if name in then)
    phrases = "".join(_lines((*path, "then", name), then[name], does.get(name) or ()) for name in ("avoid", "favour"))
    hide = _chips((*path, "then", "hide"), then["hide"], does.get("hide") or ()) if "hide" in then else ""
    inner = (
        f'<div class="named">{field(_bare(node["name"]), rule.get("name"), (*path, "name"))}'
        f"{field(_bare(node['priority']), rule.get('priority'), (*path, 'priority'))}</div>"
        f'<p class="help">{_help(node["priority"])}</p>'
        f'<fieldset class="when" data-at="{address((*path, "when"))}"><legend>When all of this holds</legend>'
        f'<div class="choices">{holds}</div></fieldset>'
        f'<fieldset class="then" data-at="{address((*path, "then"))}"><legend>She talks like this</legend>'
        f'<div class="choices">{talks}</div><div class="phrases">{phrases}</div>{hide}</fieldset>'
    )
    return _row(path, rule, count, "rule", rule_words(rule), inner)


def _choice(path: Path, node: Mapping[str, Any], value: Any, listed: Sequence[str] | None) -> str:
    """One thing that may hold, or that she may do; empty leaves it open."""
    known = described(node)
    choices = listed if listed is not None else known.get("enum")
    control = _select(path, choices, value, node, optional=True) if choices is not None else _input(path, value, node)
    words = NAMES.get(str(path[-1]), name_of(path[-1]).lower())
    return f'<label class="field" title="{_help(node)}"><span>{escape(capital(words))}</span>{control}</label>'


def _select(path: Path, choices: Sequence[str], value: Any, node: Mapping[str, Any], *, optional: bool = False) -> str:
    """A list to choose from; what is set and not in it stands there too, so that nothing is changed unseen."""
    unknown = [str(value)] if value not in (None, "") and value not in choices else []
    if not choices and not unknown:
        return f'<select disabled aria-label="{attribute(name_of(path[-1]))}"><option>there is none</option></select>'
    options = '<option value="">–</option>' if optional else ""
    options += "".join(
        f'<option value="{attribute(one)}"{" selected" if one == value else ""}>{escape(EVENTS.get(one, label(one)))}'
        f"{' (not known)' if one in unknown else ''}</option>"
        for one in (*choices, *unknown)
    )
    null = " data-null" if optional else ""
    return f'<select data-field="{address(path)}" aria-label="{attribute(name_of(path[-1]))}"{null}>{options}</select>'


def _input(path: Path, value: Any, node: Mapping[str, Any]) -> str:
    known = described(node)
    number = known.get("type") in ("integer", "number")
    bounds = "".join(f' {name}="{known[key]}"' for name, key in (("min", "minimum"), ("max", "maximum")) if key in known)
    kind = f'type="number"{bounds} step="{"1" if known["type"] == "integer" else "any"}"' if number else 'type="text" autocomplete="off"'
    null = "" if path[-1] == "silence_days" else " data-null"
    shown = attribute("" if value is None else str(value))
    return f'<input {kind} value="{shown}" data-field="{address(path)}" aria-label="{attribute(name_of(path[-1]))}"{null}>'


def _lines(path: Path, node: Mapping[str, Any], value: Sequence[str]) -> str:
    """Phrases, one a line."""
    words = escape("\n".join(value))
    rows = max(2, min(8, len(value) + 1))
    return (
        f'<label class="field" title="{_help(node)}"><span>{name_of(path[-1])}, one a line</span>'
        f'<textarea rows="{rows}" data-field="{address(path)}" data-lines aria-label="{attribute(name_of(path[-1]))}">{words}</textarea>'
        "</label>"
    )


def _chips(path: Path, node: Mapping[str, Any], value: Sequence[str]) -> str:
    """Any of a few words, each on or off."""
    choices = described(node["items"]).get("enum", ())
    chips = "".join(
        f'<label class="choice-chip"><input type="checkbox" value="{attribute(one)}" data-member="{address(path)}"'
        f"{' checked' if one in value else ''}><span>{escape(label(one))}</span></label>"
        for one in choices
    )
    told = str(len(value) or "none")
    return (
        f'<details class="hides" data-at="{address(path)}"><summary>Feelings she hides: {told}</summary>'
        f'<p class="help">{_help(node)}</p><div class="choice-chips">{chips}</div></details>'
    )


def _meanings() -> str:
    """What each field of a rule means: the schema's own words, for who cannot point at a field."""
    when, then = part_at(("rules", 0, "when"))["properties"], part_at(("rules", 0, "then"))["properties"]
    told = [(name, when[name]) for name in WHEN if name in when]
    told += [(name, then[name]) for name in (*THEN, "avoid", "favour", "hide") if name in then]
    rows = "".join(f"<div><dt>{escape(capital(NAMES.get(name, name)))}</dt><dd>{_help(node)}</dd></div>" for name, node in told)
    return f'<details class="meanings"><summary>What each field of a rule means</summary><dl>{rows}</dl></details>'


# --- what both share


def _card(key: str, title: str, value: Sequence[Any], rows: str, one: str, foot: str = "") -> str:
    node = part_at((key,))
    count = f' <span class="count">{len(value)}</span>' if value else ""
    add = "" if len(value) >= node.get("maxItems", len(value) + 1) else _add((key,), one)
    return (
        f'<section class="card rows-of" data-at="{address((key,))}"><fieldset class="list"><legend>{title}{count}</legend>'
        f'<p class="help">{_help(node)}</p><ol>{rows}</ol>{add}</fieldset>{foot}</section>'
    )


def _row(path: Path, value: Mapping[str, Any], count: int, kind: str, words: str, inner: str) -> str:
    at = int(path[-1])
    name = str(value.get("name") or "")
    title = name or f"A new {kind}"
    where = address(path)
    return (
        f'<li class="item {kind}-row" data-at="{where}"><details{"" if name else " open"}><summary><strong data-title="{where}">'
        f'{escape(title)}</strong><small data-said="{where}">{escape(words)}</small></summary>'
        f'<div class="item-fields">{inner}</div></details>'
        f"{handles(path, at, count, title)}</li>"
    )


def _add(path: Path, what: str) -> str:
    return f'<button type="button" class="plain add" data-act="append" data-field="{address(path)}">Add {what}</button>'


def _bare(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field without its help."""
    return {key: value for key, value in described(node).items() if key != "description"}


def _help(node: Mapping[str, Any]) -> str:
    return attribute(str(described(node).get("description") or ""))
