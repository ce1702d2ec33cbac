"""One shot at five strengths of a LoRA: which strengths those are, how the knobs follow, and the strip as HTML.

All else is the same on the five: shot, prompt and seed. Where a picture was not her and was painted again, more strongly held, its
caption says so, because then the strength is not all that differs.
"""

from dataclasses import dataclass

from companion.persona.visual import Lora, Visual
from companion.shot import Knobs, Picture, Shot
from companion.show.knobs import knobs
from companion.showing import Job
from companion.ui.gallery_addresses import address
from companion.ui.gallery_wall import data_address
from companion.ui.gallery_words import caption
from companion.ui.prose import attribute, escape
from companion.ui.words import percent

MOST = 2.0
LEAST_STEP = 0.1
CLOSE = '<button type="button" class="icon" data-act="close_strip" aria-label="Close" title="Close">×</button>'


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip as it stands.

    Attributes:
        jobs: one for each strength, in that order.
        pictures: what came of them; None is still to come, or will not.
    """

    lora: Lora
    shot: Shot
    visual: Visual
    painter: str
    strengths: tuple[float, ...]
    jobs: tuple[Job, ...]
    pictures: tuple[Picture | None, ...]

    @property
    def going_on(self) -> bool:
        """Whether something is still to come."""
        return any(not job.ended for job in self.jobs)


def strengths(weight: float) -> tuple[float, ...]:
    """Five weights from none to twice the given one, which is the middle; near the bounds the upper two lie closer.

    Args:
        weight: in [−2, 2]; 0 is looked at as if it were 1.
    """
    sign, middle = (-1 if weight < 0 else 1), abs(weight) or 1.0
    top = min(2 * middle, MOST)
    if top - middle < 2 * LEAST_STEP:  # the given weight is at the end by itself
        return tuple(round(sign * top * step / 4, 3) for step in range(5))
    return tuple(round(sign * one, 3) for one in (0.0, middle / 2, middle, (middle + top) / 2, top))


def knobs_at(visual: Visual, at: int, weight: float, shot: Shot) -> Knobs:
    """The knobs of a shot with one LoRA of the blueprint at another weight.

    Raises:
        IndexError: there is no such LoRA.
    """
    loras = list(visual.loras)
    loras[at] = loras[at].model_copy(update={"weight": weight})
    return knobs(visual.model_copy(update={"loras": tuple(loras)}), shot)


def strip(strip: Strip) -> str:
    """The card."""
    name = short(strip.lora.name)
    cells = "".join(_cell(*each, of=strip) for each in zip(strip.strengths, strip.jobs, strip.pictures, strict=True))
    act = '<button type="button" class="pill" data-act="stop_strip">Stop</button>' if strip.going_on else CLOSE
    failed = next((job for job in strip.jobs if job.state == "failed"), None)
    says = f'<p class="look-hint danger" role="alert">{escape(failed.error)} {escape(failed.hint)}</p>' if failed else ""
    follows = ""
    if strip.lora.axis and strip.lora.purpose == "expression":
        follows = f" It follows her {strip.lora.axis}, so each acts as much as {escape(strip.shot.expression)} has of that."
    return (
        f'<section class="card look-card strip-of" aria-busy="{str(strip.going_on).lower()}"><header class="look-head">'
        f'<h2>{escape(name)} at five strengths</h2>{act}</header><p class="help">One shot, {escape(caption(strip.shot, strip.visual))}, '
        f"by the same dice. Painted by {escape(strip.painter)}; they hang in the gallery, too.{follows}</p>"
        f'<ol class="strip-cells">{cells}</ol>{says}</section>'
    )


def unpainted(lora: Lora, why: str) -> str:
    """The card where nothing can be painted.

    Args:
        why: and what to do about it.
    """
    return (
        f'<section class="card look-card strip-of"><header class="look-head"><h2>{escape(short(lora.name))} at five strengths</h2>{CLOSE}'
        f'</header><p class="look-hint" role="alert">{escape(why)}</p></section>'
    )


def short(name: str) -> str:
    """A LoRA as one calls it: the file without its folder and ending."""
    last = name.rstrip("/").rpartition("/")[2] or name
    return last.removesuffix(".safetensors")


def _cell(strength: float, job: Job, picture: Picture | None, *, of: Strip) -> str:
    told = f"{strength:+.2f}" if strength else "without"
    words = attribute(f"{short(of.lora.name)} at {told}")
    again = ""
    if picture:
        painted = picture.record.get("painted", 1)
        inner = (
            f'<a href="{attribute(address(picture, "full"))}" target="_blank" rel="noopener">'
            f'<img src="{attribute(address(picture, "preview"))}" alt="{words}" width="4" height="5" decoding="async"></a>'
        )
        if isinstance(painted, int) and painted > 1:
            again = f"<small>held more strongly, {painted} tries</small>"
    elif job.ended:
        inner = f'<span class="unpainted">{"stopped" if job.state == "stopped" else "not painted"}</span>'
    else:
        preview = f'<img src="{data_address(job.preview)}" alt="">' if job.preview else ""
        share = 100 * job.share
        inner = (
            f'{preview}<span class="progress" role="progressbar" aria-label="Painting {words}" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{share:.0f}"><span style="width:{share:.0f}%"></span></span>'
        )
        again = f"<small>{'waiting' if job.state == 'waiting' else percent(job.share)}</small>"
    now = " aria-current=true" if strength == of.lora.weight else ""
    css = "" if picture or job.ended else ' class="coming"'
    return f'<li{css}{now}><span class="frame">{inner}</span><span class="strength-of">{told}</span>{again}</li>'
