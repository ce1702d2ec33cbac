"""The rows that leave the store: frozen, plain, and the only shape others see."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import Row

from companion.events import FinishReason, Guesses, HelpLine, Referral, Stage, Trace

Role = Literal["user", "persona"]
FinalStatus = Literal["complete", "stopped", "interrupted", "failed"]
Status = Literal["streaming"] | FinalStatus
ActionKind = Literal["send", "regenerate", "continue", "edit", "select", "branch", "delete_message", "rename", "change_version", "delete"]


@dataclass(frozen=True, slots=True)
class Recalled:
    """One thing that was recalled for a reply: what, how well it fitted and why. Never its text.

    Attributes:
        id: of a message or a memory, which may be gone by now.
        kind: "turn" for a message, else the memory's.
    """

    id: str
    kind: str
    score: float
    factors: dict[str, float]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the tree; times are aware UTC. `parent_id` is None for a root (a greeting).

    Attributes:
        status: `streaming` while it is being written; `interrupted` if its process died.
        reason: why the model ended; None for a user's message, a greeting, and a reply that has none yet.
        recalled: what was recalled for a reply, best first.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    status: Status
    created_at: datetime
    finished_at: datetime | None = None
    reason: FinishReason | None = None
    trace: Trace | None = None
    referral: Referral | None = None
    recalled: tuple[Recalled, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation with one persona.

    Attributes:
        title: as given by hand, else the first words of the user, else empty.
        updated_at: when something was last said or corrected.
        active_leaf_id: the last message shown; None when all are deleted.
        revision: grows with every change, so that another tab can ask cheaply whether to look again.
        persona_version: number of the version of the persona that speaks; None follows the newest, until the next turn.
    """

    id: str
    persona_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    active_leaf_id: str | None
    revision: int
    persona_version: int | None = None


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line of the list: `preview` is how the last message shown begins."""

    id: str
    persona_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    revision: int
    preview: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back. `text` is the message of a send, to be put back into the composer; else empty."""

    kind: ActionKind
    text: str = ""


def shorten(text: str, chars: int) -> str:
    """The beginning of a text on one line, at most `chars` characters, cut between words where there are any."""
    line = " ".join(text.split())
    if len(line) <= chars:
        return line
    head = line[: chars - 1]
    words = head if line[chars - 1] == " " else head.rpartition(" ")[0]
    return (words if len(words) >= chars // 2 else head).rstrip() + "…"


def to_message(row: Row[Any]) -> Message:
    """A row of `messages`."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=cast(Role, row.role),
        text=row.text,
        status=cast(Status, row.status),
        created_at=row.created_at,
        finished_at=row.finished_at,
        reason=cast("FinishReason | None", row.reason),
        trace=_to_trace(row.trace),
        referral=_to_referral(row.referral),
        recalled=tuple(Recalled(**one) for one in row.recalled or ()),
    )


def to_spoken(row: Sequence[Any]) -> Message:
    """A row of `messages` without what was measured and recalled, as SQLite gives it: the columns up to `finished_at`."""
    message_id, conversation_id, parent_id, role, text, status, began, ended = row
    return Message(message_id, conversation_id, parent_id, role, text, status, _utc(began), ended and _utc(ended))


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def from_message(message: Message) -> dict[str, Any]:
    """The columns of a message: the inverse of `to_message`."""
    columns = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    return columns | {"trace": plain(message.trace), "referral": plain(message.referral), "recalled": plain_recalled(message.recalled)}


def plain(value: Trace | Referral | None) -> dict[str, Any] | None:
    """A trace or a referral as JSON values."""
    return None if value is None else asdict(value)


def plain_recalled(recalled: Sequence[Recalled]) -> list[dict[str, Any]] | None:
    """What was recalled as JSON values; None for nothing."""
    return [asdict(one) for one in recalled] or None


def _to_trace(value: dict[str, Any] | None) -> Trace | None:
    if value is None:
        return None
    kept = dict(value)
    # Replies kept before drafters were told apart have totals only.
    drafted, accepted = kept.pop("drafted_tokens", 0), kept.pop("accepted_tokens", 0)
    guesses = [Guesses(**one) for one in kept.pop("guesses", [])] or ([Guesses("", drafted, accepted)] if drafted else [])
    return Trace(**kept | {"stages": tuple(Stage(**stage) for stage in kept["stages"]), "guesses": tuple(guesses)})


def _to_referral(value: dict[str, Any] | None) -> Referral | None:
    if value is None:
        return None
    return Referral(**value | {"lines": tuple(HelpLine(**line) for line in value["lines"])})
