"""Words as HTML: everything is escaped first, then paragraphs, line breaks and emphasis are drawn.

Nothing else of Markdown is understood, on purpose: a model's reply is untrusted text, and a link or an image that it
writes stays the characters it is made of.
"""

import re
from html import escape

__all__ = ["attribute", "escape", "paragraphs"]

_STRONG = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_BLANK_LINES = re.compile(r"\n\s*\n")


def paragraphs(text: str) -> str:
    """A text as `<p>` elements.

    Args:
        text: plain text; `*words*` are emphasised, `**words**` strongly.

    Returns:
        HTML in which nothing of the text can act; empty for an empty text.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return ""
    return "".join(f"<p>{_inline(part)}</p>" for part in _BLANK_LINES.split(text))


def attribute(text: str) -> str:
    """A text as the value of a double-quoted attribute."""
    return escape(text, quote=True).replace("\n", "&#10;")


def _inline(text: str) -> str:
    safe = escape(text, quote=True)
    safe = _STRONG.sub(r"<strong>\1</strong>", safe)
    safe = _EMPHASIS.sub(r"<em>\1</em>", safe)
    return safe.replace("\n", "<br>")
