"""Painting until it is her: a picture is compared with her references, and one that is not her is painted again, more strongly held.

Of several pictures that hold there is only one, the first: painting ends with it. Where none does, the best is handed back as what
it is, and whoever asked decides whether it may be shown.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from companion.errors import Cancelled
from companion.shot import Knobs, Likeness
from companion.show.protocol import Commission, Painted, Painter, Progress, Scores, Sitter, Told

Stronger = Callable[[Knobs, int], Knobs]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A picture and how it came to be.

    Attributes:
        likeness: with how many were painted until this one; None where it was not compared.
        knobs: with which it was painted.
        painted: how many were painted in all.
    """

    picture: Painted
    likeness: Likeness | None
    knobs: Knobs
    painted: int = 1

    @property
    def holds(self) -> bool:
        """Whether it is her, as far as that can be told."""
        return self.likeness is None or self.likeness.holds


def paint_until_her(
    painter: Painter,
    commission: Commission,
    scorer: Scores | None,
    others: Sequence[Sitter],
    stronger: Stronger,
    tries: int,
    told: Told,
    cancel: threading.Event,
) -> Attempt:
    """The first picture that is her, or the best of so many.

    Args:
        others: other personas, for comparison.
        stronger: from the first knobs those for another try, after so many; the same as before end it: they give the same picture.
        tries: at least 1.
        told: hears of progress over all tries that may be needed; it never goes back.

    Raises:
        Cancelled: it was.
        ModelError: the painter or the scorer failed.
    """
    best: Attempt | None = None
    knobs = commission.knobs
    tries = tries if scorer else 1  # nobody would ask for another
    for number in range(1, tries + 1):
        if cancel.is_set():
            raise Cancelled
        painted = painter.paint(replace(commission, knobs=knobs), _within(told, number, tries), cancel)
        if best is not None and painted.image == best.picture.image:
            break  # it does not go by these knobs: the next would be the same again
        likeness = scorer.score(painted, commission.sitter, others) if scorer else None
        attempt = Attempt(painted, likeness and replace(likeness, tries=number), knobs)
        if best is None or _score(attempt) > _score(best):
            best = attempt
        best = replace(best, painted=number)
        again = stronger(commission.knobs, number)
        if attempt.holds or again == knobs:
            break
        knobs = again
    assert best is not None
    return best


def _score(attempt: Attempt) -> float:
    return attempt.likeness.score if attempt.likeness else float("inf")


def _within(told: Told, number: int, tries: int) -> Told:
    """Progress of one try as that of the whole: each takes half of what is left, since most often no other follows."""
    done = 1 - 0.5 ** (number - 1) if tries > 1 else 0.0
    room = (1 - done) * (0.5 if number < tries else 1.0)
    return lambda progress: told(Progress(done + room * progress.share, progress.preview))
