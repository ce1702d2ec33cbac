"""How much the one on a picture is her: a cosine to her references, told beside what it is for herself and for others.

Method: the mean cosine between the embedding of the picture's subject and those of her references, as face verification scores a
probe against a gallery (Grother et al. 2019, NIST IR 8271, section 3). A bare cosine says little: for one encoder strangers stand at
0.2, for another at 0.9. So two baselines of the same persona go with it: `same`, how close each of her references is to the other
ones (leave-one-out), and `others`, how close the references of other personas are to hers.

The threshold's rule: it lies between the two, `strictness` of the way from `others` to `same`. Half-way is where a picture is as
far from being a stranger as from being herself. What it does not: it knows resemblance, not beauty, and judges no picture without
references. It is no identification of real people.
"""

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from companion.shot import Likeness, Shot
from companion.show.encoders import Encoder, View, subject_of
from companion.show.protocol import Painted, Previews, Sitter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

References = Callable[[Sitter], Sequence[Painted]]
REMEMBERED = 64  # sitters whose references stay embedded
DRAWN_PX = 320
# six pictures that differ in all that may differ while she stays who she is
DRAWN_SHOTS = (
    Shot("neutral", framing="close"),
    Shot("joyful", "sitting", setting="garden", framing="half", light="golden", time="dusk"),
    Shot("sad", "turned", setting="roof", framing="close", light="moon", time="night"),
    Shot("surprised", "standing", "open_hands", setting="cafe", framing="half", light="lamp", time="night"),
    Shot("thoughtful", "leaning", "hand_on_chin", setting="harbour", framing="half", light="overcast", time="dawn"),
    Shot("angry", "standing", "arms_crossed", setting="stage", framing="half", light="spot", time="night"),
)


def uploaded(sitter: Sitter) -> tuple[Painted, ...]:
    """The pictures that someone chose to show who she is."""
    return tuple(Painted(image, "", 0, 0) for image in sitter.references)


def drawn_by(painter: Previews, shots: Sequence[Shot] = DRAWN_SHOTS, long_side_px: int = DRAWN_PX) -> References:
    """References as a painter draws them of anyone: for drawings, where her parts are who she is."""
    return lambda sitter: tuple(painter.sketch(sitter, shot, long_side_px) for shot in shots)


class Scorer:
    """Scores pictures against references; those are embedded once. Every method may be called from any thread.

    Args:
        encoder: what embeds.
        references_of: the pictures that show who a sitter is.
        strictness: where between `others` and `same` the threshold lies, in [0, 1].
    """

    def __init__(self, encoder: Encoder, references_of: References = uploaded, *, strictness: float = 0.5) -> None:
        if not 0 <= strictness <= 1:
            raise ValueError(f"strictness is {strictness}, not in [0, 1]")
        self._encoder, self._references_of, self._strictness = encoder, references_of, strictness
        self._lock = threading.Lock()  # guards the next one
        self._embedded: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def score(self, painted: Painted, sitter: Sitter, others: Sequence[Sitter]) -> Likeness | None:
        """See `Scores`. With one reference, `same` is what it shares with its own mirror image: a strict measure; three serve better.

        Raises:
            InputError: the picture or a reference cannot be read.
            ModelError: the encoder cannot be loaded.
        """
        hers = self.embeddings(sitter)
        if not len(hers):
            return None
        score = float((hers @ self._encoder.encode([View(painted.image, painted.subject)])[0]).mean())
        same = leave_one_out(hers)
        theirs = [self.embeddings(one) for one in others if one.persona_id != sitter.persona_id]
        strange = [float((hers @ one.T).mean()) for one in theirs if len(one)]
        apart = sum(strange) / len(strange) if strange else min(same, self._encoder.strangers)
        threshold = apart + self._strictness * (same - apart)
        score, same, apart, threshold = (max(-1.0, min(1.0, value)) for value in (score, same, apart, threshold))  # rounding
        return Likeness(score, same, apart, threshold, self._encoder.name)

    def embeddings(self, sitter: Sitter) -> "NDArray[np.float32]":
        """Her references embedded: float32 (n, d), unit length, in their order; a single one is followed by its mirror image.

        Raises:
            InputError: a reference cannot be read.
            ModelError: the encoder cannot be loaded.
        """
        key = _digest(sitter)
        with self._lock:
            if key in self._embedded:
                self._embedded.move_to_end(key)
                return self._embedded[key]
        references = self._references_of(sitter)
        views = [View(one.image, one.subject) for one in references]
        if len(views) == 1:
            views.append(_mirrored(views[0]))
        found = self._encoder.encode(views)
        with self._lock:
            self._embedded[key] = found
            while len(self._embedded) > REMEMBERED:
                self._embedded.popitem(last=False)
        return found


def leave_one_out(vectors: "NDArray[np.float32]") -> float:
    """The mean cosine of each to the other ones, in [-1, 1]; 1 for a single one.

    Args:
        vectors: float32 (n, d), unit length.
    """
    count = len(vectors)
    cosines = vectors @ vectors.T
    return 1.0 if count < 2 else float((cosines.sum() - cosines.trace()) / (count * (count - 1)))


def area_under_curve(same: Sequence[float], different: Sequence[float]) -> float:
    """How well a score separates: the chance that one of the same is above one of the different, ties by half (Mann and Whitney 1947)."""
    import numpy as np

    below = np.sort(np.asarray(different, np.float64))
    values = np.asarray(same, np.float64)
    wins = np.searchsorted(below, values, "left") + np.searchsorted(below, values, "right")
    return float(wins.mean() / (2 * len(below)))


def _mirrored(view: View) -> View:
    from PIL import ImageOps

    file = io.BytesIO()
    ImageOps.mirror(subject_of(view)).save(file, "PNG", compress_level=1)
    return View(file.getvalue())


def _digest(sitter: Sitter) -> str:
    """Of all that a reference can depend on."""
    digest = hashlib.sha256(sitter.persona_id.encode())
    for part in (sitter.appearance.model_dump_json(), sitter.visual.model_dump_json()):
        digest.update(b"\0" + part.encode())
    for image in sitter.references:
        digest.update(hashlib.sha256(image).digest())
    return digest.hexdigest()
