"""A certificate authority for one test: a chain and a key as an operator would have them."""

import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)


def new_key(kind: str = "p256") -> Any:
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "k1": ec.SECP256K1()}
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(curves[kind])


def write_pair(folder: Path, kind: str = "p256", days: float = 90) -> tuple[str, str]:
    """(certificate chain, key) as PEM files; valid from two days ago until `days` from now."""
    authority, key = new_key(), new_key(kind)
    chain = _pem(_leaf(key, authority, days)) + _pem(_root(authority))
    folder.mkdir(exist_ok=True)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key_pem(key))
    return str(folder / "chain.pem"), str(folder / "key.pem")


def key_pem(key: Any, password: bytes = b"", form: str = "PKCS8") -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, form),
        lock or serialization.NoEncryption(),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _name(common: str) -> x509.Name:
    parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "Shop"))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def _plain(subject: str, public: Any, days: float) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("authority"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 2 * _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _root(authority: Any) -> x509.Certificate:
    built = _plain("authority", authority.public_key(), 90)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return built.add_extension(_usage(is_authority=True), critical=True).sign(
        authority, hashes.SHA256()
    )


def _leaf(key: Any, authority: Any, days: float) -> x509.Certificate:
    built = _plain("shop", key.public_key(), days)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(_usage(is_authority=False), critical=True)
    built = built.add_extension(usage, critical=False).add_extension(issuer, critical=False)
    return built.sign(authority, hashes.SHA256())


def _usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
