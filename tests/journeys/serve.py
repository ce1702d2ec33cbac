"""Serves the page with an engine that writes at a speaking pace: `python -m tests.journeys.serve HOME PORT`."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from companion.compose import compose
from companion.settings import Settings
from companion.think.protocol import EngineCard, GenerationRequest, Piece, Written
from companion.ui.page import launch

PIECE_S = 0.05
SHORT = "Here I am, reply number {number}."
LONG = "One wave at a time. " * 20 + "The end."


class PacedEngine:
    """Writes a long reply to a message with "story" in it, else a short one with its number."""

    def __init__(self) -> None:
        self._number = 0

    def card(self) -> EngineCard:
        return EngineCard("paced", 4096, "cpu", "none", built_in=True)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        self._number += 1
        text = LONG if "story" in request.prompt.messages[-1].content else SHORT.format(number=self._number)
        pace, told = threading.Event(), 0
        for word in text.split(" "):
            if request.cancel.is_set():
                yield Written("stopped", 120, 80, told, 5.0, 1.0)
                return
            pace.wait(PIECE_S)
            yield Piece(word if told == 0 else f" {word}")
            told += 1
        yield Written("end", 120, 80, told, 5.0, 1.0)


if __name__ == "__main__":
    launch(compose(Settings(home=Path(sys.argv[1]), port=int(sys.argv[2])), engine=PacedEngine()))
