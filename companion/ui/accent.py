"""A persona's colour, made legible.

Her accent is made darker or lighter, in its own hue, until text in it can be read on the page's paper: WCAG 2.2, success
criterion 1.4.3, asks for a contrast ratio of 4.5 to 1. Relative luminance is the one defined there.
"""

from colorsys import hls_to_rgb, rgb_to_hls

from companion.persona.blueprint import Appearance

LIGHT_PAPER, LIGHT_SURFACE = "#FAF8F5", "#FFFFFF"
DARK_PAPER, DARK_SURFACE = "#161412", "#1F1C19"
INK_ON_LIGHT, INK_ON_DARK = "#1E1B18", "#F2EDE6"
TEXT_CONTRAST = 4.5
DARK_CONTRAST = 8.0  # an accent on dark paper glows less and needs more to be felt


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two `#RRGGBB` colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(color: str, other: str, share: float) -> str:
    """`color` with a `share` in [0, 1] of `other`, both `#RRGGBB`."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def legible(color: str, ground: str, ratio: float = TEXT_CONTRAST) -> str:
    """The colour closest to `color`, of its hue and saturation, that has at least `ratio` against `ground`."""
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(color)))
    toward = 0.0 if _luminance(ground) > 0.18 else 1.0
    for step in range(101):
        red, green, blue = hls_to_rgb(hue, lightness + (toward - lightness) * step / 100, saturation)
        moved = "#" + "".join(f"{round(255 * channel):02X}" for channel in (red, green, blue))
        if contrast(moved, ground) >= ratio:
            return moved
    raise ValueError(f"nothing is legible on {ground} at {ratio} to 1")


def stylesheet(appearance: Appearance, accent: str | None = None) -> str:
    """CSS that sets her colours for both schemes.

    Args:
        accent: her colour at the stage where the two are, if that has one of its own.
    """
    appearance = appearance.model_copy(update={"accent": accent}) if accent else appearance
    light = legible(appearance.accent, mixed(LIGHT_SURFACE, appearance.accent, 0.13))
    dark = legible(appearance.accent, DARK_SURFACE, DARK_CONTRAST)
    return (
        f"body{{--accent:{light};--on-accent:{_on(light)};--said:{mixed(LIGHT_SURFACE, appearance.accent, 0.13)};"
        f"--backdrop:{appearance.backdrop}}}"
        f"body.dark{{--accent:{dark};--on-accent:{_on(dark)};--said:{mixed(DARK_SURFACE, appearance.accent, 0.24)};"
        f"--backdrop:{by_night(appearance)}}}"
    )


def by_night(appearance: Appearance) -> str:
    """Her backdrop after sunset: her accent, dimmed."""
    return mixed(appearance.accent, DARK_PAPER, 0.5)


def _on(color: str) -> str:
    return max(("#FFFFFF", "#12201F"), key=lambda ink: contrast(ink, color))


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (c / 255 for c in _channels(color))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
