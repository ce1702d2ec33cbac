"""The pictures that show who she is, as HTML: thumbnails to put in order, and a place to drop more. A file is named by its digest alone."""

from collections.abc import Mapping
from typing import Any

from companion.studio import Work
from companion.ui.gallery_icons import icon
from companion.ui.prose import attribute
from companion.ui.studio_fields import address
from companion.ui.words import counted

REFERENCES = "companion/references"
MOST = 8
ENOUGH = 3
PATH = ("visual", "references")


def references(persona_id: str, digests: list[str]) -> str:
    """The card."""
    tiles = "".join(_tile(persona_id, digest, at, len(digests)) for at, digest in enumerate(digests))
    more = _more(len(digests)) if len(digests) < MOST else ""
    full = "" if more else f'<p class="help">There is room for {MOST}. Remove one to add another.</p>'
    return (
        f'<section class="card look-card references" data-at="{address(PATH)}"><header class="look-head"><h2>Reference pictures</h2>'
        f'<span class="quiet">{f"{len(digests)} of {MOST}" if digests else ""}</span></header>'
        f'<p class="help">{_told(len(digests))}</p><ol class="tiles">{tiles}{more}</ol>{full}'
        '<ul class="refused" aria-live="polite"></ul></section>'
    )


def named_by(work: Work) -> frozenset[str]:
    """All pictures that a persona's saved blueprint or draft names, by their digests."""
    found: set[str] = set()
    for data in (work.data, work.version.blueprint.model_dump(mode="json"), work.persona.blueprint.model_dump(mode="json")):
        found |= set(_strings(data.get("visual"), "references"))
        appearance = data.get("appearance")
        picture = appearance.get("picture") if isinstance(appearance, Mapping) else None
        found |= {picture} if isinstance(picture, str) else set()
    return frozenset(found)


def where(persona_id: str, digest: str) -> str:
    """Where a reference is, as the value of an attribute."""
    return attribute(f"{REFERENCES}/{persona_id}/{digest}")


def _strings(part: Any, name: str) -> list[str]:
    items = part.get(name) if isinstance(part, Mapping) else ()
    return [one for one in items or () if isinstance(one, str)]


def _told(count: int) -> str:
    if not count:
        return (
            "Pictures of her, by which a painted face is held and told from others. They are drawn anew on this machine: where and when "
            "they were taken stays out. A sketch needs none."
        )
    if count < ENOUGH:
        return f"{counted(ENOUGH - count, 'more', 'more').capitalize()} would make it surer whether a painted picture is her."
    return "A painted picture is compared with all of them; the first counts as the main one."


def _tile(persona_id: str, digest: str, at: int, count: int) -> str:
    path = address((*PATH, at))
    called = "the main picture" if at == 0 else f"picture {at + 1}"
    main = '<span class="main">main</span>' if at == 0 else ""
    return (
        f'<li class="tile"><img src="{where(persona_id, digest)}" alt="Reference {at + 1}" width="4" height="5" decoding="async">{main}'
        f'<span class="tile-acts">{_button("move", path, f"Move {called} forward", "before", -1) if at else ""}'
        f"{_button('move', path, f'Move {called} back', 'after', 1) if at < count - 1 else ''}"
        f"{_button('remove', path, f'Remove {called}', 'cross')}</span></li>"
    )


def _button(act: str, path: str, says: str, drawn: str, by: int = 0) -> str:
    step = f' data-by="{by}"' if by else ""
    return (
        f'<button type="button" data-act="{act}" data-field="{path}"{step} aria-label="{attribute(says)}" title="{attribute(says)}">'
        f"{icon(drawn, 15)}</button>"
    )


def _more(count: int) -> str:
    words = "Add more" if count else "Drop pictures here, or choose them"
    wide = "" if count else " alone"
    return (
        f'<li class="more-tile{wide}"><label>{icon("plus", 20)}<span>{words}</span>'
        '<input type="file" accept="image/png,image/jpeg,image/webp" multiple data-refer aria-label="Add reference pictures"></label></li>'
    )
