"""What a capable language model suggests for a picture, laid over what the director chose.

The model is asked for a form (`prompts/suggestion.j2`) whose values are the words of a shot and the names of the blueprint's settings
and outfits; a grammar can hold it to that, and what does not hold is left out part by part. What the user asked to see stays, and what
cannot be together is put right as ever. No model is asked here: whoever has one sends `Suggestion.prompt` with `Suggestion.schema`
and hands its answer to `Suggestion.over`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, StrictUndefined, Template

from companion.affect import Affect
from companion.persona.visual import Visual
from companion.shot import Expression, Framing, Gesture, Light, Pose, Scene, Shot, Time
from companion.show.director import Because, Directed, fitted
from companion.show.expressions import expressions
from companion.show.sentences import Line

KINDS: Mapping[str, tuple[str, ...]] = {
    "expression": get_args(Expression),
    "pose": get_args(Pose),
    "gesture": get_args(Gesture),
    "framing": get_args(Framing),
    "light": get_args(Light),
    "time": get_args(Time),
}
MOST_LINES, MOST_CHARS = 6, 500  # of the conversation, and of each line
MOST_REPLY_CHARS = 8_000


@cache
def _template() -> Template:
    source = (Path(__file__).parent / "prompts" / "suggestion.j2").read_text("utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False).from_string(source)


class Suggestion:
    """Asks for a shot of one persona.

    Args:
        visual: hers.
        name: what she is called.

    Attributes:
        choices: what may stand for each part of a shot.
    """

    def __init__(self, visual: Visual, name: str) -> None:
        self._visual, self._name = visual, name
        settings = tuple(one.name for one in visual.settings) or get_args(Scene)
        outfits = tuple(one.name for one in visual.wardrobe)
        self.choices: Mapping[str, tuple[str, ...]] = {**KINDS, "setting": settings, **({"outfit": outfits} if outfits else {})}

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": list(self.choices),
            "properties": {part: {"type": "string", "enum": list(choices)} for part, choices in self.choices.items()},
        }

    def prompt(self, directed: Directed, affect: Affect, lines: Sequence[Line]) -> str:
        """What the model reads.

        Args:
            directed: the director's choice.
            affect: what she feels.
            lines: who spoke, "user" or "persona", and what; the last few are told.
        """
        shot = directed.shot
        first = {part: value for part, value in asdict(shot).items() if part in self.choices and value}
        said = [("user" if role == "user" else self._name, " ".join(text.split())[-MOST_CHARS:]) for role, text in lines[-MOST_LINES:]]
        return _template().render(
            name=self._name,
            lines=said,
            feels=f"{expressions().looks[shot.expression].word}; {affect.mood.words}",
            shot=shot,
            first=json.dumps(first, ensure_ascii=False),
            parts=self.choices.items(),
            settings=self._visual.settings,
            outfits=self._visual.wardrobe,
        )

    def over(self, directed: Directed, reply: str) -> Directed:
        """The director's choice with what of a reply holds; as it was, where nothing does.

        Args:
            reply: the model's; words or a fence around the JSON make no difference.
        """
        suggested = {part: value for part, value in self._parts(reply).items() if part not in directed.asked}
        reasons = tuple(
            Because(one.part, suggested[one.part], "the model suggests it") if suggested.get(one.part, one.value) != one.value else one
            for one in directed.reasons
        )
        values: dict[str, Any] = {one.part: one.value for one in reasons}
        return fitted(Directed(Shot(**values), reasons, directed.asked))

    def _parts(self, reply: str) -> dict[str, str]:
        """The parts that a reply names as they may be named."""
        reply = reply[:MOST_REPLY_CHARS]
        try:
            told = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
        except (ValueError, RecursionError):
            return {}
        if not isinstance(told, dict):
            return {}
        known = {part: {one.casefold(): one for one in choices} for part, choices in self.choices.items()}
        named = {part: own.get(value.strip().casefold()) for part, own in known.items() if isinstance(value := told.get(part), str)}
        return {part: value for part, value in named.items() if value is not None}
