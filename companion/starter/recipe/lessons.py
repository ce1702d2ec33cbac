"""What one turn can teach, each lesson a method: recalling, not knowing, being herself, ordinary talk.

A lesson gives the `now` block, the message and the reply, or None where it does not apply. `Lessons` draws single turns;
`conversations.Composer` makes rows of them.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from companion.remember.protocol import Recollection
from companion.starter.recipe.characters import FROM_IDENTITY, Character
from companion.starter.recipe.facts import Fact
from companion.starter.recipe.grammar import SLOT, Entry, Grammar, fill, slots
from companion.starter.recipe.reminders import Reminders
from companion.starter.recipe.rows import Asked, Row, parse_gap, said
from companion.think.layout import Now, day_words, gap_words, moment_words
from companion.think.protocol import GAP

HOURS = {"night": (22, 23, 0, 1, 2, 3), "morning": (6, 7, 8, 9, 10), "afternoon": (13, 14, 15, 16), "evening": (18, 19, 20, 21)}
PLAINLY_UNKNOWN = 0.4
PLACED_IDEAS = 0.3  # no reply that presumes a memory or an absence is ever found: most of them come without an idea
FITTING, STRAY = 0.72, 0.08  # shares of talk whose idea is its own reply, and any other
BESIDE_FACT, BESIDE_OTHER = 0.8, 0.12  # shares of other turns with an idea: one that is found for their question, or any
OUTDATED = 0.15  # of facts, beside which an older value stands that says it is past
ASIDES = 0.45  # of what else is remembered: remarks about nothing
MEMORY_COUNTS = ((0, 1, 2, 3, 4, 5, 6, 7), (18, 16, 16, 15, 12, 9, 8, 6))


class Spoken(NamedTuple):
    """One exchange, the values it used, and the idea that would have led to it."""

    message: str
    reply: str
    bound: dict[str, str]
    idea: str


class Lessons:
    """Draws single turns; everything random comes from the given generator.

    Args:
        probe: draw held-out values only, for measuring.
        beside: replies found for questions about a fact, by its family (`ideas.replies_beside`); None gives no turn an idea.

    Attributes:
        brief: whether most answers say little but the value.
    """

    def __init__(
        self, grammar: Grammar, rng: random.Random, *, probe: bool = False, beside: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.grammar, self.rng, self.probe, self.beside = grammar, rng, probe, beside
        self.stray = [text for texts in (beside or {}).values() for text in texts]
        self.brief = False
        self.reminders = Reminders(grammar, rng)
        self.plain = [e for e in grammar.dialogues if not (e.now or e.gap or e.time or e.mood)]
        self.placed = [e for e in grammar.dialogues if e.now or e.gap or e.time or e.mood]

    # values and the moment

    def bind(self, names: set[str], character: Character, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """Values for slots: her own, those already `known`, the rest drawn."""
        bound = dict(character.own) | dict(known or {})
        for name in sorted(names - set(bound)):
            bound[name] = self.grammar.values.draw(name, self.rng, probe=self.probe)
        return bound

    def remember(self, fact: Fact, value: str) -> list[Recollection]:
        """A fact of the user as recollections: how it is now, and sometimes how it was."""
        before = self.rng.random() < OUTDATED and not self.probe
        old = [self.reminders.of(fact, self.grammar.values.told(fact.kind, self.rng), in_force=False)] if before else []
        return [self.reminders.of(fact, value), *old]

    def now(
        self,
        memories: Sequence[Recollection],
        *,
        besides: Collection[Fact] = (),
        near: Fact | None = None,
        entry: Entry | None = None,
        gap: bool = False,
        alone: bool = False,
    ) -> Now:
        """A `now` block holding `memories`, among others that are beside the point unless `alone`, in any order.

        None of the others can be taken for one of `besides`; some are close to `near`.
        """
        rng = self.rng
        part = entry.time if entry and entry.time in HOURS else rng.choice(list(HOURS))
        moment = datetime(2024, 1, 1) + timedelta(days=rng.randrange(1500))
        moment = moment.replace(hour=rng.choice(HOURS[part]), minute=rng.randrange(60))
        since = parse_gap(entry.gap) if entry and entry.gap else None
        if since is None and (gap or rng.random() < 0.35):
            since = timedelta(
                days=rng.choice((0.1, 0.3, 1.1, 2.1, 3.2, 4.5, 7.5, 15, 22, 40, 50, 70, 100, 150, 250, 400)) * rng.uniform(1, 1.3)
            )
        lines, told = list(memories), list(besides)
        for index in range(0 if alone else rng.choices(*MEMORY_COUNTS)[0]):
            if rng.random() < ASIDES:
                lines.append(self.reminders.aside())
                continue
            fact = self.grammar.user.draw(rng, besides=told, near=near if index < 2 else None)
            if fact:
                told.append(fact)
                lines += self.remember(fact, self.grammar.values.told(fact.kind, rng, probe=self.probe))
        rng.shuffle(lines)
        mood = entry.mood if entry and entry.mood else rng.choice(self.grammar.small["moods"]) if rng.random() < 0.3 else ""
        return Now(moment, since, mood, (), self.reminders.lines(lines, moment))

    def answer(self, fact: Fact, value: str) -> str:
        """An answer that names the value; `brief` ones say little else, so that early training is about the value."""
        wordings = [a for a in fact.answer if a.startswith("{value}")] if self.brief and self.rng.random() < 0.75 else []
        return said(fill(self.rng.choice(wordings or fact.answer), {"value": value}))

    def not_known(self, fact: Fact, side: str) -> str:
        """An answer that says so; plain ones name nothing of the question, and so suit questions never met in training."""
        plain = self.rng.random() < PLAINLY_UNKNOWN
        return said(self.rng.choice(self.grammar.small["not_known"][side] if plain else fact.unknown))

    def about_user(self, besides: Collection[Fact] = ()) -> Fact | None:
        """Something to know of the user."""
        return self.grammar.user.draw(self.rng, besides=besides)

    def ask(self, fact: Fact) -> str:
        """A question about a fact."""
        return self.rng.choice(fact.ask)

    # ideas

    def idea_of(self, user: str, reply: str, bound: Mapping[str, str]) -> str:
        """An idea for talk: mostly its own reply, with gaps for what the message says; now and then any other, or none."""
        drawn = self.rng.random()
        if self.beside is None or drawn > FITTING + STRAY:
            return ""
        if drawn > FITTING:
            return self.rng.choice(self.stray)
        gaps = slots(user)
        return said(SLOT.sub(lambda slot: GAP if slot[1] in gaps else bound[slot[1]], reply))

    def idea_beside(self, fact: Fact | None = None) -> str:
        """What would be found for a question that the prompt answers: beside the point, but near in words."""
        near = (self.beside or {}).get(fact.family, ()) if fact else ()
        if near and self.rng.random() < BESIDE_FACT:
            return self.rng.choice(near)
        return self.rng.choice(self.stray) if self.stray and self.rng.random() < BESIDE_OTHER else ""

    # lessons: each returns None where it does not apply

    def speak(self, entry: Entry, character: Character, known: Mapping[str, str] | None = None) -> Spoken | None:
        """One exchange of an entry in the character's manner, with the values it used."""
        reply = entry.reply(character.manners, character.allowed, self.rng)
        if reply is None:
            return None
        user = self.rng.choice(entry.users)
        bound = self.bind(slots(user, reply, *entry.now), character, known)
        return Spoken(fill(user, bound), said(fill(reply, bound)), bound, self.idea_of(user, reply, bound))

    def talk(self, character: Character, row: Row, after: int) -> Asked | None:
        """An ordinary message; whatever is remembered is beside the point."""
        spoken = self.speak(self.rng.choice(self.plain), character)
        return spoken and Asked(self.now([]), spoken.message, spoken.reply, spoken.idea)

    def placed_talk(self, character: Character, row: Row, after: int) -> Asked | None:
        """A message whose answer depends on memories, mood, hour or absence."""
        entry = self.rng.choice(self.placed)
        if entry.gap and parse_gap(entry.gap) is None:
            return None
        spoken = self.speak(entry, character)
        if spoken is None:
            return None
        now = self.now([self.reminders.noted(fill(line, spoken.bound)) for line in entry.now], entry=entry)
        return Asked(now, spoken.message, spoken.reply, spoken.idea if self.rng.random() < PLACED_IDEAS else "")

    def follow(self, character: Character, row: Row, after: int) -> Asked | None:
        """The next message of something begun in the trunk."""
        if after not in row.open:
            return None
        entry, bound = row.open[after]
        spoken = self.speak(self.rng.choice(entry.then), character, bound)
        return spoken and Asked(self.now([]), spoken.message, spoken.reply, spoken.idea)

    def recall(self, character: Character, row: Row, after: int) -> Asked | None:
        """A question that one of the memories answers."""
        fact = self.about_user()
        if fact is None:
            return None
        value = self.grammar.values.told(fact.kind, self.rng, probe=self.probe)
        now = self.now(self.remember(fact, value), besides=[fact], near=fact)
        return Asked(now, self.ask(fact), self.answer(fact, value), self.idea_beside(fact))

    def untold(self, character: Character, row: Row, after: int) -> Asked | None:
        """A question about something never said, with its neighbours in sight."""
        fact = self.about_user([told.fact for told in row.told])
        if fact is None:
            return None
        return Asked(self.now([], besides=[fact], near=fact), self.ask(fact), self.not_known(fact, "user"), self.idea_beside(fact))

    def mention(self, character: Character, row: Row, after: int) -> Asked | None:
        """An ordinary message that a memory makes personal."""
        fact = self.rng.choice([f for f in self.grammar.user.attributes if f.mention])
        value = self.grammar.values.told(fact.kind, self.rng, probe=self.probe)
        message, reply = self.rng.choice(fact.mention)
        return Asked(self.now(self.remember(fact, value), besides=[fact]), message, said(fill(reply, {"value": value})), self.idea_beside())

    def correct(self, character: Character, row: Row, after: int) -> Asked | None:
        """The user puts something right."""
        fact = self.rng.choice([f for f in self.grammar.user.attributes if f.correct])
        old, new = (self.grammar.values.told(fact.kind, self.rng, probe=self.probe) for _ in range(2))
        message, reply = (fill(text, {"value": new}) for text in self.rng.choice(fact.correct))
        return Asked(self.now([self.reminders.of(fact, old)], besides=[fact]), message, said(reply), self.idea_beside())

    def from_buffer(self, character: Character, row: Row, after: int) -> Asked | None:
        """A question that something said earlier in the conversation answers; no memory helps."""
        told = [t for t in row.told if t.after <= after]
        if not told:
            return None
        chosen = self.rng.choice(told)
        now = self.now([], besides=[t.fact for t in row.told], near=chosen.fact)
        return Asked(now, self.ask(chosen.fact), self.answer(chosen.fact, chosen.value), self.idea_beside(chosen.fact))

    def own_fact(self, character: Character, row: Row, after: int) -> Asked | None:
        """A question about herself that her blueprint answers."""
        fact = self.rng.choice(character.stated)
        return Asked(self.now([]), self.ask(fact), self.answer(fact, character.facts[fact.attribute]), self.idea_beside(fact))

    def unwritten(self, character: Character, row: Row, after: int) -> Asked | None:
        """A question about herself that her blueprint leaves open."""
        written = [*character.stated, *(f for f in self.grammar.persona.attributes if f.attribute in FROM_IDENTITY)]
        fact = self.grammar.persona.draw(self.rng, besides=written, near=self.rng.choice(character.stated))
        if fact is None:
            return None
        return Asked(self.now([]), self.ask(fact), self.not_known(fact, "self"), self.idea_beside(fact))

    def identity(self, character: Character, row: Row, after: int) -> Asked | None:
        """Her name, age and work, from the first line of the blueprint."""
        asked = self.rng.choice(list(self.grammar.small["identity"].values()))
        reply = said(fill(self.rng.choice(asked["answer"]), character.own))
        return Asked(self.now([]), self.rng.choice(asked["ask"]), reply, self.idea_beside())

    def clock(self, character: Character, row: Row, after: int) -> Asked | None:
        """The day, the date, the hour and the absence, from the `now` block."""
        asked = self.rng.choice(("day", "date", "part", "gap", "gap"))
        now = self.now([], gap=asked == "gap")
        if asked == "gap" and not gap_words(now.gap):
            return None
        return Asked(now, *self.ask_clock(now, asked), self.idea_beside())

    def ask_clock(self, now: Now, asked: str) -> tuple[str, str]:
        """A question about the moment, and its answer."""
        weekday, part = moment_words(now.moment).split(",")[0].split(" ")
        words = {
            "weekday": weekday,
            "part": part,
            "date": day_words(now.moment),
            "gap": gap_words(now.gap),
            "wrong_day": self.rng.choice(("Monday", "Tuesday", "Friday")),
        }
        texts = self.grammar.small["clock"][asked]
        ask, answer = self.rng.choice(texts["ask"]), self.rng.choice(texts["answer"])
        return fill(ask, words), said(fill(answer, words))

    def telling(self, character: Character, row: Row, after: int) -> Asked | None:
        """The user tells a fact; she takes it in."""
        fact = self.about_user()
        if fact is None:
            return None
        value = self.grammar.values.told(fact.kind, self.rng, probe=self.probe)
        reply = fill(self.rng.choice(self.grammar.small["acknowledge"]), {"value": value})
        return Asked(self.now([], besides=[fact]), fill(self.rng.choice(fact.told), {"value": value}), said(reply), self.idea_beside())
