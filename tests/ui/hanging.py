"""What the Gallery tab looks at, in a test: a real store and real jobs, and a painter that paints two colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.casting import Cast
from companion.compose import SHIPPED_PERSONAS
from companion.persona.library import Library
from companion.shot import Expression, Kind, Picture, Shot
from companion.show.fake import FakePainter, FakeScores
from companion.store.drafts import Drafts
from companion.store.versions import Versions
from companion.studio import Studio as Workshop
from companion.ui.gallery_actions import Drawings, GalleryActions
from companion.ui.gallery_drawing import GalleryDrawing
from companion.ui.gallery_visit import Visit
from tests.easel import WAIT_S, studio

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Hanging:
    """One home with nothing on its walls."""

    def __init__(self, home: Path, painter: FakePainter, own: object) -> None:
        self.now = NOON
        self.painter, self.sketches = painter, painter
        self.showing, self.pictures = own.showing, own.pictures  # type: ignore[attr-defined]
        self.warming, self.conversations = own.warming, own.conversations  # type: ignore[attr-defined]
        self.library = Library(SHIPPED_PERSONAS, home / "personas")
        engine = self.conversations._engine
        versions, drafts = Versions(engine, self.clock), Drafts(engine, self.clock)
        cast = Cast(self.library, versions, self.conversations, lambda persona, blueprint: [blueprint.greeting])
        self.studio = Workshop(self.library, versions, drafts, cast, self.clock)

    def clock(self) -> datetime:
        return self.now

    def hang(self, expression: Expression = "tender", setting: str = "kitchen", *, kind: Kind = "studio", days_ago: int = 0) -> Picture:
        """A picture of Mara that is kept."""
        self.now = NOON - timedelta(days=days_ago)
        kept = self.showing.shoot(self.library.get("mara"), Shot(expression, setting=setting), kind=kind)
        self.now = NOON
        return kept

    def painted(self) -> Picture:
        """The picture that was asked for last, when it is done."""
        return self.pictures.get(self.showing.wait(self.showing.jobs()[-1].id, WAIT_S).picture_id)


class Tab:
    """The Gallery tab without a browser: it keeps what was drawn last."""

    def __init__(self, gallery: Hanging) -> None:
        self.actions = GalleryActions(gallery)
        self.visit = Visit()
        self.shown: dict[str, object] = {}
        self.do(self.actions.enter(self.visit, "mara"))

    def do(self, drawings: Drawings) -> list[GalleryDrawing]:
        """Carries out an action to its end, as a handler does."""
        told = list(self.actions.guarded(self.visit, lambda: drawings))
        for drawing in told:
            changes = {name: getattr(drawing, name) for name in GalleryDrawing.__slots__}
            self.shown |= {name: value for name, value in changes.items() if value is not None}
            self.visit = drawing.visit or self.visit
        return told

    def text(self, part: str) -> str:
        return str(self.shown[part])

    def told(self) -> str:
        """The line that came last."""
        toast = self.shown["toast"]
        assert isinstance(toast, dict)
        return str(toast["text"])


@contextmanager
def hanging(home: Path, painter: FakePainter | None = None, score: float | None = 0.95) -> Iterator[Hanging]:
    """A gallery for the length of the block."""
    painter = painter or FakePainter()
    now: list[Hanging] = []
    with studio(home, painter, FakeScores(score), clock=lambda: now[0].now if now else NOON) as own:
        now.append(Hanging(home, painter, own))
        yield now[0]
