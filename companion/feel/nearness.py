"""What a stage shows: her first words, what she calls the user, how open she is, and her colour on the page.

All of it comes from the blueprint; where a stage leaves something out, her usual ways stay. After a long time apart she is glad,
and whoever comes back is not asked to account for it: greetings that reproach are left out as long as she has another one.
"""

from companion.feel.dynamics import dynamics
from companion.persona.blueprint import Appearance, Blueprint
from companion.persona.relationship import Stage, reproaches


def greetings(blueprint: Blueprint, stage: Stage | None) -> tuple[str, ...]:
    """Her first words in a new conversation, the ones to begin with first; the rest are alternatives.

    Args:
        stage: where the two are; None where they have no stages.
    """
    usual = (blueprint.greeting, *blueprint.alternate_greetings)
    ours = (stage.greeting, *usual) if stage and stage.greeting else usual
    return tuple(text for text in ours if not reproaches(text)) or ours


def standing_line(stage: Stage | None, days_apart: int = 0) -> str:
    """Where the two are, in sentences for the model: "How near the two of you are: regular. You are open about yourself."

    Args:
        days_apart: whole days since the two talked last.
    """
    known = dynamics()
    said = [known.lines["stage"].format(name=stage.name), _address(stage), openness(stage.openness)] if stage else []
    if days_apart >= known.apart_days:
        said.append(known.lines["apart"])
    return " ".join(filter(None, said))


def openness(share: float) -> str:
    """How much of herself she shows, in a sentence for the model; `share` is in [0, 1]."""
    bands = dynamics().openness
    return next((words for upper, words in bands if share <= upper), bands[-1][1])


def appearance(blueprint: Blueprint, stage: Stage | None) -> Appearance:
    """How she looks on the page at a stage: in its accent, if it has one."""
    own = blueprint.appearance
    return own.model_copy(update={"accent": stage.accent}) if stage and stage.accent else own


def _address(stage: Stage) -> str:
    return dynamics().lines["address"].format(address=stage.address) if stage.address else ""
