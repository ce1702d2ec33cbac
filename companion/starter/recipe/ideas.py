"""Which written replies the product would find for a question that the prompt itself answers.

Training shows them beside such questions, so that what is found is learnt to be an offer: worth taking up in talk, and
worth nothing where a memory or the blueprint has the answer.
"""

import re
from collections.abc import Mapping

import numpy as np

from companion.starter.recipe.facts import Fact, Facts
from companion.starter.recipe.grammar import SLOT, Grammar
from companion.starter.recipe.rows import said
from companion.starter.recipe.sayings import exchanges, wording
from companion.think.nearest import Encode
from companion.think.protocol import GAP
from companion.think.sayings import FLOOR

SUBJECTS = 2  # of a family, whose questions are looked up
NEAREST = 3  # exchanges a question
MOST = 40  # replies kept of a family
OWN = re.compile(r"\{(?:my_\w+|me)\}")


def replies_beside(grammar: Grammar, encode: Encode) -> Mapping[str, tuple[str, ...]]:
    """Replies near the questions about facts, by family; a family that nothing is near to has none."""
    told = [entry for entry, _ in exchanges(grammar.dialogues)]
    said_by = [(entry, text) for entry in told for text in entry.users]
    vectors = encode([wording(text) for _, text in said_by])
    found: dict[str, dict[str, None]] = {}
    for side in (grammar.user, grammar.persona):
        asked = [(fact.family, question) for fact in _some(side) for question in fact.ask]
        scores = encode([question for _, question in asked]) @ vectors.T
        for (family, _), row in zip(asked, scores, strict=True):
            near = (said_by[at][0] for at in np.argsort(-row)[:NEAREST] if row[at] >= FLOOR)
            replies = [text for entry in near for texts in entry.replies.values() for text in texts if not OWN.search(text)]
            found.setdefault(family, {}).update((said(SLOT.sub(GAP, text)), None) for text in replies)
    return {family: tuple(replies)[:MOST] for family, replies in found.items()}


def _some(side: Facts) -> list[Fact]:
    return [*side.attributes, *(fact for members in side.families for fact in members[:SUBJECTS])]
