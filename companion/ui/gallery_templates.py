"""The sheet of templates: which looks on her face are ready in which place, how far warming is, and what it takes on disk."""

from companion.ui.gallery_addresses import address
from companion.ui.gallery_icons import icon
from companion.ui.gallery_view import GalleryView
from companion.ui.gallery_words import plainly, score
from companion.ui.memory_words import sentence
from companion.ui.prose import attribute, escape
from companion.ui.words import counted, size


def templates_panel(view: GalleryView) -> str:
    """The sheet."""
    grid = view.coverage
    facts = [f"{grid.covered:,} of {grid.total:,} ready"]
    if grid.size_bytes:
        facts.append(f"{size(grid.size_bytes)} on this machine")
    name = escape(view.name)
    return (
        '<div class="panel-head"><h2>Templates</h2><button type="button" class="pill" popovertarget="templates-panel" '
        'popovertargetaction="hide">Close</button></div>'
        f'<p class="quiet">A picture that is painted ahead of time is there at once when a chat with {name} calls for it. '
        f"{' · '.join(facts)}.</p>{_progress(view)}{_grid(view)}{_cell(view)}"
    )


def _progress(view: GalleryView) -> str:
    warming = view.warming
    if warming is None or not warming.running:
        told = f'<p class="quiet" role="alert">{escape(warming.error)} {escape(warming.hint)}</p>' if warming and warming.error else ""
        rest = view.coverage.covered < view.coverage.total
        all_of_it = '<button type="button" class="pill strong" data-act="warm">Warm all</button>' if rest else ""
        return (
            f'{told}<p class="warm-acts">{all_of_it}<button type="button" class="pill" data-act="warm" data-which="likely" '
            'title="Those that a chat is most likely to call for, by day and by night">Warm the likeliest</button></p>'
        )
    share = 100 * warming.done / warming.total if warming.total else 0
    failed = f", {warming.failed:,} could not be" if warming.failed else ""
    return (
        f'<div class="warming" role="status"><div class="bar" aria-hidden="true"><span style="width:{share:.1f}%"></span></div>'
        f'<p class="quiet">{warming.done:,} of {warming.total:,} painted{failed}. It goes on while you do something else.</p>'
        '<button type="button" class="pill" data-act="stop_warming">Stop</button></div>'
    )


def _grid(view: GalleryView) -> str:
    return "".join(_row(setting, view) for setting in view.coverage.counts)


def _row(setting: str, view: GalleryView) -> str:
    row = view.coverage.counts[setting]
    covered, name = sum(number > 0 for number in row.values()), sentence(plainly(setting or "anywhere"))
    warm = (
        f'<button type="button" class="plain" data-act="warm" data-which="setting" data-setting="{attribute(setting)}">'
        "Warm the rest</button>"
        if covered < len(row)
        else ""
    )
    cells = "".join(_square(setting, expression, view) for expression in row)
    return (
        f'<section class="template-row"><header><h3>{escape(name)}</h3><span class="quiet">{covered} of {len(row)}</span>{warm}</header>'
        f'<ul class="cells">{cells}</ul></section>'
    )


def _square(setting: str, expression: str, view: GalleryView) -> str:
    picture = view.coverage.newest.get((setting, expression))
    word = plainly(expression)
    where = plainly(setting or "anywhere")
    data = f'data-setting="{attribute(setting)}" data-expression="{expression}"'
    if picture is None:
        label = attribute(f"{word}, {where}: not ready, paint it")
        return (
            f'<li><button type="button" class="cell bare" data-act="fill" {data} aria-label="{label}" title="Paint it">'
            f"<span>{icon('plus', 16)}</span><small>{escape(word)}</small></button></li>"
        )
    chosen = ' aria-current="true"' if view.visit.cell == f"{expression}\t{setting}" else ""
    label = attribute(f"{word}, {where}: ready")
    return (
        f'<li><button type="button" class="cell" data-act="cell" {data} aria-label="{label}"{chosen}>'
        f'<img src="{address(picture, "preview")}" alt="" loading="lazy" decoding="async"><small>{escape(word)}</small></button></li>'
    )


def _cell(view: GalleryView) -> str:
    expression, _, setting = view.visit.cell.partition("\t")
    picture = view.coverage.newest.get((setting, expression))
    if picture is None:
        return ""
    number = view.coverage.counts.get(setting, {}).get(expression, 0)  # type: ignore[call-overload]
    likeness = score(picture.likeness)
    facts = [counted(number, "picture"), size(picture.size_bytes), f"likeness {likeness}" if likeness else ""]
    return (
        f'<div class="cell-bar" role="group" aria-label="{attribute(f"{expression}, {setting}")}"><img src="{address(picture, "preview")}" '
        f'alt=""><p><strong>{escape(sentence(plainly(expression)))}, {escape(plainly(setting))}</strong>'
        f'<span class="quiet">{escape(" · ".join(filter(None, facts)))}</span></p><span class="cell-acts">'
        f'<button type="button" class="pill" data-act="fill" data-setting="{attribute(setting)}" data-expression="{expression}">'
        f'Repaint</button><button type="button" class="pill" data-act="show" data-id="{picture.id}">Open</button>'
        "</span></div>"
    )
