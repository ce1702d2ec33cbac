"""Which of her rules hold, and what they make of her manner: a pure function of the rules and the situation, the same every time.

A production system of one step: every rule whose conditions hold acts at once, and nothing that a rule does makes another one hold.
Where rules say different things the one that comes first is followed: the higher priority, then the rule whose feeling is stronger
in the message, then the one that stands earlier in the list. What a rule asks for is not checked here; `persona.rules` does that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from companion.affect import Affect, Manner, Reason
from companion.feel.emotions import NEUTRAL, repertoire
from companion.persona.blueprint import Rule, Then
from companion.persona.phrases import Words, among
from companion.persona.rules import FEELINGS
from companion.persona.terms import TimeOfDay

MOST_HEARD = 2  # feelings of a message that rules look at: a third is seldom meant
MOST_TOLD = 3  # phrases or feelings that a reason names before it counts the rest
SINGLE = ("sentence_words", "reply_sentences", "questions", "pace", "tone", "expression", "temperature")
STYLE = ("pace", "tone")  # told as one


@dataclass(frozen=True, slots=True)
class Situation:
    """What rules look at.

    Attributes:
        mood: the octant where her mood lies.
        shown, felt: the feeling she shows, and the one that is strongest in her: GoEmotions labels.
        heard: the feelings that stand out in the message, strongest first, "neutral" alone where none does: GoEmotions labels.
        stage: how near the two are; empty where there are no stages.
        days_apart: whole days since the two talked last; 0 if they never did.
        topics: what the message is about.
    """

    mood: str
    time_of_day: TimeOfDay
    shown: str = NEUTRAL
    felt: str = NEUTRAL
    heard: tuple[str, ...] = (NEUTRAL,)
    stage: str = ""
    days_apart: int = 0
    topics: tuple[str, ...] = ()

    @classmethod
    def of(cls, affect: Affect, moment: datetime, apart: timedelta | None) -> "Situation":
        """The situation at a message.

        Args:
            affect: what she feels after it. Before it is known what she shows, `hidden` can be asked already.
            moment: when it came, in the user's local time.
            apart: since the two talked last; None if they never did.
        """
        known = repertoire().felt
        strongest = next((known[name] for name in affect.emotions if name in known), None)
        heard = [name for name in affect.heard if name != NEUTRAL]
        return cls(
            affect.mood.octant,
            part_of_day(moment),
            shown=affect.shown or NEUTRAL,
            felt=strongest.shows if strongest else NEUTRAL,
            heard=tuple(heard[:MOST_HEARD]) or (NEUTRAL,),
            stage=affect.bond.stage,
            days_apart=max(0, apart.days) if apart else 0,
            topics=tuple(topic.casefold() for topic in affect.topics),
        )


def part_of_day(moment: datetime) -> TimeOfDay:
    """Morning from five, afternoon from twelve, evening from six, night from eleven; the moment is a local one."""
    hour = moment.hour
    return "night" if hour < 5 or hour >= 23 else "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def holding(rules: Sequence[Rule], situation: Situation) -> list[Rule]:
    """The rules that hold, the one that comes first at the front."""
    held = [one for one in rules if _holds(one, situation)]
    return sorted(held, key=lambda one: (-one.priority, _rank(one, situation)))  # what is equal keeps its order


def hidden(rules: Sequence[Rule], situation: Situation) -> frozenset[str]:
    """The feelings that she does not show now: GoEmotions labels, never all of them. What she shows need not be known yet."""
    draft = _Draft()
    for one in holding([one for one in rules if one.then.hide], situation):
        draft.hide(one.then.hide)
    return frozenset(draft.hidden)


def rule(rules: Sequence[Rule], situation: Situation) -> Manner:
    """How she talks now.

    Phrases add up, but for those that the rules before say the opposite of: no avoided phrase stands in a favoured one. Of all else
    the first rule that says something is followed. Each rule that changed something is a reason, in that order.
    """
    draft = _Draft()
    effects = [(one.name, draft.follow(one.then)) for one in holding(rules, situation)]
    reasons = tuple(Reason("rule", name, effect) for name, effect in effects if effect)
    return Manner(tuple(draft.avoid), tuple(draft.favour), **draft.single, reasons=reasons)


def _holds(rule: Rule, now: Situation) -> bool:
    when = rule.when
    return (
        (when.emotion is None or when.emotion == (now.felt if rule.then.hide else now.shown))
        and (when.mood is None or when.mood == now.mood)
        and (when.user_emotion is None or when.user_emotion in now.heard)
        and (when.stage is None or when.stage == now.stage)
        and (when.time_of_day is None or when.time_of_day == now.time_of_day)
        and (when.days_apart is None or when.days_apart <= now.days_apart)
        and (when.topic is None or when.topic.casefold() in now.topics)
    )


def _rank(rule: Rule, now: Situation) -> int:
    """The place of the feeling that a rule asks for among those of the message; a rule that asks for none stands with the strongest."""
    return now.heard.index(rule.when.user_emotion) if rule.when.user_emotion else 0


class _Draft:
    """A manner as far as the rules so far make it."""

    def __init__(self) -> None:
        self.avoid: list[str] = []
        self.favour: list[str] = []
        self.hidden: set[str] = set()
        self.single: dict[str, Any] = {}
        self._avoided: set[Words] = set()
        self._favoured: set[Words] = set()
        self._favoured_runs: set[Words] = set()

    def follow(self, then: Then) -> str:
        """Takes in what one more rule asks for, and says what came of it; nothing is said where nothing did."""
        single = {name: value for name in SINGLE if name not in self.single and (value := getattr(then, name)) is not None}
        self.single |= single
        avoid = self._add_avoided(then.avoid) if then.avoid else ()
        favour = self._add_favoured(then.favour) if then.favour else ()
        return _told(tuple(single.items()), avoid, favour, self.hide(then.hide) if then.hide else ())

    def hide(self, feelings: Sequence[str]) -> tuple[str, ...]:
        """Takes in feelings to hide, unless nothing would be left, and says which are new."""
        new = tuple(one for one in dict.fromkeys(feelings) if one not in self.hidden)
        if len(self.hidden) + len(new) == len(FEELINGS):
            return ()
        self.hidden.update(new)
        return new

    def _add_avoided(self, phrases: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are neither avoided already nor stand in what is favoured."""
        if not self._may_be_avoided(phrases):
            phrases = tuple(phrase for phrase in phrases if self._may_be_avoided((phrase,)))
        self.avoid += phrases
        self._avoided |= among(phrases).whole
        return phrases

    def _add_favoured(self, phrases: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are neither favoured already nor hold what is avoided."""
        if not self._may_be_favoured(phrases):
            phrases = tuple(phrase for phrase in phrases if self._may_be_favoured((phrase,)))
        self.favour += phrases
        self._favoured |= among(phrases).whole
        self._favoured_runs |= among(phrases).runs
        return phrases

    def _may_be_avoided(self, phrases: tuple[str, ...]) -> bool:
        those = among(phrases)
        return self._favoured_runs.isdisjoint(those.whole) and self._avoided.isdisjoint(those.runs)

    def _may_be_favoured(self, phrases: tuple[str, ...]) -> bool:
        those = among(phrases)
        return self._avoided.isdisjoint(those.runs) and self._favoured.isdisjoint(those.whole)


@lru_cache(maxsize=1024)
def _told(single: tuple[tuple[str, Any], ...], avoid: tuple[str, ...], favour: tuple[str, ...], hide: tuple[str, ...]) -> str:
    """What a rule does, in plain words; nothing if it does nothing."""
    style = ", ".join(value for name, value in single if name in STYLE)
    effects = [style] if style else []
    effects += [_effect(name, value) for name, value in single if name not in STYLE]
    if favour:
        effects.append(f"gladly {_listed([f'“{phrase}”' for phrase in favour])}")
    if avoid:
        effects.append(f"never {_listed([f'“{phrase}”' for phrase in avoid])}")
    if hide:
        effects.append(f"does not show {_listed(hide)}")
    return "; ".join(effects)


def _effect(name: str, value: Any) -> str:
    match name, value:
        case "expression", face:
            return f"face: {face}"
        case "sentence_words", most:
            return f"{most} words a sentence at most"
        case "reply_sentences", most:
            return f"{most} {'sentence' if most == 1 else 'sentences'} at most"
        case "questions", asked:
            return {"none": "asks nothing", "one": "asks one question at most"}.get(asked, "asks as she likes")
        case _, times:
            return "steadier" if times < 1 else "more surprising" if times > 1 else "as steady as ever"


def _listed(things: Sequence[str]) -> str:
    told, more = things[:MOST_TOLD], len(things) - MOST_TOLD
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
