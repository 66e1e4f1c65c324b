"""Files from the hub. Comes in: repo, file, revision. Goes out: a local path, with progress told.

huggingface_hub keeps one copy under its own cache folder, goes on where a connection broke and
lets two processes wait for each other. Here the room on the disk is checked before the first
byte, and every failure gets a name. It knows nothing of what the files mean.
"""

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import structlog
from huggingface_hub import constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    DryRunError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.auto import tqdm

from zit_engine.errors import DiskFull, EngineError, ModelMissing

log = structlog.get_logger(__name__)

# What ZImagePipeline.from_pretrained reads; a repo may hold pickles and pictures besides.
PIPELINE_FILES = ["*.json", "*/*.json", "*/*.safetensors", "tokenizer/*"]
TOKENIZER_FILES = ["tokenizer/*"]
# Never fetched, whatever a pattern would take: opening them can run code.
PICKLES = ["*.bin", "*.ckpt", "*.pkl", "*.pickle", "*.pt", "*.pth", "*.py"]

GB = 10**9
# Left free beside the download: the host still has to write logs and pictures.
_RESERVE_BYTES = GB
# Seconds to wait after the library itself gave up on a connection that had worked. It goes on
# within a file for short cuts; after a longer one, the files that are whole stay.
_PAUSES_S = (2.0, 10.0, 30.0, 60.0)
_CUT = (errno.ECONNRESET, errno.ETIMEDOUT, errno.EPIPE)

OnFraction = Callable[[float], None]


def cached_snapshot(repo: str, revision: str) -> Path | None:
    """The cached folder of `repo`, or None; asks no network. It may be incomplete."""
    try:
        return _snapshot(repo, revision, PIPELINE_FILES, local_files_only=True)
    except OSError:  # LocalEntryNotFoundError is a FileNotFoundError
        return None


def fetch_snapshot(
    repo: str,
    revision: str,
    on_fraction: OnFraction = lambda fraction: None,
    patterns: list[str] | None = None,
) -> Path:
    """The folder .../snapshots/<commit> of `repo`, downloaded where needed; without a network the
    cached one. on_fraction: share of the bytes that had to come, rising to 1.0.

    Raises DiskFull before the first byte; ModelMissing, whose message tells apart a repo that does
    not exist, one that asks for consent, an unknown revision and a missing connection.
    """
    patterns, needed = patterns or PIPELINE_FILES, 0
    try:
        needed = _bytes_to_come(repo, revision, patterns)
        check_room(needed, Path(constants.HF_HUB_CACHE))
        bar = _bar_telling(on_fraction, needed)
        folder = _patiently(lambda: _snapshot(repo, revision, patterns, tqdm_class=bar))
    except EngineError:
        raise
    except Exception as error:  # network, disk and hub errors share no parent
        raise _named(error, repo, revision, needed) from error
    on_fraction(1.0)
    return folder


def fetch_file(repo: str, filename: str, revision: str, on_fraction: OnFraction) -> Path:
    """One file of `repo`. Raises OSError or errors of the hub's library."""
    return Path(
        hf_hub_download(repo, filename, revision=revision, tqdm_class=_bar_telling(on_fraction, 0))
    )


def check_room(needed: int, folder: Path) -> None:
    """Raises DiskFull unless `needed` bytes and a reserve fit where `folder` is or will be."""
    if needed and _free_bytes(folder) < needed + _RESERVE_BYTES:
        raise _disk_full(needed, folder, "asked before the download")


def _free_bytes(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    return shutil.disk_usage(there).free


def _disk_full(needed: int, folder: Path, detail: str) -> DiskFull:
    wanted, free = (needed + _RESERVE_BYTES) / GB, _free_bytes(folder) / GB
    return DiskFull(needed_gb=f"{wanted:.1f}", free_gb=f"{free:.1f}", detail=detail)


def _snapshot(repo: str, revision: str, patterns: list[str], **options: Any) -> Path:
    folder = snapshot_download(
        repo,
        revision=revision or None,
        allow_patterns=patterns,
        ignore_patterns=PICKLES,
        **options,
    )
    return Path(str(folder))


def _bytes_to_come(repo: str, revision: str, patterns: list[str]) -> int:
    """Bytes of the files the cache lacks; 0 where the hub cannot be asked, for the download will
    then take the cached copy or say why it cannot."""
    try:
        files = snapshot_download(
            repo,
            revision=revision or None,
            allow_patterns=patterns,
            ignore_patterns=PICKLES,
            dry_run=True,
            tqdm_class=_SilentBar,
        )
    except DryRunError:
        return 0
    needed = sum(file.file_size or 0 for file in files if file.will_download)
    log.info("hub asked", repo=repo, files=len(files), gb_to_come=round(needed / GB, 2))
    return needed


def _patiently(download: Callable[[], Path]) -> Path:
    """Again after a pause while the connection is cut, though the hub had just answered."""
    for pause in _PAUSES_S:
        try:
            return download()
        except Exception as error:  # as in fetch_snapshot
            if not _is_cut(error):
                raise
            log.warning("connection lost", again_in_s=pause, error=repr(error))
            time.sleep(pause)
    return download()


def _is_cut(error: BaseException) -> bool:
    """A connection broke in the middle, or the hub's own servers stumbled."""
    if isinstance(error, HfHubHTTPError):
        return error.response is not None and error.response.status_code >= 500
    if isinstance(error, LocalEntryNotFoundError | OfflineModeIsEnabled):
        return False
    names = {type(each).__name__ for each in _causes(error)}
    is_network = {"ConnectError", "ReadError", "ReadTimeout", "RemoteProtocolError"} & names
    return bool(is_network) or (isinstance(error, OSError) and error.errno in _CUT)


def _named(error: Exception, repo: str, revision: str, needed: int) -> EngineError:
    """What a failed download means for the person who waits for it. The order matters: a gated
    repo is a kind of missing one, and most errors here are OSErrors."""
    causes = list(_causes(error))
    detail = "; ".join(repr(cause)[:300] for cause in causes)
    if any(isinstance(cause, OSError) and cause.errno == errno.ENOSPC for cause in causes):
        return _disk_full(needed, Path(constants.HF_HUB_CACHE), detail)
    for kind, message_id in (
        (GatedRepoError, "error.model_gated"),
        (RevisionNotFoundError, "error.model_revision"),
        (RepositoryNotFoundError, "error.model_unknown"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return ModelMissing(message_id, model=repo, revision=revision, detail=detail)
    is_disk = isinstance(error, PermissionError | NotADirectoryError)
    message_id = "error.model_missing" if is_disk else "error.model_offline"
    return ModelMissing(message_id, model=repo, revision=revision, detail=detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


class _SilentBar(tqdm):
    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **{**options, "disable": True})


def _bar_telling(on_fraction: OnFraction, needed: int) -> type[Any]:
    """A terminal progress bar that also tells `on_fraction`, rising only.

    needed: bytes in all; 0 where unknown, and then the bar's own total counts, which grows while
    further files are found, so that a plain ratio would jump back.
    """
    best = 0.0

    class TellingBar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            nonlocal best
            shown: bool | None = super().update(n)
            total = needed or self.total
            if self.unit == "B" and total:  # the other bar counts files
                best = max(best, min(1.0, self.n / total))
                on_fraction(best)
            return shown

    return TellingBar
