"""A mended checkpoint as a folder of its own: new small files beside links to the rest.

Comes in: the original, the files to write, the files to leave out. Goes out: a folder any loader
takes. The original is only read: a hub cache is links to blobs, and to write through one would
change every copy of that file.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from zit_engine.errors import DiskFull

_FOLDERS = ("transformer", "text_encoder", "vae", "scheduler", "tokenizer")
GB = 10**9
_SMALL_FILES_BYTES = 20 * 10**6  # tokenizer.json, the largest file that may be written anew
# What loaders read; pickles and pictures stay where they are.
_LINKED = {".safetensors", ".json", ".txt", ".jinja"}


def write_overlay(
    source: Path, overlays: Path, texts: Mapping[str, str], left_out: frozenset[str]
) -> Path:
    """The folder below `overlays` with `texts` (file -> content) and links to everything else
    of `source`. The same content gives the same folder, whoever asks and however often.

    Raises DiskFull; OSError where `overlays` cannot be written.
    """
    links = {
        file: path for file, path in _files(source) if file not in texts and file not in left_out
    }
    target = overlays / _name(source, texts, links)
    if _is_whole(target, texts, links):
        return target
    try:
        overlays.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".", dir=overlays))
        try:
            _fill(made, texts, links)
            _publish(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            free = shutil.disk_usage(overlays).free / GB
            needed = f"{_SMALL_FILES_BYTES / GB:.2f}"
            raise DiskFull(needed_gb=needed, free_gb=f"{free:.2f}", detail=repr(error)) from error
        raise
    return target


def _files(source: Path) -> Iterator[tuple[str, Path]]:
    """(name as seen from the folder, the real file) of all that loaders read."""
    candidates = [source / "model_index.json"]
    for folder in _FOLDERS:
        candidates += sorted((source / folder).glob("*"))
    for path in candidates:
        if path.suffix in _LINKED and not path.name.startswith(".") and path.is_file():
            yield path.relative_to(source).as_posix(), path.resolve()


def _name(source: Path, texts: Mapping[str, str], links: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(str(source.resolve()).encode())
    for file in sorted(texts):
        digest.update(f"\0{file}\0{texts[file]}".encode(errors="surrogatepass"))
    for file in sorted(links):
        digest.update(f"\0{file}\0{links[file]}".encode(errors="surrogatepass"))
    name = re.sub(r"[^\w.-]", "_", source.resolve().name)[:40]
    return f"{name}-{digest.hexdigest()[:16]}"


def _is_whole(folder: Path, texts: Mapping[str, str], links: Mapping[str, Path]) -> bool:
    """An earlier overlay is taken only if nobody touched it."""
    try:
        return all(
            (folder / file).read_text(encoding="utf-8") == text for file, text in texts.items()
        ) and all((folder / file).readlink() == path for file, path in links.items())
    except (OSError, ValueError):
        return False


def _fill(folder: Path, texts: Mapping[str, str], links: Mapping[str, Path]) -> None:
    folder.chmod(0o755)
    for file in (*texts, *links):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    for file, path in links.items():
        (folder / file).symlink_to(path)


def _publish(made: Path, target: Path) -> None:
    """Under the final name only when whole. Another process may have been as fast: what it wrote
    is the same, since the name is made of the content."""
    try:
        os.rename(made, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        aside = Path(tempfile.mkdtemp(prefix=".", dir=target.parent)) / "old"
        os.rename(target, aside)
        os.rename(made, target)
        shutil.rmtree(aside.parent, ignore_errors=True)
