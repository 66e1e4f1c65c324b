"""Content credentials (C2PA): a finished file signed with the operator's own certificate.

Comes in: the paths of a certificate chain and its key, then finished files. Goes out: the same
files with a signed manifest that says a trained model made them. Signing is the last step: whatever
saves the file again drops it. Nothing here is imported unless somebody asks for signatures.
"""

import datetime
import io
import logging
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from zit_engine.errors import SettingsError, SigningFailed
from zit_engine.finish.metadata import AI_LABEL

_MIME = {"png": "image/png", "jpg": "image/jpeg"}
# The name of the model is the only text in a manifest that differs; it must not break a KB limit.
_SOFTWARE_CHARS = 80
# Lengths inside a manifest are written in 1 to 9 bytes each.
_SLACK_BYTES = 256
# The library adds a thumbnail of some 500 KB where it is not told otherwise.
_LIBRARY = {"builder": {"thumbnail": {"enabled": False}}}
_SOON = datetime.timedelta(days=30)
_log = logging.getLogger(__name__)


class ContentSigner:
    """Safe for many threads: each file gets a signer of its own (half a millisecond)."""

    def __init__(self, chain: bytes, key: bytes, algorithm: str):
        """`chain`: PEM, the signing certificate first. `key`: PEM, PKCS #8, without a password.
        Raises SigningFailed when they do not sign."""
        self._chain, self._key, self._algorithm = chain, key, algorithm
        self._overhead = max(self._growth("png"), self._growth("jpg")) + _SLACK_BYTES

    def overhead_bytes(self) -> int:
        """How much a signature adds to a file at most: what an encoder has to leave free."""
        return self._overhead

    def sign(self, data: bytes, format: Literal["png", "jpg"], software: str) -> bytes:
        """`data` with a manifest: created by a trained model, namely `software`. Pixels, settings
        and XMP stay byte for byte. Raises SigningFailed."""
        signed = self._signed(data, format, software)
        if len(signed) - len(data) > self._overhead:
            raise SigningFailed(detail=f"{len(signed) - len(data)} bytes of signature")
        return signed

    def _growth(self, format: Literal["png", "jpg"]) -> int:
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG" if format == "png" else "JPEG")
        # Four bytes a letter: no name takes more.
        signed = self._signed(out.getvalue(), format, "\U0001f600" * _SOFTWARE_CHARS)
        return len(signed) - len(out.getvalue())

    def _signed(self, data: bytes, format: str, software: str) -> bytes:
        import c2pa

        out = io.BytesIO()
        try:
            info = c2pa.C2paSignerInfo(self._algorithm, self._chain, self._key, None)
            with (
                c2pa.Context.from_dict(_LIBRARY) as context,
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(_manifest(software[:_SOFTWARE_CHARS]), context) as builder,
            ):
                builder.sign(signer, _MIME[format], io.BytesIO(data), out)
        except c2pa.C2paError as error:
            raise SigningFailed(detail=str(error)) from error
        return out.getvalue()


def load_signer(cert: str, key: str) -> ContentSigner | None:
    """The signer for the certificate chain and private key in those PEM files; None where both are
    "": nobody asked for signatures.

    Raises SettingsError with what to mend, before any picture is painted: one of the two missing,
    the package missing, an unreadable file, a pair that does not sign (a trial file is signed).
    """
    if not cert and not key:
        return None
    if not cert or not key:
        raise SettingsError("signing.half")
    chain, secret = _read("ZIT_C2PA_CERT", cert), _read("ZIT_C2PA_KEY", key)
    try:
        import c2pa  # noqa: F401  # only whether it is there
        from cryptography import x509
    except ImportError as error:
        raise SettingsError("signing.package", detail=str(error)) from error
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise SettingsError("signing.file", name="ZIT_C2PA_CERT", detail=str(error)) from error
    pem, algorithm = _key_and_algorithm(secret)
    try:
        signer = ContentSigner(chain, pem, algorithm)
    except SigningFailed as error:
        raise SettingsError("signing.refused", hint=error.detail, detail=str(error)) from error
    if leaf.not_valid_after_utc - datetime.datetime.now(datetime.UTC) < _SOON:
        _log.warning("the signing certificate ends at %s", leaf.not_valid_after_utc)
    return signer


def _manifest(software: str) -> dict[str, Any]:
    action = {
        "action": "c2pa.created",
        "digitalSourceType": AI_LABEL,
        "softwareAgent": {"name": software},
    }
    return {
        "claim_generator_info": [{"name": "zit-engine"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def _read(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SettingsError("signing.file", name=name, detail=repr(error)) from error


def _key_and_algorithm(secret: bytes) -> tuple[bytes, str]:
    """The key as the library takes it, and the algorithm its kind calls for. Raises SettingsError
    for other kinds and for a key with a password: nobody is there to type it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    try:
        key = serialization.load_pem_private_key(secret, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError("signing.file", name="ZIT_C2PA_KEY", detail=str(error)) from error
    algorithm = None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        algorithm = curves.get(key.curve.name)
    elif isinstance(key, rsa.RSAPrivateKey):
        algorithm = "ps256"
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        algorithm = "ed25519"
    if algorithm is None:
        raise SettingsError("signing.file", name="ZIT_C2PA_KEY", detail=type(key).__name__)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, algorithm
