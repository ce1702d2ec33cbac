"""Composes training rows from what was written by hand: a conversation, and turns that branch off it.

The trunk is the prompt's stable part (blueprint, headlines, buffer), its replies learnt as they stand. Each tail is one
turn as the product will really ask for it: `now` block, message, reply. What a tail can teach is listed in
`Composer.lessons`.
"""

import random
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from companion.persona.blueprint import Exchange
from companion.starter.recipe.characters import Character, invent_character
from companion.starter.recipe.grammar import Entry, Fact, Grammar, fill, slots
from companion.think.layout import NUMBERS, Now, day_words, gap_words, moment_words, render_blueprint, render_now

HOURS = {"night": (22, 23, 0, 1, 2, 3), "morning": (6, 7, 8, 9, 10), "afternoon": (13, 14, 15, 16), "evening": (18, 19, 20, 21)}
UNITS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.5, "year": 366}
MEMORY_COUNTS = ((0, 1, 2, 3, 4, 5, 6), (22, 20, 20, 16, 11, 7, 4))


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the user that stands in the trunk, and the exchange (1-based) after which it does."""

    fact: Fact
    value: str
    after: int


@dataclass(frozen=True, slots=True)
class Tail:
    """One turn: branches off after `after` exchanges."""

    after: int
    now: Now
    message: str
    reply: str
    lesson: str


@dataclass
class Row:
    """A trunk and its tails, as text."""

    system: str
    greeting: str
    exchanges: list[tuple[str, str]] = field(default_factory=list)
    tails: list[Tail] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    open: dict[int, tuple[Entry, dict[str, str]]] = field(default_factory=dict)  # exchange -> the entry whose `then` may follow


def said(reply: str) -> str:
    """A reply as she says it: first letter large."""
    return reply[:1].upper() + reply[1:]


def parse_gap(words: str) -> timedelta | None:
    """The stretch of time behind words such as "six weeks"; None for anything else."""
    match = re.fullmatch(r"(?:about |almost |over )?(an?|\d+|[a-z]+) (hour|day|week|month|year)s?", words.strip().lower())
    if not match:
        return None
    number, unit = match.groups()
    count = 1 if number in ("a", "an") else int(number) if number.isdigit() else NUMBERS.index(number) if number in NUMBERS else None
    return None if count is None else timedelta(days=UNITS[unit] * count, minutes=5)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One kind of turn: how often in ordinary rows, how often in grounding rows, and who writes it.

    Not knowing is easier to say than a copied value, and would be learnt instead of one: it waits until values are copied.
    """

    weight: int
    grounding_weight: int
    write: Callable[[Character, Row, int], tuple[Now, str, str] | None]
    not_knowing: bool = False


