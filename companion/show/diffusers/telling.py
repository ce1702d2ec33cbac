"""Progress that only rises, whoever reports it."""

from companion.show.protocol import Progress, Told


class Telling:
    """Passes progress on.

    Args:
        told: hears of it.
    """

    def __init__(self, told: Told) -> None:
        self._told, self._share = told, 0.0

    def share(self, share: float, preview: bytes | None = None) -> None:
        """So far; a share below one that was told before counts as that."""
        self._share = min(1.0, max(self._share, share))
        self._told(Progress(self._share, preview))
