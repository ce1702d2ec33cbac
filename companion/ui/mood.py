"""Her mood as a picture: a thin ring round her portrait, and the plane of pleasure and arousal on which it moves.

The ring's colour tells pleasure: her accent where it is even, warmer above and cooler below, never far from the accent. Its length
tells arousal: a quarter of the way round at the calmest, all of it at the most stirred. Both are said in words as well. The plane is
Russell's ("A circumplex model of affect", Journal of Personality and Social Psychology 39, 1980), scaled to [−1, 1].
Drawn here as SVG; no script runs.
"""

from typing import Literal

from companion.affect import Affect, Mood
from companion.ui.mood_words import feeling, figures, label, signed
from companion.ui.prose import attribute, escape

LEAST_ARC = 0.25  # of the ring, at an arousal of −1
MOST_TINT = 0.85  # of the warm or the cool colour, at a pleasure of ±1
FULL_AT = 0.6  # moods beyond this are rare: the ring has its full colour and length from there on
REACHES = (0.5, 1.0)  # where the plane ends: near moods are drawn larger, so that one sees them move
SIDE, EDGE = 200.0, 8.0  # of the plane, in its own units
Frame = Literal["large", "small"]
TOP: dict[Frame, float] = {"large": 10.4, "small": 0.0}  # hundredths from where the outline begins to the middle of its top


def ring(affect: Affect | None, portrait: str, frame: Frame, name: str = "") -> str:
    """A portrait with its ring.

    Args:
        affect: what she feels; None draws the ring at rest.
        portrait: the picture, as HTML.
        name: what she is called, for who cannot see the ring; empty where its words stand beside it.
    """
    mood = affect.mood if affect else Mood(0.0, 0.0, 0.0)
    told = f'role="img" aria-label="{attribute(f"{name}: {spoken(affect)}")}"' if name else 'aria-hidden="true"'
    share = arc(mood.arousal)
    return (
        f'<div class="mood-ring {frame} {temper(mood.pleasure)}" style="--tint:{100 * tint(mood.pleasure):.0f}%">{portrait}'
        f'<svg {told} focusable="false">{_outline("mood-track", frame)}{_outline("mood-arc", frame, share)}</svg></div>'
    )


def spoken(affect: Affect | None) -> str:
    """The ring in a sentence: "a little wistful, tender with you; pleasure −0.18, arousal −0.31, dominance +0.12"."""
    words = feeling(affect)
    words = words[:1].lower() + words[1:]
    return f"{words}; {figures(affect.mood)}" if affect else words


def arc(arousal: float) -> float:
    """The share of the ring that is drawn, in [0.25, 1], for an arousal in [−1, 1]."""
    return LEAST_ARC + (1 - LEAST_ARC) * (max(-1.0, min(1.0, arousal / FULL_AT)) + 1) / 2


def tint(pleasure: float) -> float:
    """The share of warmth or coolness in the ring's colour, in [0, 0.85], for a pleasure in [−1, 1]."""
    return MOST_TINT * min(1.0, abs(pleasure) / FULL_AT)


def temper(pleasure: float) -> str:
    """Which way the colour leans."""
    return "warm" if pleasure >= 0 else "cool"


