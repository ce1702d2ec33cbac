"""What each action of the user means, as drawings of the page: no Gradio here, so that it can be tested as it is.

An action is a generator: it gives an order or changes the store, then yields what is to be drawn. Everything drawn is
read anew; a page keeps ids only.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from companion.compose import Companion
from companion.errors import CompanionError, NotFoundError
from companion.events import TurnFailed
from companion.turn import Order
from companion.ui import models_panel, speed, version_sheet, why
from companion.ui.growth import Ended, Grown, Seen, Touched, Waiting, follow
from companion.ui.pictured import figure, painting
from companion.ui.place import Place
from companion.ui.places import header, places
from companion.ui.presence import presence
from companion.ui.transcript import live, transcript
from companion.ui.view import PAGE_MESSAGES, View, conversation_with, find_conversation, jobs_of, look, new_conversation, standing

_UNDONE = {
    "send": "Taken back. Your words are in the box again.",
    "regenerate": "The reply before is shown again.",
    "continue": "The reply is as it was.",
    "edit": "The earlier version is shown again.",
    "select": "You are back where you were.",
    "branch": "You are back where you were.",
    "delete_message": "It is there again.",
    "rename": "It has its former title.",
    "change_version": "The version before speaks again.",
    "delete": "The conversation is there again.",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What changes on the page; None stays as it is.

    Attributes:
        following: the turn this tab follows; empty for none.
        elsewhere: a turn begun by another tab, or before a reload, that this one is to follow.
        parcel: a file for the browser's downloads.
        persona: who the conversation is with, so that others can follow.
        spot: a message to be brought into sight.
    """

    place: Place | None = None
    persona: str | None = None
    following: str | None = None
    elsewhere: str | None = None
    places: str | None = None
    header: str | None = None
    banner: str | None = None
    transcript: str | None = None
    live: str | None = None
    composer: dict[str, Any] | None = None
    presence: str | None = None
    speed: str | None = None
    versions: str | None = None
    why: str | None = None
    toast: dict[str, Any] | None = None
    parcel: dict[str, Any] | None = None
    spot: dict[str, str] | None = None


Drawings = Iterator[Drawing]


