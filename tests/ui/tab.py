"""The studio without a browser, for tests: it keeps what was drawn last."""

from collections.abc import Iterator

from companion.compose import Companion
from companion.ui.studio_actions import StudioActions
from companion.ui.studio_bench import Bench
from companion.ui.studio_drawing import StudioDrawing


class Tab:
    """Mara in the studio.

    Args:
        feels: works out what messages would do to her; left out, what the program has.
    """

    def __init__(self, companion: Companion, feels: object = None) -> None:
        self.companion = companion
        self.actions = StudioActions(companion, feels)  # type: ignore[arg-type]  # a test hands in what it likes
        self.shown: dict[str, object] = {"bench": Bench()}
        self.do(self.actions.enter(self.bench, "mara"))

    @property
    def bench(self) -> Bench:
        bench = self.shown["bench"]
        assert isinstance(bench, Bench)
        return bench

    def do(self, drawings: Iterator[StudioDrawing]) -> list[StudioDrawing]:
        drawn = list(self.actions.guarded(self.bench, lambda: drawings))
        for drawing in drawn:
            self.shown |= {name: value for name in StudioDrawing.__slots__ if (value := getattr(drawing, name)) is not None}
        return drawn

    def text(self, part: str) -> str:
        return str(self.shown[part])
