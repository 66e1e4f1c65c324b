"""The archived engine's checkpoints: where one lies, whether it is whole, fetching it.

Comes in: a style and the folder of ZIT_LEGACY_CHECKPOINTS. Goes out: a diffusers folder with
safetensors in it, or ModelMissing. It loads nothing.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zit_engine.engine.hub import OnFraction, cached_snapshot, fetch_snapshot
from zit_engine.errors import ModelMissing, StyleUnavailable
from zit_engine.settings import Settings
from zit_engine.styles.style import Style

# SDXL was trained at an area of 1024² (its paper, arXiv 2307.01952, section 2.3).
FULL_AREA = 1024 * 1024
_WEIGHTED = {
    "unet": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
    "text_encoder": "model",
    "text_encoder_2": "model",
}
_NAMED = ("model_index.json", "scheduler/scheduler_config.json", "unet/config.json")
_TOKENIZERS = ("tokenizer", "tokenizer_2")
_TEXTS = ["model_index.json", "*/*.json", "tokenizer/*", "tokenizer_2/*"]
# Half-precision copies first: a repo may hold both, 7 and 14 GB.
_DOWNLOADS = ([*_TEXTS, "*/*.fp16.safetensors"], [*_TEXTS, "*/*.safetensors"])
# The order of preference for the same reason.
_VARIANTS = ("fp16", "")


def weights_variant(folder: Path) -> str | None:
    """ "fp16" or "" (plain names) when every part has safetensors weights so named, else None."""
    for variant in _VARIANTS:
        if all(_has_weights(folder / part, stem, variant) for part, stem in _WEIGHTED.items()):
            return variant
    return None


def is_whole(folder: Path) -> bool:
    """True when every part is there by name. Damaged contents show only on loading."""
    return (
        all((folder / name).is_file() for name in _NAMED)
        and all((folder / name).is_dir() for name in _TOKENIZERS)
        and weights_variant(folder) is not None
    )


def render_area(folder: Path) -> int:
    """Pixels the checkpoint was made for: its U-Net's sample size times the VAE's shrinking.

    Raises ModelMissing naming the folder.
    """
    try:
        latents = _config(folder / "unet")["sample_size"]
        shrink = 2 ** (len(_config(folder / "vae")["block_out_channels"]) - 1)
        return int((latents * shrink) ** 2)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise missing(str(folder), repr(error)) from error


class LegacyCheckpoints:
    """One checkpoint folder a style, in `root` or at the hub; found ones are remembered.

    With a root nothing is ever downloaded. A folder there is named as the archived program named
    it ("owner--name"), as the repo ("name") or as the style.
    """

    def __init__(self, root: str):
        self._root = Path(root).expanduser() if root else None
        self._found: dict[str, Path] = {}

    @property
    def source(self) -> str:
        return str(self._root) if self._root else "hub"

    def find(self, style: Style) -> Path | None:
        """The style's whole checkpoint on this machine; asks no network."""
        repo = style.legacy_checkpoint
        if repo and repo not in self._found:
            candidates = (
                [self._root / name for name in _folder_names(style)]
                if self._root
                else [cached_snapshot(repo, "")]
            )
            whole = [folder for folder in candidates if folder and is_whole(folder)]
            if whole:
                self._found[repo] = whole[0]
        return self._found.get(repo)

    def get(self, style: Style, on_fraction: OnFraction) -> Path:
        """The style's checkpoint, downloaded when no root is set and it is not cached.

        Raises StyleUnavailable for a style the archived engine never had, ModelMissing.
        """
        if not style.legacy_checkpoint:
            raise StyleUnavailable(style=style.ko)
        found = self.find(style)
        if found is not None:
            return found
        if self._root:
            raise missing(str(self._root / style.id), _what_is_wrong(self._root, style))
        self._found[style.legacy_checkpoint] = _download(style.legacy_checkpoint, on_fraction)
        return self._found[style.legacy_checkpoint]

    def check_root(self) -> None:
        """Raises ModelMissing when a root is set that is no folder."""
        if self._root and not self._root.is_dir():
            raise missing(str(self._root), "no such folder")


def legacy_available(settings: Settings, catalogue: Mapping[str, Style]) -> bool:
    """True when every style of the archived engine could be painted without a download."""
    checkpoints = LegacyCheckpoints(settings.legacy_checkpoints)
    asked = [style for style in catalogue.values() if style.legacy_checkpoint]
    return bool(asked) and all(checkpoints.find(style) for style in asked)


def missing(model: str, detail: str) -> ModelMissing:
    return ModelMissing("error.legacy_missing", model=model, detail=detail)


def _download(repo: str, on_fraction: OnFraction) -> Path:
    try:
        for patterns in _DOWNLOADS:
            folder = fetch_snapshot(repo, "", on_fraction, patterns)
            if is_whole(folder):
                return folder
    except Exception as error:  # network, disk and hub errors share no parent
        raise missing(repo, repr(error)) from error
    raise missing(repo, "the repo has no safetensors for every part")


def _folder_names(style: Style) -> list[str]:
    repo = style.legacy_checkpoint
    return [repo.replace("/", "--"), repo.partition("/")[2], style.id]


def _what_is_wrong(root: Path, style: Style) -> str:
    for folder in (root / name for name in _folder_names(style)):
        if folder.is_dir():
            pickles = [*folder.rglob("*.bin"), *folder.rglob("*.ckpt")]
            why = "only pickled weights, which are never read" if pickles else "parts are missing"
            return f"{folder}: {why}"
    return f"none of {_folder_names(style)} in {root}"


def _has_weights(part: Path, stem: str, variant: str) -> bool:
    if not (part / "config.json").is_file():
        return False
    index = part / f"{stem}.safetensors.index.json"
    if index.is_file() and not variant:
        try:
            shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError):
            return False  # an index that cannot be read names no weights
        return all((part / shard).is_file() for shard in shards)
    return (part / ".".join(filter(None, (stem, variant, "safetensors")))).is_file()


def _config(part: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((part / "config.json").read_text(encoding="utf-8"))
    return config
