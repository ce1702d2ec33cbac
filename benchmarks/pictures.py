"""How soon is a picture there, and does anybody wait longer for a reply because of it?

    python -m benchmarks.pictures [--templates N] [--shots N] [--sketches N] [--turns N]

`template_hit_p95_ms`: from a shot to the bytes of a ready picture of 2,048 pixels, with so many ready ones for one persona; the shots
are drawn at random around those that are ready. `template_first_ms` is the first of them after a start, which reads out of the database
what is ready. `sketch_2k_p95_ms` is the baseline beside it: the same persona painted anew at 2,048 pixels by the painter that comes along,
compared, marked, signed, made small and kept. `sketch_only_p95_ms` is the drawing alone.

`reply_delay_ratio`: the time to the first word of a reply with pictures on over that with pictures off, median over messages: two homes,
one built-in model that always takes the likeliest word, the same messages in turn, half of which ask for a picture; which home comes first
changes with every message, and each comes as late as a user reads. `show_ms` is what of it the look for a picture takes.
`reply_delay_painting_ratio` is the same while another thread paints without a pause, which is the worst that can happen.

Not shown: image models (they take seconds on a graphics card), a cold disk, many users.
"""

import argparse
import json
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args, get_type_hints

from companion.compose import SHIPPED_PERSONAS, Companion, compose
from companion.events import TextDelta, TurnFinished
from companion.painters import Painters, open_showing
from companion.persona.files import write_blueprint
from companion.persona.library import Library, Persona
from companion.settings import Settings
from companion.shot import Shot
from companion.show.preview import MEDIA_TYPE, preview
from companion.show.protocol import Commission
from companion.show.provenance import Marks
from companion.show.ready import SCENERY
from companion.show.templates import complete, likely, scenery
from companion.showing import Showing, nothing
from companion.store.database import open_database
from companion.store.media import Media
from companion.store.pictures import Files, Pictures
from companion.turn import Order

PAINTED = 24  # of the ready pictures: the others are copies of these with another record, so that every file is its own
STEADY = "steady"
WARM_UP = 2  # turns
READ_S = 0.5
MESSAGES = (
    "How was your day?",
    "Show me a picture of you.",
    "What are you working on?",
    "Can I see you smile?",
    "Tell me about the sea.",
    "Send me a photo of where you are.",
)
VALUES = {name: get_args(kind) for name, kind in get_type_hints(Shot).items()}


def near(shot: Shot, rng: random.Random) -> Shot:
    """The shot with one or two of its small parts changed."""
    parts = rng.sample([part.name for part in fields(Shot) if part.name in ("pose", "gesture", "framing", "light")], rng.randint(0, 2))
    return replace(shot, **{part: rng.choice(VALUES[part]) for part in parts})


