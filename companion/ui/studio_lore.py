"""The lorebook in the studio as HTML: a table that sorts, one entry to write in, and a message to try it with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from companion.persona.blueprint import Blueprint
from companion.persona.editing import part_at
from companion.persona.lore import Found, Said, Scene, look_up
from companion.persona.lore_index import Names
from companion.ui.prose import attribute, escape
from companion.ui.studio_bench import Bench
from companion.ui.studio_fields import address, fields_of
from companion.ui.words import counted

PATH = ("lorebook", "entries")
FIRST = ("comment", "keys", "content", "enabled", "constant", "insertion_order", "priority")  # what most entries need
COLUMNS = {"order": "Order", "name": "Name", "keys": "Keys", "tokens": "Tokens"}
WHY = {"constant": "always on", "sticky": "still on from before", "decorator": "its decorator says so"}
KEPT_OUT = {
    "budget": "did not fit",
    "empty": "says nothing",
    "off": "is switched off",
    "probability": "was left to chance, and not drawn",
    "cooldown": "rests after it was on",
    "delay": "comes later in a talk",
    "greeting": "is for another greeting",
    "secondary_keys": "its secondary keys are not met",
    "additional_keys": "its additional keys are not met",
    "exclude_keys": "one of its excluding keys was found",
    "dont_activate": "its decorator switches it off",
    "once": "was on once, which is enough",
    "activate_only_after": "comes later in a talk",
    "activate_only_every": "comes at other messages",
}


def lorebook(data: Mapping[str, Any], bench: Bench, blueprint: Blueprint | None, count: Callable[[str], int], room: int | None) -> str:
    """The whole section."""
    entries = data["lorebook"]["entries"]
    book = fields_of(part_at(("lorebook",)), data["lorebook"], ("lorebook",), besides=("entries",))
    return (
        '<form class="studio-fields" data-section="lorebook" autocomplete="off">'
        f'<section class="card">{_table(entries, bench, count)}</section>'
        f"{_entry(entries, bench.entry)}"
        f'<details class="card of-book"><summary>What holds for the whole book</summary>{book}</details></form>'
        f"{_tester(bench, blueprint, count, room)}"
    )


def _table(entries: Sequence[Mapping[str, Any]], bench: Bench, count: Callable[[str], int]) -> str:
    head = (
        f'<div class="preview-head"><h2>{counted(len(entries), "entry", "entries").capitalize()}</h2>'
        f'<button type="button" class="plain add" data-act="append" data-field="{address(PATH)}">Add an entry</button></div>'
    )
    if not entries:
        return head + '<p class="none">What she is reminded of when it comes up: a place, a person, a rule of her world.</p>'
    rows = [_cells(one, at, count) for at, one in enumerate(entries)]
    rows.sort(key=lambda row: row[0][bench.sorted_by])
    titles = "".join(
        f'<th scope="col"{_sorted(name, bench)}><button type="button" data-act="sort" data-id="{name}">{label}</button></th>'
        for name, label in COLUMNS.items()
    )
    body = "".join(
        f"<tr{' aria-current=true' if at == bench.entry else ''}{'' if keys['on'] else ' class=off'}>{cells}</tr>"
        for keys, at, cells in rows
    )
    return f'{head}<div class="wide"><table class="lore"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _sorted(name: str, bench: Bench) -> str:
    return ' aria-sort="ascending"' if name == bench.sorted_by else ""


def _cells(entry: Mapping[str, Any], at: int, count: Callable[[str], int]) -> tuple[dict[str, Any], int, str]:
    name = entry.get("comment") or entry.get("id") or f"#{at + 1}"
    keys = "always" if entry.get("constant") else ", ".join(entry.get("keys") or ()) or "no key"
    tokens = count(entry.get("content") or "")
    order = entry.get("insertion_order") if isinstance(entry.get("insertion_order"), int) else 0
    cells = (
        f'<td>{order}</td><td><button type="button" class="row-open" data-act="entry" data-id="{at}">{escape(str(name))}</button></td>'
        f"<td>{escape(keys)}</td><td>{tokens}</td>"
    )
    sorting = {"order": (order, at), "name": str(name).casefold(), "keys": keys.casefold(), "tokens": tokens}
    sorting["on"] = entry.get("enabled", True)
    return sorting, at, cells


def _entry(entries: Sequence[Mapping[str, Any]], at: int) -> str:
    if not 0 <= at < len(entries):
        return ""
    node, path = part_at((*PATH, at)), (*PATH, at)
    first = fields_of(node, entries[at], path, only=FIRST)
    rest = fields_of(node, entries[at], path, besides=FIRST)
    where = address(path)
    return (
        f'<section class="card entry" aria-label="Entry {at + 1}">{first}'
        f'<details><summary>More: chance, timing, recursion, place</summary><div class="item-fields">{rest}</div></details>'
        '<p class="entry-acts"><button type="button" class="plain" data-act="entry" data-id="-1">Close</button>'
        f'<button type="button" class="plain danger" data-act="remove" data-field="{where}">Remove</button></p></section>'
    )


def _tester(bench: Bench, blueprint: Blueprint | None, count: Callable[[str], int], room: int | None) -> str:
    field = (
        f'<form class="tester" data-act="test"><label class="field"><span>Try it: what triggers, in which order, what does not fit</span>'
        f'<input name="words" value="{attribute(bench.tested)}" placeholder="a message of yours" autocomplete="off"></label></form>'
    )
    if not bench.tested or blueprint is None:
        return f'<section class="card">{field}</section>'
    found = look_up(
        blueprint.lorebook,
        (Said("persona", blueprint.greeting), Said("user", bench.tested)),
        Scene(greeting=0),
        Names(blueprint.identity.called),
        count_tokens=count,
        budget=room,
    )
    return f'<section class="card">{field}<div role="status">{_found(found, room)}</div></section>'


def _found(found: Found, room: int | None) -> str:
    on = "".join(
        f"<li><strong>{escape(one.entry.comment or one.entry.id or f'#{one.number + 1}')}</strong> "
        f'<span class="quiet">{escape(_why(one.why))} · {one.tokens} tokens</span><p>{escape(one.text)}</p></li>'
        for one in found.on
    )
    off = "".join(
        f"<li><strong>{escape(one.entry.comment or one.entry.id or f'#{one.number + 1}')}</strong> "
        f'<span class="quiet">{escape(KEPT_OUT.get(one.reason, one.reason.replace("_", " ")))}</span></li>'
        for one in found.off
    )
    of = f" of {room:,}" if room is not None else ""
    broken = "".join(f'<p class="danger">No pattern: {escape(one)}</p>' for one in found.broken)
    told = f'<p class="quiet">{found.tokens:,}{of} tokens, in this order:</p>'
    none = told if found.on else '<p class="none">Nothing is triggered.</p>'
    return f'{none}<ol class="found">{on}</ol>{f"<p class=quiet>Kept out:</p><ul>{off}</ul>" if off else ""}{broken}'


def _why(why: Any) -> str:
    return f"“{why.key}” was found" if why.key else WHY.get(str(why.how), str(why.how).replace("_", " "))
