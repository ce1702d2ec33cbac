"""The rules of the director: what each looks at and what it asks for, as `director.yaml` has them. A slip in the file is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BeforeValidator, Field

from companion.persona.fields import Line, Name, Part, Share, Signed
from companion.persona.terms import Emotion, Octant
from companion.shot import Expression, Framing, Gesture, Light, Pose, Scene, Time
from companion.show.sentences import Sentence, phrases

Value = TypeVar("Value")


def _several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Some = Annotated[tuple[Value, ...], BeforeValidator(_several)]  # one value, or a list of them


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at.

    Attributes:
        asked, told: the sentences of the user's last line, and of hers.
        manner: what one of her own rules asks of her face.
        feeling: what she shows, a GoEmotions label.
        octant: where her mood lies; "even" where it hardly lies anywhere.
        arousal: of her mood, in [−1, 1].
        trust: between the two, in [0, 1].
        stage: how near the two are.
        place: which drawn place it is.
        outside: whether the sky is over her.
    """

    asked: tuple[Sentence, ...] = ()
    told: tuple[Sentence, ...] = ()
    manner: tuple[Sentence, ...] = ()
    feeling: str = "neutral"
    octant: str = "even"
    arousal: float = 0.0
    trust: float = 0.0
    stage: str = ""
    place: Scene = "study"
    time: Time = "day"
    outside: bool = False
    expression: Expression = "neutral"
    pose: Pose = "standing"
    gesture: Gesture = "none"
    framing: Framing = "half"


class When(Part):
    """What must hold; what is left out may be as it will. `director.yaml` says what each means."""

    asked: Some[Name] = ()
    told: Some[Name] = ()
    words: Some[Name] = ()
    manner: Some[Name] = ()
    feeling: Some[Emotion] = ()
    octant: Some[Octant | Literal["even"]] = ()
    stage: Some[Name] = ()
    place: Some[Scene] = ()
    time: Some[Time] = ()
    expression: Some[Expression] = ()
    pose: Some[Pose] = ()
    gesture: Some[Gesture] = ()
    framing: Some[Framing] = ()
    outside: bool | None = None
    arousal: Signed | None = None
    calmer: Signed | None = None
    trust: Share | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether all of it holds."""
        return (
            all(not (allowed := getattr(self, name)) or getattr(facts, name) in allowed for name in _LISTED)
            and (self.outside is None or self.outside == facts.outside)
            and (self.arousal is None or facts.arousal >= self.arousal)
            and (self.calmer is None or facts.arousal <= self.calmer)
            and (self.trust is None or facts.trust >= self.trust)
            and all(not spoken or any(one.says(spoken) for one in where) for spoken, where in self._spoken(facts))
        )

    def _spoken(self, facts: Facts) -> Iterator[tuple[tuple[tuple[str, ...], ...], tuple[Sentence, ...]]]:
        asked, told, words, manner = self._phrases
        yield from ((asked, facts.asked), (told, facts.told), (words, facts.asked + facts.told), (manner, facts.manner))

    @cached_property
    def _phrases(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        return tuple(phrases(those) for those in (self.asked, self.told, self.words, self.manner))


_LISTED = ("feeling", "octant", "stage", "place", "time", "expression", "pose", "gesture", "framing")


class Then(Part):
    """What a rule asks for."""

    expression: Expression | None = None
    pose: Pose | None = None
    gesture: Gesture | None = None
    framing: Framing | None = None
    light: Light | None = None
    outfit: Some[Name] = Field(default=(), description="Words: an outfit that has one of them is taken.")

    @property
    def parts(self) -> dict[str, str]:
        """What it says of single parts."""
        named = {name: getattr(self, name) for name in ("expression", "pose", "gesture", "framing", "light")}
        return {name: value for name, value in named.items() if value}


class Direction(Part):
    """A rule of the director."""

    name: Line
    when: When
    then: Then
    otherwise: Then = Then()


class Directions(Part):
    """All of them."""

    wishes: tuple[Direction, ...]
    looks: tuple[Direction, ...]
    rules: tuple[Direction, ...]
    fits: tuple[Direction, ...]


@cache
def directions() -> Directions:
    """Those that come with the program."""
    return Directions.model_validate(yaml.safe_load((files("companion.show") / "director.yaml").read_text(encoding="utf-8")))
