"""What a turn emits, in order, and nothing else leaves a turn.

    TurnStarted → (Referred | Moved → Shown? → TextDelta*) → TurnFinished
                └────────────── at any point ──────────────→ TurnFailed

Events are frozen, hold plain values only, and are recorded as they happen, so that a late reader sees the same story.
"""

from dataclasses import dataclass, field
from typing import Literal

from companion.affect import Felt
from companion.shot import Picture

FinishReason = Literal["end", "length", "stopped", "referred"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One timed step of a turn: its name (guard, prompt, prefill, …) and how long it took.

    Attributes:
        began_ms: from the message's arrival; None in replies kept before this was noted.
    """

    name: str
    ms: float
    began_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Guesses:
    """Tokens that one drafter guessed ahead, and how many of them stood.

    Attributes:
        drafter: as `think/drafters.py` names it; empty in replies kept before drafters were told apart.
    """

    drafter: str
    drafted_tokens: int
    accepted_tokens: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the time of one reply went.

    Attributes:
        stages: in the order they ran; `ms` of each.
        first_token_ms: from the message's arrival to the first visible text.
        total_ms: from the message's arrival to the end of the reply.
        prompt_tokens: tokens in the prompt; of these `reused_tokens` came from a cache.
        reply_tokens: tokens the model wrote, in `passes` passes.
        guesses: what was guessed ahead, by drafter; none when nobody guessed.
        plain: why this model keeps and guesses nothing; empty when it does.
        engine: which model wrote, as its card names it.
        adapter: the LoRA adapter that it wore, by name; empty for none.
    """

    stages: tuple[Stage, ...] = ()
    first_token_ms: float | None = None
    total_ms: float = 0.0
    prompt_tokens: int = 0
    reused_tokens: int = 0
    reply_tokens: int = 0
    passes: int = 0
    guesses: tuple[Guesses, ...] = ()
    plain: str = ""
    engine: str = ""
    adapter: str = ""

    @property
    def drafted_tokens(self) -> int:
        """Tokens guessed ahead, by all drafters."""
        return sum(one.drafted_tokens for one in self.guesses)

    @property
    def accepted_tokens(self) -> int:
        """Those of them that stood."""
        return sum(one.accepted_tokens for one in self.guesses)


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One place to turn to: who answers, how to reach them, when."""

    name: str
    contact: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """The out-of-character card shown instead of a reply when someone may be in danger."""

    title: str
    body: str
    lines: tuple[HelpLine, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The user's message is committed and an open reply stands in the database.

    Attributes:
        text: what the reply has already: empty, unless one is being continued.
    """

    turn_id: str
    conversation_id: str
    user_message_id: str | None
    reply_id: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What the message did to her, and how she talks now; it comes before the first word."""

    felt: Felt


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of her that goes with the reply; its file exists."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Queued:
    """The model is busy; `ahead` turns go first."""

    ahead: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Visible text to append to the reply: whole characters, no role tokens, no stop strings."""

    text: str


@dataclass(frozen=True, slots=True)
class Referred:
    """The crisis gate answered; nothing was generated."""

    referral: Referral


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The reply is complete and committed."""

    reply_id: str
    text: str
    reason: FinishReason
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended early; what had been written is kept."""

    message: str
    hint: str
    retryable: bool
    reply_id: str | None = None


Event = TurnStarted | Moved | Shown | Queued | TextDelta | Referred | TurnFinished | TurnFailed
