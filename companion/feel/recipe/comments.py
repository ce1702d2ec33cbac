"""Reads GoEmotions: short comments, each with the feelings that its readers saw in it.

Two things bring a comment nearer to a message. Its placeholder for a person becomes a first name, as people write one. And
each comment exists in two wordings, bare and behind the speaker that the memory puts before a message, because the same
vector serves both. Nothing of the comments is kept. Data: Demszky et al. 2020, "GoEmotions".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import numpy as np
import yaml

WORDINGS = ("{text}", "user: {text}")
NAMES = (
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Emma",
    "Felix",
    "Grace",
    "Henry",
    "Ivy",
    "Jonas",
    "Kate",
    "Leo",
    "Maria",
    "Nick",
    "Olivia",
    "Paul",
)


@dataclass(frozen=True)
class Comments:
    """Comments and what was seen in them.

    Attributes:
        texts: n comments.
        seen: bool (n, labels), the feelings that readers agreed on.
    """

    texts: tuple[str, ...]
    seen: np.ndarray


def read_labels(folder: Path) -> tuple[str, ...]:
    """The names of the feelings, in the order of their numbers."""
    return tuple((folder / "labels.txt").read_text("utf-8").split())


def read_comments(path: Path, labels: int) -> Comments:
    """Reads lines of text, numbers of labels parted by commas, and an id, parted by tabs.

    Raises:
        ValueError: a line has another form, or a number of no label.
    """
    texts, seen = [], []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            text, numbers, _ = line.split("\t")
            row = np.zeros(labels, dtype=bool)
            row[[int(one) for one in numbers.split(",")]] = True
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path.name}, line {number}: expected text, numbers of labels and an id") from error
        texts.append(_named(text))
        seen.append(row)
    return Comments(tuple(texts), np.array(seen))


def worded(texts: Iterable[str], wording: str) -> list[str]:
    """The texts in one of `WORDINGS`."""
    return [wording.replace("{text}", text) for text in texts]


def _named(text: str) -> str:
    """A first name for each placeholder; the same text always gets the same ones."""
    for place in range(text.count("[NAME]")):
        text = text.replace("[NAME]", NAMES[(crc32(text.encode()) + place) % len(NAMES)], 1)
    return text.replace("[RELIGION]", "religion")


def read_said(labels: tuple[str, ...]) -> Comments:
    """The lines said to a companion that come with the recipe, each with the one feeling that its writer meant."""
    book = yaml.safe_load((files("companion.feel.recipe") / "said.yaml").read_text(encoding="utf-8"))
    rows = [(line, labels.index(label)) for label, lines in book.items() for line in lines]
    seen = np.zeros((len(rows), len(labels)), dtype=bool)
    seen[range(len(rows)), [number for _, number in rows]] = True
    return Comments(tuple(line for line, _ in rows), seen)