def fill(home: Path, persona: Persona, pictures: Pictures, showing: Showing, painters: Painters, count: int) -> list[Shot]:
    """Makes so many pictures ready; what they show."""
    media, marks, look = Media(home / "pictures"), Marks(home), showing.look_digest(persona)
    visual, rng = persona.blueprint.visual, random.Random(3)
    sitter, painter = showing.sitter(persona), painters.painter(persona)
    shots = list(likely(visual, count))
    while len(shots) < count:
        shots.append(near(rng.choice(shots), rng))
    painted = [painter.paint(Commission(sitter, shot), nothing, threading.Event()) for shot in shots[:: max(1, count // PAINTED)]]
    small = [preview(one.image) for one in painted]
    for number, shot in enumerate(shots):
        one, little = painted[number % len(painted)], small[number % len(painted)]
        record = dict(one.record) | {SCENERY: scenery(visual, shot), "number": number}
        image = marks.mark(one.image, one.media_type, record, synthetic="drawn")
        digests = (media.keep(image, one.media_type), media.keep(little.data, MEDIA_TYPE))
        files = Files(*digests, one.media_type, one.width_px, one.height_px, len(image), len(little.data))
        pictures.add(persona.id, "template", shot, files, look=look, painter=painter.name, record=record)
    return shots


def template_hits(showing: Showing, persona: Persona, shots: Sequence[Shot], count: int) -> tuple[float, list[float], int]:
    """Milliseconds of the first hit, those of the others, and how many shots found nothing near enough."""
    rng, taken, missed = random.Random(5), [], 0
    for _ in range(count + 1):
        asked = near(rng.choice(shots), rng)
        began = time.perf_counter()
        found = showing.at_hand(persona, asked)
        data = showing.file(found).read_bytes() if found else b""
        taken.append((time.perf_counter() - began) * 1000)
        missed += not data
    return taken[0], taken[1:], missed


def sketches(showing: Showing, painters: Painters, everyone: Sequence[Persona], count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of a new picture that is kept, and of the drawing alone."""
    rng, kept, drawn = random.Random(7), [], []
    for number in range(count + 1):  # the first loads what is loaded once
        persona = everyone[number % len(everyone)]
        visual = persona.blueprint.visual
        shot = complete(Shot(*(rng.choice(VALUES[part.name] or ("",)) for part in fields(Shot))), visual)
        if visual.settings:
            shot = replace(shot, setting=rng.choice(visual.settings).name)
        began = time.perf_counter()
        showing.shoot(persona, shot, kind="studio")
        kept.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        painters.painter(persona).paint(Commission(showing.sitter(persona), shot), nothing, threading.Event())
        drawn.append((time.perf_counter() - began) * 1000)
    return kept[1:], drawn[1:]


def first_word_ms(companion: Companion, conversation_id: str, text: str) -> tuple[float, float]:
    """Milliseconds from a message to the first word of its reply, and those of the look for a picture; the reply is waited for."""
    began, first, show = time.perf_counter(), 0.0, 0.0
    for event in companion.worker.follow(companion.worker.start(Order(conversation_id, "send", text))):
        if isinstance(event, TextDelta) and not first:
            first = time.perf_counter() - began
        if isinstance(event, TurnFinished):
            show = sum(stage.ms for stage in event.trace.stages if stage.name == "show")
    return (first or time.perf_counter() - began) * 1000, show


def settled(companion: Companion) -> None:
    """Waits as long as a user reads: until nothing is learnt and nothing painted any more."""
    companion.caught_up(60)
    for job in companion.showing.jobs():
        companion.showing.wait(job.id, 60)
    time.sleep(READ_S)  # what follows is read ahead meanwhile


@contextmanager
def painting(companion: Companion, persona: Persona) -> Iterator[None]:
    """Paints without a pause, in a thread of its own, as long as the block lasts."""
    done, rng = threading.Event(), random.Random(9)

    def paint() -> None:
        painter, sitter = Painters(companion.settings).painter(persona), companion.showing.sitter(persona)
        while not done.is_set():
            painter.paint(Commission(sitter, Shot(rng.choice(VALUES["expression"]))), nothing, threading.Event())

    thread = threading.Thread(target=paint)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def replies(folder: Path, turns: int) -> dict[str, list[float]]:
    """Milliseconds to the first word of each reply, with pictures off, on, and on while something is painted; and of the look for one."""
    for name in ("off", "on", "painting"):
        steady(folder / name)
    homes = {
        "off": compose(Settings(home=folder / "off", pictures="off")),
        "on": compose(Settings(home=folder / "on", pictures="on")),
        "painting": compose(Settings(home=folder / "painting", pictures="on")),
    }
    try:
        persona = homes["on"].library.get(STEADY)
        talks = {name: one.cast.begin(persona.id).id for name, one in homes.items()}
        taken: dict[str, list[float]] = {name: [] for name in (*homes, "show")}
        for turn in range(turns + WARM_UP):
            message, names = MESSAGES[turn % len(MESSAGES)], list(homes)
            for name in names[turn % 3 :] + names[: turn % 3]:
                if name == "painting":
                    with painting(homes[name], persona):
                        took, show = first_word_ms(homes[name], talks[name], message)
                else:
                    took, show = first_word_ms(homes[name], talks[name], message)
                settled(homes[name])
                if turn >= WARM_UP:
                    taken[name].append(took)
                    taken["show"] += [show] if name == "on" else []
        return taken
    finally:
        for one in homes.values():
            one.close()


def steady(home: Path) -> None:
    """Somebody who says the same to the same."""
    mara = Library(SHIPPED_PERSONAS, home / "personas").get("mara").blueprint
    sampling = mara.model.sampling.model_copy(update={"temperature": 0.0})
    (home / "personas").mkdir(parents=True)
    write_blueprint(
        home / "personas" / f"{STEADY}.yaml", mara.model_copy(update={"model": mara.model.model_copy(update={"sampling": sampling})})
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Message by message, the median: a machine's speed drifts."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def p95(values: Sequence[float]) -> float:
    """Of 20 the second largest."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def measure(folder: Path, templates: int, shots: int, new: int, turns: int) -> dict[str, float]:
    """All figures."""
    settings, library = Settings(home=folder / "home", pictures_mb=100_000), Library(SHIPPED_PERSONAS, folder / "home" / "personas")
    engine, painters = open_database(settings.home), Painters(settings)
    pictures, everyone = Pictures(engine), library.list()
    showing = open_showing(settings, pictures, library, painters)
    ready = fill(settings.home, everyone[0], pictures, showing, painters, templates)
    fresh = open_showing(settings, pictures, library, painters)
    fresh.look_digest(everyone[0])
    first, hits, missed = template_hits(fresh, everyone[0], ready, shots)
    kept, drawn = sketches(fresh, painters, everyone, new)
    showing.close()
    fresh.close()
    engine.dispose()
    words = replies(folder, turns)
    print(f"{'':<44}{'median ms':>12}{'p95 ms':>12}")
    print(f"{f'a ready picture, of {templates}':<44}{statistics.median(hits):>12.2f}{p95(hits):>12.2f}")
    print(f"{'the first of them after a start':<44}{first:>12.2f}")
    print(f"{'a new sketch at 2,048 px, kept':<44}{statistics.median(kept):>12.1f}{p95(kept):>12.1f}")
    print(f"{'the drawing alone':<44}{statistics.median(drawn):>12.1f}{p95(drawn):>12.1f}")
    for name, said in (
        ("off", "first word, pictures off"),
        ("on", "first word, pictures on"),
        ("painting", "the same while painting"),
        ("show", "of it the look for one"),
    ):
        print(f"{said:<44}{statistics.median(words[name]):>12.1f}{p95(words[name]):>12.1f}")
    print(f"{missed} of {shots + 1} shots found no picture near enough")
    return {
        "template_hit_p95_ms": round(p95(hits), 2),
        "sketch_2k_p95_ms": round(p95(kept), 1),
        "reply_delay_ratio": round(ratio(words["on"], words["off"]), 3),
        "show_ms": round(statistics.median(words["show"]), 2),
        "template_first_ms": round(first, 1),
        "sketch_only_p95_ms": round(p95(drawn), 1),
        "reply_delay_painting_ratio": round(ratio(words["painting"], words["off"]), 3),
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure how soon a picture is there.")
    parser.add_argument("--templates", type=int, default=500)
    parser.add_argument("--shots", type=int, default=400)
    parser.add_argument("--sketches", type=int, default=40)
    parser.add_argument("--turns", type=int, default=24)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        figures = measure(folder, arguments.templates, arguments.shots, arguments.sketches, arguments.turns)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
