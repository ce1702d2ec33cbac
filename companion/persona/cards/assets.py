"""What a card brings along beside its words: icons, backgrounds, expressions, each by its URI.

Nothing is fetched: an asset on the web stays there. V3, "`assets`" and Embedding Methods.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

from companion.errors import CardError
from companion.persona.cards.container import Container
from companion.persona.cards.document import Json
from companion.persona.cards.limits import MOST_ASSET_BYTES

Source = Literal["embedded", "default", "data", "web", "unknown"]
TYPES = ("icon", "background", "user_icon", "emotion")
_ICON = "assets/icon/images/main."  # where our own CHARX keeps the picture that the card was
_SCHEMES: Mapping[str, Source] = {
    "embeded://": "embedded",  # so spelt in the specification
    "embedded://": "embedded",
    "__asset:": "embedded",
    "ccdefault:": "default",
    "data:": "data",
    "https://": "web",
    "http://": "web",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset: what it is for (`type`), where it is, what it is called, and its file extension."""

    type: str
    uri: str
    name: str
    ext: str

    @property
    def source(self) -> Source:
        """Where its bytes are."""
        return next((source for scheme, source in _SCHEMES.items() if self.uri.lower().startswith(scheme)), "unknown")

    @property
    def path(self) -> str:
        """The name of its file in the container; empty if it has none there."""
        if self.source != "embedded":
            return ""
        return self.uri[next(len(scheme) for scheme in _SCHEMES if self.uri.lower().startswith(scheme)) :]


DEFAULT = (Asset("icon", "ccdefault:", "main", "png"),)


def assets_of(raw: Json) -> tuple[Asset, ...]:
    """The assets in a card's `assets` field; the specification's own where there is none. What is no asset is left out."""
    if not isinstance(raw, list):
        return DEFAULT
    found = (one for one in raw if isinstance(one, dict) and one.get("uri"))
    return tuple(Asset(*(str(one.get(key) or "") for key in ("type", "uri", "name", "ext"))) for one in found)


def main_of(assets: tuple[Asset, ...], type: str) -> Asset | None:
    """The main icon, background or other asset of a type: the one called `main`, else the first."""
    mine = [asset for asset in assets if asset.type == type]
    return next((asset for asset in mine if asset.name == "main"), mine[0] if mine else None)


def content(container: Container, asset: Asset) -> bytes | None:
    """The bytes of an asset; None if they are on the web, or are a default that this program would have to choose.

    Raises:
        CardError: it says it comes with the card and does not, or it is damaged or too large.
    """
    match asset.source:
        case "embedded":
            return container.file(asset.path)
        case "data":
            return _data(asset.uri)
        case "default" if asset.type == "icon":
            kept = next(filter(is_icon, container.files), None)
            return container.picture if kept is None else container.file(kept)
    return None


def icon_name(picture: bytes) -> str:
    """The name under which a CHARX of ours keeps the picture that the card was."""
    kinds = {b"\x89PNG": "png", b"RIFF": "webp"}
    return _ICON + next((ext for magic, ext in kinds.items() if picture.startswith(magic)), "jpeg")


def is_icon(name: str) -> bool:
    """Whether a file is that picture."""
    return name.startswith(_ICON)


def _data(uri: str) -> bytes:
    """The bytes of a data URL (RFC 2397)."""
    head, comma, body = uri.partition(",")
    if not comma:
        raise CardError("A data URL in the card has no data.", hint="The card is damaged; get it again.")
    if len(body) > MOST_ASSET_BYTES * 4 // 3:
        raise CardError("A data URL in the card is too large.", hint="Save that picture as a file of a CHARX.")
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body.encode("utf-8", "surrogatepass"))
    try:
        return base64.b64decode("".join(body.split()) + "=" * (-len(body) % 4), validate=False)
    except (binascii.Error, ValueError) as error:
        raise CardError("A data URL in the card is not base64.", hint="The card is damaged; get it again.") from error