class Composer:
    """Draws rows; everything random comes from the given generator.

    Args:
        probe: draw held-out values and questions only, for measuring.

    Attributes:
        not_knowing: whether turns may ask for what was never told.
    """

    def __init__(self, grammar: Grammar, rng: random.Random, *, probe: bool = False) -> None:
        self.grammar, self.rng, self.probe = grammar, rng, probe
        self.brief = False
        self.not_knowing = True
        self.plain = [e for e in grammar.dialogues if not (e.now or e.gap or e.time or e.mood)]
        self.placed = [e for e in grammar.dialogues if e.now or e.gap or e.time or e.mood]
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

    # values and the moment

    def bind(self, names: set[str], character: Character, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """Values for slots: her own, those already `known`, the rest drawn."""
        bound = dict(character.own) | dict(known or {})
        for name in sorted(names - set(bound)):
            bound[name] = self.grammar.values.draw(name, self.rng, probe=self.probe)
        return bound

    def memory_line(self, text: str, moment: datetime) -> str:
        """A recollection, sometimes with its date."""
        if self.rng.random() < 0.35:
            return f"{text} ({day_words(moment - timedelta(days=self.rng.randint(1, 200)))})"
        return text

    def remember(self, fact: Fact, value: str) -> str:
        """A fact of the user as a recollection: a note, or the words it was told in."""
        if self.rng.random() < 0.6:
            return fill(self.rng.choice(fact.memory), {"value": value})
        return f'they said: "{fill(self.rng.choice(fact.told), {"value": value})}"'

    def now(
        self, memories: list[str], *, not_about: Collection[str] = (), near: str = "", entry: Entry | None = None, gap: bool = False
    ) -> Now:
        """A `now` block holding `memories` among others that are beside the point, in any order."""
        rng = self.rng
        part = entry.time if entry and entry.time in HOURS else rng.choice(list(HOURS))
        moment = datetime(2024, 1, 1) + timedelta(days=rng.randrange(1500))
        moment = moment.replace(hour=rng.choice(HOURS[part]), minute=rng.randrange(60))
        since = parse_gap(entry.gap) if entry and entry.gap else None
        if since is None and (gap or rng.random() < 0.35):
            since = timedelta(
                days=rng.choice((0.1, 0.3, 1.1, 2.1, 3.2, 4.5, 7.5, 15, 22, 40, 50, 70, 100, 150, 250, 400)) * rng.uniform(1, 1.3)
            )
        others = [f for f in self.grammar.user_facts if f.attribute not in not_about]
        kin = [f for f in others if f.kind == near]
        lines = list(memories)
        for index in range(rng.choices(*MEMORY_COUNTS)[0]):
            fact = rng.choice(kin) if kin and index < 2 and rng.random() < 0.6 else rng.choice(others)
            lines.append(self.remember(fact, self.grammar.values.draw(fact.kind, rng, probe=self.probe)))
        rng.shuffle(lines)
        mood = entry.mood if entry and entry.mood else rng.choice(self.grammar.small["moods"]) if rng.random() < 0.3 else ""
        return Now(moment, since, mood, (), tuple(self.memory_line(line, moment) for line in dict.fromkeys(lines)))

    def answer(self, fact: Fact, value: str) -> str:
        """An answer that names the value; `brief` ones say little else, so that early training is about the value."""
        wordings = [a for a in fact.answer if a.startswith("{value}")] if self.brief and self.rng.random() < 0.75 else []
        return said(fill(self.rng.choice(wordings or fact.answer), {"value": value}))

    # lessons: each returns (now, message, reply), or None where it does not apply

    def speak(self, entry: Entry, character: Character, known: Mapping[str, str] | None = None) -> tuple[str, str, dict[str, str]] | None:
        """One exchange of an entry in the character's manner, with the values it used."""
        reply = entry.reply(character.manners, character.allowed, self.rng)
        if reply is None:
            return None
        user = self.rng.choice(entry.users)
        bound = self.bind(slots(user, reply, *entry.now), character, known)
        return fill(user, bound), said(fill(reply, bound)), bound

    def talk(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """An ordinary message; whatever is remembered is beside the point."""
        spoken = self.speak(self.rng.choice(self.plain), character)
        return spoken and (self.now([]), spoken[0], spoken[1])

    def placed_talk(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A message whose answer depends on memories, mood, hour or absence."""
        entry = self.rng.choice(self.placed)
        if entry.gap and parse_gap(entry.gap) is None:
            return None
        spoken = self.speak(entry, character)
        return spoken and (self.now([fill(line, spoken[2]) for line in entry.now], entry=entry), spoken[0], spoken[1])

    def follow(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """The next message of something begun in the trunk."""
        if after not in row.open:
            return None
        entry, bound = row.open[after]
        spoken = self.speak(self.rng.choice(entry.then), character, bound)
        return spoken and (self.now([]), spoken[0], spoken[1])

    def recall(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A question that one of the memories answers."""
        fact = self.rng.choice(self.grammar.user_facts)
        value = self.grammar.values.draw(fact.kind, self.rng, probe=self.probe)
        ask = self.rng.choice(fact.probe_asks if self.probe and self.rng.random() < 0.5 else fact.trained_asks)
        now = self.now([self.remember(fact, value)], not_about={fact.attribute}, near=fact.kind)
        return now, ask, self.answer(fact, value)

    def untold(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A question about something never said, with its neighbours in sight."""
        fact = self.rng.choice(self.grammar.user_facts)
        if any(told.fact.attribute == fact.attribute for told in row.told):
            return None
        ask = self.rng.choice(fact.probe_asks if self.probe and self.rng.random() < 0.5 else fact.trained_asks)
        return self.now([], not_about={fact.attribute}, near=fact.kind), ask, said(self.rng.choice(fact.unknown))

    def mention(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """An ordinary message that a memory makes personal."""
        fact = self.rng.choice([f for f in self.grammar.user_facts if f.mention])
        value = self.grammar.values.draw(fact.kind, self.rng, probe=self.probe)
        message, reply = self.rng.choice(fact.mention)
        return self.now([self.remember(fact, value)], not_about={fact.attribute}), message, said(fill(reply, {"value": value}))

    def correct(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """The user puts something right."""
        fact = self.rng.choice([f for f in self.grammar.user_facts if f.correct])
        old, new = (self.grammar.values.draw(fact.kind, self.rng, probe=self.probe) for _ in range(2))
        message, reply = (fill(text, {"value": new}) for text in self.rng.choice(fact.correct))
        return self.now([self.remember(fact, old)], not_about={fact.attribute}), message, said(reply)

    def from_buffer(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A question that something said earlier in the conversation answers; no memory helps."""
        told = [t for t in row.told if t.after <= after]
        if not told:
            return None
        chosen = self.rng.choice(told)
        now = self.now([], not_about={chosen.fact.attribute}, near=chosen.fact.kind)
        return now, self.rng.choice(chosen.fact.trained_asks), self.answer(chosen.fact, chosen.value)

    def own_fact(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A question about herself that her blueprint answers."""
        fact = self.rng.choice([f for f in self.grammar.persona_facts if f.attribute in character.facts])
        value = character.facts[fact.attribute]
        ask = self.rng.choice(fact.probe_asks if self.probe and self.rng.random() < 0.5 else fact.trained_asks)
        return self.now([]), ask, self.answer(fact, value)

    def unwritten(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """A question about herself that her blueprint leaves open."""
        known = {*character.facts, "job", "age", "nickname"}
        fact = self.rng.choice([f for f in self.grammar.persona_facts if f.attribute not in known])
        return self.now([]), self.rng.choice(fact.trained_asks), said(self.rng.choice(fact.unknown))

    def identity(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """Her name, age and work, from the first line of the blueprint."""
        asked = self.rng.choice(list(self.grammar.small["identity"].values()))
        return self.now([]), self.rng.choice(asked["ask"]), said(fill(self.rng.choice(asked["answer"]), character.own))

    def clock(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """The day, the date, the hour and the absence, from the `now` block."""
        asked = self.rng.choice(("day", "date", "part", "gap", "gap"))
        now = self.now([], gap=asked == "gap")
        if asked == "gap" and not gap_words(now.gap):
            return None
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
        return now, fill(ask, words), said(fill(answer, words))

    def telling(self, character: Character, row: Row, after: int) -> tuple[Now, str, str] | None:
        """The user tells a fact; she takes it in."""
        fact = self.rng.choice(self.grammar.user_facts)
        value = self.grammar.values.draw(fact.kind, self.rng, probe=self.probe)
        reply = fill(self.rng.choice(self.grammar.small["acknowledge"]), {"value": value})
        return self.now([], not_about={fact.attribute}), fill(self.rng.choice(fact.told), {"value": value}), said(reply)

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
        known = {name: lesson for name, lesson in self.lessons.items() if self.not_knowing or not lesson.not_knowing}
        self.add_tails(row, character, tails, {n: x.grounding_weight if grounding else x.weight for n, x in known.items()})
        return row

    def add_tails(self, row: Row, character: Character, count: int, weights: Mapping[str, int]) -> None:
        """Branches `count` turns off the trunk, anywhere, each of a lesson drawn by weight."""
        names = list(weights)
        while len(row.tails) < count:
            after = self.rng.randint(0, len(row.exchanges))
            name = self.rng.choices(names, list(weights.values()))[0]
            if name == "follow" and row.open:
                after = self.rng.choice(list(row.open))
            turn = self.lessons[name].write(character, row, after)
            if turn:
                row.tails.append(Tail(after, *turn, lesson=name))


def user_text(now: Now, message: str) -> str:
    """The newest user message as the product sends it."""
    return f"{render_now(now)}\n{message}"
