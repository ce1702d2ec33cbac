"""Where the Gallery tab is: what narrows the wall, which picture is open, what is chosen. Ids and small values only, as a page keeps
them."""

from dataclasses import dataclass
from typing import Literal, get_args

from companion.ui.outlook import beginning_of

PAGE_PICTURES = 24
FURTHER_PICTURES = 48
MOST_CHOSEN = 200
Sort = Literal["all", "chat", "template", "studio", "favourites"]
SORTS: tuple[Sort, ...] = get_args(Sort)
SCORES = ("0.95", "0.90", "0.80")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the wall; days are as a date field gives them: "2026-11-20", or empty.

    Attributes:
        score: the least, one of `SCORES`, or empty.
    """

    sort: Sort = "all"
    expression: str = ""
    setting: str = ""
    since: str = ""
    until: str = ""
    score: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where the Gallery tab is.

    Attributes:
        open: the tab is being looked at.
        shown: how many pictures at most.
        opened: the picture in the lightbox; empty while it is closed.
        selecting: pictures are being chosen, to compare or to do something with all of them.
        chosen: those that were chosen before that began.
        pair: the two that are compared, or none.
        surveying: the sheet of templates is open.
        cell: the template that is looked at there, as its expression and its setting with a tab between them.
        dismissed: jobs that failed and need not be told of any more.
        seen: what was counted when it was drawn.
    """

    persona_id: str = ""
    open: bool = False
    filters: Filters = Filters()
    shown: int = PAGE_PICTURES
    opened: str = ""
    selecting: bool = False
    chosen: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    surveying: bool = False
    cell: str = ""
    dismissed: tuple[str, ...] = ()
    seen: tuple[object, ...] = ()


def filters(values: dict[str, object]) -> Filters:
    """Filters from the fields of their form; what is no sort, day or score counts as not chosen."""
    text = {name: str(values.get(name) or "").strip() for name in ("sort", "expression", "setting", "since", "until", "score")}
    sort: Sort = next((one for one in SORTS if one == text["sort"]), "all")
    since, until = (day if beginning_of(day) else "" for day in (text["since"], text["until"]))
    score = text["score"] if text["score"] in SCORES else ""
    return Filters(sort, text["expression"], text["setting"], since, until, score)
