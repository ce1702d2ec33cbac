"""Heads on plain ground, for tests that look at faces."""

from dataclasses import replace

from companion.shot import Shot
from companion.show.protocol import Sitter
from companion.show.sketch.figure import figure

GROUND = "#EDE8E1"


def alone(sitter: Sitter, shot: Shot, side_px: int, ground: str = GROUND) -> str:
    """Her head and shoulders, upright, with the face of a shot: a square SVG."""
    drawn = figure(sitter, replace(shot, pose="standing", gesture="none", framing="close")).svg
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{side_px}" height="{side_px}" '
        f'viewBox="0 0 264 264"><rect width="264" height="264" fill="{ground}"/>{drawn}</svg>'
    )
