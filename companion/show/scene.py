"""Where the story is, when, and what she wears there, by the words of the blueprint and of the last lines.

What she says of herself counts, and where the user sees her or asks to; where the user is does not. The last line that decides is
followed: people walk on. Words are compared, not understood: a kettle stands in a kitchen, whoever speaks of one. English only.
The words are data (`scene.yaml`).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any, NamedTuple, get_args

import yaml

from companion.persona.visual import Outfit, Setting, Visual
from companion.shot import Scene, Time
from companion.show.sentences import Line, Sentence, phrase, phrases, sentences

NAME, NAMED_WHOLE, DRAWN, DESCRIBED = 2, 3, 2, 1  # points
REACH = 3  # words between one that leads to a place, or away from it, and the place
Words = tuple[str, ...]


class Placed(NamedTuple):
    """Where she is.

    Attributes:
        name: of a setting of the blueprint, or of a scene; empty where the blueprint has none and nothing is said.
        scene: which drawn place it is.
        why: in plain words.
    """

    name: str
    scene: Scene
    why: str


class Chosen(NamedTuple):
    """A value, and why, in plain words.

    Attributes:
        said: whether the talk is of it.
    """

    value: str
    why: str
    said: bool = False


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells a thing of the blueprint from the others: words → points."""

    name: str
    whole: Words
    points: Mapping[Words, int]


@cache
def scenery() -> "Scenery":
    """The words that come with the program."""
    return Scenery(yaml.safe_load((files("companion.show") / "scene.yaml").read_text(encoding="utf-8")))


