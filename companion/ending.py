"""A reply as far as it has come, and what is told of it at its end."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from companion.affect import Felt
from companion.events import Trace, TurnFailed
from companion.glimpse import Glimpse
from companion.remember.protocol import Recollection
from companion.stopwatch import Stopwatch
from companion.store.records import Recalled
from companion.think.protocol import Written


@dataclass(slots=True)
class Draft:
    """A reply as far as it is written.

    Attributes:
        asked_ms: when the engine was asked, from the message's arrival.
        written: the engine's account, once it has ended.
        failure: the class of the error that ended the turn.
        recalled: what the model was reminded of.
        felt: what the message did to her.
        glimpse: whether she shows herself with it.
    """

    reply_id: str
    text: str
    engine: str = ""
    asked_ms: float = 0.0
    written: Written | None = None
    failure: str = ""
    recalled: tuple[Recollection, ...] = ()
    felt: Felt | None = None
    glimpse: Glimpse | None = None


def account(draft: Draft, watch: Stopwatch) -> Trace:
    """Where the time went."""
    return watch.account(draft.engine, draft.asked_ms, draft.written)


def kept(recalled: Sequence[Recollection]) -> tuple[Recalled, ...]:
    """Recollections as a reply keeps them: ids and reasons, no words."""
    return tuple(Recalled(one.id, one.kind, one.score, asdict(one.factors)) for one in recalled)


def broken(reply_id: str) -> TurnFailed:
    """What a user reads when the mistake is our own; the log has the rest."""
    return TurnFailed("Something went wrong inside Companion.", "Try again; if it comes back, the program's log says why.", True, reply_id)
