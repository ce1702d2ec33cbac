"""Pictures in the talk: one that is there, its small copy first, and one that is being painted."""

from base64 import b64encode

from companion.persona.library import Persona
from companion.shot import Picture
from companion.showing import Job
from companion.ui.gallery_addresses import address
from companion.ui.gallery_words import caption, description
from companion.ui.portrait import avatar
from companion.ui.prose import attribute, escape
from companion.ui.view import Line


def pictured(line: Line, persona: Persona) -> str:
    """What is to be seen with a reply, or why nothing is."""
    failed = line.unpainted
    note = f'<p class="note">The picture could not be painted. {escape(failed.error)} {escape(failed.hint)}</p>' if failed else ""
    return "".join(figure(one, persona) for one in line.pictures) + note


def figure(picture: Picture, persona: Persona) -> str:
    """A picture that goes with a reply; pressed, it opens whole in the gallery's box."""
    visual, name = persona.blueprint.visual, persona.blueprint.identity.called
    words = attribute(f"{name}: {description(picture.shot, visual)}")
    ratio = f"{picture.width_px} / {picture.height_px}"
    return (
        f'<figure class="pictured"><button type="button" data-act="picture" data-id="{picture.id}" aria-label="Open the picture" '
        f'style="aspect-ratio: {ratio}; background-image: url({attribute(address(picture, "preview"))})">'
        f'<img src="{attribute(address(picture, "full"))}" alt="{words}" width="{picture.width_px}" height="{picture.height_px}" '
        'loading="lazy" decoding="async"></button>'
        f"<figcaption>{escape(caption(picture.shot, visual))} · made by an AI</figcaption></figure>"
    )


def painting(job: Job, persona: Persona) -> str:
    """A picture that is being painted, as far as it is."""
    name, share = persona.blueprint.identity.called, round(100 * job.share)
    drawn = f' style="background-image: url(data:image/webp;base64,{b64encode(job.preview).decode()})"' if job.preview else ""
    told = "waits for its turn" if job.state == "waiting" else "is being painted"
    return (
        f'<article class="turn hers painting" aria-busy="true">{avatar(persona)}<div class="said"><figure class="pictured coming">'
        f'<div class="canvas"{drawn}></div><figcaption>A picture of {escape(name)} {told}'
        f'<progress max="100" value="{share}">{share} %</progress></figcaption></figure></div></article>'
    )
