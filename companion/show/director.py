"""The director: what she feels, where the story is and what was said last become a shot, by rules that a creator can read.

The same every time, and every part with its reason. What the user asks to see comes first, then what she just did in words
("*laughs*"), then what one of her own rules asks of her face, then what she shows, then her mood. The rules are data
(`director.yaml`), and so are the looks (`expressions.yaml`), and places, times and clothes (`scene.yaml`). No model is asked here;
what a capable one suggests is laid over it in `suggestion.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from companion.affect import SLIGHT, Affect, Manner
from companion.persona.visual import Visual
from companion.shot import Expression, Shot
from companion.show.directions import Direction, Directions, Facts, Then, directions
from companion.show.expressions import expression_of, expressions
from companion.show.scene import Chosen, Scenery, scenery
from companion.show.sentences import Line, Sentence, phrase, sentences

NEUTRAL: Final = "neutral"
EVEN = "even"
ACTION = re.compile(r"\*([^*\n]{2,200})\*")
USUAL = Shot()
PARTS = tuple(field.name for field in fields(Shot))


class Because(NamedTuple):
    """Why one part of a shot is as it is.

    Attributes:
        part: the field of the shot.
        why: in plain words, of which none are the user's own.
    """

    part: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Directed:
    """A shot.

    Attributes:
        reasons: why each part is as it is, in the order of the shot's fields.
        asked: the parts that the user asked for.
    """

    shot: Shot
    reasons: tuple[Because, ...]
    asked: frozenset[str] = frozenset()


def direct(visual: Visual, affect: Affect, manner: Manner, lines: Sequence[Line], moment: datetime) -> Directed:
    """What a picture of her shows now.

    Args:
        affect: what she feels after the last message.
        manner: what her own rules ask for; only its `expression` is looked at.
        lines: who spoke, "user" or "persona", and what, in order; the last few are read.
        moment: when it is, in the user's local time.
    """
    return Director(directions(), scenery()).direct(visual, affect, manner, lines, moment)


def fitted(directed: Directed, fits: Sequence[Direction] | None = None) -> Directed:
    """A shot whose parts can be together: what cannot is changed, but not what the user asked for.

    Args:
        fits: rules that say so; without them those that come with the program.
    """
    parts = {one.part: one for one in directed.reasons}
    for rule in directions().fits if fits is None else fits:
        seen: dict[str, Any] = {part: parts[part].value for part in ("expression", "pose", "gesture", "framing")}
        if rule.when.holds(Facts(**seen)):
            change = next((one.parts for one in (rule.then, rule.otherwise) if one.parts and directed.asked.isdisjoint(one.parts)), {})
            parts |= {part: Because(part, value, f"“{rule.name}”") for part, value in change.items()}
    values: dict[str, Any] = {part: one.value for part, one in parts.items()}
    return Directed(Shot(**values), tuple(parts.values()), directed.asked)


class Director:
    """Directs by rules.

    Args:
        rules: as `director.yaml` has them.
        scenery: reads places, times and clothes.
    """

    def __init__(self, rules: Directions, scenery: Scenery) -> None:
        self._rules, self._scenery = rules, scenery

    def direct(self, visual: Visual, affect: Affect, manner: Manner, lines: Sequence[Line], moment: datetime) -> Directed:
        """As `direct`."""
        time, why = self._scenery.time(lines, moment)
        place = self._scenery.place(visual, lines, time)
        facts = Facts(
            _said("user", lines),
            _said("persona", lines),
            (Sentence("", phrase(manner.expression)),),
            affect.shown or NEUTRAL,
            _octant(affect),
            affect.mood.arousal,
            affect.bond.trust,
            affect.bond.stage,
            place.scene,
            time,
            place.scene in self._scenery.outside,
        )
        draft = _Draft(visual, self._scenery.outfit(visual, lines, place))
        draft.follow(self._rules.wishes, facts)
        asked = frozenset(draft.parts)
        expression, seen = self._expression(facts, affect, manner, lines)
        draft.say("expression", expression, seen)
        draft.follow(self._rules.rules, replace(facts, expression=expression))
        for part in ("pose", "gesture", "framing", "light"):
            draft.say(part, getattr(USUAL, part), "it is as usual")
        draft.say("setting", place.name, place.why)
        draft.say("outfit", draft.outfit.value, draft.outfit.why)
        draft.say("time", time, why)
        return fitted(Directed(draft.shot, tuple(draft.parts[part] for part in PARTS), asked), self._rules.fits)

    def _expression(self, facts: Facts, affect: Affect, manner: Manner, lines: Sequence[Line]) -> tuple[Expression, str]:
        """What is on her face, and why."""
        if wished := _look(self._rules.wishes, facts):
            return wished
        role, text = lines[-1] if lines else ("", "")
        if role == "persona" and (done := expression_of(". ".join(ACTION.findall(text)))):
            return done, "she just did so"
        if asked := expression_of(manner.expression):
            return asked, f"one of her rules asks for “{manner.expression}”"
        if felt := _look(self._rules.looks, facts):
            return felt
        shown = expressions().feelings.get(facts.feeling, NEUTRAL)
        return shown, f"she shows {facts.feeling}" if affect.shown else "nothing stands out in her"


class _Draft:
    """A shot as far as it is known.

    Args:
        outfit: the one that she wears unless a rule asks for another.
    """

    def __init__(self, visual: Visual, outfit: Chosen) -> None:
        self.parts: dict[str, Because] = {}
        self.outfit, self._visual = outfit, visual

    def say(self, part: str, value: str, why: str) -> None:
        """Sets a part that nothing has been said of yet."""
        self.parts.setdefault(part, Because(part, value, why))

    def follow(self, rules: Sequence[Direction], facts: Facts) -> None:
        """Takes in what the rules that hold say."""
        for rule in rules:
            if rule.when.holds(facts):
                for part, value in rule.then.parts.items():
                    self.say(part, value, f"“{rule.name}”")
                self._dress(rule.then, f"“{rule.name}”")

    @property
    def shot(self) -> Shot:
        """The whole, once something is said of every part."""
        values: dict[str, Any] = {part: one.value for part, one in self.parts.items()}
        return Shot(**values)

    def _dress(self, then: Then, why: str) -> None:
        """An outfit that a rule's words ask for, unless the talk is of one."""
        if then.outfit and not self.outfit.said:
            wanted = {word for words in then.outfit for word in phrase(words)}
            fitting = (one.name for one in self._visual.wardrobe if wanted.intersection(phrase(f"{one.name} {one.description}")))
            if name := next(fitting, None):
                self.say("outfit", name, why)


def _said(role: str, lines: Sequence[Line]) -> tuple[Sentence, ...]:
    """The sentences of one's last line among the last two."""
    return next((sentences((line,), 1) for line in reversed(lines[-2:]) if line[0] == role), ())


def _octant(affect: Affect) -> str:
    mood = affect.mood
    return EVEN if max(map(abs, mood)) < SLIGHT / 2 else mood.octant


def _look(rules: Sequence[Direction], facts: Facts) -> tuple[Expression, str] | None:
    """The first look that a rule asks for, and which rule."""
    return next(((one.then.expression, f"“{one.name}”") for one in rules if one.then.expression and one.when.holds(facts)), None)
