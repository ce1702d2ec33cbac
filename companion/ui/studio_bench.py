"""Where the Persona studio is, as a page keeps it: ids and small values only."""

from dataclasses import dataclass, field
from typing import Literal

from companion.ui.studio_trying import Talk


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the studio is.

    Attributes:
        open: the tab is being looked at.
        view: one persona, or all of them.
        section: of the form.
        entry: the lorebook entry that is open, −1 for none.
        sorted_by: what the lorebook's table is sorted by.
        tested: the message that the lorebook is tried with.
        words: searched for among all personas.
        shown: the version whose differences are shown, 0 for none.
        tried: the talk that her mood is tried with.
    """

    persona_id: str = ""
    open: bool = False
    view: Literal["one", "all"] = "one"
    section: str = "identity"
    entry: int = -1
    sorted_by: str = "order"
    tested: str = ""
    words: str = ""
    shown: int = 0
    tried: Talk = field(default_factory=Talk)
