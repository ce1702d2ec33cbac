"""The heading of the Gallery tab, its filters, and the wall of pictures as HTML.

A picture that is being painted hangs there too, in the shape it will have. What is chosen lives in the browser until something is
done with it (`script/gallery.js`).
"""

from base64 import b64encode
from typing import get_args

from companion.shot import Expression, Picture, Shot, Time
from companion.showing import Job
from companion.ui.gallery_addresses import address, sketch
from companion.ui.gallery_fields import full, select
from companion.ui.gallery_icons import icon
from companion.ui.gallery_view import GalleryView
from companion.ui.gallery_visit import SCORES, SORTS, Filters
from companion.ui.gallery_words import SORT_NAMES, baselines, caption, description, plainly, score
from companion.ui.prose import attribute, escape
from companion.ui.words import percent

INVITING: tuple[tuple[Expression, Time], ...] = (("joyful", "day"), ("tender", "dusk"), ("thoughtful", "night"))


def head(view: GalleryView) -> str:
    """The heading, what there is, and what can be done."""
    grid = view.coverage
    facts = [view.name]
    if grid.total:
        facts.append(f"{grid.covered:,} of {grid.total:,} templates")
    facts.append(baselines(view.likeness))
    compare = '<button type="button" class="pill" data-act="select">Compare</button>' if view.total > 1 else ""
    return (
        f'<header class="gallery-head"><div><h1>Gallery</h1><p class="quiet">{escape(" · ".join(filter(None, facts)))}</p></div>'
        f'<div class="gallery-acts">{compare}'
        '<button type="button" class="pill" popovertarget="templates-panel">Warm templates</button>'
        '<button type="button" class="pill strong" popovertarget="picture-panel">New picture</button></div></header>'
    )


def narrowing(view: GalleryView) -> str:
    """The filters; none while there is nothing to narrow."""
    if not view.total:
        return ""
    chosen = view.visit.filters
    sorts = "".join(
        f'<label class="choice"><input type="radio" name="sort" value="{one}"{" checked" if one == chosen.sort else ""}>'
        f"{SORT_NAMES[one]}</label>"
        for one in SORTS
    )
    expressions = {"": "Expression"} | {one: plainly(one) for one in get_args(Expression) if one in view.expressions}
    settings = {"": "Setting"} | {one: plainly(one) for one in view.settings}
    scores = {"": "Score"} | {one: f"{one} and more" for one in SCORES}
    days = "".join(
        f'<label>{label}<input type="date" name="{name}" value="{attribute(value)}"></label>'
        for name, label, value in (("since", "From", chosen.since), ("until", "To", chosen.until))
    )
    clear = '<button type="button" class="clear" data-act="clear">Clear</button>' if chosen != Filters() else ""
    begin = '<button type="button" class="clear choosing" data-act="select">Select</button>' if not view.visit.selecting else ""
    return (
        '<form class="filters gallery-filters" data-act="filter" aria-label="Filters">'
        f'<fieldset class="sorts"><legend class="sr-only">Which pictures</legend>{sorts}</fieldset>'
        f"{select('expression', expressions, chosen.expression, 'Expression', _css(chosen.expression))}"
        f"{select('setting', settings, chosen.setting, 'Setting', _css(chosen.setting))}"
        f'<details class="when-said"><summary class="{_css(chosen.since or chosen.until)}">{escape(_period(chosen))}</summary>'
        f"<div>{days}</div></details>"
        f"{select('score', scores, chosen.score, 'Score', _css(chosen.score))}{clear}{begin}</form>"
    )


def wall(view: GalleryView) -> str:
    """The pictures, with those that are on their way before them."""
    coming = "".join(_coming(job, view) for job in view.jobs)
    hung = "".join(_hung(picture, view, first=number < 8) for number, picture in enumerate(view.pictures))
    if not hung and not coming:
        return _nothing(view)
    more = '<p class="more-pictures"><button type="button" class="pill" data-act="further">Show more</button></p>' if view.more else ""
    selecting = " selecting" if view.visit.selecting else ""
    label = attribute(f"Pictures of {view.name}")
    return f'<ul class="wall{selecting}" aria-label="{label}">{coming}{hung}</ul>{more}{_chosen_bar(view)}'


def _hung(picture: Picture, view: GalleryView, *, first: bool) -> str:
    words, told = caption(picture.shot, view.visual), score(picture.likeness)
    lazy = "" if first else ' loading="lazy"'
    image = (
        f'<span class="frame"><img src="{address(picture, "preview")}" alt="" width="4" height="5" decoding="async"{lazy}>'
        f"{_marks(picture)}</span>"
    )
    doubted = ' class="doubted"' if picture.likeness and not picture.likeness.holds else ""
    figure = f"<b{doubted}>{told}</b>" if told else ""
    below = f'<span class="caption"><span>{escape(words)}</span>{figure}</span>'
    label = attribute(f"{words}{f', likeness {told}' if told else ''}")
    if view.visit.selecting:
        chosen = " checked" if picture.id in view.visit.chosen else ""
        inner = f'<label class="hung"><input type="checkbox" value="{picture.id}" aria-label="{label}"{chosen}>{image}{below}</label>'
    else:
        title = attribute(description(picture.shot, view.visual))
        inner = (
            f'<button type="button" class="hung" data-act="show" data-id="{picture.id}" data-full="{address(picture, "full")}" '
            f'aria-label="{label}" title="{title}">{image}{below}</button>'
        )
    return f"<li>{inner}</li>"


