"""What stands in a training prompt as remembered: notes, and remarks quoted among others, worded as the product words them."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from companion.remember.lines import line
from companion.remember.protocol import Factors, Kind, Recollection
from companion.starter.recipe.facts import Fact
from companion.starter.recipe.grammar import SLOT, Grammar, fill

NOTES = 0.5  # of what is remembered of facts; the rest is quoted in the words it was told in
EVENTS = 0.15  # of the notes, which say their day
IN_PASSING = 0.45  # of what is told: beside something else
HERS = 0.4  # of the quotes that are beside the point
QUOTED = 'they said: "'
SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def _recollection(kind: Kind, text: str, speaker: str = "", *, in_force: bool = True) -> Recollection:
    told_by = "user" if speaker == "user" else "persona" if speaker else ""
    return Recollection("", kind, text, SOME_DAY, told_by, 0.0, Factors(), (), in_force)  # type: ignore[arg-type]


class Reminders:
    """Draws recollections; everything random comes from the given generator."""

    def __init__(self, grammar: Grammar, rng: random.Random) -> None:
        self.rng = rng
        plain = [entry for entry in grammar.dialogues if not (entry.now or entry.gap or entry.time or entry.mood)]
        # Without a slot nothing is told that a question could be about.
        self.said = [text for entry in plain for text in entry.users if not SLOT.search(text)]
        self.answered = [text for entry in plain for texts in entry.replies.values() for text in texts if not SLOT.search(text)]

    def of(self, fact: Fact, value: str, *, in_force: bool = True) -> Recollection:
        """A fact of the user: a note, or the words it was told in, perhaps in passing."""
        if self.rng.random() < NOTES:
            return replace(self.noted(fill(self.rng.choice(fact.memory), {"value": value})), in_force=in_force)
        return _recollection("turn", self.told(fact, value), "user", in_force=in_force)

    def told(self, fact: Fact, value: str) -> str:
        """A fact in the user's words, perhaps in passing."""
        told = fill(self.rng.choice(fact.told), {"value": value})
        if self.rng.random() < IN_PASSING:
            parts = [self._sentence(told), self._sentence(self.rng.choice(self.said))]
            self.rng.shuffle(parts)
            told = " ".join(parts)
        return told

    def noted(self, text: str) -> Recollection:
        """A note as it is worded by hand; one that quotes becomes a quote."""
        if text.startswith(QUOTED) and text.endswith('"'):
            return _recollection("turn", text.removeprefix(QUOTED)[:-1], "user")
        return _recollection("event" if self.rng.random() < EVENTS else "fact", text)

    def aside(self) -> Recollection:
        """Something said once that is beside the point."""
        if self.rng.random() < HERS:
            return _recollection("turn", self.rng.choice(self.answered), "persona")
        said = self.rng.sample(self.said, k=self.rng.choice((1, 1, 2)))
        return _recollection("turn", " ".join(map(self._sentence, said)), "user")

    def lines(self, recollections: Iterable[Recollection], moment: datetime) -> tuple[str, ...]:
        """The lines of the `now` block, each once."""
        now = moment.replace(tzinfo=UTC)
        days = (now - timedelta(days=self.rng.randint(1, 200)) for _ in iter(int, 1))
        return tuple(dict.fromkeys(line(replace(one, at=day), "", now) for one, day in zip(recollections, days, strict=False)))

    def _sentence(self, text: str) -> str:
        return text if text[-1:] in ".!?…\"'" else f"{text}{self.rng.choice(('.', '.', '!', ' haha', '...'))}"