class Scenery:
    """Reads places, times and clothes.

    Args:
        book: as `scene.yaml` has it.

    Attributes:
        outside: the scenes that have the sky over them.
    """

    def __init__(self, book: Mapping[str, Any]) -> None:
        self._most_lines, self._least = book["most_lines"], book["least"]
        self._leading, self._away, self._wearing = phrases(book["leading"]), phrases(book["away"]), phrases(book["wearing"])
        self._theirs, self._of_her = frozenset(phrases(book["theirs"])), phrases(book["of_her"])
        self._common = frozenset(phrase(book["common"]))
        self._places: dict[Scene, tuple[Words, ...]] = {scene: phrases(book["places"][scene]) for scene in get_args(Scene)}
        self.outside: frozenset[Scene] = frozenset(book["outside"])
        self._times = [(phrase(one), one, time) for time in get_args(Time) for one in book["times"][time]]
        self._other_times = phrases(book["other_times"])
        self._hours: list[tuple[int, Time]] = sorted((int(hour), time) for time, hour in book["hours"].items())
        self._described: dict[Time, re.Pattern[str]] = {time: _behind(book["behind"], book["described"][time]) for time in get_args(Time)}

    def time(self, lines: Sequence[Line], moment: datetime) -> tuple[Time, str]:
        """When it is, and why: the last words that say so, else the clock; the moment is the user's local time."""
        for sentence in reversed(sentences(lines, self._most_lines["time"])):
            if sentence.has(self._other_times):
                continue
            if found := next(((written, time) for words, written, time in self._times if sentence.at(words) is not None), None):
                return found[1], f"the talk is of “{found[0]}”"
        begun = [time for hour, time in self._hours if hour <= moment.hour]
        return (begun or [self._hours[-1][1]])[-1], "by the clock"

    def place(self, visual: Visual, lines: Sequence[Line], time: Time) -> Placed:
        """Where she is: a setting that the last lines speak of, else a drawn place, else her first.

        A setting that is described at another time of day is passed over, if there is one that is not.
        """
        signs = self._setting_signs(visual)
        for sentence in reversed(sentences(lines, self._most_lines["place"])):
            if found := self._best(sentence, signs, self._least["place"], partial(self._counts, sentence)):
                return Placed(found, self.scene_of(found, visual), "the talk is of it")
            if drawn := self._drawn(sentence):
                return Placed(drawn, drawn, "the talk is of it")
        if not visual.settings:
            return Placed("", "study", "nothing says where she is")
        usual = visual.settings[0]
        fitting = next((one for one in visual.settings if self.time_of(one.description) in (time, None)), usual)
        why = "it is her usual place" if fitting is usual else f"it suits the {time} better than her usual place"
        return Placed(fitting.name, self.scene_of(fitting.name, visual), why)

    def outfit(self, visual: Visual, lines: Sequence[Line], place: Placed) -> Chosen:
        """What she wears: an outfit that the last lines speak of, else the one that belongs to the place, else her first."""
        signs = [_signs(one.name, self._own_words(one, visual.wardrobe)) for one in visual.wardrobe]
        for sentence in reversed(sentences(lines, self._most_lines["outfit"])):
            if self._about_her(sentence) and sentence.has(self._wearing) and (found := self._best(sentence, signs, self._least["outfit"])):
                return Chosen(found, "the talk is of it", said=True)
        around = {*phrase(place.name), place.scene, *(word for one in self._places[place.scene] for word in one)} - self._common
        there = next((one.name for one in visual.wardrobe if around.intersection(phrase(one.name))), None)
        if there:
            return Chosen(there, "it belongs to the place")
        usual = visual.wardrobe[0].name if visual.wardrobe else ""
        return Chosen(usual, "it is what she usually wears" if usual else "nothing says what she wears")

    def scene_of(self, name: str, visual: Visual) -> Scene:
        """Which drawn place a setting is: its own, else by its words, else a study."""
        setting = next((one for one in visual.settings if one.name.casefold() == name.casefold()), None)
        if setting is None:
            return next((scene for scene in get_args(Scene) if scene == name.casefold()), "study")
        if setting.scene:
            return setting.scene
        named, described = Sentence("", phrase(setting.name)), Sentence("", phrase(setting.description))
        points = {scene: sum(3 * _stands(one, named) + _stands(one, described) for one in words) for scene, words in self._places.items()}
        best = max(points, key=lambda scene: points[scene])
        return best if points[best] else "study"

    def time_of(self, description: str) -> Time | None:
        """The time that a description names; None if it names none."""
        found = [(match.start(), time) for time, pattern in self._described.items() if (match := pattern.search(description))]
        return min(found)[1] if found else None

    def at(self, description: str, time: Time) -> str:
        """A description without the times that it names, where the picture has another one."""
        for other, pattern in self._described.items():
            if other != time:
                description = pattern.sub("", description)
        return re.sub(r"^[\s,;]+|[\s,;]+$", "", re.sub(r"\s*([,;])(\s*[,;])*", r"\1", re.sub(r"\s+", " ", description)))

    def _setting_signs(self, visual: Visual) -> list[_Signs]:
        settings = visual.settings
        scenes = [self.scene_of(one.name, visual) for one in settings]
        drawn = [self._places[scene] if scenes.count(scene) == 1 else () for scene in scenes]
        return [
            _signs(one.name, {**self._own_words(one, settings), **dict.fromkeys(words, DRAWN)}, self._names(one, settings))
            for one, words in zip(settings, drawn, strict=True)
        ]

    def _own_words(self, one: Setting | Outfit, among: Sequence[Setting | Outfit]) -> dict[Words, int]:
        """The words that no other has, and their points."""
        seen = Counter(word for other in among for word in {*phrase(other.name), *phrase(other.description)})
        own = {(word,): DESCRIBED for word in phrase(one.description) if word not in self._common and seen[word] == 1}
        return own | self._names(one, among)

    def _names(self, one: Setting | Outfit, among: Sequence[Setting | Outfit]) -> dict[Words, int]:
        named = Counter(word for other in among for word in set(phrase(other.name)))
        return {(word,): NAME for word in phrase(one.name) if word not in self._common and named[word] == 1}

    def _best(self, sentence: Sentence, signs: Sequence[_Signs], least: int, counts: Callable[[int], bool] = lambda at: True) -> str | None:
        """The thing with most points, if they suffice; of equals the one that stands earlier in the blueprint."""
        best, most = None, least - 1
        for one in signs:
            whole = sentence.at(one.whole)
            points = NAMED_WHOLE if whole is not None and counts(whole) else 0
            points += sum(worth for words, worth in one.points.items() if (at := sentence.at(words)) is not None and counts(at))
            if points > most:
                best, most = one.name, points
        return best

    def _drawn(self, sentence: Sentence) -> Scene | None:
        """A drawn place that she is said to be in; a thing that might stand there is not enough."""
        for scene, words in self._places.items():
            for one in words:
                at = sentence.at(one)
                if at is not None and self._counts(sentence, at) and self._led_to(sentence, at):
                    return scene
        return None

    def _counts(self, sentence: Sentence, at: int) -> bool:
        """Whether a place that stands there is where she is."""
        before = Sentence("", sentence.words[max(0, at - REACH) : at])
        if before.has(self._away):
            return False
        return sentence.role != "user" or (self._about_her(sentence) and self._led_to(sentence, at))

    def _about_her(self, sentence: Sentence) -> bool:
        """Whether a sentence may be about her: one in which the user begins with "I" seldom is."""
        theirs = any(sentence.words[: len(one)] == one for one in self._theirs)
        return sentence.role != "user" or not theirs or sentence.has(self._of_her) is not None

    def _led_to(self, sentence: Sentence, at: int) -> bool:
        return Sentence("", sentence.words[max(0, at - REACH) : at]).has(self._leading) is not None


def _signs(name: str, points: Mapping[Words, int], names: Mapping[Words, int] | None = None) -> _Signs:
    return _Signs(name, phrase(name), {**points, **(names or {})})


def _stands(words: Words, sentence: Sentence) -> int:
    return sentence.at(words) is not None


def _behind(leading: Sequence[str], words: Sequence[str]) -> re.Pattern[str]:
    """A time behind a word that leads to it, or as a clause of its own."""
    lead, named = (("|".join(re.escape(one) for one in sorted(those, key=len, reverse=True))) for those in (leading, words))
    return re.compile(rf"\b(?:{lead}) (?:{named})\b|(?<![^,;])\s*\b(?:{named})\s*(?![^,;])", re.IGNORECASE)
