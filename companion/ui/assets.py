"""The page's own files: styles, scripts, fonts. Read when the page is built; nothing is fetched from elsewhere."""

import json
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
STYLE_NAMES = (
    *("tokens", "room", "places", "talk", "pictured", "presence", "mood", "panels", "memory", "pictures"),
    *("studio", "studio_panels", "studio_mood", "studio_look", "gallery", "gallery_sheets"),
)
STYLES = tuple(FOLDER / "style" / f"{name}.css" for name in STYLE_NAMES)
FAVICON = FOLDER / "favicon.svg"


def script(name: str) -> str:
    """A script by name, as `js_on_load` takes it."""
    return (FOLDER / "script" / f"{name}.js").read_text(encoding="utf-8")


def markup(name: str) -> str:
    """A piece of fixed markup by name."""
    return (FOLDER / "script" / f"{name}.html").read_text(encoding="utf-8")


def reporting(*acts: str, then: str | Sequence[str] = ()) -> str:
    """The script that reports presses of buttons with one of these `data-act`.

    Args:
        acts: names of events; Gradio finds them, quoted, in the text.
        then: the name of another script to run after it, or several.
    """
    names = (then,) if isinstance(then, str) else then
    return "\n".join((f"const acts = {json.dumps(acts)};", *map(script, ("actions", *names))))
