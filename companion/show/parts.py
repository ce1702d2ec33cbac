"""The parts a portrait is put together from, their names, and a look for a persona that names none.

Parts are those of python-avatars (MIT); a part's name is the library's, in small letters. Colours are names of the
library's palette or `#RRGGBB`.
"""

import difflib
import enum
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

from companion.errors import BlueprintError
from companion.persona.blueprint import Appearance

HEX = re.compile(r"#[0-9A-Fa-f]{6}")
# what suits any face; a persona without a portrait of its own gets one of each, by its id
TOPS = ("bob", "bun", "curly", "long_not_too_long", "pixie", "short_curly", "short_waved", "straight_1", "straight_strand", "shaggy")
SKINS = ("#F6D3B3", "#EDB98A", "#D9A066", "#B87A4B", "#8D5A3B", "#6B4631")
HAIRS = ("#2B2320", "#4A312C", "#724133", "#A55728", "#C79A5B", "#8C8580")
CLOTHES = ("collar_sweater", "shirt_crew_neck", "hoodie", "shirt_v_neck", "blazer_sweater")
ACCESSORIES = ("none", "none", "none", "round", "prescription_2")


@dataclass(frozen=True, slots=True)
class Look:
    """A complete set of parts: every part by name, every colour as `#RRGGBB`."""

    top: str
    hair_color: str
    hat_color: str
    skin_color: str
    eyebrows: str
    eyes: str
    nose: str
    mouth: str
    facial_hair: str
    facial_hair_color: str
    accessory: str
    clothing: str
    clothing_color: str
    accent: str
    backdrop: str


PARTS = tuple(field.name for field in fields(Look) if field.name not in ("accent", "backdrop"))  # what python-avatars draws


def look_of(persona_id: str, appearance: Appearance) -> Look:
    """The parts a blueprint names; the others follow from the id, so that a face stays the same for ever.

    Raises:
        BlueprintError: a part or colour that does not exist; the message names the nearest that does.
    """
    named = _checked(appearance.portrait)
    digest = hashlib.sha256(persona_id.encode()).digest()

    def pick(index: int, choices: Sequence[str]) -> str:
        return choices[digest[index] % len(choices)]

    hair = named.get("hair_color", pick(1, HAIRS))
    parts = {
        "top": pick(0, TOPS),
        "hair_color": hair,
        "hat_color": appearance.accent,
        "skin_color": pick(2, SKINS),
        "eyebrows": "default_natural",
        "eyes": "default",
        "nose": "default",
        "mouth": "twinkle",
        "facial_hair": "none",
        "facial_hair_color": hair,
        "accessory": pick(3, ACCESSORIES),
        "clothing": pick(4, CLOTHES),
        "clothing_color": appearance.accent,
    }
    return Look(**(parts | named), accent=appearance.accent, backdrop=appearance.backdrop)


def part_names(part: str) -> tuple[str, ...]:
    """The names that may stand under a key of `appearance.portrait`: for colours the palette, beside `#RRGGBB`.

    Raises:
        KeyError: there is no such key.
    """
    return tuple(_catalogue()[part])


def part(key: str, name: str) -> enum.Enum:
    """python-avatars' own value for a checked name."""
    return _catalogue()[key][name]


@cache
def _catalogue() -> Mapping[str, Mapping[str, enum.Enum]]:
    import python_avatars as pa

    def names(*kinds: type[enum.Enum]) -> dict[str, enum.Enum]:
        # hair comes last, so that of two parts of one name (`hat`) the one with hair under it stays
        return {one.name.lower(): one for kind in kinds for one in kind}

    return {
        "top": names(pa.HatType, pa.HairType),
        "hair_color": names(pa.HairColor),
        "hat_color": names(pa.ClothingColor),
        "skin_color": names(pa.SkinColor),
        "eyebrows": names(pa.EyebrowType),
        "eyes": names(pa.EyeType),
        "nose": names(pa.NoseType),
        "mouth": names(pa.MouthType),
        "facial_hair": names(pa.FacialHairType),
        "facial_hair_color": names(pa.HairColor),
        "accessory": names(pa.AccessoryType),
        "clothing": names(pa.ClothingType),
        "clothing_color": names(pa.ClothingColor),
    }


def _checked(portrait: Mapping[str, str]) -> dict[str, str]:
    catalogue = _catalogue()
    good: dict[str, str] = {}
    for key, value in portrait.items():
        if key not in catalogue:
            raise _unknown(f"`appearance.portrait.{key[:60]}` is not a part of a portrait", key, tuple(catalogue))
        colour = key.endswith("_color")
        name = value.strip().lower()
        if colour and HEX.fullmatch(name):
            good[key] = name.upper()
        elif name in catalogue[key]:
            good[key] = str(catalogue[key][name].value) if colour else name
        else:
            told = f'"{value[:60]}" is not a {"colour" if colour else "name"} for `appearance.portrait.{key}`'
            raise _unknown(told, name, tuple(catalogue[key]), also=" Any #RRGGBB works too." if colour else "")
    return good


def _unknown(told: str, name: str, choices: Sequence[str], also: str = "") -> BlueprintError:
    near = difflib.get_close_matches(name[:60], choices, n=1)
    return BlueprintError(
        f"{told}{f'; did you mean `{near[0]}`?' if near else '.'}",
        hint=f"Choose one of {', '.join(choices)}.{also}",
    )
