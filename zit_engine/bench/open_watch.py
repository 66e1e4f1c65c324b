"""Which files of weights are opened while something runs, whoever opens them.

Comes in: folders. Goes out: the paths opened in them. Two witnesses: Python's audit hook, and on
Linux the kernel's inotify, because safetensors opens its files in Rust, where no hook is called.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Files that hold weights; settings, history and pictures are opened all the time.
WEIGHTS = (".safetensors", ".bin", ".ckpt", ".gguf", ".pt", ".pth")
_IN_OPEN, _NONBLOCK = 0x20, os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0
_HEADER = struct.Struct("iIII")
# A hook stays for the life of the process, so there is one, and it tells whoever watches.
_watching: list[list[str]] = []
_installed: list[bool] = []


def _hook(event: str, given: tuple[Any, ...]) -> None:
    if event != "open" or not _watching:
        return
    if isinstance(given[0], str) and given[0].endswith(WEIGHTS):
        for seen in _watching:
            seen.append(given[0])


@contextmanager
def watched(folders: list[Path]) -> Iterator[list[str]]:
    """Paths of weights opened in the block, by this process anywhere and by any in `folders`. The
    list is whole when the block has ended."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    seen: list[str] = []
    kernel = _Inotify(folders) if sys.platform == "linux" else None
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
        if kernel is not None:
            seen.extend(kernel.close())


class _Inotify:
    def __init__(self, folders: list[Path]):
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = int(libc.inotify_init1(_NONBLOCK))
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self._folders: dict[int, Path] = {}
        for folder in folders:
            for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
                number = int(libc.inotify_add_watch(self._file, bytes(each), _IN_OPEN))
                if number < 0:
                    raise OSError(ctypes.get_errno(), "inotify", str(each))
                self._folders[number] = each

    def close(self) -> list[str]:
        """What was opened since."""
        opened: list[str] = []
        try:
            while data := self._read():
                opened += self._paths(data)
        finally:
            os.close(self._file)
        return [path for path in opened if path.endswith(WEIGHTS)]

    def _read(self) -> bytes:
        try:
            return os.read(self._file, 65536)
        except BlockingIOError:
            return b""

    def _paths(self, data: bytes) -> Iterator[str]:
        at = 0
        while at < len(data):
            number, _, _, length = _HEADER.unpack_from(data, at)
            at += _HEADER.size
            name = data[at : at + length].rstrip(b"\0").decode()
            at += length
            yield str(self._folders[number] / name) if number in self._folders else name
