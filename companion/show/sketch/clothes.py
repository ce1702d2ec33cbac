"""What she wears: read from the portrait, the wardrobe's garment and colour, and what its words name.

Words are only looked up in `clothes.yaml`; none of them gets into a drawing. How it is drawn is in `tailoring.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from companion.errors import BlueprintError
from companion.persona.visual import Outfit, Visual
from companion.show.parts import Look, part
from companion.show.sketch.gestures import Sleeves
from companion.show.sketch.strokes import darker, lighter, mix

Cut = Literal["crew", "scoop", "v", "high", "shirt", "collar", "hoodie", "blazer", "overall", "chef", "robe", "graphic"]
Below = Literal["trousers", "jeans", "skirt", "shorts", "dress", "bare"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something over a garment: an apron, a coat, a shawl."""

    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Garb:
    """All she wears; colours are `#RRGGBB`.

    Attributes:
        pieces: what comes over the garment, from the inside out.
        shoes: colour; empty is barefoot.
    """

    cut: Cut
    color: str
    sleeves: Sleeves
    below: Below
    below_color: str
    shoes: str
    pieces: tuple[Piece, ...] = ()

    def piece(self, name: str) -> Piece | None:
        """The piece of that name, if she wears one."""
        return next((one for one in self.pieces if one.name == name), None)

    @property
    def sleeve_color(self) -> str:
        """That of the outermost thing with sleeves."""
        outer = [one.color for one in self.pieces if one.name in ("jacket", "coat", "cardigan_open")]
        return outer[-1] if outer else "#EFE9DD" if self.cut == "overall" else self.color


def outfit_of(visual: Visual, name: str) -> Outfit | None:
    """The outfit of that name; the first where it has none, None where the wardrobe is empty."""
    named = next((one for one in visual.wardrobe if one.name.casefold() == name.casefold()), None)
    return named or next(iter(visual.wardrobe), None)


def garb_of(look: Look, outfit: Outfit | None) -> Garb:
    """What she wears in an outfit; without one, what her portrait wears.

    Raises:
        BlueprintError: the outfit names a garment that cannot be drawn.
    """
    table = _table()
    words = "" if outfit is None else outfit.description.lower().replace("’", "'")
    named = _garment(look, outfit)
    row = dict(table["parts"].get(named or look.clothing, {"cut": "crew"}))
    color, worn = row.get("color", look.clothing_color), row
    spoken = None if named else _first(words, {name: one["words"] for name, one in table["garments"].items()})
    if spoken:
        worn = dict(table["garments"][spoken])
        color = _color(words, worn["words"]) or color
    cut: Cut = worn["cut"]
    if cut in ("crew", "scoop", "v"):
        cut = next((name for name, said in table["words"].items() if _has(words, said)), cut)
    if outfit is not None and outfit.color:
        color = outfit.color.upper()
    sleeves: Sleeves = next((name for name, said in table["sleeves"].items() if _has(words, said)), worn.get("sleeves", "long"))
    pieces = _pieces(words, spoken)
    if sleeves in ("short", "none") and any(one.name in ("jacket", "coat", "cardigan_open") for one in pieces):
        sleeves = "long"
    below, below_color = _below(words, worn, color)
    shoe = _first(words, {name: one["words"] for name, one in table["shoes"].items()})
    shoes = table["shoes"][shoe]["color"] if shoe else "" if below == "bare" else darker(mix(color, "#5A4030", 0.7), 0.35)
    return Garb(cut=cut, color=color, sleeves=sleeves, below=below, below_color=below_color, shoes=shoes, pieces=pieces)


def _garment(look: Look, outfit: Outfit | None) -> str:
    if outfit is None or not outfit.clothing:
        return ""
    name = outfit.clothing.strip().lower()
    try:
        part("clothing", name)
    except KeyError as unknown:
        raise BlueprintError(
            f'"{outfit.clothing[:60]}" is not a garment that can be drawn.', hint=f"Choose one of {', '.join(_table()['parts'])}."
        ) from unknown
    return name


def _pieces(words: str, garment: str | None) -> tuple[Piece, ...]:
    table = _table()
    found = []
    for name, said in table["pieces"].items():
        if not _has(words, said) or (name == "tie" and _has(words, table["pieces"]["bow_tie"])):
            continue
        if name == "gloves" and garment is None and not _has(words, ("fingerless gloves",)):
            continue
        found.append(Piece(name, _color(words, said) or table["piece_colors"].get(name, "#B08D4A")))
    return tuple(found)


def _below(words: str, worn: Mapping[str, Any], color: str) -> tuple[Below, str]:
    table = _table()["below"]
    if "below" in worn:
        return worn["below"], color
    name = _first(words, {one: row["words"] for one, row in table.items()})
    if name is None:
        return "trousers", darker(mix(color, "#4A4A55", 0.75), 0.25)
    return name, _color(words, table[name]["words"]) or table[name]["color"]  # type: ignore[return-value]


def _color(words: str, garment: Sequence[str]) -> str:
    """The colour named shortly before a garment, or its fabric's own; empty where there is neither."""
    table = _table()
    everything = [word for row in (*table["garments"].values(), *table["below"].values()) for word in row["words"]]
    everything += [word for said in table["pieces"].values() for word in said]
    spot = min((found.start() for word in garment for found in re.finditer(_pattern(word), words)), default=-1)
    if spot < 0:
        return ""
    before = re.split(r"[;.]", words[:spot])[-1].replace(",", " ").split()[-4:]
    own = [word for word in garment if " " not in word]
    for step in range(len(before) - 1, -1, -1):  # what lies behind another garment belongs to that
        if before[step] in everything and before[step] not in own:
            before = before[step + 1 :]
            break
    found = next((word for word in reversed(before) if word in table["colors"]), None)
    if found is None:
        near = [*before, *words[spot : spot + 24].split()[:2]]
        return next((table["fabrics"][word] for word in near if word in table["fabrics"]), "")
    color: str = table["colors"][found]
    if any(word in table["dark"] for word in before):
        return darker(color, 0.25)
    return lighter(color, 0.18) if any(word in table["light"] for word in before) else color


def _first(words: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    """The choice whose word stands first."""
    spots = {
        name: min((found.start() for word in said for found in re.finditer(_pattern(word), words)), default=-1)
        for name, said in choices.items()
    }
    named = [(spot, name) for name, spot in spots.items() if spot >= 0]
    return min(named)[1] if named else None


def _has(words: str, said: Sequence[str]) -> bool:
    return any(re.search(_pattern(word), words) for word in said)


def _pattern(word: str) -> str:
    return rf"(?<![\w-]){re.escape(word)}(?![\w-])"


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("clothes.yaml").read_text("utf-8"))
    return table
