"""Is it always her? Forty pictures of each persona that comes along, against her own references and against everyone else's.

    python -m benchmarks.likeness [--shots N] [--long-side N]

Every persona is painted in the same shots, which differ in expression, pose, gesture, place, outfit, framing, light and time. Each
picture is compared with the references of every persona through the encoder that the program itself scores with. `auc`, for each
persona: the chance that a picture of hers is nearer to her references than a picture of somebody else is. `accepted`: the share of her
pictures that are at or above her threshold; `mistaken`: the share of everyone else's that are. Baseline, in the same run: `colours`, the
same figures for a histogram of the whole picture's colours, which knows her places and clothes but not her.

Not shown: image models, whose pictures are of somebody new each time; photographs.
"""

import argparse
import io
import json
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from companion.compose import SHIPPED_PERSONAS
from companion.painters import Painters
from companion.persona.library import Library, Persona
from companion.settings import Settings
from companion.shot import Shot
from companion.show.likeness import area_under_curve
from companion.show.protocol import Commission, Painted, Sitter
from companion.showing import nothing

VALUES = {name: get_args(kind) for name, kind in get_type_hints(Shot).items()}
BINS = 6  # a channel


def shots_of(persona: Persona, count: int) -> list[Shot]:
    """Shots that differ in all that may differ, every expression among them if there are enough; the places and outfits are hers."""
    rng, visual, found = random.Random(13), persona.blueprint.visual, []
    expressions = list(VALUES["expression"])
    for number in range(count):
        parts = {part.name: rng.choice(VALUES[part.name] or ("",)) for part in fields(Shot)}
        shot = replace(Shot(**parts), expression=expressions[number % len(expressions)])
        setting = rng.choice(visual.settings).name if visual.settings else ""
        found.append(replace(shot, setting=setting, outfit=rng.choice(visual.wardrobe).name if visual.wardrobe else ""))
    return found


def colours(image: bytes) -> NDArray[np.float32]:
    """How much of each colour there is: float32 (216,), unit length."""
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((128, 160)), np.int64) * BINS // 256
    flat = (pixels[..., 0] * BINS + pixels[..., 1]) * BINS + pixels[..., 2]
    counts = np.bincount(flat.ravel(), minlength=BINS**3).astype(np.float32)
    return np.asarray(counts / np.linalg.norm(counts), np.float32)


def compared(painters: Painters, everyone: Sequence[Persona], count: int, long_side_px: int) -> Mapping[str, Mapping[str, object]]:
    """For each persona the figures of the program's encoder and of the baseline."""
    sitters = [Sitter(one.id, one.blueprint.appearance, one.blueprint.visual) for one in everyone]
    scores: dict[str, dict[str, list[float]]] = {one.id: {other.id: [] for other in everyone} for one in everyone}
    bare: dict[str, dict[str, list[float]]] = {one.id: {other.id: [] for other in everyone} for one in everyone}
    thresholds: dict[str, float] = {}
    encoders: dict[str, str] = {}
    palettes = {one.id: [colours(picture.image) for picture in painted(painters, one, shots_of(one, 6), long_side_px)] for one in everyone}
    for painter in everyone:
        for picture in painted(painters, painter, shots_of(painter, count + 6)[6:], long_side_px):
            mine = colours(picture.image)
            for whose, sitter in zip(everyone, sitters, strict=True):
                scorer = painters.scorer(whose)
                if scorer is None:
                    raise SystemExit(f"{whose.id}: there is nothing that scores her pictures")
                likeness = scorer.score(picture, sitter, sitters)
                if likeness is None:
                    raise SystemExit(f"{whose.id}: there is nothing to compare with")
                scores[whose.id][painter.id].append(likeness.score)
                bare[whose.id][painter.id].append(float(np.mean([mine @ one for one in palettes[whose.id]])))
                thresholds[whose.id], encoders[whose.id] = likeness.threshold, likeness.encoder
    return {
        who: figures(who, found, thresholds[who]) | {"encoder": encoders[who], "colours_auc": figures(who, bare[who], 0.0)["auc"]}
        for who, found in scores.items()
    }


def painted(painters: Painters, persona: Persona, shots: Sequence[Shot], long_side_px: int) -> list[Painted]:
    """Her, in these shots."""
    sitter = Sitter(persona.id, persona.blueprint.appearance, persona.blueprint.visual)
    painter = painters.painter(persona)
    return [painter.paint(Commission(sitter, shot, long_side_px=long_side_px), nothing, threading.Event()) for shot in shots]


def figures(who: str, found: Mapping[str, Sequence[float]], threshold: float) -> dict[str, object]:
    """How well her pictures are told from everyone else's."""
    same = found[who]
    cross = [score for other, scores in found.items() if other != who for score in scores]
    return {
        "auc": round(area_under_curve(same, cross), 4),
        "accepted": round(float(np.mean([score >= threshold for score in same])), 3),
        "mistaken": round(float(np.mean([score >= threshold for score in cross])), 3),
        "same": round(float(np.mean(same)), 3),
        "least_same": round(min(same), 3),
        "cross": round(float(np.mean(cross)), 3),
        "most_cross": round(max(cross), 3),
        "threshold": round(threshold, 3),
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure whether pictures of one persona are told from those of others.")
    parser.add_argument("--shots", type=int, default=40)
    parser.add_argument("--long-side", type=int, default=640)
    arguments = parser.parse_args()
    everyone = Library(SHIPPED_PERSONAS, Path("nowhere")).list()
    found = compared(Painters(Settings(painter="sketch")), everyone, arguments.shots, arguments.long_side)
    names = ("auc", "colours_auc", "accepted", "mistaken", "same", "least_same", "cross", "most_cross", "threshold")
    print(f"{'':<10}{''.join(f'{name:>13}' for name in names)}  encoder")
    for who, values in found.items():
        print(f"{who:<10}{''.join(f'{values[name]!s:>13}' for name in names)}  {values['encoder']}")
    print(json.dumps({"shots": arguments.shots, "personas": found}))


if __name__ == "__main__":
    main()
