"""What the server remembers of each owner's shop: root/brands/<owner key>/kit.json and logo.png.

Comes in: an owner, a kit, the bytes of a logo that was cleaned before. Goes out: the same. It knows
no picture and no page. A shop's look does not grow old with its pictures: it goes when `forget` is
asked for, or when its owner has no picture left and neither opened nor changed it for as long as
pictures are kept. The owner id is a bearer secret and is never written down: its hash is.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from zit_engine.brand.kit import BrandKit, checked_kit
from zit_engine.errors import InvalidRequest, SaveFailed

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
# A folder may vanish between making and using it, when its shop is forgotten at that moment.
_TRIES = 20
_PNG = b"\x89PNG\r\n\x1a\n"
_log = logging.getLogger(__name__)


class Brands:
    """Safe for many threads and processes: files are replaced whole, one writer at a time."""

    def __init__(self, root: Path):
        """Makes nothing: a folder comes with the first thing kept."""
        self._root = Path(root) / "brands"

    def load(self, owner: str) -> BrandKit:
        """The owner's kit, an empty one before anything was kept. A damaged file is moved aside
        and told in the log. Raises SaveFailed when the disk refuses."""
        path = self._folder(owner) / "kit.json"
        with contextlib.suppress(OSError):  # its age is a matter of tidying only
            os.utime(path.parent)
        with _as_save_failed():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return BrandKit()
            try:
                return checked_kit(json.loads(data))
            except (ValueError, RecursionError, InvalidRequest) as error:
                _move_aside(path, data, repr(error))
                return BrandKit()

    def save(self, owner: str, kit: BrandKit) -> None:
        """Keep `kit` in place of what was there. Raises SaveFailed."""
        data = json.dumps(kit.as_fields(), ensure_ascii=False).encode("utf-8")
        with _as_save_failed():
            _replace(self._folder(owner), "kit.json", data)

    def logo(self, owner: str) -> Path | None:
        """The owner's logo, a PNG; None without one. A damaged file is moved aside and told in the
        log. Raises SaveFailed when the disk refuses."""
        path = self._folder(owner) / "logo.png"
        with _as_save_failed():
            if path.is_symlink() or not path.is_file():
                return None
            data = path.read_bytes()
            if data.startswith(_PNG):
                return path
            _move_aside(path, data, "not a PNG")
            return None

    def save_logo(self, owner: str, data: bytes) -> None:
        """Keep the PNG `data` as the logo; b"" removes it. Raises SaveFailed, ValueError for
        anything but a PNG."""
        if not data:
            with _as_save_failed():
                (self._folder(owner) / "logo.png").unlink(missing_ok=True)
            return
        if not data.startswith(_PNG):
            raise ValueError("a logo is kept as PNG")
        with _as_save_failed():
            _replace(self._folder(owner), "logo.png", data)

    def forget(self, owner: str) -> None:
        """Delete all that is known of the owner's shop. Raises SaveFailed."""
        folder = self._folder(owner)
        with _as_save_failed(), contextlib.suppress(FileNotFoundError), _one_at_a_time(folder):
            shutil.rmtree(folder)

    def expire(self, days: float, now: float, has_pictures: Callable[[str], bool]) -> int:
        """Delete what is known of shops nobody opened for `days` at `now` (seconds since 1970)
        and whose owner key has no pictures; returns how many."""
        oldest, gone = now - days * 86400, 0
        for folder in self._root.glob("*"):
            with contextlib.suppress(OSError):  # the next hour tries again
                if folder.stat().st_mtime >= oldest or has_pictures(folder.name):
                    continue
                with _one_at_a_time(folder):
                    # Opened or changed while this one waited for its turn: it stays.
                    if folder.stat().st_mtime < oldest:
                        shutil.rmtree(folder)
                        gone += 1
        return gone

    def _folder(self, owner: str) -> Path:
        # The same key as the owner's pictures have; this package stands beside the store.
        key = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._root / key


@contextlib.contextmanager
def _as_save_failed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[int]:
    """A handle of `folder`, while no other thread or process holds one from here. Raises
    FileNotFoundError when the folder went while this one waited."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not os.fstat(handle).st_nlink:
            raise FileNotFoundError(folder)
        yield handle
    finally:
        os.close(handle)


def _replace(folder: Path, name: str, data: bytes) -> None:
    """`data` under its name, whole or not at all, also when the power fails."""
    for tries_left in reversed(range(_TRIES)):
        for each in (folder.parent, folder):
            each.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        try:
            _replace_in(folder, name, data)
            return
        except FileNotFoundError:  # forgotten at this moment; what comes later is kept
            if not tries_left:
                raise


def _replace_in(folder: Path, name: str, data: bytes) -> None:
    with _one_at_a_time(folder) as handle:
        part = folder / f".{name}.part"
        # One that is there was left by a writer that died.
        part.unlink(missing_ok=True)
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / name)
        os.fsync(handle)


def _move_aside(path: Path, damaged: bytes, reason: str) -> None:
    """Rename the file to the first free number, unless a good one took its place meanwhile."""
    with _one_at_a_time(path.parent), contextlib.suppress(FileNotFoundError):
        if path.read_bytes() != damaged:
            return
        number = 1
        while (aside := path.with_name(f"{path.stem}.corrupt-{number}{path.suffix}")).exists():
            number += 1
        path.rename(aside)
        _log.warning("a damaged brand file was moved aside to %s: %s", aside.name, reason)
