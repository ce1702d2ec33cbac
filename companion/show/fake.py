"""A painter and a scorer that need no model, for tests and for trying the page: the same shot always gives the same flat picture."""

import hashlib
import io
import threading
from collections.abc import Sequence
from dataclasses import fields, replace

from companion.errors import Cancelled, CompanionError
from companion.shot import Knobs, Likeness, Shot
from companion.show.again import Pack, Repeatable
from companion.show.protocol import Commission, Painted, Progress, Sitter, Told

WIDTH_SHARE = 0.8  # portrait, 4:5


class FakePainter:
    """Paints two flat colours, one of the sitter and one of the shot and the seed.

    Args:
        steps: how many times it tells of its progress and looks whether it was cancelled.
        error: raised instead of the last step.
        gate: waited for at the first step, so that a test decides when it goes on.
    """

    def __init__(self, name: str = "fake", *, steps: int = 2, error: Exception | None = None, gate: threading.Event | None = None) -> None:
        self._name, self._steps, self.error, self._gate = name, steps, error, gate
        self.commissions: list[Commission] = []
        self.closed = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints at once, or when the gate opens; a cancelled one ends within a hundredth of a second."""
        self.commissions.append(commission)
        while self._gate is not None and not self._gate.wait(0.01):
            if cancel.is_set():
                raise Cancelled
        for step in range(self._steps):
            if cancel.is_set():
                raise Cancelled
            told(Progress((step + 1) / (self._steps + 1)))
        if self.error is not None:
            raise self.error
        return flat(commission.sitter, commission.shot, commission.long_side_px, commission.knobs.seed)

    def sketch(self, sitter: Sitter, shot: Shot, long_side_px: int) -> Painted:
        """The same, at once."""
        return flat(sitter, shot, long_side_px)

    def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True


class FakeRepainter(FakePainter):
    """Paints as the fake painter does, and makes its pictures again: a pack holds the seed, and what all have in common.

    Attributes:
        changed: what is told of as not being as it was; the picture then comes out otherwise.
    """

    changed: tuple[str, ...] = ()

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints at once, with a pack."""
        painted = super().paint(commission, told, cancel)
        names = (field.name for field in fields(Painted))
        return Repeatable(**{name: getattr(painted, name) for name in names}, pack=Pack(str(commission.knobs.seed).encode(), b"shared"))

    def repaint(self, pack: Pack, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints the same, unless something has changed."""
        painted = self.paint(replace(commission, knobs=Knobs(seed=int(pack.own) + len(self.changed))), told, cancel)
        return replace(painted, record={**painted.record, "otherwise": list(self.changed)})


class FakeScores:
    """Gives the scores it was told to, one after the other, and from then on the last.

    Args:
        scores: cosines; None for a sitter who cannot be compared.
        error: raised instead.
    """

    def __init__(self, *scores: float | None, threshold: float = 0.5, error: CompanionError | None = None) -> None:
        self._scores, self._threshold, self._error = [*scores], threshold, error

    def score(self, painted: Painted, sitter: Sitter, others: Sequence[Sitter]) -> Likeness | None:
        """The next score."""
        if self._error is not None:
            raise self._error
        score = self._scores.pop(0) if len(self._scores) > 1 else self._scores[0]
        return None if score is None else Likeness(score, 0.9, 0.1, self._threshold, "fake")


def flat(sitter: Sitter, shot: Shot, long_side_px: int, seed: int = 0) -> Painted:
    """A picture of two colours, her id's above and the shot's below."""
    from PIL import Image

    width = round(long_side_px * WIDTH_SHARE)
    image = Image.new("RGB", (width, long_side_px), _colour(sitter.persona_id))
    image.paste(_colour(f"{shot} {seed}"), (0, long_side_px // 2, width, long_side_px))
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)
    return Painted(data.getvalue(), "image/png", width, long_side_px, record={"painter": "fake", "seed": seed})


def _colour(text: str) -> tuple[int, int, int]:
    red, green, blue = hashlib.sha256(text.encode()).digest()[:3]
    return red, green, blue
