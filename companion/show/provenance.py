"""Every picture says that no camera took it: a mark in its file, signed, and beside the mark the record of how it was made.

The mark is IPTC's Digital Source Type, in XMP (IPTC Photo Metadata Standard 2025.1) and in a C2PA manifest (C2PA Technical
Specification 2.1, section 18.12, action `c2pa.created`), and in a PNG a line of text too. What an image model paints is
`trainedAlgorithmicMedia`, made by a model that was trained on sampled content. What is drawn from vector parts by rules is
`algorithmicMedia`, the vocabulary's term for media that an algorithm made without any sampled training data
(http://cv.iptc.org/newscodes/digitalsourcetype/). The record is JSON in the same XMP; the manifest's hash covers it, so a changed
record breaks the signature. Who signs is told in `certificate.py`: nobody has vouched for it.

Stripping takes off the record and whatever else described the picture, writes the mark anew and signs again. What it does not: no
mark withstands a screenshot, nor a program that drops what it does not know. It is no watermark in the pixels.
"""

import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from companion.errors import InputError
from companion.show.certificate import SigningKey
from companion.show.containers import PNG, WEBP, chunks_of, described, media_type_of, xmp_of

logger = logging.getLogger(__name__)
Synthetic = Literal["drawn", "painted"]
Signature = Literal["valid", "broken", "none"]
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCES: Mapping[Synthetic, str] = {"drawn": f"{VOCABULARY}algorithmicMedia", "painted": f"{VOCABULARY}trainedAlgorithmicMedia"}
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWN = "urn:companion:picture:1"
TOOL = "Companion"
SAID: Mapping[Synthetic, str] = {
    "drawn": "Made by a program: drawn from parts by rules. Nobody sat for it and no camera took it.",
    "painted": "Made by an AI: painted by an image model. Nobody sat for it and no camera took it.",
}
MOST_RECORD_BYTES = 256 * 1024
# a manifest is read and written without any call to the network, and without a second picture inside it
C2PA = {
    "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
    "builder": {"thumbnail": {"enabled": False}},
}
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}"><rdf:Description rdf:about=""
 xmlns:Iptc4xmpExt="{iptc}" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:companion="{own}">
<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{said}</rdf:li></rdf:Alt></dc:description>
{record}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a picture's file says of how it came to be.

    Attributes:
        source: IPTC's Digital Source Type, a URI.
        record: how it was made; None where the file has none.
        signature: whether nothing was changed since it was signed.
        signer: who signed, as the certificate calls itself; nobody has checked that it is so.
    """

    source: str
    record: Mapping[str, Any] | None = field(default=None)
    signature: Signature = "none"
    signer: str = ""

    @property
    def synthetic(self) -> Synthetic | None:
        """Which of the two ways of this program; None for what others call theirs."""
        return next((way for way, source in SOURCES.items() if source == self.source), None)


class Marks:
    """Marks pictures. Every method may be called from any thread.

    Args:
        folder: where the key that signs is kept (the home folder, or one in it); None leaves pictures marked but unsigned.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._key = SigningKey(folder / "signing.pem") if folder else None

    def mark(self, image: bytes, media_type: str, record: Mapping[str, Any], *, synthetic: Synthetic) -> bytes:
        """The same pixels with the mark and the record; what described the picture before is dropped.

        A picture that cannot be signed is marked all the same, and the log says why.

        Args:
            media_type: "image/png" or "image/webp", as the bytes are.
            record: plain JSON, up to 256 KiB.
            synthetic: whether it was drawn by rules or painted by a model.

        Raises:
            InputError: the picture is damaged or of another type, or the record is too long.
            StorageError: the key cannot be kept.
        """
        if media_type != media_type_of(image):
            raise InputError(f"The picture is not {media_type}.", hint="Save it as PNG or WebP.")
        packed = json.dumps(record, ensure_ascii=True, separators=(",", ":"))
        if len(packed) > MOST_RECORD_BYTES:
            raise InputError("The record of the picture is too long to travel in it.", hint="Shorten its prompt.")
        return self._signed(_described(image, SOURCES[synthetic], packed), SOURCES[synthetic])

    def stripped(self, image: bytes) -> bytes:
        """The same pixels and the mark, without the record. A picture without a mark is taken as painted.

        Raises:
            InputError: it is neither PNG nor WebP, or damaged.
            StorageError: the key cannot be kept.
        """
        mark = read_mark(image)
        source = mark.source if mark and mark.synthetic else SOURCES["painted"]
        return self._signed(_described(image, source), source)

    def _signed(self, image: bytes, source: str) -> bytes:
        if self._key is None:
            return image
        identity = self._key.identity()
        import c2pa

        media_type = media_type_of(image) or PNG
        created = {"action": "c2pa.created", "digitalSourceType": source, "softwareAgent": {"name": TOOL}}
        manifest = {
            "claim_generator_info": [{"name": TOOL}],
            "format": media_type,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
        }
        signed = io.BytesIO()
        try:
            info = c2pa.C2paSignerInfo("es256", identity.certificates.encode(), identity.private_key.encode(), None)
            with (
                c2pa.Context.from_dict(C2PA, signer=c2pa.Signer.from_info(info)) as context,
                c2pa.Builder(manifest, context=context) as one,
            ):
                one.sign(media_type, io.BytesIO(image), signed)
        except c2pa.C2paError as error:
            logger.warning("A picture is marked but not signed: %s", error)
            return image
        return signed.getvalue()


