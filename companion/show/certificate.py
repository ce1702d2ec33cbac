"""The key that signs her pictures, made on this machine and kept at home.

A signature in a picture shows that nothing was changed since it was made. Who made it is another matter: nobody has vouched for
this certificate, and programs that read the mark say so ("unknown source"). It is the same in every picture of one home, so two
pictures that are passed on can be told to come from the same place. Without the file a new key is made at the next start.

Method: ES256 with a leaf that a certificate authority of its own signs, as C2PA asks (C2PA Technical Specification 2.1, section
14.5: key usage digitalSignature, an extended key usage, no self-signed leaf). The authority's key is thrown away at once, so it
signs nothing else.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from companion.persona.atomic import write_atomically

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.x509 import Certificate

logger = logging.getLogger(__name__)
VALID_DAYS = 3650
RENEWED_DAYS = 30  # before the end
NAME = "Companion on this machine"
ORGANISATION = "Made by itself, vouched for by nobody"


class Identity(NamedTuple):
    """What signs: certificates from leaf to authority, and the leaf's private key, both PEM."""

    certificates: str
    private_key: str


class SigningKey:
    """The key and its certificate, in one file of a folder that others cannot read.

    Args:
        file: where it is kept; made when first needed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._making = threading.Lock()
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """Reads it, or makes it where there is none, it is damaged, or its days are numbered.

        Raises:
            StorageError: it cannot be kept.
        """
        with self._making:
            if self._identity is None:
                self._identity = self._read() or self._made()
            return self._identity

    def _read(self) -> Identity | None:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            text = self._file.read_text("ascii")
            leaf = x509.load_pem_x509_certificate(text.encode())
            if load_pem_private_key(text.encode(), None).public_key() != leaf.public_key():
                raise ValueError("key and certificate differ")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            logger.warning("The key that signs pictures cannot be used and is made anew: %s", error)
            return None
        now = datetime.now(UTC)
        if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - timedelta(days=RENEWED_DAYS):
            return None
        certificates, _, key = text.partition("-----BEGIN PRIVATE KEY-----")
        return Identity(certificates, f"-----BEGIN PRIVATE KEY-----{key}")

    def _made(self) -> Identity:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        certificates = (_certificate(key.public_key(), authority), _certificate(authority.public_key(), authority))
        identity = Identity(
            "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        )
        write_atomically(self._file, (identity.certificates + identity.private_key).encode())
        return identity


def _certificate(holder: "EllipticCurvePublicKey", authority: "EllipticCurvePrivateKey") -> "Certificate":
    """A certificate for the holder of a key; for the authority's own key that of an authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)])

    above = holder == authority.public_key()
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not above,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=above,
        crl_sign=above,
        encipher_only=False,
        decipher_only=False,
    )
    building = (
        x509.CertificateBuilder()
        .subject_name(named(f"{NAME}, authority" if above else NAME))
        .issuer_name(named(f"{NAME}, authority"))
        .public_key(holder)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=above, path_length=0 if above else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(holder), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .add_extension(usage, critical=True)
    )
    if not above:
        building = building.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return building.sign(authority, hashes.SHA256())
