"""Whether the process that made a file still lives: it holds the file's lock as long as it does.

Comes in: a file. Goes out: yes or no, and the lock itself while something is done about it. A
process id would lie across containers.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def held_if_dead(path: Path) -> Iterator[bool]:
    """True inside when no living process holds that file's lock; this one then does, to the end of
    the block. Raises OSError for a file that cannot be opened."""
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
