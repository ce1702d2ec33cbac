"""Turns what is known into what a model reads: blueprint, chronicle, buffer, `now`, message.

The wording lives in `prompts/*.j2`. The built-in model is trained on exactly this text, by these functions. `Layout`
puts the pieces together, each within its token budget; it knows no tokenizer and no template.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from companion.errors import BlueprintError, MessageError
from companion.persona.blueprint import Blueprint, Exchange
from companion.think.buffer import Round, Turn, day_words, first_kept, newest_within, rounds
from companion.think.chronicle import MOST_LINES, Entry, earlier
from companion.think.integrity import break_marks
from companion.think.protocol import Prompt, PromptMessage, Role

__all__ = [
    "Budget",
    "Entry",
    "Layout",
    "Now",
    "Turn",
    "day_words",
    "gap_words",
    "moment_words",
    "render_blueprint",
    "render_chronicle",
    "render_found",
    "render_now",
    "standing_for",
]

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
GAP_UNITS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=7), "week"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
)
ORIGINAL = re.compile(r"\{\{\s*original\s*\}\}", re.IGNORECASE)
MESSAGE_OVERHEAD_TOKENS = 8  # what a chat template writes around one message
TEMPLATE_OVERHEAD_TOKENS = 48  # and once, around all of them
COUNTED_TEXTS = 32768
UNKNOWN = "\0"  # where what is expected ends
MOST_TOLD_CHARS = 600  # of one message, when a model is asked to sum up


@dataclass(frozen=True, slots=True)
class Now:
    """What is true at this moment and never cached.

    Attributes:
        moment: local time of the newest message.
        gap: time since the message before it; None in a first conversation.
        mood: her mood in a few words; empty says nothing.
        lore, memories: one line each, without a leading dash.
        near: what the message may be about, the nearest last, for a model that has trouble finding it (`think.nearest`).
        idea: a reply that would fit, for a model that needs one; `_` stands where a word of the message belongs.
        known: whether the idea is known to fit, and so is said as it is.
        bearing: how she carries herself, a sentence each.
        anchors: lines of hers that the model is shown again.
        instructions: how her model is told to play her, last of all.
    """

    moment: datetime
    gap: timedelta | None = None
    mood: str = ""
    lore: tuple[str, ...] = ()
    memories: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    idea: str = ""
    known: bool = False
    bearing: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    instructions: str = ""


@cache
def _template(name: str) -> Template:
    folder = Path(__file__).parent / "prompts"
    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, autoescape=False).get_template(name)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def moment_words(moment: datetime) -> str:
    """A moment in words: "Friday evening, 20 November 2026"."""
    hour = moment.hour
    part = "night" if hour < 5 or hour >= 22 else "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"{moment:%A} {part}, {day_words(moment)} {moment.year}"


def gap_words(gap: timedelta | None) -> str:
    """A stretch of time in words: "six weeks", "a day"; empty when it is under half an hour, and then not worth a word."""
    if gap is None or gap < timedelta(minutes=30):
        return ""
    for unit, name in GAP_UNITS:
        count = int(gap / unit)
        if name == "month" and count == 1:
            continue  # "six weeks" says more than "a month"
        if count == 1:
            return f"{'an' if name == 'hour' else 'a'} {name}"
        if count > 1:
            return f"{NUMBERS[count] if count < len(NUMBERS) else count} {name}s"
    return "half an hour"


def render_blueprint(blueprint: Blueprint, *, examples: Sequence[Exchange] = (), headlines: Sequence[str] = ()) -> str:
    """The system text: who she is, then lines on what has left the buffer."""
    return _tidy(
        _template("blueprint.j2").render(
            identity=blueprint.identity,
            character=blueprint.character.model_dump(),
            boundaries=blueprint.boundaries,
            examples=examples,
            headlines=headlines,
            instructions=blueprint.instructions.system,
            standing_for=standing_for,
        )
    )


def standing_for(instructions: str, original: str) -> str:
    """Instructions that take the place of the `original` ones, which they may name; without any those stay.

    Character Card V2, `system_prompt`.
    """
    return ORIGINAL.sub(lambda found: original, instructions) if instructions else original


def render_now(now: Now) -> str:
    """The `now` block, to be followed by a newline and the newest message."""
    names = ("mood", "bearing", "anchors", "lore", "memories", "instructions")
    known = {name: getattr(now, name) for name in names}
    return _tidy(_template("now.j2").render(moment=moment_words(now.moment), gap=gap_words(now.gap), **known))


def render_found(near: Sequence[str], idea: str) -> str:
    """The lines between the `now` block and the newest message, each with its line break; nothing where nothing was found."""
    return "".join(f"[near] {line}\n" for line in near) + (f"[idea] {idea}\n" if idea else "")


def render_chronicle(left: Sequence[Round], name: str) -> Prompt:
    """What a model is asked, to sum up rounds; `name` is what the persona is called."""
    said = [(turn.role, " ".join(turn.text.split())[:MOST_TOLD_CHARS]) for round_ in left for turn in round_.messages]
    asked = _tidy(_template("chronicle.j2").render(name=name, most=MOST_LINES, said=said))
    return Prompt((PromptMessage("user", break_marks(asked)),))


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens each section of the prompt may take.

    Attributes:
        room: the whole prompt, without what a template adds once.
        blueprint: who she is, with her examples; what it leaves free goes to the buffer.
        headlines: the chronicle: lines on what has left the buffer.
        now: the `now` block.
        message: set aside for the newest message; a longer one pushes out older turns.
    """

    room: int
    blueprint: int
    headlines: int
    now: int
    message: int

    @classmethod
    def of(cls, context_tokens: int, reply_tokens: int) -> "Budget":
        """Shares out a context of `context_tokens`, of which a reply takes `reply_tokens` (a quarter at most)."""
        room = context_tokens - min(reply_tokens, context_tokens // 4) - TEMPLATE_OVERHEAD_TOKENS
        return cls(room=room, blueprint=room // 2, headlines=room // 12, now=room // 10, message=room // 10)


class Layout:
    """Builds prompts. The same path gives the same messages, so that an engine may keep their state.

    Args:
        count_tokens: tokens of a plain text, as the engine counts them.
        budget: see `Budget.of`.
        buffer_turns: turns (a user message and her reply) kept word for word at most.
    """

    def __init__(self, count_tokens: Callable[[str], int], *, budget: Budget, buffer_turns: int = 20) -> None:
        self._count = count_tokens
        self._cost = lru_cache(maxsize=COUNTED_TEXTS)(self._counted)  # a path is counted whole at each turn
        self._budget = budget
        self._buffer_turns = buffer_turns

    def count_tokens(self, text: str) -> int:
        """Tokens of a text as it will stand in a prompt."""
        return self._count(break_marks(text))

    @property
    def blueprint_tokens(self) -> int:
        """What who she is may take, with her examples."""
        return self._budget.blueprint

    @property
    def lore_tokens(self) -> int:
        """What lore may take of the `now` block, so that memories have room beside it."""
        return self._budget.now // 2

    def build(
        self,
        blueprint: Blueprint,
        path: Sequence[Turn],
        message: str,
        now: Now,
        *,
        chronicle: Collection[Entry] = (),
        prefix: str = "",
    ) -> Prompt:
        """The prompt for the reply to `message`.

        Args:
            path: the active path above the newest message, oldest first, her greeting included.
            message: the newest user message; never cut.
            now: memories and lore best first; what does not fit is left out from the end.
            chronicle: what was written of this conversation, or of any branch of it.
            prefix: the beginning of the reply when an unfinished one is continued.

        Raises:
            BlueprintError: the persona does not fit into this model's context even without her examples.
            MessageError: the message does not fit.
        """
        examples = self._examples(blueprint)
        taken = self._cost(render_blueprint(blueprint, examples=examples))
        newest = self._message(message, now, self._budget.room - taken - self._budget.headlines)
        past = rounds(path)
        first, since = self._first_kept(past, message, taken)
        asked = past[since].asked if since < len(past) else None
        lines = earlier(past[:first], chronicle, asked.at if asked else now.moment)
        system = render_blueprint(blueprint, examples=examples, headlines=self._fitting(lines))
        kept = [turn for round_ in past[first:] for turn in round_.messages]
        messages = (PromptMessage("system", break_marks(system)), *(_said(turn) for turn in kept), newest)
        persona = render_blueprint(blueprint, examples=examples)
        return Prompt(messages, stable=len(messages) - 1, prefix=break_marks(prefix), persona=break_marks(persona))

    def coming(self, blueprint: Blueprint, path: Sequence[Turn], now: Now, *, chronicle: Collection[Entry] = ()) -> Prompt:
        """What the prompt for the next message will begin with, as far as it is expected: up to the first thing she is reminded of.

        Args:
            path: the active path.
            now: as it is expected to be; its anchors, lore, memories and instructions come later and are not looked at.

        Raises:
            BlueprintError: the persona does not fit into this model's context even without her examples.
        """
        known = self.build(blueprint, path, "", now, chronicle=chronicle)
        head = replace(_one_lined(now), anchors=(), lore=(), memories=(UNKNOWN,), instructions="")
        return Prompt(known.messages[: known.stable], persona=known.persona, ahead=render_now(head).partition(UNKNOWN)[0])

    def kept(self, blueprint: Blueprint, path: Sequence[Turn], message: str) -> int:
        """How many of the path's messages, counted from its end and without empty ones, `build` leaves word for word."""
        past, first = self.gone(blueprint, path, message)
        return sum(len(round_.messages) for round_ in past[first:])

    def gone(self, blueprint: Blueprint, path: Sequence[Turn], message: str = "") -> tuple[tuple[Round, ...], int]:
        """The rounds of a path, and how many of them have left the buffer when `message` is asked."""
        taken = self._cost(render_blueprint(blueprint, examples=self._examples(blueprint)))
        past = rounds(path)
        return past, self._first_kept(past, message, taken)[0]

    def _counted(self, text: str) -> int:
        return self._count(break_marks(text)) + MESSAGE_OVERHEAD_TOKENS

    def _examples(self, blueprint: Blueprint) -> tuple[Exchange, ...]:
        examples = [exchange for conversation in blueprint.examples for exchange in conversation]
        while self._cost(render_blueprint(blueprint, examples=examples)) > self._budget.blueprint:
            if not examples:
                raise BlueprintError(
                    f"{blueprint.identity.called}'s persona is too long for this model.",
                    hint="Shorten her background, or choose a model (or a COMPANION_CONTEXT_TOKENS) with a longer context.",
                )
            examples.pop()
        return tuple(examples)

    def _first_kept(self, past: Sequence[Round], message: str, taken: int) -> tuple[int, int]:
        budget = self._budget
        whole = budget.room - taken - budget.headlines - budget.now - budget.message
        asked = [round_.asked.text if round_.asked else "" for round_ in past] + [message]
        rooms = [whole - max(0, self._cost(text) - budget.message) for text in asked]
        costs = [sum(self._cost(turn.text) for turn in round_.messages) for round_ in past]
        return first_kept(costs, rooms, most=self._buffer_turns)

    def _fitting(self, newest_first: Iterator[str]) -> tuple[str, ...]:
        room = self._budget.headlines - MESSAGE_OVERHEAD_TOKENS  # the heading above them
        return newest_within(newest_first, room, lambda line: self._count("- " + line + "\n"))

    def _message(self, message: str, now: Now, room: int) -> PromptMessage:
        own = _one_lined(now)
        while True:
            block = render_now(own)
            whole = f"{block}\n{render_found(own.near, own.idea)}{break_marks(message)}"
            crowded, fits = self._count(block) > self._budget.now, self._count(whole) + MESSAGE_OVERHEAD_TOKENS <= room
            if fits and not crowded:
                return PromptMessage("user", whole)
            if own.idea and not fits:
                own = replace(own, idea="")
            elif own.near and not fits:
                own = replace(own, near=own.near[1:])
            elif own.memories:
                own = replace(own, memories=own.memories[:-1])
            elif own.lore:
                own = replace(own, lore=own.lore[:-1])
            elif fits:
                return PromptMessage("user", whole)
            else:
                raise MessageError("That message is too long for this model to read.", hint="Shorten it, or send it in parts.")


def _said(turn: Turn) -> PromptMessage:
    role: Role = "user" if turn.role == "user" else "assistant"
    return PromptMessage(role, break_marks(turn.text))


def _one_lined(now: Now) -> Now:
    # A line break in a memory would start a line of its own and could pass for another section.
    def line(text: str) -> str:
        return break_marks(" ".join(text.split()))

    several: dict[str, Any] = {name: tuple(map(line, getattr(now, name))) for name in ("bearing", "anchors", "lore", "memories", "near")}
    return replace(now, mood=line(now.mood), idea=line(now.idea), instructions=line(now.instructions), **several)