def plane(now: Mood, rest: Mood, before: Mood | None = None) -> str:
    """The plane of pleasure and arousal, with where her mood rests, where it was and where it is.

    Args:
        before: where it was before this message; None where that is not known.
    """
    reach = edge(now, rest, before)
    (x, y), (rest_x, rest_y) = _place(now, reach), _place(rest, reach)
    path = ""
    told = f"now at {_spot(now)}; her resting point is at {_spot(rest)}"
    if before is not None:
        was_x, was_y = _place(before, reach)
        told = f"from {_spot(before)} to {_spot(now)}; her resting point is at {_spot(rest)}"
        path = (
            f'<path class="plane-path" d="M{was_x:.1f} {was_y:.1f}L{x:.1f} {y:.1f}"/>'
            f'<circle class="plane-before" cx="{was_x:.1f}" cy="{was_y:.1f}" r="4"/>'
        )
    middle, far = SIDE / 2, SIDE - EDGE
    return (
        f'<figure class="mood-plane"><svg viewBox="0 0 {SIDE:.0f} {SIDE:.0f}" role="img" aria-label="Her mood, {attribute(told)}">'
        f'<rect class="plane-ground" x="{EDGE}" y="{EDGE}" width="{SIDE - 2 * EDGE}" height="{SIDE - 2 * EDGE}" rx="14"/>'
        f'<path class="plane-axes" d="M{EDGE} {middle}H{far}M{middle} {EDGE}V{far}"/>{path}'
        f'<path class="plane-rest" d="M{rest_x - 4:.1f} {rest_y:.1f}h8m-4 -4v8"/>'
        f'<circle class="plane-now" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
        '</svg><span class="plane-end up">stirred</span><span class="plane-end down">calm</span>'
        '<span class="plane-end left">unhappy</span><span class="plane-end right">happy</span></figure>'
    )


def edge(*moods: Mood | None) -> float:
    """Where the plane ends on which all of these can be seen."""
    far = max((abs(value) for mood in moods if mood is not None for value in (mood.pleasure, mood.arousal)), default=0.0)
    return next((reach for reach in REACHES if far <= reach), REACHES[-1])


def legend(before: Mood | None, reach: float) -> str:
    """What the marks on the plane mean, and where it ends."""
    was = '<span><i class="plane-key before"></i>before</span>' if before is not None else ""
    return (
        f'<p class="plane-legend" aria-hidden="true"><span><i class="plane-key now"></i>now</span>{was}<span>+ at rest</span>'
        f"<span>edges at ±{reach:.2g}</span></p>"
    )


def level(name: str, value: float, *, text: str = "", note: str = "") -> str:
    """A figure on a scale from −1 to 1 as a bar that grows from the middle.

    Args:
        text: what stands for the figure.
        note: what it means, in a few words.
    """
    width = 50 * min(1.0, abs(value))
    left = 50 - width if value < 0 else 50.0
    more = f"<small>{escape(note)}</small>" if note else ""
    return (
        f'<div class="level"><dt>{escape(name)}{more}</dt><dd>{escape(text or signed(value))}</dd>'
        f'<dd class="level-track both" aria-hidden="true"><span style="left:{left:.1f}%;width:{width:.1f}%"></span></dd></div>'
    )


def share(name: str, value: float, text: str, *, note: str = "") -> str:
    """A figure from 0 to 1 as a bar."""
    more = f"<small>{escape(note)}</small>" if note else ""
    return (
        f'<div class="level"><dt>{escape(label(name))}{more}</dt><dd>{escape(text)}</dd>'
        f'<dd class="level-track" aria-hidden="true"><span style="width:{100 * max(0.0, min(1.0, value)):.1f}%"></span></dd></div>'
    )


def _outline(css_class: str, frame: Frame, drawn: float = 1.0) -> str:
    """One line round the portrait, with its middle at the top; `pathLength` makes its whole length 100."""
    top = TOP[frame]
    dash = f' stroke-dasharray="{100 * drawn:.1f} {100 - 100 * drawn:.1f}" stroke-dashoffset="{50 * drawn - top:.1f}"' if drawn < 1 else ""
    if frame == "small":
        return f'<circle class="{css_class}" cx="50%" cy="50%" r="21" pathLength="100"{dash}/>'
    return f'<rect class="{css_class}" pathLength="100"{dash}/>'


def _place(mood: Mood, reach: float) -> tuple[float, float]:
    """Where a mood lies on the plane, in its units."""
    half = SIDE / 2 - EDGE
    return SIDE / 2 + half * _within(mood.pleasure / reach), SIDE / 2 - half * _within(mood.arousal / reach)


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))


def _spot(mood: Mood) -> str:
    return f"pleasure {signed(mood.pleasure)}, arousal {signed(mood.arousal)}"
