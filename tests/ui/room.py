"""A home with a fake model, for tests of the page."""

from collections.abc import Sequence
from pathlib import Path

from companion.compose import Companion, compose
from companion.settings import Settings
from companion.think.fake import FakeEngine
from companion.ui.actions import Actions, Drawing, Drawings
from companion.ui.place import Place


class Room:
    """A page without a browser: it keeps what was drawn last, as a tab would."""

    def __init__(self, home: Path, *scripts: Sequence[str], gate: bool = False, fail_with: Exception | None = None) -> None:
        self.engine = FakeEngine(*scripts, gate=gate, fail_with=fail_with)
        self.companion: Companion = compose(Settings(home=home, message_chars=200), engine=self.engine)
        self.actions = Actions(self.companion, pause=lambda seconds: None)
        self.shown: dict[str, object] = {}
        self.do(self.actions.arrive(""))

    @property
    def place(self) -> Place:
        place = self.shown["place"]
        assert isinstance(place, Place)
        return place

    def draw(self, drawing: Drawing | None) -> None:
        changes = {name: getattr(drawing, name) for name in Drawing.__slots__} if drawing else {}
        self.shown |= {name: value for name, value in changes.items() if value is not None}

    def do(self, drawings: Drawings) -> list[Drawing]:
        """Carries out an action to its end, as a handler does."""
        told = list(self.actions.guarded(self.place, lambda: drawings) if self.shown else drawings)
        for drawing in told:
            self.draw(drawing)
        return told

    def text(self, part: str) -> str:
        return str(self.shown[part])

    def last_id(self) -> str:
        leaf = self.companion.conversations.get(self.place.conversation_id).active_leaf_id
        assert leaf
        return leaf
