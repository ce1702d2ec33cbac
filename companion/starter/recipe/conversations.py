"""Composes training rows from what was written by hand: a conversation, and turns that branch off it.

The trunk is the prompt's stable part (blueprint, headlines, buffer), its replies learnt as they stand. Each tail is one
turn as the product will really ask for it: `now` block, message, reply. What a tail can teach is listed in
`Composer.lessons`.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from companion.persona.blueprint import Exchange
from companion.starter.recipe.characters import Character, invent_character
from companion.starter.recipe.facts import Fact
from companion.starter.recipe.grammar import Entry, Grammar, fill, slots
from companion.starter.recipe.lessons import Lessons
from companion.starter.recipe.pointing import Points
from companion.starter.recipe.rows import Asked, Row, Tail, Told, said
from companion.think.layout import day_words, render_blueprint

MOMENT_TAILS = 9  # turns that share one moment's `now` block


@dataclass(frozen=True, slots=True)
class Lesson:
    """One kind of turn.

    Attributes:
        alone, early, late: how often it is a tail of its own, one of many at a moment while copying is being learnt, and
            one of many later. Not knowing is easier to say than a copied value, and would be learnt instead of one: it waits.
        write: draws one, or None where it does not apply.
        weight: of its tokens in the loss. A short answer about what the prompt says would be drowned by talk.
    """

    alone: int
    early: int
    late: int
    write: Callable[[Character, Row, int], Asked | None]
    weight: float = 3.0


class Composer(Lessons):
    """Makes rows.

    Attributes:
        early: whether copying is still being learnt, so that most turns are about what the prompt says.
        lessons: every kind of turn, by name.
        point: shows beside a row's turns what is near their messages.
    """

    def __init__(
        self,
        grammar: Grammar,
        rng: random.Random,
        *,
        probe: bool = False,
        beside: Mapping[str, Sequence[str]] | None = None,
        point: Points = lambda row, rng: None,
    ) -> None:
        super().__init__(grammar, rng, probe=probe, beside=beside)
        self.point = point
        self.early = False
        self.lessons: Mapping[str, Lesson] = {
            "talk": Lesson(16, 16, 28, self.talk, weight=1),
            "placed": Lesson(30, 0, 0, self.placed_talk, weight=1),
            "follow": Lesson(22, 0, 0, self.follow, weight=1),
            "recall": Lesson(10, 38, 44, self.recall),
            "untold": Lesson(6, 5, 5, self.untold),
            "mention": Lesson(2, 6, 6, self.mention),
            "correct": Lesson(4, 3, 0, self.correct),
            "buffer": Lesson(14, 6, 18, self.from_buffer),
            "self": Lesson(4, 36, 46, self.own_fact),
            "unwritten": Lesson(2, 4, 3, self.unwritten),
            "identity": Lesson(2, 3, 5, self.identity),
            "clock": Lesson(6, 5, 3, self.clock),
            "telling": Lesson(2, 10, 6, self.telling, weight=1),
        }

    def moment(self, character: Character, row: Row, after: int, count: int, elsewhere: list[Fact]) -> list[Fact]:
        """Adds `count` turns that could follow at one moment: what is remembered, and who she is, asked for from every side.

        Args:
            elsewhere: what is remembered at another moment of the row. It is asked for here too, where it is not known, so
                that the answer depends on what the prompt says and not on what is asked.

        Returns:
            What is remembered here.
        """
        rng, values = self.rng, self.grammar.values
        facts: list[Fact] = []
        for _ in range(rng.randint(2, 7)):
            fact = self.grammar.user.draw(rng, besides=facts, near=facts[-1] if facts and rng.random() < 0.5 else None)
            facts += [fact] if fact else []
        known = [(fact, values.told(fact.kind, rng, probe=self.probe)) for fact in facts]
        asides = [self.reminders.aside() for _ in range(rng.choice((0, 0, 1, 2, 3)))]
        now = self.now([*(one for fact, value in known for one in self.remember(fact, value)), *asides], alone=True)
        tails: list[Tail] = []
        weights = {name: lesson.early if self.early else lesson.late for name, lesson in self.lessons.items()}
        while len(tails) < count:
            name = rng.choices(list(weights), list(weights.values()))[0]
            if name == "recall":
                fact, value = rng.choice(known)
                turn = Asked(now, self.ask(fact), self.answer(fact, value), self.idea_beside(fact))
            elif name == "mention":
                fact, value = rng.choice(known)
                if not fact.mention:
                    continue
                message, reply = rng.choice(fact.mention)
                turn = Asked(now, message, said(fill(reply, {"value": value})), self.idea_beside())
            elif name == "clock":
                turn = Asked(now, *self.ask_clock(now, rng.choice(("day", "date", "part"))), self.idea_beside())
            elif name == "untold":
                known_here = [*facts, *(told.fact for told in row.told)]
                lost = [f for f in elsewhere if not any(self.grammar.user.alike(f, other) for other in known_here)]
                absent = (
                    rng.choice(lost)
                    if lost and rng.random() < 0.6
                    else self.grammar.user.draw(rng, besides=known_here, near=rng.choice(facts))
                )
                if absent is None:
                    continue
                turn = Asked(now, self.ask(absent), self.not_known(absent, "user"), self.idea_beside(absent))
            elif name == "buffer":
                told = [t for t in row.told if t.after <= after and not any(self.grammar.user.alike(t.fact, other) for other in facts)]
                if not told:
                    continue
                chosen = rng.choice(told)
                turn = Asked(now, self.ask(chosen.fact), self.answer(chosen.fact, chosen.value), self.idea_beside(chosen.fact))
            elif name == "correct":
                continue  # this needs a moment of its own
            else:
                written = self.lessons[name].write(character, row, after)
                if written is None:
                    continue
                turn = written._replace(now=now)
            if turn.message not in {tail.message for tail in tails} or rng.random() < 0.2:
                tails.append(Tail(after, *turn, lesson=name, weight=self.lessons[name].weight))
        row.tails += tails
        return facts

    # the trunk

    def extend(self, row: Row, character: Character) -> None:
        """Adds one thing to the trunk: a stretch of talk, a fact told, a question about her or about what was told."""
        kind = self.rng.choices(("talk", "tell", "self", "buffer", "identity"), (62, 20, 7, 7, 4))[0]
        after = len(row.exchanges)
        if kind == "tell":
            fact = self.about_user([told.fact for told in row.told])
            if fact is None:
                return
            value = self.grammar.values.told(fact.kind, self.rng, probe=self.probe)
            reply = fill(self.rng.choice(self.grammar.small["acknowledge"]), {"value": value})
            row.exchanges.append((self.reminders.told(fact, value), said(reply)))
            row.told.append(Told(fact, value, after + 1))
        elif kind == "talk":
            entry: Entry | None = self.rng.choice(self.plain)
            bound: dict[str, str] | None = None
            while entry is not None:
                spoken = self.speak(entry, character, bound)
                if spoken is None:
                    return
                row.exchanges.append((spoken.message, spoken.reply))
                bound = {k: v for k, v in spoken.bound.items() if k not in character.own}
                if entry.then:
                    row.open[len(row.exchanges)] = (entry, bound)
                entry = self.rng.choice(entry.then) if entry.then and self.rng.random() < 0.75 else None
        else:
            lesson = {"self": self.own_fact, "buffer": self.from_buffer, "identity": self.identity}[kind]
            turn = lesson(character, row, after)
            if turn:
                row.exchanges.append((turn.message, turn.reply))

    def examples(self, character: Character) -> list[Exchange]:
        """Up to two example exchanges for the blueprint."""
        spoken = [self.speak(self.rng.choice(self.plain), character) for _ in range(self.rng.choice((0, 0, 0, 1, 2)))]
        return [Exchange(user=s.message, reply=s.reply) for s in spoken if s]

    def headlines(self) -> list[str]:
        """Headlines of older talk, in one row of five."""
        if self.rng.random() > 0.2:
            return []
        day = datetime(2024, 1, 1) + timedelta(days=self.rng.randrange(1200))
        lines = []
        for _ in range(self.rng.randint(2, 12)):
            entry = self.rng.choice(self.plain)
            user = self.rng.choice(entry.users)
            if any(name.startswith("my_") or name == "me" for name in slots(user)):
                continue
            bound = {name: self.grammar.values.draw(name, self.rng) for name in slots(user)}
            lines.append(f'{day_words(day)}: they said "{fill(user, bound)}"')
            day += timedelta(days=self.rng.choice((0, 0, 1, 3, 9)))
        return lines

    def row(self, *, exchanges: int | None = None, tails: int = 6, moments: int = 1) -> Row:
        """One row: a new character, a conversation, and the turns that branch off it.

        Args:
            exchanges: length of the trunk; by default anything from none to 48.
            tails: turns with a moment of their own.
            moments: moments at which many turns branch off.
        """
        rng = self.rng
        self.brief = self.early
        character = invent_character(self.grammar, rng, probe=self.probe)
        system = render_blueprint(character.blueprint, examples=self.examples(character), headlines=self.headlines())
        row = Row(system, character.blueprint.greeting, character.blueprint.identity.background)
        low, high = rng.choices(((0, 1), (2, 8), (8, 16), (16, 24), (30, 48)), (12, 38, 30, 14, 6))[0]
        wanted = rng.randint(low, high) if exchanges is None else exchanges
        while len(row.exchanges) < wanted:
            self.extend(row, character)
        remembered: list[Fact] = []
        for _ in range(moments):
            remembered = self.moment(character, row, rng.randint(0, len(row.exchanges)), MOMENT_TAILS, remembered)
        self.add_tails(row, character, tails, {name: lesson.alone for name, lesson in self.lessons.items()})
        self.point(row, rng)
        return row

    def add_tails(self, row: Row, character: Character, count: int, weights: Mapping[str, int]) -> None:
        """Branches `count` more turns off the trunk, anywhere, each of a lesson drawn by weight."""
        names = list(weights)
        count += len(row.tails)
        while len(row.tails) < count:
            after = self.rng.randint(0, len(row.exchanges))
            name = self.rng.choices(names, list(weights.values()))[0]
            if name == "follow" and row.open:
                after = self.rng.choice(list(row.open))
            turn = self.lessons[name].write(character, row, after)
            if turn:
                row.tails.append(Tail(after, *turn, lesson=name, weight=self.lessons[name].weight))
