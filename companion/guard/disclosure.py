"""The plain line, above every conversation, that she is an AI.

It is part of the page and not of the transcript: no persona, model or edit can remove or reword it.
"""

from importlib.resources import files

import yaml


def opening_line(name: str) -> str:
    """The line for a persona who goes by `name`."""
    text = (files("companion.guard") / "disclosure.yaml").read_text(encoding="utf-8")
    opening: str = yaml.safe_load(text)["opening"]
    return opening.replace("{name}", name)
