"""What a style is: a product with titles and a card, and one adapter file per base model.

Knows nothing of torch, prompts being painted or people.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# The archived engine: a model of its own for each style, so that no style is the base of another.
LEGACY_BASE = "legacy-sdxl"
# The embedded model.
POCKET_BASE = "pocket"


@dataclass(frozen=True, slots=True)
class LoraFile:
    """One adapter file for one base model.

    Either `path` (relative to the style_loras folder, shipped) or `repo` + `filename` +
    `revision` on the hub. `trigger` is put before the prompt, `trigger_ko` before a Korean one.
    `sha256` of the file where it is known: a file of other bytes is refused.
    """

    trigger: str
    trigger_ko: str
    adapter_weight: float
    licence: str
    path: str = ""
    repo: str = ""
    filename: str = ""
    revision: str = ""
    sha256: str = ""

    @property
    def has_adapter(self) -> bool:
        """False for a prompt-only style: a trigger, no file."""
        return bool(self.path or self.filename)

    @property
    def label(self) -> str:
        return self.path or f"{self.repo}/{self.filename}"


@dataclass(frozen=True, slots=True)
class Style:
    """`files` maps a base model ("pocket", "z-image-turbo") to its adapter. The base style
    (`is_base`) has none and is a style like any other. `legacy_checkpoint` is the hub repo of the
    whole model that painted this style in the archived SDXL engine, empty where there was none.
    `parts`: a mix, the only way to more than one adapter at once: styles with their weights. Its
    `files` then hold words and an overall strength, no adapter."""

    id: str
    ko: str
    en: str
    thumb: str
    files: Mapping[str, LoraFile]
    is_base: bool = False
    legacy_checkpoint: str = ""
    parts: tuple[tuple["Style", float], ...] = ()

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en

    def runs_on(self, base: str) -> bool:
        if base == LEGACY_BASE:
            return bool(self.legacy_checkpoint)
        return self.is_base or base in self.files
