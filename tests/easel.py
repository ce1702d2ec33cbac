"""A home whose pictures are painted by the fake painter: for tests of all that keeps and shows them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from companion.persona.atomic import write_atomically
from companion.persona.blueprint import Appearance, Blueprint
from companion.persona.library import Persona
from companion.persona.visual import Outfit, Setting, Visual
from companion.shot import Knobs
from companion.show.album import Album
from companion.show.fake import FakePainter
from companion.show.protocol import Painter, Scores
from companion.show.provenance import Marks
from companion.showing import Easel, Limits, Showing
from companion.store.conversations import Conversations, utc_now
from companion.store.database import open_database
from companion.store.media import Media
from companion.store.packs import Packs
from companion.store.pictures import Pictures
from companion.warming import Warming

WAIT_S = 30
VISUAL = Visual(
    settings=(Setting(name="lamp room", description="glass"), Setting(name="kitchen", description="a stove")),
    wardrobe=(Outfit(name="watch", description="a jumper"), Outfit(name="storm", description="an oilskin")),
)


def persona(name: str = "Mara", visual: Visual = VISUAL, appearance: Appearance | None = None) -> Persona:
    """Somebody who can be painted."""
    blueprint = Blueprint.model_validate(
        {
            "identity": {"name": name, "age": 43, "tagline": "lighthouse keeper", "background": "I live in Skerry Point."},
            "character": {"speech": {"manner": "calm"}},
            "greeting": "Mind the stairs.",
            "visual": visual.model_dump(),
            "appearance": (appearance or Appearance()).model_dump(),
        }
    )
    return Persona(name.lower(), blueprint, Path(f"{name.lower()}.yaml"), shipped=False)


@dataclass(frozen=True, slots=True)
class Studio:
    """A home and what paints in it."""

    home: Path
    showing: Showing
    pictures: Pictures
    warming: Warming
    conversations: Conversations
    painter: Painter

    def files(self) -> list[Path]:
        """All files of pictures, half ones included."""
        return sorted(path for path in (self.home / "pictures").rglob("*") if path.is_file())


@contextmanager
def studio(
    home: Path,
    painter: Painter | None = None,
    scorer: Scores | None = None,
    *,
    others: Sequence[Persona] = (),
    limits: Limits | None = None,
    disk_bytes: int = 10**9,
    clock: Callable[[], datetime] = utc_now,
    write: Callable[[Path, bytes], None] | None = None,
    write_pack: Callable[[Path, bytes], None] = write_atomically,
) -> Iterator[Studio]:
    """A home for the length of the block."""
    engine, painter = open_database(home), painter or FakePainter()
    pictures = Pictures(engine, clock)
    media = Media(home / "pictures", write) if write else Media(home / "pictures")
    easel = Easel(
        painter=lambda one: painter,
        knobs=lambda visual, shot, mood: Knobs(prompt=shot.setting, seed=visual.seed, ip_scale=0.5),
        stronger=lambda knobs, tries: replace(knobs, ip_scale=min(1.0, knobs.ip_scale + 0.2 * tries), seed=knobs.seed + tries),
        scorer=lambda one: scorer,
        others=lambda persona_id: [one for one in others if one.id != persona_id],
    )
    album = Album(pictures, media, Packs(home / "identities", write_pack), Marks(), disk_bytes)
    showing = Showing(pictures, album, Media(home / "references"), easel, limits or Limits(long_side_px=256))
    try:
        yield Studio(home, showing, pictures, Warming(showing), Conversations(engine, clock), painter)
    finally:
        showing.close()
        engine.dispose()