def _marks(picture: Picture) -> str:
    heart = icon("heart", 15) if picture.favourite else ""
    pin = icon("pin", 15) if picture.pinned else ""
    said = " and ".join(word for word, on in (("favourite", picture.favourite), ("pinned", picture.pinned)) if on)
    return f'<span class="marks" title="{said}">{heart}{pin}</span>' if said else ""


def _coming(job: Job, view: GalleryView) -> str:
    words = escape(caption(job.shot, view.visual))
    if job.state == "failed":
        return (
            f'<li class="coming unpainted"><div class="hung" role="alert"><span class="frame"><span class="failure">'
            f"<strong>{escape(job.error)}</strong><span>{escape(job.hint)}</span>"
            f'<span class="failure-acts"><button type="button" class="pill" data-act="again" data-id="{job.id}">Try again</button>'
            f'<button type="button" class="plain" data-act="dismiss" data-id="{job.id}">Dismiss</button></span></span></span>'
            f'<span class="caption"><span>{words}</span></span></div></li>'
        )
    preview = f'<img src="{data_address(job.preview)}" alt="">' if job.preview else ""
    told = "waiting" if job.state == "waiting" else percent(job.share)
    stop = f'<button type="button" class="plain" data-act="stop" data-id="{job.id}">Stop</button>'
    return (
        f'<li class="coming"><div class="hung"><span class="frame">{preview}'
        f'<span class="progress" role="progressbar" aria-label="{attribute(f"Painting {caption(job.shot, view.visual)}")}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{100 * job.share:.0f}"><span style="width:{100 * job.share:.0f}%"></span>'
        f'</span></span><span class="caption"><span>{words}</span><small>{told}</small>{stop}</span></div></li>'
    )


def data_address(image: bytes) -> str:
    """A small picture as an address that carries it."""
    kind = "png" if image.startswith(b"\x89PNG") else "jpeg" if image.startswith(b"\xff\xd8") else "webp"
    return f"data:image/{kind};base64,{b64encode(image).decode()}"


def _chosen_bar(view: GalleryView) -> str:
    if not view.visit.selecting:
        return ""
    return (
        '<div class="chosen-bar" role="toolbar" aria-label="The chosen pictures"><output>Choose two to compare, or any to keep.</output>'
        '<span><button type="button" class="pill" data-many="compare" disabled>Compare</button>'
        '<button type="button" class="pill" data-many="zip" disabled>Download</button>'
        '<button type="button" class="pill" data-many="like" disabled>Favourite</button>'
        '<button type="button" class="pill danger" data-many="delete" disabled>Delete</button>'
        '<button type="button" class="plain" data-act="unselect">Done</button></span></div>'
    )


def _nothing(view: GalleryView) -> str:
    if view.total:
        return (
            '<div class="nothing-hangs"><h3>No picture is like that</h3><p>Try fewer filters, or have one painted.</p>'
            '<p class="invitation-acts"><button type="button" class="pill strong" data-act="clear">Show all</button>'
            '<button type="button" class="pill" popovertarget="picture-panel">New picture</button></p></div>'
        )
    name = escape(view.name)
    return (
        f'<div class="nothing-hangs first"><h3>Nothing hangs here yet</h3><p>Have {name} painted: choose a feeling and a place, '
        f"and watch it come. Pictures that {name} shows you in a chat are kept here too.</p>"
        f'<ul class="wall">{"".join(_inviting(one, time, view) for one, time in INVITING)}</ul></div>'
    )


def _inviting(expression: Expression, time: Time, view: GalleryView) -> str:
    number = [one for one, _ in INVITING].index(expression)
    settings = [one.name for one in view.visual.settings] or ["harbour", "kitchen", "garden"]
    shot = full(Shot(expression=expression, time=time, setting=settings[number % len(settings)]), view.visual)
    values = "".join(f' data-{knob}="{attribute(str(getattr(shot, knob)))}"' for knob in ("expression", "setting", "time"))
    return (
        f'<li><button type="button" class="hung" data-act="shoot"{values}><span class="frame">'
        f'<img src="{sketch(view.persona, view.look, shot, 480)}" alt="" width="4" height="5" decoding="async"></span>'
        f'<span class="caption"><span>{escape(caption(shot, view.visual))}</span><small>paint</small></span></button></li>'
    )


def _period(chosen: Filters) -> str:
    first, last = chosen.since, chosen.until
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"since {first}" if first else f"until {last}" if last else "Date"


def _css(active: str) -> str:
    return "choice active" if active else "choice"
