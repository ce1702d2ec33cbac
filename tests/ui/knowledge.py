"""What the Memory tab looks at, in a test: a real store, and doubles for recall, likeness and files."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.compose import SHIPPED_PERSONAS
from companion.forgetting import Forgetting
from companion.persona.library import Library
from companion.remember.protocol import Query, Recollection
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Imported, Memories, Memory, New
from companion.store.transcripts import Line, bring_in
from companion.ui.memory_actions import Drawings, MemoryActions
from companion.ui.memory_drawing import MemoryDrawing
from companion.ui.outlook import Outlook
from tests.ui.feelings import Kept

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Recalls:
    """Gives back what it was told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.found: tuple[Recollection, ...] = ()
        self.asked: list[str] = []

    def recall(self, query: Query) -> Sequence[Recollection]:
        self.asked.append(query.text)
        return self.found


class Known:
    """One home with nothing in it."""

    def __init__(self, home: Path) -> None:
        self.engine = open_database(home)
        self.now = NOON
        self.clock: Callable[[], datetime] = lambda: self.now
        self.library = Library(SHIPPED_PERSONAS, home / "personas")
        self.conversations = Conversations(self.engine, self.clock)
        self.memories = Memories(self.engine, self.clock)
        self.remembers = Recalls()
        self.affects = Kept()
        self.let_go: set[str] = set()
        self.forgetting = Forgetting(self.engine, self.memories, let_go=self.let_go.update, erased=lambda: None)
        self.progress: tuple[int, int] | None = None
        self.indexing: Callable[[], tuple[int, int] | None] = lambda: self.progress
        self.places: tuple[tuple[str, float, float], ...] = ()
        self.brought: list[tuple[str, bytes]] = []
        self.imported = Imported(0, 0, ())

    def positions(self, persona_id: str) -> Sequence[tuple[str, float, float]]:
        return self.places

    def storage(self, persona_id: str) -> int:
        return 3_100_000

    def bring_in(self, persona_id: str, filename: str, content: bytes) -> Imported:
        self.brought.append((filename, content))
        return self.imported

    def talk(self, *said: str, days_ago: int = 0, title: str = "") -> list[str]:
        """A conversation in which the user said these things; their messages' ids."""
        at = self.now - timedelta(days=days_ago)
        conversation = bring_in(self.engine, "mara", [Line("user", text, at) for text in said], title=title)
        return [message.id for message in self.conversations.path(conversation.id)]

    def learn(self, text: str, *sources: str, days_ago: int = 0, **more: object) -> Memory:
        """A memory of Mara's; without sources it is written by hand."""
        new = New("fact", text, said_at=self.now - timedelta(days=days_ago), sources=sources, **more)  # type: ignore[arg-type]
        return self.memories.add("mara", new, by_hand=not sources)


class Tab:
    """The Memory tab without a browser: it keeps what was drawn last."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.actions = MemoryActions(known)
        self.outlook = Outlook()
        self.shown: dict[str, object] = {}
        self.do(self.actions.enter(self.outlook, "mara"))

    def do(self, drawings: Drawings) -> list[MemoryDrawing]:
        """Carries out an action to its end, as a handler does."""
        told = list(self.actions.guarded(self.outlook, lambda: drawings))
        for drawing in told:
            changes = {name: getattr(drawing, name) for name in MemoryDrawing.__slots__}
            self.shown |= {name: value for name, value in changes.items() if value is not None}
            self.outlook = drawing.outlook or self.outlook
            if drawing.plotted is not None:
                self.do(self.actions.plot(self.outlook))
        return told

    def text(self, part: str) -> str:
        return str(self.shown[part])
