"""What each action on the Memory tab means, as drawings of it: no Gradio here, so that it can be tested as it is.

An action is a generator: it changes the store, then yields what is to be drawn. Everything drawn is read anew. Forms are not
drawn again while someone may be writing in them: the clock moves only the heading, the rows, the pictures and a chronicle that grew.
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from secrets import token_hex
from typing import Any

from companion.errors import CompanionError, InputError, ModelError
from companion.forgetting import Scope
from companion.store.memory_records import KINDS, New
from companion.ui import memory_pictures, memory_sheets
from companion.ui.knowing import Knowledge
from companion.ui.memory_drawing import Drawer, MemoryDrawing
from companion.ui.memory_view import look, pictured
from companion.ui.outlook import FURTHER_MEMORIES, PAGE_MEMORIES, SPANS, Filters, Outlook, filters, with_words

MOST_BYTES = 30_000_000
SUMMARIES = 2 + KINDS.index("summary")  # where `Drawer.seen` has their number
Drawings = Iterator[MemoryDrawing]


class MemoryActions:
    """The actions of the Memory tab. Safe to use from several threads and browser tabs."""

    def __init__(self, known: Knowledge) -> None:
        self._known, self._draw = known, Drawer(known)

    # --- looking

    def enter(self, outlook: Outlook, persona_id: str) -> Drawings:
        """Shows the tab for a persona, once there is one; another one than before begins afresh."""
        here = replace(_with(outlook, persona_id), open=True)
        yield self._draw.whole(here) if persona_id else MemoryDrawing(here)

    def turn(self, outlook: Outlook, persona_id: str) -> Drawings:
        """Turns to another persona, if someone is looking."""
        if outlook.open:
            yield from self.enter(outlook, persona_id)

    def leave(self, outlook: Outlook) -> Drawings:
        """Shows another tab: nothing is drawn until one comes back."""
        yield MemoryDrawing(replace(outlook, open=False))

    def glance(self, outlook: Outlook) -> Drawings:
        """Looks whether something changed meanwhile; what is being written in forms stays."""
        if not outlook.open or not outlook.persona_id or (seen := self._draw.seen(outlook.persona_id)) == outlook.seen:
            return
        # The index alone has got on, or what she would recall is shown, which is asked again only by who asks.
        if seen[2:] == outlook.seen[2:] or outlook.asking == "said":
            yield self._draw.head(outlook)
        else:
            drawn = replace(self._draw.whole(outlook), ask=None, card=None, forget=None, bring=None)
            # Its entries are written in where they stand, so it is drawn again only when there is another one.
            same = seen[SUMMARIES] == outlook.seen[SUMMARIES] if len(outlook.seen) > SUMMARIES else False
            yield replace(drawn, chronicle=None) if same else drawn

    def ask(self, outlook: Outlook, asking: str, words: str) -> Drawings:
        """Finds memories, or tells what she would recall."""
        outlook = with_words(outlook, asking, words)
        yield MemoryDrawing(outlook)  # at once, because the answer may take a while and one may go on meanwhile
        yield MemoryDrawing(rows=self._draw.rows(outlook, look(self._known, outlook)))

    def filter(self, outlook: Outlook, values: Mapping[str, object]) -> Drawings:
        """Narrows the list."""
        yield self._draw.listed(replace(outlook, filters=filters(dict(values)), shown=PAGE_MEMORIES, asking="find"))

    def clear(self, outlook: Outlook) -> Drawings:
        """Lets go of all filters."""
        yield self._draw.listed(replace(outlook, filters=Filters(), shown=PAGE_MEMORIES))

    def period(self, outlook: Outlook, since: str, until: str) -> Drawings:
        """Shows what was said on some days."""
        return self.filter(replace(outlook, words=""), {"since": since, "until": until})

    def further(self, outlook: Outlook) -> Drawings:
        """Shows more rows."""
        outlook = replace(outlook, shown=outlook.shown + FURTHER_MEMORIES)
        yield MemoryDrawing(outlook, rows=self._draw.rows(outlook, look(self._known, outlook)))

    def show(self, outlook: Outlook, memory_id: str) -> Drawings:
        """Puts a memory on the card."""
        yield self._draw.carded(replace(outlook, chosen=memory_id, card="memory"))

    def arrive(self, outlook: Outlook, persona_id: str, memory_id: str) -> Drawings:
        """Shows a memory to someone who comes from the chat."""
        yield self._draw.whole(replace(_with(outlook, persona_id), open=True, chosen=memory_id, card="memory"))

    def close(self, outlook: Outlook) -> Drawings:
        """Empties the card."""
        return self.show(outlook, "")

    def span(self, outlook: Outlook, span: str) -> Drawings:
        """Draws her mood over a longer or a shorter time."""
        yield self._draw.moods(replace(outlook, span=next((one for one in SPANS if one == span), outlook.span), day=""))

    def day(self, outlook: Outlook, day: str) -> Drawings:
        """Tells what moved her on a day."""
        yield self._draw.moods(replace(outlook, day=day))

    def plot(self, outlook: Outlook) -> Drawings:
        """Draws the map anew."""
        if not outlook.persona_id:
            return
        try:
            places = self._known.positions(outlook.persona_id)
        except ModelError as error:
            yield MemoryDrawing(plane=memory_pictures.no_plane(error))
            return
        view, drawn = look(self._known, outlook), pictured(self._known, outlook.persona_id)
        yield MemoryDrawing(plane=memory_pictures.plane(view, drawn, places))

    # --- changing

    def begin(self, outlook: Outlook) -> Drawings:
        """Opens an empty card, to write on."""
        yield self._draw.carded(replace(outlook, chosen="", card="new"))

    def add(self, outlook: Outlook, values: Mapping[str, object]) -> Drawings:
        """Remembers what was written by hand."""
        kind = next((one for one in KINDS if one == values.get("kind")), None)
        if kind is None:
            raise InputError("This is no kind of memory.", hint="Choose a fact, an event, a pattern or an entry of the chronicle.")
        new = New(
            kind,
            str(values.get("text") or ""),
            subject=str(values.get("subject") or "user").strip(),
            said_at=_moment(str(values.get("day") or ""), self._known.clock()),
        )
        memory = self._known.memories.add(outlook.persona_id, new, by_hand=True)
        if values.get("pinned"):
            self._known.memories.pin(memory.id, True)
        yield self._draw.whole(replace(outlook, chosen=memory.id, card="memory"), note=toast("Remembered."))

    def save(self, outlook: Outlook, memory_id: str, values: Mapping[str, object]) -> Drawings:
        """Corrects a memory."""
        memory = self._known.memories.get(memory_id)
        day, value = values.get("day"), values.get("value")
        said_at = _moment(str(day), memory.said_at) if day else None
        self._known.memories.edit(memory_id, str(values.get("text") or ""), value=None if value is None else str(value), said_at=said_at)
        self._known.forgetting.reread(outlook.persona_id)
        yield self._draw.whole(outlook, note=toast("Changed."))

    def pin(self, outlook: Outlook, memory_id: str) -> Drawings:
        """Pins a memory, or unpins it."""
        memory = self._known.memories.get(memory_id)
        self._known.memories.pin(memory_id, not memory.pinned)
        yield self._draw.whole(outlook, note=toast("No longer pinned." if memory.pinned else "Pinned, so that it always comes to mind."))

    def hide(self, outlook: Outlook, memory_id: str) -> Drawings:
        """Hides a memory from her, or shows it again."""
        memory = self._known.memories.get(memory_id)
        self._known.memories.hide(memory_id, not memory.hidden)
        words = "No longer hidden." if memory.hidden else "Hidden. It is kept here, and no longer recalled."
        yield self._draw.whole(outlook, note=toast(words))

    def choose_others(self, outlook: Outlook, memory_id: str) -> Drawings:
        """Lets others be chosen that say the same."""
        yield self._draw.carded(replace(outlook, asking="find", chosen=memory_id, card="merge"))

    def merge(self, outlook: Outlook, memory_id: str, others: Sequence[str]) -> Drawings:
        """Makes one memory of several."""
        if not others:
            raise InputError("No other memory is chosen.", hint="Choose at least one that says the same.")
        self._known.memories.merge(memory_id, list(others))
        self._known.forgetting.reread(outlook.persona_id)
        done = replace(outlook, chosen=memory_id, card="memory")
        yield self._draw.whole(done, note=toast(f"{memory_sheets.amount(len(others) + 1, 0)} are one now."))

    # --- forgetting

    def forget(self, outlook: Outlook, scope: Scope | None) -> Drawings:
        """Forgets, with a way back."""
        if scope is None:
            raise InputError("Nothing to forget is chosen.", hint="Choose a memory, a topic, a person, a period, or everything.")
        done = self._known.forgetting.forget(outlook.persona_id, scope)
        words = f"{memory_sheets.amount(len(done.memories), len(done.messages))} forgotten."
        left = replace(outlook, chosen="" if outlook.chosen in done.memories else outlook.chosen)
        yield self._draw.whole(left, note=toast(words, done.token))

    def weigh(self, outlook: Outlook, scope: Scope | None) -> Drawings:
        """Says how much a forgetting would touch."""
        yield MemoryDrawing(forget=self._draw.forget(outlook, look(self._known, outlook), scope))

    def remember(self, outlook: Outlook, token: str) -> Drawings:
        """Takes a forgetting back."""
        self._known.forgetting.undo(token)
        yield self._draw.whole(outlook, note=toast("It is remembered again."))

    def finish(self, outlook: Outlook, token: str) -> Drawings:
        """Makes a forgetting final."""
        self._known.forgetting.finish(token)
        yield self._draw.whole(outlook, note=toast("Forgotten for good."))

    # --- files

    def export(self, outlook: Outlook) -> Drawings:
        """Hands everything out as a file."""
        text = "".join(self._known.memories.export(outlook.persona_id))
        name = f"what-{outlook.persona_id}-knows.jsonl"
        yield MemoryDrawing(parcel={"id": token_hex(4), "name": name, "type": "application/jsonl", "text": text})

    def bring(self, outlook: Outlook, filename: str, encoded: str) -> Drawings:
        """Takes a file in.

        Args:
            encoded: its bytes in base 64, as the browser reads them; no copy of it is left behind.
        """
        try:
            content = b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise InputError("The file did not arrive whole.", hint="Choose it again.") from error
        if len(content) > MOST_BYTES:
            raise InputError(f"The file is larger than {MOST_BYTES // 10**6} MB.", hint="Split it, and bring in one part after another.")
        try:
            imported = self._known.bring_in(outlook.persona_id, filename, content)
        except CompanionError as error:
            problem = f"{error.message} {error.hint}"
            yield MemoryDrawing(bring=memory_sheets.bring_panel(look(self._known, outlook), None, problem))
            return
        panel = memory_sheets.bring_panel(look(self._known, outlook), imported)
        yield replace(self._draw.whole(outlook), bring=panel)

    def guarded(self, outlook: Outlook, do: Callable[[], Drawings]) -> Drawings:
        """Carries out an action; what cannot be done is said, and what was typed stays."""
        try:
            yield from do()
        except CompanionError as error:
            yield MemoryDrawing(toast=toast(f"{error.message} {error.hint}"))


def toast(text: str, token: str = "") -> dict[str, Any]:
    """A line that comes and goes, with a way back if a token is given."""
    return {"id": token_hex(4), "text": text, "undo": token}


def _with(outlook: Outlook, persona_id: str) -> Outlook:
    return outlook if outlook.persona_id == persona_id else Outlook(persona_id)


def _moment(day: str, former: datetime) -> datetime:
    """A day from a date field, at the hour it had."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise InputError("This is no day.", hint="Choose one in the calendar.") from error
    former = former.astimezone()
    if chosen == former.date():
        return former
    return datetime.combine(chosen, time(12)).astimezone()
