"""The contract between a turn and whatever writes the words."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from companion.affect import Manner
from companion.persona.blueprint import Blueprint

Lean = Literal["lightly", "firmly", "surely"]
Role = Literal["system", "user", "assistant"]
GAP = "_"  # in an idea, where a word of the message belongs; never part of a reply


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of the prompt. `content` is plain text: an engine never lets it act as control tokens."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads.

    Attributes:
        messages: system first (blueprint and chronicle), then the buffer, last the newest user message with `now` at
            its head.
        stable: how many leading messages stay as they are on the next turn, so that their state may be cached.
        prefix: the beginning of the reply when an unfinished one is continued, else empty.
        persona: what the system message begins with and every conversation with this persona shares. It says nothing of
            the user, so that its state may lie on disk.
        ahead: of what is read ahead, how the user's next message is expected to begin: with the head of a `now` block.
    """

    messages: tuple[PromptMessage, ...]
    stable: int = 0
    prefix: str = ""
    persona: str = ""
    ahead: str = ""


@dataclass(frozen=True, slots=True)
class Constraints:
    """Bounds on one reply; each becomes a stateless logits processor, so that a draft model can share them.

    Attributes:
        temperature: 0 is greedy; in [0, 2].
        top_p: nucleus mass kept, in (0, 1].
        min_p: least probability kept, as a share of the most probable token's, in [0, 1).
        repetition_penalty: ≥ 1; divides the scores of tokens already in the reply (CTRL, Keskar et al. 2019).
        no_repeat_ngram: length of n-grams that may not occur twice in the reply; 0 allows all.
        avoid: words and phrases that must not appear, in any casing and spacing; they are met as whole words.
        sentence_words: most words in a sentence; 0 leaves it open.
        reply_sentences: most sentences in the reply, which ends with the last of them; 0 leaves it open.
        questions: "none" allows no question mark, "one" allows one.
        leanings: words and phrases that are made somewhat likelier, each once.
        favour: a text to follow to its end once it is taken up, `GAP` standing for anything.
        lean: how much: "firmly" begins with it as well, unless something else is far likelier; "surely" says it word for word and ends.
        likely: words that are made somewhat likelier: those that the prompt points to.
        stop: strings that end the reply and are not shown.
        max_tokens: budget of the reply.
        seed: makes sampling repeatable.
    """

    temperature: float = 0.5
    top_p: float = 0.95
    min_p: float = 0.05
    repetition_penalty: float = 1.1
    no_repeat_ngram: int = 0
    avoid: tuple[str, ...] = ()
    sentence_words: int = 0
    reply_sentences: int = 0
    questions: Literal["allowed", "none", "one"] = "allowed"
    leanings: tuple[str, ...] = ()
    favour: str = ""
    lean: Lean = "lightly"
    likely: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    max_tokens: int = 320
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One reply to write.

    Attributes:
        cache_key: names the conversation, so that an engine may keep its state from turn to turn.
        adapter: a LoRA adapter to wear over the model, by name; empty wears none.
        cancel: set from another thread to end the reply within one decoding step.
        alive: called whenever the engine gets on; see `over`.
        schema: a JSON schema that the reply is to fit, where the engine can hold it to one. A reply that is cut short does not,
            and a server may take no schema: whoever asks checks.
    """

    prompt: Prompt
    constraints: Constraints
    cache_key: str = ""
    adapter: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)
    alive: Callable[[], None] = lambda: None
    schema: Mapping[str, Any] | None = None

    def over(self) -> bool:
        """Whether to end. An engine asks between parts of a prompt and after each pass, which is its sign of life as well."""
        self.alive()
        return self.cancel.is_set()


@dataclass(frozen=True, slots=True)
class Piece:
    """Visible text: whole characters only."""

    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """The end of a reply and its account: token counts and milliseconds.

    Attributes:
        reused_tokens: of the prompt, those whose state was kept from before.
        passes: of the model that wrote, after it had read the prompt.
        drafted, accepted: tokens guessed ahead, and those of them that stood, by drafter ("model", "lookup", "phrases").
        plain: why nothing was kept or guessed; empty when it could be.
        adapter: the LoRA adapter that was worn, by name; empty for none.
    """

    reason: Literal["end", "length", "stopped"]
    prompt_tokens: int
    reused_tokens: int
    reply_tokens: int
    prefill_ms: float
    decode_ms: float
    passes: int = 0
    drafted: Mapping[str, int] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)
    plain: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class EngineCard:
    """What stands behind an engine, for the banner and the trace.

    Attributes:
        capable: it follows an instruction well enough to be asked for more than a reply.
    """

    name: str
    context_tokens: int
    device: str
    dtype: str
    built_in: bool = False
    capable: bool = False


class Suggests(Protocol):
    """Finds what a message may be about and a reply that would fit, for a model that speaks better than it searches and chooses."""

    def idea(self, blueprint: Blueprint, message: str, spoken: Sequence[str], seed: str, manner: Manner) -> str:
        """A reply in her manner and as she is to talk now, `GAP` where a word of the message belongs; empty where none fits.

        Args:
            spoken: what she said before, oldest first; nothing of it is said again.
            seed: chooses among replies that are about as good.
            manner: how she talks in this reply: its bounds are kept, its tone and its favoured phrases preferred.

        Raises:
            CompanionError: none could be looked for.
        """

    def near(self, blueprint: Blueprint, message: str, memories: Sequence[str], heard: Sequence[str]) -> tuple[str, ...]:
        """The sentences about her, of `memories` (lines of the `now` block) and of what was `heard` (messages of the user's that the
        prompt has word for word) that a message may be about, the nearest last.

        Raises:
            CompanionError: none could be looked for.
        """


@runtime_checkable
class Settles(Protocol):
    """What an engine may also do: use idle time for the next reply."""

    def settle(self, request: GenerationRequest) -> None:
        """Reads ahead what the conversation's next prompt will begin with; `request.cancel` ends it at once.

        Raises:
            ModelError: the model failed; nothing is lost.
        """


@runtime_checkable
class Forgets(Protocol):
    """What an engine that keeps state from turn to turn may also do: let go of a conversation's."""

    def forget(self, cache_key: str) -> None:
        """Frees at once what is kept of a conversation; any thread may say so. What others share with it is their own copy.

        An engine that is reading or writing for it at this moment may keep that: say it again afterwards.
        """


class Engine(Protocol):
    """Writes replies. One at a time unless a backend says otherwise; the worker sees to that."""

    def card(self) -> EngineCard:
        """Who writes."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a plain text, for the prompt's budget."""

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """Pieces of the reply as they are decided, then exactly one `Written`.

        Raises:
            ModelError: the model failed; what had been yielded stands.
        """
