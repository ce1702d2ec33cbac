"""From decided tokens to what is shown: whole characters, no control tokens, and the point at which nothing more is written."""

import time
from collections.abc import Iterator, Sequence
from typing import Literal

from companion.think.integrity import MARKS
from companion.think.loading import LoadedModel
from companion.think.protocol import GenerationRequest, Piece
from companion.think.stream import TokenText, Visible


class Reply:
    """One reply as it grows.

    Args:
        model: what writes.
        request: what to write.
        before: the last tokens of the reply that this one continues.

    Attributes:
        tokens: how many it has.
        first_at: `time.perf_counter()` of the first one; None before.
    """

    def __init__(self, model: LoadedModel, request: GenerationRequest, before: Sequence[int] = ()) -> None:
        self._model, self._request = model, request
        self._control = model.template.integrity.tokens
        structure = (*MARKS, *model.template.integrity.marks, *(text for text in self._control.values() if len(text) > 1))
        bounds = request.constraints
        self._visible = Visible((*bounds.stop, *structure), before=request.prompt.prefix, avoid=bounds.avoid)
        self._text = TokenText(model.template.decode, before)
        self._ended = self._stopped = False
        self.first_at: float | None = None
        self.tokens = 0

    def take(self, tokens: Sequence[int]) -> Iterator[Piece]:
        """Newly decided tokens, in order; those after the reply's end are dropped."""
        self.first_at = self.first_at or time.perf_counter()
        for token in tokens:
            if self.over():
                return
            if token in self._model.end_ids or token in self._control:
                self._ended = True
                return
            self.tokens += 1
            yield from _piece(self._visible.feed(self._text.feed(token)))

    def close(self) -> Iterator[Piece]:
        """What was held back and is text after all."""
        yield from _piece(self._visible.close())

    def over(self) -> bool:
        """Whether nothing more is to be written: stopped, ended, or a stop string came."""
        if self._ended or self._visible.stopped:
            return True
        self._stopped = self._stopped or self._request.over()
        return self._stopped

    @property
    def reason(self) -> Literal["end", "length", "stopped"]:
        """Why it ended."""
        return "stopped" if self._stopped else "end" if self._ended or self._visible.stopped else "length"


def _piece(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(text)
