"""Small drawings on buttons: lines in the colour of the text beside them. Each is decoration, because the button says what it does."""

_ICON = (
    '<svg viewBox="0 0 20 20" width="{size}" height="{size}" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{path}</svg>'
)
_PATHS = {
    "heart": '<path d="M10 16.4C5.2 13 3 10.6 3 7.7A3.7 3.7 0 0 1 10 6a3.7 3.7 0 0 1 7 1.7c0 2.9-2.2 5.3-7 8.7z"/>',
    "pin": '<path d="M7 3.5h6M8 3.5v5L5.5 12h9L12 8.5v-5M10 12v4.8"/>',
    "cross": '<path d="M5 5l10 10M15 5L5 15"/>',
    "before": '<path d="M12.5 4.5L7 10l5.5 5.5"/>',
    "after": '<path d="M7.5 4.5L13 10l-5.5 5.5"/>',
    "tick": '<path d="M4.5 10.5l3.6 3.6 7.4-8"/>',
    "plus": '<path d="M10 4.5v11M4.5 10h11"/>',
    "down": '<path d="M10 3.5v9M6.5 9.5L10 13l3.5-3.5M4 16.5h12"/>',
    "swap": '<path d="M7 6l-4 4 4 4M13 6l4 4-4 4"/>',
}


def icon(name: str, size_px: int = 18) -> str:
    """A drawing by name.

    Raises:
        KeyError: there is none of that name.
    """
    return _ICON.format(size=size_px, path=_PATHS[name])