class Actions:
    """The actions of one page. Safe to use from several threads and tabs.

    Args:
        pause: waits so many seconds between two drawings of a growing reply.
    """

    def __init__(self, companion: Companion, pause: Callable[[float], None] = time.sleep) -> None:
        self._companion = companion
        self._pause = pause

    # --- words

    def send(self, place: Place, text: str) -> Drawings:
        """Says something."""
        return self._order(place, Order(place.conversation_id, "send", text))

    def again(self, place: Place, message_id: str) -> Drawings:
        """Another reply, or a first one to a message that has none."""
        return self._order(place, Order(place.conversation_id, "regenerate", message_id=message_id))

    def grow(self, place: Place, reply_id: str) -> Drawings:
        """Lets a reply go on."""
        return self._order(place, Order(place.conversation_id, "continue", message_id=reply_id))

    def rewrite(self, place: Place, message_id: str, text: str) -> Drawings:
        """Corrects a message: the user's is answered anew, hers stands as corrected."""
        store = self._companion.conversations
        if store.message(message_id).role == "user":
            note = toast("Sent again. The earlier version is kept.", place)
            return self._order(place, Order(place.conversation_id, "edit", text, message_id), note)
        store.edit(message_id, text)
        return iter([self._draw(place, news=news("accepted"), note=toast("Changed. The earlier version is kept.", place))])

    def follow(self, place: Place, turn_id: str) -> Drawings:
        """Joins a turn that this tab did not begin."""
        if turn_id and self._companion.worker.running(place.conversation_id) == turn_id:
            yield from self._follow(place, turn_id)

    def stop(self, place: Place) -> Drawings:
        """Ends the reply that is being written; what there is of it stays."""
        if turn_id := self._companion.worker.running(place.conversation_id):
            self._companion.worker.stop(turn_id)
        else:
            yield self._draw(place)

    def edit(self, place: Place, message_id: str) -> Drawings:
        """Puts a message into the composer."""
        message = self._companion.conversations.message(message_id)
        view = self._look(place)
        whose = "your message" if message.role == "user" else f"what {view.persona.blueprint.identity.called} said"
        yield Drawing(composer=composer(view, self._limit, news("edit", id=message_id, text=message.text, label=f"Editing {whose}")))

    # --- the tree

    def swipe(self, place: Place, message_id: str) -> Drawings:
        """Shows an alternative."""
        self._companion.conversations.select(message_id)
        yield self._draw(place)

    def branch(self, place: Place, message_id: str) -> Drawings:
        """Goes back to a message, to go on another way."""
        self._companion.conversations.branch(message_id)
        yield self._draw(place, note=toast("You are back at this point. What followed is kept.", place))

    def delete(self, place: Place, message_id: str) -> Drawings:
        """Deletes a message and what follows it."""
        self._companion.conversations.delete_message(message_id)
        yield self._draw(place, note=toast("Deleted, with what followed.", place))

    def undo(self, place: Place) -> Drawings:
        """Takes back the last action in a conversation, its deletion included. A running reply is stopped first."""
        conversation_id = place.conversation_id
        if turn_id := self._companion.worker.running(conversation_id):
            self._companion.worker.stop(turn_id)
            for _ in self._companion.worker.follow(turn_id):
                pass
        undone = self._companion.conversations.undo(conversation_id)
        words = _UNDONE[undone.kind] if undone else "There is nothing to undo."
        restored = news("restore", text=undone.text) if undone and undone.text else None
        yield self._draw(place, news=restored, note=toast(words))

    # --- places

    def arrive(self, conversation_id: str) -> Drawings:
        """Opens the page."""
        yield self._enter(Place(find_conversation(self._companion, conversation_id)))

    def open(self, place: Place, conversation_id: str) -> Drawings:
        """Opens a conversation."""
        yield self._enter(replace(place, conversation_id=conversation_id, depth=PAGE_MESSAGES))

    def show(self, place: Place, message_id: str) -> Drawings:
        """Goes to a message: opens its conversation as far back as it lies."""
        conversation_id = self._companion.conversations.message(message_id).conversation_id
        path = self._companion.conversations.path(conversation_id)
        back = next((number for number, one in enumerate(reversed(path), 1) if one.id == message_id), 0)
        if not back:
            raise NotFoundError("These words are no longer part of their conversation.", hint="Swipe there to the version that has them.")
        depth = max(PAGE_MESSAGES, back + PAGE_MESSAGES // 2)
        entered = self._enter(replace(place, conversation_id=conversation_id, depth=depth))
        yield replace(entered, spot={"id": token_hex(4), "message": message_id})

    def choose(self, place: Place, persona_id: str) -> Drawings:
        """Turns to a persona: the conversation last spoken in with her."""
        yield self._enter(Place(conversation_with(self._companion, persona_id)))

    def new(self, place: Place) -> Drawings:
        """Begins a conversation with the same persona."""
        persona_id = self._companion.conversations.get(place.conversation_id).persona_id
        yield self._enter(Place(new_conversation(self._companion, persona_id)))

    def differ(self, place: Place) -> Drawings:
        """Shows what the newest version of the persona would change."""
        yield Drawing(versions=version_sheet.panel(self._companion, self._companion.conversations.get(place.conversation_id)))

    def why(self, place: Place, message_id: str) -> Drawings:
        """Tells why she feels and talks as she does: after one of the user's messages, or now."""
        persona = self._companion.cast.persona_for(self._companion.conversations.get(place.conversation_id))
        yield Drawing(why=why.panel(why.found(self._companion.affects, persona, message_id, self._companion.clock())))

    def move(self, place: Place) -> Drawings:
        """Goes on with the newest version of the persona."""
        if self._companion.cast.outdated(self._companion.conversations.get(place.conversation_id)) is None:
            yield self._draw(place)  # another tab was faster
            return
        version = self._companion.cast.move(place.conversation_id)
        self._companion.worker.prepare(place.conversation_id)
        name = version.blueprint.identity.called
        yield self._draw(place, note=toast(f"From now on {name} speaks as in version {version.number}.", place))

    def rename(self, place: Place, conversation_id: str, title: str) -> Drawings:
        """Gives a conversation a title."""
        self._companion.conversations.rename(conversation_id, title)
        yield self._draw(place)

    def remove(self, place: Place, conversation_id: str) -> Drawings:
        """Deletes a conversation."""
        persona_id = self._companion.conversations.get(conversation_id).persona_id
        self._companion.delete_conversation(conversation_id)
        undo = toast("The conversation is deleted.", replace(place, conversation_id=conversation_id))
        if conversation_id != place.conversation_id:
            yield self._draw(place, note=undo)
        else:
            yield replace(self._enter(Place(conversation_with(self._companion, persona_id))), toast=undo)

    def search(self, place: Place, words: str) -> Drawings:
        """Narrows the list of conversations."""
        place = replace(place, search=words)
        yield Drawing(place=place, places=places(self._look(place)))

    def earlier(self, place: Place) -> Drawings:
        """Draws more of what was said."""
        yield self._draw(replace(place, depth=place.depth + PAGE_MESSAGES))

    def export(self, conversation_id: str, form: str) -> Drawings:
        """Hands out a conversation as a file, as JSON or as Markdown."""
        store = self._companion.conversations
        conversation = store.get(conversation_id)
        name = "".join(c if c.isalnum() else "-" for c in conversation.title.lower())[:48].strip("-") or "conversation"
        if form == "json":
            ending, media_type, text = "json", "application/json", store.export_json(conversation_id)
        else:
            called = self._companion.cast.persona_for(conversation).blueprint.identity.called
            ending, media_type, text = "md", "text/markdown", store.export_markdown(conversation_id, called)
        yield Drawing(parcel={"id": token_hex(4), "name": f"{name}.{ending}", "type": media_type, "text": text})

    def glance(self, place: Place, following: str) -> Drawings:
        """Looks, by its number alone, whether something changed that this tab did not do."""
        if not place.conversation_id:
            return
        if running := self._companion.worker.running(place.conversation_id):
            if running != following:
                yield Drawing(elsewhere=running)
            return
        try:
            changed = self._companion.conversations.revision(place.conversation_id) != place.revision
        except NotFoundError:
            yield self._enter(Place(find_conversation(self._companion)))
            return
        if drawn := self._draw(place) if changed else self._painted(place):
            yield drawn

    def _painted(self, place: Place) -> Drawing | None:
        """How pictures for the conversation stand; None if all of that is drawn."""
        jobs = jobs_of(self._companion, place.conversation_id)
        if standing(jobs) != place.jobs:
            return self._draw(place)
        going_on = next((job for job in jobs if not job.ended), None)
        return Drawing(live=painting(going_on, self._companion.library.get(going_on.persona_id))) if going_on else None

    def guarded(self, place: Place, do: Callable[[], Drawings]) -> Drawings:
        """Carries out an action; what cannot be done is said, and what was typed stays."""
        try:
            yield from do()
        except CompanionError as error:
            told = toast(f"{error.message} {error.hint}")
            try:
                yield self._draw(place, news=news("refused"), note=told)
            except NotFoundError:
                yield replace(self._enter(Place(find_conversation(self._companion))), toast=told)
            except CompanionError:  # nothing can be read either
                yield Drawing(toast=told)

    # --- drawing

    @property
    def _limit(self) -> int:
        return self._companion.settings.message_chars

    def _order(self, place: Place, order: Order, note: dict[str, Any] | None = None) -> Drawings:
        yield from self._follow(place, self._companion.worker.start(order), note)

    def _follow(self, place: Place, turn_id: str, note: dict[str, Any] | None = None) -> Drawings:
        view, accepted = self._look(place), news("accepted")
        yield replace(self._whole(place, view, self._draft(view), news=accepted, note=note), following=turn_id)
        shown = view.writing is not None  # else the reply has ended already, or one has swiped away from it
        pace, picture = "even", ""
        for event in follow(self._companion.worker, turn_id, self._pause):
            match event:
                case Waiting(ahead) if shown:
                    yield Drawing(live=live(view, "", ahead=ahead))
                case Touched(felt):  # her face changes before she speaks
                    pace = felt.manner.pace
                    view = replace(view, felt=felt, affect=felt.affect)
                    yield Drawing(header=header(view), presence=presence(view), live=self._draft(view, pace))
                case Seen(one) if shown:
                    picture = figure(one, view.persona)
                    yield Drawing(live=live(view, "", pace=pace, picture=picture))
                case Grown(text) if shown:
                    yield Drawing(live=live(view, text, pace=pace, picture=picture))
                case Ended(failure):
                    # Told once more: a page that is behind may have drawn only the last of what came together.
                    yield replace(self._draw(place, news=accepted, failure=failure), following="", elsewhere="")

    def _enter(self, place: Place) -> Drawing:
        """A conversation as one finds it; a reply that is being written is joined through `elsewhere`."""
        view = self._look(place)
        self._companion.worker.prepare(place.conversation_id)
        with suppress(CompanionError):  # that she cannot be painted is told when she is to be
            self._companion.showing.prepare(view.persona)
        return replace(self._whole(place, view, self._draft(view)), following="", elsewhere=view.turn_id or "", versions="")

    def _draw(
        self,
        place: Place,
        *,
        news: dict[str, Any] | None = None,
        note: dict[str, Any] | None = None,
        failure: TurnFailed | None = None,
    ) -> Drawing:
        view = self._look(place)
        return self._whole(place, view, self._draft(view), news=news, note=note, failure=failure)

    def _draft(self, view: View, pace: str = "even") -> str:
        if view.writing:
            return live(view, view.writing.text, pace=pace)
        return painting(view.painting, view.persona) if view.painting else ""

    def _look(self, place: Place) -> View:
        return look(self._companion, place.conversation_id, search=place.search, depth=place.depth)

    def _whole(
        self,
        place: Place,
        view: View,
        writing: str,
        *,
        news: dict[str, Any] | None = None,
        note: dict[str, Any] | None = None,
        failure: TurnFailed | None = None,
    ) -> Drawing:
        return Drawing(
            place=replace(place, revision=view.conversation.revision, jobs=standing(view.jobs)),
            persona=view.persona.id,
            places=places(view),
            header=header(view),
            banner=models_panel.banner(self._companion, view.persona.blueprint.model)
            + version_sheet.line(view.persona, view.conversation, view.outdated),
            transcript=transcript(view, failure),
            live=writing,
            composer=composer(view, self._limit, news),
            presence=presence(view),
            speed=speed.panel(view),
            toast=note,
        )


def composer(view: View, limit: int, news: dict[str, Any] | None = None) -> dict[str, Any]:
    """Where the composer stands; `script/composer.js` reads it."""
    name = view.persona.blueprint.identity.called
    return {"conversation": view.conversation.id, "name": name, "busy": view.writing is not None, "limit": limit, "news": news}


def news(kind: str, **more: str) -> dict[str, Any]:
    """Something the composer is told once: accepted, refused, restore or edit."""
    return {"id_of_news": token_hex(4), "kind": kind, **more}


def toast(text: str, undo_at: Place | None = None) -> dict[str, Any]:
    """A line that comes and goes, with a way back if `undo_at` is given."""
    return {"id": token_hex(4), "text": text, "undo": undo_at.conversation_id if undo_at else ""}
