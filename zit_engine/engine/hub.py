"""Files from the hub. Comes in: repo, file, revision. Goes out: a local path, with progress told.

huggingface_hub keeps one copy under its own cache folder, resumes a broken download and lets two
processes wait for each other. It knows nothing of what the files mean.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download, snapshot_download
from tqdm.auto import tqdm  # type: ignore[import-untyped]  # ships no type information

# What ZImagePipeline.from_pretrained reads; a repo may hold pickles and pictures besides.
PIPELINE_FILES = ["*.json", "*/*.json", "*/*.safetensors", "tokenizer/*"]
TOKENIZER_FILES = ["tokenizer/*"]

OnFraction = Callable[[float], None]


def cached_snapshot(repo: str, revision: str) -> Path | None:
    """The cached folder of `repo`, or None; asks no network. It may be incomplete."""
    try:
        return fetch_snapshot(repo, revision, local_only=True)
    except OSError:  # LocalEntryNotFoundError is a FileNotFoundError
        return None


def fetch_snapshot(
    repo: str,
    revision: str,
    on_fraction: OnFraction | None = None,
    patterns: list[str] | None = None,
    local_only: bool = False,
) -> Path:
    """The folder .../snapshots/<commit> of `repo`, downloaded where needed.

    Raises OSError or httpx errors of huggingface_hub.
    """
    return Path(
        snapshot_download(
            repo,
            revision=revision or None,
            allow_patterns=patterns or PIPELINE_FILES,
            local_files_only=local_only,
            tqdm_class=_bar_telling(on_fraction) if on_fraction else None,
        )
    )


def fetch_file(repo: str, filename: str, revision: str, on_fraction: OnFraction) -> Path:
    """One file of `repo`. Raises as `fetch_snapshot`."""
    return Path(
        hf_hub_download(repo, filename, revision=revision, tqdm_class=_bar_telling(on_fraction))
    )


def _bar_telling(on_fraction: OnFraction) -> type[Any]:
    """A terminal progress bar that also tells `on_fraction`, rising only.

    The total grows while further files are found, so a plain ratio would jump back.
    """
    best = 0.0

    class TellingBar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            nonlocal best
            shown: bool | None = super().update(n)
            if self.unit == "B" and self.total:  # the other bar counts files
                best = max(best, min(1.0, self.n / self.total))
                on_fraction(best)
            return shown

    return TellingBar
