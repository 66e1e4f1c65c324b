"""What one resident model with switched adapters bought, against a whole model for each style.

Comes in: how often to repeat. Goes out: a dict for JSON whose *_ratio figures come from one
process. Both models are of toy size, so that only ratios of ways to work may be read from it.
"""

import ctypes
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zit_engine.bench.tiny_sdxl import build_checkpoints
from zit_engine.engine.base import ImageEngine, Shot
from zit_engine.engine.legacy_sdxl import LegacySdxlEngine
from zit_engine.engine.legacy_words import CLIP_READS
from zit_engine.engine.memory import memory_report
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import LEGACY_BASE, Style

NOTE = (
    "Both models are of toy size: an SDXL of random weights (4 MB) and the pocket model (63 MB). "
    "The ratios compare ways to work inside this one run, not the speed of the full models. "
    "CLIP's words are its best case: the toy vocabulary holds each of them as one token."
)
_PASSAGE = (
    "a warm photograph of a strawberry cake with fresh cream on a white plate beside a cup of "
    "coffee on a wooden table near the window of a small bakery soft morning light pink flowers "
    "in a glass vase green leaves and a blue spoon"
)
_WORDS = _PASSAGE.split()
_SIDE, _PROMPT_WORDS = 64, 600
_MIB = 2**20
_POCKET_FILES = ROOT / "assets" / "pocket"


def run(repeats: int = 15) -> dict[str, Any]:
    """Measure both engines; about half a minute on two CPU cores.

    Raises EngineError when the pocket model cannot be loaded, OSError without a temporary folder.
    """
    catalogue = load_catalogue(ROOT / "style_loras")
    archived = [style for style in catalogue.values() if style.legacy_checkpoint]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        build_checkpoints(root, catalogue, _WORDS)
        settings = load_settings(
            engine=LEGACY_BASE,
            legacy_checkpoints=str(root),
            model="pocket",
            num_inference_steps=1,
            cpu_threads=1,  # two would wait for each other beside another busy process
        )
        legacy = LegacySdxlEngine(settings, catalogue, auto_unload=False, num_inference_steps=1)
        current = ZImageEngine(settings, catalogue)
        try:
            return {
                "note": NOTE,
                "repeats": repeats,
                "style_switch": _style_switch(legacy, current, archived, repeats),
                "long_prompt": _long_prompt(legacy, current),
                "memory": _memory(legacy, current, archived, root),
            }
        finally:
            legacy.close()
            current.close()


def _style_switch(
    legacy: ImageEngine, current: ImageEngine, styles: list[Style], repeats: int
) -> dict[str, float]:
    """Seconds from asking for a picture to its first step, after another style and after the
    same; the styles were all painted once before."""
    before, now = _timed(legacy, styles, repeats), _timed(current, styles, repeats)
    return {
        **{f"legacy_{name}": value for name, value in before.items()},
        **{f"current_{name}": value for name, value in now.items()},
        "switch_ratio": before["other_style_s"] / now["other_style_s"],
    }


def _timed(engine: ImageEngine, styles: list[Style], repeats: int) -> dict[str, float]:
    for style in styles:  # what is loaded once and kept is not part of a switch
        _seconds_to_first_step(engine, style)
    other, same = [], []
    for number in range(repeats):
        style = styles[number % len(styles)]
        other.append(_seconds_to_first_step(engine, style))
        same.append(_seconds_to_first_step(engine, style))
    return {"other_style_s": statistics.median(other), "same_style_s": statistics.median(same)}


def _long_prompt(legacy: ImageEngine, current: ImageEngine) -> dict[str, float]:
    """Words of one long prompt that reach the picture: the archived engine cuts at 77 tokens, the
    current one reads up to its limit and refuses more."""
    words = (_WORDS * (_PROMPT_WORDS // len(_WORDS) + 1))[:_PROMPT_WORDS]
    before = _words_within(legacy.count_tokens, words, CLIP_READS)
    now = _words_within(current.count_tokens, words, current.facts.token_limit)
    return {
        "prompt_words": len(words),
        "legacy_token_limit": CLIP_READS,
        "current_token_limit": current.facts.token_limit,
        "legacy_words_read": before,
        "current_words_read": now,
        "words_ratio": now / before,
    }


def _words_within(count_tokens: Callable[[str], int], words: list[str], limit: int) -> int:
    """How many of the first `words` fit in `limit` tokens."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(" ".join(words[:middle])) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _memory(
    legacy: ImageEngine, current: ImageEngine, styles: list[Style], root: Path
) -> dict[str, float]:
    """What is held, and what one more style at hand costs as a share of the engine's own model.

    The resident set is the process's, before and after freeing each engine in turn.
    """
    with_both = _rss_mib()
    legacy.close()
    without_legacy = _rss_mib()
    current.close()
    without_both = _rss_mib()
    checkpoint = statistics.mean(_weights(root / style.id) for style in styles)
    model = _weights(_POCKET_FILES)
    adapter = statistics.mean(
        (ROOT / "style_loras" / style.files["pocket"].path).stat().st_size
        for style in styles
        if "pocket" in style.files
    )
    return {
        "legacy_rss_mib": with_both - without_legacy,
        "current_rss_mib": without_legacy - without_both,
        "legacy_styles_ready": 1,
        "current_styles_ready": len(styles),
        "legacy_checkpoint_mib": checkpoint / _MIB,
        "current_model_mib": model / _MIB,
        "current_adapter_mib": adapter / _MIB,
        "legacy_read_per_switch_mib": checkpoint / _MIB,
        "current_read_per_switch_mib": 0.0,
        "legacy_further_style_share": 1.0,
        "current_further_style_share": adapter / model,
        "further_style_ratio": model / adapter,
    }


def _seconds_to_first_step(engine: ImageEngine, style: Style) -> float:
    """Paint one small picture. An engine asks whether to stop before each step, so its last
    question before the only step is when painting begins."""
    weight = style.files["pocket"].adapter_weight if "pocket" in style.files else 0.0
    shot = Shot(_PASSAGE, _SIDE, _SIDE, 7, style, weight)
    asked: list[float] = []

    def not_cancelled() -> bool:
        asked.append(time.perf_counter())
        return False

    started = time.perf_counter()
    engine.paint(shot, lambda done, total: None, not_cancelled)
    return asked[-1] - started


def _weights(folder: Path) -> int:
    """Bytes of all weights below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


def _rss_mib() -> float:
    """The process's resident set in MiB, without what was freed."""
    gc.collect()
    # glibc keeps freed memory for the next request, and would show it as held.
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    return memory_report()["process_rss_gib"] * 1024
