"""Reads a file of LoCoMo's schema (Maharana et al. 2024): long conversations, and questions with the turns that answer them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from companion.store.transcripts import Line


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `evidence` are the ids of the turns that answer it, as the file has them."""

    text: str
    evidence: tuple[str, ...]
    category: int


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Two people over months. The first speaker is taken for the user, the second for the persona.

    Attributes:
        turns: (id, line), oldest first.
        ends: when the last one was said.
    """

    name: str
    speakers: tuple[str, str]
    turns: tuple[tuple[str, Line], ...]
    questions: tuple[Question, ...]

    @property
    def ends(self) -> datetime:
        """When the last turn was said: the moment from which the questions look back."""
        return self.turns[-1][1].at


def read(path: Path) -> tuple[Dialogue, ...]:
    """The conversations of a file; a shared picture is told by its caption, as in LoCoMo's own retrieval."""
    return tuple(
        Dialogue(
            name=raw["sample_id"],
            speakers=(raw["conversation"]["speaker_a"], raw["conversation"]["speaker_b"]),
            turns=tuple(_turns(raw["conversation"])),
            questions=tuple(Question(str(one["question"]), tuple(one["evidence"]), one["category"]) for one in raw["qa"]),
        )
        for raw in json.loads(path.read_text("utf-8"))
    )


def _turns(raw: dict[str, object]) -> Iterator[tuple[str, Line]]:
    number = 1
    while f"session_{number}_date_time" in raw:
        at = datetime.strptime(str(raw[f"session_{number}_date_time"]), "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        session = raw.get(f"session_{number}", [])
        assert isinstance(session, list)
        for turn in session:
            caption = f" [photo: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
            yield turn["dia_id"], Line("user" if turn["speaker"] == raw["speaker_a"] else "persona", turn["text"] + caption, at)
        number += 1
