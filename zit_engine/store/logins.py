"""Who may sign in: names and password hashes in one file of this user's own.

Comes in: the file's path, a name and a password. Goes out: a Login, or None. One line each:
`name:scrypt$n$r$p$salt$hash` and `:staff` for somebody who sees the comparison and statistics. It
knows no sessions and no delays.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from zit_engine.errors import SettingsError

# 16 MB and 50 ms each: guessing is slow for whoever steals the file, signing in is not.
_N, _R, _P = 2**14, 8, 1
_MOST_MEMORY = 64 * 2**20
_SALT_BYTES, _HASH_BYTES = 16, 32
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_STAFF = "staff"
_MODE = 0o600
LEAST_PASSWORD, MOST_PASSWORD = 8, 200


@dataclass(frozen=True, slots=True)
class Login:
    """`record` is the stored hash: it changes with the password, and so may what hangs on it."""

    name: str
    record: str
    is_staff: bool


class Logins:
    """The file, read again whenever it changed. Safe to use from many threads."""

    def __init__(self, path: Path):
        """Raises SettingsError for a file that is missing, open to others or not readable."""
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._known: dict[str, Login] = {}
        self._nobody = Login("", hashed(secrets.token_hex(16)), False)
        self._follow_file()

    def get(self, name: str) -> Login | None:
        self._follow_file()
        return self._known.get(name)

    def check(self, name: str, password: str) -> Login | None:
        """The login of that name and password. A name that is not there takes as long."""
        found = self.get(name)
        is_right = is_password(password, (found or self._nobody).record)
        return found if found is not None and is_right else None

    def _follow_file(self) -> None:
        with self._lock:
            try:
                known = self._path.stat()
                seen = known.st_mtime_ns, known.st_size
                if seen != self._seen:
                    self._known = read_logins(self._path)
                    self._seen = seen
            except OSError as error:
                raise SettingsError(
                    "login.file_missing", path=self._path, detail=str(error)
                ) from error


def read_logins(path: Path) -> dict[str, Login]:
    """All logins by name. Raises SettingsError for a file others can read, or a broken line."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError("login.file_open", path=path)
    found = {}
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, _, rest = line.strip().partition(":")
        record, _, role = rest.partition(":")
        if not _NAME.fullmatch(name) or _parts(record) is None or role not in ("", _STAFF):
            raise SettingsError("login.line_broken", path=path, line=number)
        found[name] = Login(name, record, role == _STAFF)
    return found


def add_login(path: Path, name: str, password: str, *, is_staff: bool) -> bool:
    """Write a login into the file, made with mode 0600 when missing; True for one that replaced
    another. Raises SettingsError."""
    if not _NAME.fullmatch(name):
        raise SettingsError("login.name_wrong")
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise SettingsError("login.password_wrong", least=LEAST_PASSWORD, most=MOST_PASSWORD)
    try:
        known = read_logins(path) if path.exists() else {}
        is_new = name not in known
        known[name] = Login(name, hashed(password), is_staff)
        _write(path, known)
    except OSError as error:
        raise SettingsError("login.file_missing", path=path, detail=str(error)) from error
    return not is_new


def hashed(password: str) -> str:
    """A record of `password` with a salt of its own."""
    salt = secrets.token_bytes(_SALT_BYTES)
    made = _scrypt(password, salt, _N, _R, _P)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _text(salt), _text(made)])


def is_password(password: str, record: str) -> bool:
    """True for the password that record was made of; as long for every other."""
    parts = _parts(record)
    if parts is None or len(password) > MOST_PASSWORD:
        return False
    n, r, p, salt, expected = parts
    return hmac.compare_digest(_scrypt(password, salt, n, r, p), expected)


def _parts(record: str) -> tuple[int, int, int, bytes, bytes] | None:
    """(n, r, p, salt, hash) of a record; None for one that is broken or too expensive."""
    pieces = record.split("$")
    if len(pieces) != 6 or pieces[0] != "scrypt":
        return None
    try:
        n, r, p = (int(piece) for piece in pieces[1:4])
        salt, made = (base64.urlsafe_b64decode(piece) for piece in pieces[4:])
    except ValueError:
        return None
    is_power = n > 1 and n & (n - 1) == 0
    is_usable = is_power and 0 < r <= 32 and 0 < p <= 16 and 128 * n * r < _MOST_MEMORY
    return (n, r, p, salt, made) if is_usable and len(made) == _HASH_BYTES else None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    said = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(said, salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=_HASH_BYTES)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")


def _write(path: Path, logins: dict[str, Login]) -> None:
    """Whole or not at all, never readable by others."""
    lines = [
        f"{login.name}:{login.record}{f':{_STAFF}' if login.is_staff else ''}\n"
        for login in logins.values()
    ]
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
