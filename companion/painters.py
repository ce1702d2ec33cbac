"""Who paints, opened when needed: drawn by rules, by an image model on this machine, or by a server.

Beside `compose.py` and `writers.py` this is the third place that names concrete backends. Making a painter costs nothing, so that
asking who paints is free; of those that fill the memory one is open at a time, and it is the one that painted last.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from companion.errors import SettingsError
from companion.persona.library import Library, Persona
from companion.settings import Settings
from companion.show.again import Pack, Repaints
from companion.show.album import Album
from companion.show.diffusers.painter import DiffusersPainter
from companion.show.drawn import DrawnEncoder
from companion.show.encoders import ClipEncoder
from companion.show.knobs import knobs, stronger
from companion.show.likeness import Scorer, drawn_by
from companion.show.protocol import Commission, Painted, Painter, Scores, Told
from companion.show.provenance import Marks
from companion.show.rasteriser import Rasteriser
from companion.show.remote import HubPainter, OpenAIPainter
from companion.show.sketch.painter import SketchPainter
from companion.showing import Easel, Limits, Showing
from companion.store.media import Media
from companion.store.packs import Packs
from companion.store.pictures import Pictures

SKETCH, SERVER, HUB = "sketch", "server", "hub:"


class Painters:
    """All who paint, and who tells whether it is her. Every method may be called from any thread.

    Attributes:
        sketch: draws at once.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._rasteriser = settings, Rasteriser()
        self.sketch = SketchPainter(self._rasteriser.png)
        self._drawn = Scorer(DrawnEncoder(), drawn_by(self.sketch))
        self._lock = threading.Lock()  # guards everything below
        self._painters: dict[str, Painter] = {}
        self._encoder: ClipEncoder | None = None
        self._scorer: Scorer | None = None
        self._open: Painter | None = None

    def name(self, persona: Persona) -> str:
        """Who paints a persona, as her blueprint or the settings name it."""
        return persona.blueprint.visual.painter.strip() or self._settings.painter.strip() or SKETCH

    def painter(self, persona: Persona) -> Painter:
        """Who paints a persona; nothing is loaded yet.

        A persona may have come from anybody: what she names is followed as far as it fetches nothing and tells nobody of her.

        Raises:
            SettingsError: a server shall paint, and none is named; or a persona names somebody whom the settings do not.
        """
        name = self.name(persona)
        if name not in (SKETCH, self._settings.painter.strip()) and not Path(name).expanduser().is_dir():
            called = persona.blueprint.identity.called
            message = f"{called}'s persona wants to be painted by {name}, which would be fetched or asked for it."
            raise SettingsError(message, hint=f"Set COMPANION_PAINTER to {name} if you want that, or choose another painter for her.")
        with self._lock:
            if name not in self._painters:
                self._painters[name] = self._made(name)
            return self._painters[name]

    def scorer(self, persona: Persona) -> Scores | None:
        """Who tells whether a picture is of her: a drawing by her drawn self, any other by her references; None where she has none."""
        if self.name(persona) == SKETCH:
            return self._drawn
        if not persona.blueprint.visual.references:
            return None
        with self._lock:
            if self._scorer is None:
                self._encoder = _encoder(self._settings.picture_encoder)
                self._scorer = Scorer(self._encoder)
            return self._scorer

    def close(self) -> None:
        """Frees what they hold."""
        with self._lock:
            painters, encoder = tuple(self._painters.values()), self._encoder
        for painter in painters:
            painter.close()
        if encoder is not None:
            encoder.close()
        self._rasteriser.close()

    def _made(self, name: str) -> Painter:
        own = self._settings
        if name == SKETCH:
            return self.sketch
        if name == SERVER:
            if not (own.pictures_url and own.pictures_model):
                message = "A server shall paint, and COMPANION_PICTURES_URL or COMPANION_PICTURES_MODEL does not say which."
                raise SettingsError(message, hint="Set both and start again, or choose another painter.")
            return OpenAIPainter(own.pictures_url, own.pictures_model, api_key=own.pictures_key.get_secret_value())
        if name.startswith(HUB):
            return HubPainter(name.removeprefix(HUB), token=own.pictures_key.get_secret_value())
        adapters, embeddings = own.home / "adapters", own.home / "embeddings"
        return _Alone(DiffusersPainter(name, adapters=adapters, embeddings=embeddings, device=own.device, dtype=own.dtype), self._make_way)

    def _make_way(self, painter: Painter) -> None:
        with self._lock:
            before, self._open = self._open, painter
        if before is not None and before is not painter:
            before.close()


class _Alone:
    """A painter that fills the memory: before it paints, the one that painted before it is closed."""

    def __init__(self, painter: Repaints, make_way: Callable[[Painter], None]) -> None:
        self._painter, self._make_way = painter, make_way

    @property
    def name(self) -> str:
        return self._painter.name

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        self._make_way(self._painter)
        return self._painter.paint(commission, told, cancel)

    def repaint(self, pack: Pack, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        self._make_way(self._painter)
        return self._painter.repaint(pack, commission, told, cancel)

    def close(self) -> None:
        self._painter.close()


def open_showing(settings: Settings, pictures: Pictures, library: Library, painters: Painters) -> Showing:
    """The pictures of a home, as its settings want them."""
    home = settings.home
    album = Album(pictures, Media(home / "pictures"), Packs(home / "identities"), Marks(home), settings.pictures_mb * 10**6)
    limits = Limits(distance=settings.template_distance, tries=settings.picture_tries)

    def others(persona_id: str) -> Sequence[Persona]:
        return [one for one in library.list() if one.id != persona_id]

    easel = Easel(painters.painter, knobs, stronger, painters.scorer, others)
    return Showing(pictures, album, Media(home / "references"), easel, limits)


def _encoder(source: str) -> ClipEncoder:
    """An encoder by a folder, or by a hub id that a subfolder may follow."""
    if Path(source).exists():
        return ClipEncoder(source)
    owner, _, rest = source.partition("/")
    name, _, subfolder = rest.partition("/")
    return ClipEncoder(f"{owner}/{name}", subfolder=subfolder)
