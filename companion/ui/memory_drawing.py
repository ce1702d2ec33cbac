"""Drawings of the Memory tab: which of its parts change, and how they look now. Everything drawn is read anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from companion.forgetting import Scope
from companion.store.memory_records import Memory
from companion.ui import memory_card, memory_chronicle, memory_mood, memory_pictures, memory_rows, memory_sheets
from companion.ui.knowing import Knowledge
from companion.ui.memory_view import MemoryView, detail, listing, look, pictured, said
from companion.ui.outlook import Outlook

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MemoryDrawing:
    """What changes on the tab; None stays as it is.

    Attributes:
        plotted: changes when the map is to be drawn anew.
    """

    outlook: Outlook | None = None
    head: str | None = None
    ask: str | None = None
    rows: str | None = None
    pictures: str | None = None
    mood: str | None = None
    chronicle: str | None = None
    card: str | None = None
    plane: str | None = None
    plotted: str | None = None
    forget: str | None = None
    bring: str | None = None
    toast: dict[str, Any] | None = None
    parcel: dict[str, Any] | None = None


class Drawer:
    """Draws the parts of the tab.

    Args:
        known: what is drawn.
    """

    def __init__(self, known: Knowledge) -> None:
        self._known = known

    def whole(self, outlook: Outlook, *, note: dict[str, Any] | None = None) -> MemoryDrawing:
        """All of it; `note` is a line that comes and goes."""
        outlook = replace(outlook, seen=self.seen(outlook.persona_id))
        view = look(self._known, outlook)
        drawn = pictured(self._known, outlook.persona_id)
        return MemoryDrawing(
            outlook=outlook,
            head=memory_sheets.head(view, drawn[0].said_at if drawn else None),
            ask=memory_rows.field(view),
            rows=self.rows(outlook, view),
            pictures=memory_pictures.timeline(view, drawn),
            mood=self._mood(outlook, view, drawn),
            chronicle=memory_chronicle.chronicle(view, drawn),
            card=self._card(outlook, view),
            plotted=str(hash(tuple((one.id, one.text, one.in_force) for one in drawn))),
            forget=self.forget(outlook, view, None),
            bring=memory_sheets.bring_panel(view, None),
            toast=note,
        )

    def head(self, outlook: Outlook) -> MemoryDrawing:
        """The heading alone."""
        outlook = replace(outlook, seen=self.seen(outlook.persona_id))
        drawn = pictured(self._known, outlook.persona_id)
        return MemoryDrawing(outlook, head=memory_sheets.head(look(self._known, outlook), drawn[0].said_at if drawn else None))

    def listed(self, outlook: Outlook) -> MemoryDrawing:
        """The list, narrowed anew."""
        view = look(self._known, outlook)
        return MemoryDrawing(outlook, ask=memory_rows.field(view), rows=self.rows(outlook, view))

    def carded(self, outlook: Outlook) -> MemoryDrawing:
        """Another card, and where it lies in the list."""
        view = look(self._known, outlook)
        rows, panel = self.rows(outlook, view), self.forget(outlook, view, None)
        return MemoryDrawing(outlook, ask=memory_rows.field(view), rows=rows, card=self._card(outlook, view), forget=panel)

    def moods(self, outlook: Outlook) -> MemoryDrawing:
        """Her mood over weeks alone."""
        view = look(self._known, outlook)
        return MemoryDrawing(outlook, mood=self._mood(outlook, view, pictured(self._known, outlook.persona_id)))

    def rows(self, outlook: Outlook, view: MemoryView) -> str:
        """The rows."""
        merging = self._chosen(outlook) if outlook.card == "merge" else None
        return memory_rows.rows(view, listing(self._known, outlook), merging)

    def forget(self, outlook: Outlook, view: MemoryView, scope: Scope | None) -> str:
        """The panel that forgets, with what is being thought of."""
        touched = self._known.forgetting.preview(outlook.persona_id, scope) if scope else None
        return memory_sheets.forget_panel(view, self._chosen(outlook), scope, touched)

    def seen(self, persona_id: str) -> tuple[int, ...]:
        """Numbers that change when there is something new to draw; the first two are the index's."""
        newest = self._known.affects.latest(persona_id)
        felt = round(newest.affect.at.timestamp()) if newest else 0
        return (*(self._known.indexing() or (-1, -1)), *self._known.memories.count(persona_id).values(), felt)

    def _mood(self, outlook: Outlook, view: MemoryView, memories: Sequence[Memory]) -> str:
        kept = self._known.affects
        begins = memory_mood.since(outlook.span, view.now) or EVER
        earlier = kept.latest(outlook.persona_id, before=begins)
        drawn = memory_mood.days(view.persona.blueprint, kept.history(outlook.persona_id, begins), earlier)
        chosen = memory_mood.chosen_of(drawn, outlook.day)
        if chosen is not None:
            words = said(self._known, [one.felt.message_id for one in chosen.moves])
            chosen = memory_mood.told(chosen, words, memories)
        return memory_mood.weeks(view, drawn, chosen)

    def _card(self, outlook: Outlook, view: MemoryView) -> str:
        return memory_card.card(view, detail(self._known, outlook.persona_id, outlook.chosen) if outlook.chosen else None)

    def _chosen(self, outlook: Outlook) -> Memory | None:
        here = self._known.memories.of([outlook.chosen]) if outlook.chosen else ()
        return here[0] if here else None
