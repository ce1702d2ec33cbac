"""When she is seen: decides at each message whether a picture is called for, takes a ready one, or has one painted behind the talk.

Before the reply only memory and a few rows are read. What is painted is shown when its file exists, and is spoken of no sooner.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from companion.affect import Affect, Felt, Manner, Mood
from companion.errors import CompanionError
from companion.glimpse import Glimpse
from companion.persona.library import Persona
from companion.persona.visual import Visual
from companion.shot import Shot
from companion.show.director import Directed, direct
from companion.show.sentences import Line
from companion.show.triggers import Before, Means, Trigger, usual_budget, wanted
from companion.showing import Showing
from companion.store.affects import Affects
from companion.store.conversations import Message
from companion.store.pictures import Pictures
from companion.store.shared import SharedHistory

logger = logging.getLogger(__name__)
READ_LINES = 6
WARM: Sequence[Line] = (("user", "Good evening to you."),)
Suggests = Callable[[Persona, Directed, Affect, Sequence[Line], Callable[[Shot], None]], None]


def as_directed(persona: Persona, directed: Directed, affect: Affect, lines: Sequence[Line], then: Callable[[Shot], None]) -> None:
    """No model is asked: the director's shot stands."""
    then(directed.shot)


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of the two, as far as it decides when she is seen."""

    pictures: Pictures
    affects: Affects
    shared: SharedHistory


class Picturing:
    """Shows her; see `Shows`. Every method may be called from any thread.

    Args:
        known: what came before.
        meaning: reads what words leave open; None goes by words alone.
        suggest: asks a capable model what the picture might show instead, and hands the shot on when it has answered.
    """

    def __init__(self, showing: Showing, known: Known, meaning: Means | None = None, suggest: Suggests = as_directed) -> None:
        self._showing, self._known, self._meaning, self._suggest = showing, known, meaning, suggest

    def prepare(self) -> None:
        """Reads ahead; see `Shows`."""
        affect = Affect(datetime.now(UTC), Mood(0.0, 0.0, 0.0))
        wanted(WARM, affect, Before(), meaning=self._meaning)
        direct(Visual(), affect, Manner(), WARM, affect.at)

    def glance(self, persona: Persona, felt: Felt, history: Sequence[Message], user: Message) -> Glimpse:
        """What there is to see; see `Shows`. A gallery that cannot be read is no reason not to answer."""
        lines = tuple((one.role, one.text) for one in (*history[-READ_LINES:], user) if one.text.strip())
        replies = tuple(one.id for one in reversed(history) if one.role == "persona")[: usual_budget().turns_apart]
        glimpse = Glimpse(persona, felt, lines, replies=replies)
        try:
            trigger = self._wanted(glimpse, user)
            return self._found(glimpse, trigger) if trigger else glimpse
        except CompanionError as error:
            logger.warning("whether she is seen could not be told: %s", error)
            return glimpse

    def show(self, glimpse: Glimpse, reply: Message, text: str) -> None:
        """Keeps the picture or has it painted; see `Shows`."""
        try:
            if self._known.pictures.of_messages([reply.id]):
                return  # a reply that went on
            if glimpse.directed is None:
                glimpse = self._told_of(glimpse, text, reply.created_at)
            if glimpse.directed is not None:
                self._ask(glimpse, glimpse.directed, reply)
        except CompanionError as error:
            logger.warning("she could not be shown: %s", error)

    def _wanted(self, glimpse: Glimpse, user: Message) -> Trigger | None:
        """Why a picture is called for. What was shown before is looked up only where that decides it."""
        visual = glimpse.persona.blueprint.visual
        names = [*(one.name for one in visual.settings), *(one.name for one in visual.wardrobe)]
        lived = self._lived(glimpse.persona, user)
        trigger = wanted(glimpse.lines, glimpse.felt.affect, lived, names=names, meaning=self._meaning)
        return trigger if trigger is None or trigger.occasion == "asked" or self._free(glimpse, user.created_at) else None

    def _lived(self, persona: Persona, user: Message) -> Before:
        shared = self._known.shared.of(persona.id, user.created_at)
        felt = self._known.affects.latest(persona.id, user.created_at)
        first, today = shared.first or user.created_at, user.created_at.astimezone().date()
        return Before(
            stage=felt.affect.bond.stage if felt else "",
            stages=tuple(one.name for one in persona.blueprint.relationship.stages),
            turns=shared.turns + 1,
            days=max(0, (today - first.astimezone().date()).days),
            first_today=shared.today == 0,
        )

    def _free(self, glimpse: Glimpse, moment: datetime) -> bool:
        """Whether she may be seen unasked by now."""
        shown = self._known.pictures.of_messages(glimpse.replies)
        midnight = moment.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        since = next((place for place, reply in enumerate(glimpse.replies, 1) if reply in shown), None)
        today = self._known.pictures.count(glimpse.persona.id, kind="chat", since=midnight)
        return usual_budget().allows(Before(since=since, today=today))

    def _told_of(self, glimpse: Glimpse, text: str, moment: datetime) -> Glimpse:
        """What she tells in her reply may be worth a look."""
        lines = (*glimpse.lines, ("persona", text))
        called = text.strip() and wanted(lines[-1:], glimpse.felt.affect, Before())
        if not called or not self._free(glimpse, moment):
            return glimpse
        felt = glimpse.felt
        directed = direct(glimpse.persona.blueprint.visual, felt.affect, felt.manner, lines, moment.astimezone())
        return replace(glimpse, lines=lines, occasion="story", directed=directed)

    def _found(self, glimpse: Glimpse, trigger: Trigger) -> Glimpse:
        persona, felt = glimpse.persona, glimpse.felt
        directed = direct(persona.blueprint.visual, felt.affect, felt.manner, glimpse.lines, felt.affect.at.astimezone())
        picture = self._showing.at_hand(persona, directed.shot)
        asked = trigger.occasion == "asked"
        told = telling()["ready"].format(shot=in_words(picture.shot)) if picture else telling()["coming"] if asked else ""
        answers = tuple(telling()["answers"]["ready" if picture else "coming"]) if asked else ()
        return replace(glimpse, occasion=trigger.occasion, directed=directed, picture=picture, told=told, answers=answers)

    def _ask(self, glimpse: Glimpse, directed: Directed, reply: Message) -> None:
        persona, felt = glimpse.persona, glimpse.felt

        def ask(shot: Shot) -> None:
            talk, mood = reply.conversation_id, felt.affect.mood
            try:
                self._showing.ask(persona, shot, kind="chat", mood=mood, conversation_id=talk, message_id=reply.id)
            except CompanionError as error:
                self._showing.refuse(persona, shot, error, talk, reply.id)

        if glimpse.picture is not None:
            ask(directed.shot)  # it is ready, and was seen
        else:
            self._suggest(persona, directed, felt.affect, glimpse.lines, ask)


def in_words(shot: Shot) -> str:
    """A shot as a model reads it: "tender, hand on heart, at the lamp room, at dusk"."""
    gesture = "" if shot.gesture == "none" else f", {shot.gesture.replace('_', ' ')}"
    where = f", at the {shot.setting.removeprefix('the ')}" if shot.setting else ""
    when = {"dawn": "at dawn", "day": "by day", "dusk": "at dusk", "night": "at night"}[shot.time]
    return f"{shot.expression}{gesture}{where}, {when}"


@cache
def telling() -> dict[str, Any]:
    """What a model is told of pictures, as `telling.yaml` has it."""
    import yaml

    read: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "show" / "telling.yaml").read_text("utf-8"))
    return read
