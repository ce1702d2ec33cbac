"""Composes training rows from what was written by hand: a conversation, and turns that branch off it.

The trunk is the prompt's stable part (blueprint, headlines, buffer), its replies learnt as they stand. Each tail is one
turn as the product will really ask for it: `now` block, message, reply. What a tail can teach is listed in
`Composer.lessons`.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from companion.persona.blueprint import Exchange
from companion.starter.recipe.characters import Character, invent_character
from companion.starter.recipe.grammar import Entry, Grammar, fill, slots
from companion.starter.recipe.lessons import Lessons
from companion.starter.recipe.rows import Row, Tail, Told, said
from companion.think.layout import Now, day_words, render_blueprint

MOMENTS, MOMENT_TAILS = 3, 9  # of a grounding row; tails of one moment share its `now` block


@dataclass(frozen=True, slots=True)
class Lesson:
    """One kind of turn: how often in ordinary rows, how often in grounding rows, and who writes it.

    Not knowing is easier to say than a copied value, and would be learnt instead of one: it waits until values are copied.
    """

    weight: int
    grounding_weight: int
    write: Callable[[Character, Row, int], tuple[Now, str, str] | None]
    not_knowing: bool = False


class Composer(Lessons):
    """Makes rows.

    Attributes:
        not_knowing: whether turns may ask for what was never told.
        lessons: every kind of turn, by name.
    """

    def __init__(self, grammar: Grammar, rng: random.Random, *, probe: bool = False) -> None:
        super().__init__(grammar, rng, probe=probe)
        self.not_knowing = True
        self.lessons: Mapping[str, Lesson] = {
            "talk": Lesson(20, 0, self.talk),
            "placed": Lesson(12, 0, self.placed_talk),
            "follow": Lesson(8, 0, self.follow),
            "recall": Lesson(26, 36, self.recall),
            "untold": Lesson(11, 8, self.untold, not_knowing=True),
            "mention": Lesson(5, 6, self.mention),
            "correct": Lesson(2, 3, self.correct),
            "buffer": Lesson(5, 6, self.from_buffer),
            "self": Lesson(14, 36, self.own_fact),
            "unwritten": Lesson(6, 5, self.unwritten, not_knowing=True),
            "identity": Lesson(3, 3, self.identity),
            "clock": Lesson(4, 5, self.clock),
            "telling": Lesson(3, 10, self.telling),
        }

    def moment(self, character: Character, row: Row, after: int, count: int) -> list[Tail]:
        """`count` turns that could follow at one moment: what is remembered, and who she is, asked for from every side."""
        rng, values = self.rng, self.grammar.values
        facts = rng.sample(self.grammar.user_facts, k=rng.randint(2, 6))
        if rng.random() < 0.5:
            kin = [f for f in self.grammar.user_facts if f.kind == facts[0].kind]
            facts = [*{f.attribute: f for f in (*facts, *rng.sample(kin, k=min(2, len(kin))))}.values()]
        known = [(fact, values.draw(fact.kind, rng, probe=self.probe)) for fact in facts]
        now = self.now([self.remember(fact, value) for fact, value in known], alone=True)
        tails: list[Tail] = []
        names = [n for n, lesson in self.lessons.items() if lesson.grounding_weight and (self.not_knowing or not lesson.not_knowing)]
        weights = [self.lessons[n].grounding_weight for n in names]
        while len(tails) < count:
            name = rng.choices(names, weights)[0]
            if name == "recall":
                fact, value = rng.choice(known)
                turn = (rng.choice(fact.trained_asks), self.answer(fact, value))
            elif name == "mention":
                fact, value = rng.choice(known)
                if not fact.mention:
                    continue
                message, reply = rng.choice(fact.mention)
                turn = (message, said(fill(reply, {"value": value})))
            elif name == "clock":
                turn = self.ask_clock(now, rng.choice(("day", "date", "part")))
            elif name == "untold":
                fact = rng.choice(self.grammar.user_facts)
                if fact in facts or any(told.fact is fact for told in row.told):
                    continue
                turn = (rng.choice(fact.trained_asks), said(rng.choice(fact.unknown)))
            elif name in ("buffer", "correct"):
                continue  # these need a moment of their own
            else:
                written = self.lessons[name].write(character, row, after)
                if written is None:
                    continue
                turn = written[1:]
            tails.append(Tail(after, now, *turn, lesson=name))
        return tails

    # the trunk

    def extend(self, row: Row, character: Character) -> None:
        """Adds one thing to the trunk: a stretch of talk, a fact told, a question about her or about what was told."""
        kind = self.rng.choices(("talk", "tell", "self", "buffer", "identity"), (62, 16, 10, 7, 5))[0]
        after = len(row.exchanges)
        if kind == "tell":
            fact = self.rng.choice(self.grammar.user_facts)
            if any(told.fact.attribute == fact.attribute for told in row.told):
                return
            value = self.grammar.values.draw(fact.kind, self.rng, probe=self.probe)
            reply = fill(self.rng.choice(self.grammar.small["acknowledge"]), {"value": value})
            row.exchanges.append((fill(self.rng.choice(fact.told), {"value": value}), said(reply)))
            row.told.append(Told(fact, value, after + 1))
        elif kind == "talk":
            entry: Entry | None = self.rng.choice(self.plain)
            bound: dict[str, str] | None = None
            while entry is not None:
                spoken = self.speak(entry, character, bound)
                if spoken is None:
                    return
                row.exchanges.append(spoken[:2])
                bound = {k: v for k, v in spoken[2].items() if k not in character.own}
                if entry.then:
                    row.open[len(row.exchanges)] = (entry, bound)
                entry = self.rng.choice(entry.then) if entry.then and self.rng.random() < 0.75 else None
        else:
            lesson = {"self": self.own_fact, "buffer": self.from_buffer, "identity": self.identity}[kind]
            turn = lesson(character, row, after)
            if turn:
                row.exchanges.append((turn[1], turn[2]))

    def examples(self, character: Character) -> list[Exchange]:
        """Up to two example exchanges for the blueprint."""
        spoken = [self.speak(self.rng.choice(self.plain), character) for _ in range(self.rng.choice((0, 0, 0, 1, 2)))]
        return [Exchange(user=s[0], reply=s[1]) for s in spoken if s]

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

    def row(self, *, exchanges: int | None = None, tails: int = 9, grounding: bool = False) -> Row:
        """One row: a new character, a conversation, and the turns that branch off it.

        `grounding` leaves ordinary talk out of the turns and makes most answers brief.
        """
        self.brief = grounding
        rng = self.rng
        character = invent_character(self.grammar, rng, probe=self.probe)
        row = Row(
            render_blueprint(character.blueprint, examples=self.examples(character), headlines=self.headlines()),
            character.blueprint.greeting,
        )
        low, high = rng.choices(((0, 1), (2, 8), (8, 16), (16, 24), (30, 48)), (12, 38, 30, 14, 6))[0]
        wanted = rng.randint(low, high) if exchanges is None else exchanges
        while len(row.exchanges) < wanted:
            self.extend(row, character)
        for _ in range(MOMENTS if grounding else 1):
            row.tails += self.moment(character, row, rng.randint(0, len(row.exchanges)), MOMENT_TAILS if grounding else MOMENT_TAILS // 2)
        known = {name: lesson for name, lesson in self.lessons.items() if self.not_knowing or not lesson.not_knowing}
        self.add_tails(row, character, tails, {n: x.grounding_weight if grounding else x.weight for n, x in known.items()})
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
                row.tails.append(Tail(after, *turn, lesson=name))
