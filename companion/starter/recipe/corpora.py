"""Persona-grounded conversations from Synthetic-Persona-Chat (Google Research, CC BY 4.0), as trunks.

The file's persona lines are first-person sentences and become the background; its second speaker becomes her. It lends
fluency only: it has no manner, no memory and no honesty to teach, so it is a small share of the rows.
"""

import csv
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from companion.persona.blueprint import Blueprint
from companion.starter.recipe.characters import PLAIN_MANNERS, Character
from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.rows import Row
from companion.think.layout import render_blueprint

LINE = re.compile(r"^User ([12]): (.+)$")
CLAIMS_BODY = re.compile(r"\b(i'?m|i am) (a )?(human|real person)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CorpusTalk:
    """One conversation: her background, and alternating (user, reply) exchanges."""

    background: str
    exchanges: tuple[tuple[str, str], ...]


def read_talks(folder: Path) -> Iterator[CorpusTalk]:
    """Every usable conversation under `folder`, plain ASCII, each seen from its second speaker."""
    for path in sorted(folder.glob("synthetic-persona-chat-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for record in csv.DictReader(file):
                personas = [record["user 2 personas"], record["user 1 personas"]]
                lines = [(m[1], m[2]) for line in record["Best Generated Conversation"].splitlines() if (m := LINE.match(line.strip()))]
                for her, persona in zip(("2", "1"), personas, strict=True):
                    talk = _seen_from(her, persona, lines)
                    if talk:
                        yield talk


def _seen_from(her: str, persona: str, lines: list[tuple[str, str]]) -> CorpusTalk | None:
    exchanges = [(lines[i][1], lines[i + 1][1]) for i in range(len(lines) - 1) if lines[i][0] != her and lines[i + 1][0] == her]
    exchanges = [(u, r) for u, r in exchanges if r.isascii() and len(r.split()) <= 45 and not CLAIMS_BODY.search(r)]
    sentences = [s.strip().rstrip(".") + "." for s in persona.splitlines() if s.strip()]
    if len(exchanges) < 3 or not sentences or not persona.isascii():
        return None
    background = " ".join(s[0].upper() + s[1:] for s in sentences)
    return CorpusTalk(background, tuple(exchanges[:20]))


def corpus_row(talk: CorpusTalk, composer: Composer, *, tails: int) -> Row:
    """A trunk from the corpus under an invented name, with tails of the ordinary lessons."""
    rng: random.Random = composer.rng
    name = composer.grammar.values.draw("person", rng)
    age, job = rng.randint(18, 70), composer.grammar.values.draw("job", rng)
    blueprint = Blueprint.model_validate(
        {
            "identity": {"name": name, "age": age, "tagline": job, "background": talk.background},
            "character": {"speech": {"manner": rng.choice(PLAIN_MANNERS)}},
            "greeting": rng.choice(composer.grammar.small["greetings"]).replace("{me}", name),
        }
    )
    character = Character(blueprint, (), {}, {"me": name, "my_age": str(age), "my_job": job}, ("warm", "curious", "practical"))
    row = Row(render_blueprint(blueprint), blueprint.greeting, talk.background, list(talk.exchanges))
    about_her = {"self", "unwritten", "follow", "buffer"}
    composer.add_tails(row, character, tails, {n: lesson.alone for n, lesson in composer.lessons.items() if n not in about_her})
    composer.point(row, rng)
    return row
