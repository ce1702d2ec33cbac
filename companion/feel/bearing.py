"""What a model is told of how she feels and carries herself: short sentences for the `now` block, never cached.

The wording is data (`bearing.yaml`). What a rule forbids stands in the constraints and needs no sentence; what it asks for does.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from companion.affect import Affect, Felt, Manner
from companion.feel.nearness import standing_line
from companion.persona.relationship import Relationship


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    book: Mapping[str, Mapping[str, str]] = yaml.safe_load(Path(__file__).with_name("bearing.yaml").read_text("utf-8"))
    return book


def mood_line(affect: Affect) -> str:
    """Her mood in a few words."""
    words = _words()
    return words["shown"].get(affect.shown) or words["octants"][affect.mood.octant]


def bearing(felt: Felt, relationship: Relationship, days_apart: int = 0) -> tuple[str, ...]:
    """How near the two are, and how she talks now; nothing where there is nothing to say.

    Args:
        days_apart: whole days since the two talked last.
    """
    stage = next((one for one in relationship.stages if one.name == felt.affect.bond.stage), None)
    standing = standing_line(stage, days_apart)
    return (*([standing] if standing else ()), *_talks(felt.manner))


def _talks(manner: Manner) -> Iterator[str]:
    style = ", ".join(part for part in (_words()["pace"][manner.pace], manner.tone) if part)
    if style:
        yield f"You talk like this now: {style}."
    if manner.reply_sentences:
        yield f"You say {manner.reply_sentences} {'sentence' if manner.reply_sentences == 1 else 'sentences'} at most."
    if manner.questions != "allowed":
        yield "You ask nothing back." if manner.questions == "none" else "You ask one question back at most."
    if manner.favour:
        yield f"Words that come to you now: {'; '.join(manner.favour)}."