def read_mark(image: bytes) -> Mark | None:
    """What the file says of how it came to be; None where it says nothing.

    It reads what strangers send: time and memory grow with the file's length alone, and nothing is fetched.

    Raises:
        InputError: it is neither PNG nor WebP, or damaged.
    """
    packet = xmp_of(image)
    source, record = _told(packet) if packet else ("", None)
    claimed, signature, signer = _claimed(image)
    if not (source or claimed):
        return None
    return Mark(source or claimed, record, signature, signer)


def _described(image: bytes, source: str, record: str = "") -> bytes:
    way: Synthetic = "drawn" if source == SOURCES["drawn"] else "painted"
    kept = f"<companion:record>{escape(record, quote=False)}</companion:record>\n" if record else ""
    xmp = XMP.format(rdf=RDF, iptc=IPTC, own=OWN, source=source, tool=TOOL, said=SAID[way], record=kept)
    return described(image, xmp.encode(), (("Software", TOOL), ("Comment", SAID[way]), ("Source", source)))


def _told(packet: bytes) -> tuple[str, Mapping[str, Any] | None]:
    """Source and record of an XMP packet. One that declares entities is not read: they can grow without end."""
    if b"<!" in packet or b"\0" in packet:
        return "", None
    try:
        root = ElementTree.fromstring(packet.decode("utf-8").strip())  # as text, so that it cannot name an encoding that hides a "<!"
    except (ElementTree.ParseError, ValueError):
        return "", None
    source = (root.findtext(f".//{{{IPTC}}}DigitalSourceType") or "").strip()
    if not source:  # others write it as an attribute, which XMP allows
        tag = f"{{{IPTC}}}DigitalSourceType"
        source = next((value for one in root.iter(f"{{{RDF}}}Description") if (value := one.get(tag))), "")
    try:
        record = json.loads(root.findtext(f".//{{{OWN}}}record") or "null")
    except (ValueError, RecursionError):
        record = None
    return source[:200], record if isinstance(record, dict) else None


def _claimed(image: bytes) -> tuple[str, Signature, str]:
    """Source, signature and signer of the C2PA manifest that the file carries."""
    name = b"caBX" if media_type_of(image) == PNG else b"C2PA"
    if not any(chunk.name == name for chunk in chunks_of(image)):
        return "", "none", ""
    import c2pa

    try:
        with (
            c2pa.Context.from_dict(C2PA) as context,
            c2pa.Reader(media_type_of(image) or WEBP, io.BytesIO(image), context=context) as reader,
        ):
            manifest = reader.get_active_manifest() or {}
            valid = reader.get_validation_state() in ("Valid", "Trusted")
    except c2pa.C2paError:
        return "", "broken", ""
    actions = [action for one in manifest.get("assertions", []) for action in (one.get("data") or {}).get("actions", [])]
    source = next((str(action["digitalSourceType"]) for action in actions if action.get("digitalSourceType")), "")
    signer = str((manifest.get("signature_info") or {}).get("common_name", ""))
    return source[:200], "valid" if valid else "broken", signer[:200]
