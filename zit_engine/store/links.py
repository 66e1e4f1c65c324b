"""Links to pictures that expire and work for one picture only.

Comes in: owner, job, name, a moment. Goes out: a link without the owner's secret id, or whether a
link may be followed. It knows nothing of files.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlencode

from zit_engine.errors import SettingsError
from zit_engine.store.files import FILE_MODE, owner_key

SECRET_BYTES = 32


class Signer:
    """Signs with HMAC-SHA256 and one secret. Holds no other state."""

    def __init__(self, secret: bytes):
        """Raises ValueError for a secret shorter than 32 bytes."""
        if len(secret) < SECRET_BYTES:
            raise ValueError("the signing secret is too short")
        self._secret = secret

    def sign(self, key: str, job_id: str, name: str, expires_at: int) -> str:
        """The signature for the owner of that `owner_key`; expires_at in seconds since 1970."""
        parts = [key, job_id, name, str(expires_at)]
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        # Each part behind its length: no two different lists give the same message.
        message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def is_valid(
        self, key: str, job_id: str, name: str, expires_at: int, signature: str, now: float
    ) -> bool:
        """True while a link made by `url` may be followed."""
        expected = self.sign(key, job_id, name, expires_at).encode("ascii")
        given = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(expected, given) and now < expires_at

    def url(self, owner: str, job_id: str, name: str, now: float, minutes: float) -> str:
        """`/r/<job>/<name>?exp=…&o=…&sig=…`, good for `minutes` from `now` (seconds since 1970).

        `o` is the owner key: the owner id itself would open all of the owner's pictures.
        """
        key, expires_at = owner_key(owner), int(now + minutes * 60)
        signature = self.sign(key, job_id, name, expires_at)
        query = urlencode({"exp": expires_at, "o": key, "sig": signature})
        return f"/r/{quote(job_id, safe='')}/{quote(name, safe='')}?{query}"


def load_secret(path: Path) -> bytes:
    """The 32-byte secret in `path`, made on first use with mode 0600.

    Processes that start together get the same one. A damaged file is replaced: links live for
    minutes only. Raises SettingsError when the folder cannot be used.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SettingsError("error.data_dir", path=path.parent, detail=str(error)) from error
    try:
        # The lock is on the folder: the file itself may not exist yet.
        fcntl.flock(folder, fcntl.LOCK_EX)
        secret = path.read_bytes() if path.exists() else b""
        if len(secret) != SECRET_BYTES:
            secret = secrets.token_bytes(SECRET_BYTES)
            _write_secret(path, secret, folder)
        os.chmod(path, FILE_MODE)
        return secret
    except OSError as error:
        raise SettingsError("error.data_dir", path=path.parent, detail=str(error)) from error
    finally:
        os.close(folder)


def _write_secret(path: Path, secret: bytes, folder: int) -> None:
    """Whole or not at all, also when the power fails. Only called under the folder's lock."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    os.fsync(folder)
