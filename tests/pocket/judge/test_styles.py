"""The judge of styles learns from filtered renders and names the filter, not the softness."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.filters import kuwahara, stylize
from zit_engine.pocket.judge.material import STYLES
from zit_engine.pocket.judge.styles import (
    STYLE_FILE,
    StyleJudge,
    check_style_judge,
    load_style_judge,
    name_styles,
    train_style_judge,
)
from zit_engine.pocket.judge.weights import load_notes, write_weights
from zit_engine.pocket.pace import Pace

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / STYLE_FILE

DRAWN = [style for style in STYLES if style not in ("none", "semi-realistic")]


def _as_it_is(pictures: Tensor) -> Tensor:
    return pictures


@pytest.fixture(scope="module")
def plain() -> Tensor:
    """The model's own pictures, at the size that the judge looks at."""
    files = sorted((ROOT / "assets" / "samples").glob("*.webp"))
    pictures = [torch.from_numpy(np.array(Image.open(file).convert("RGB"))) for file in files]
    large = torch.stack(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    return torch.nn.functional.interpolate(large, size=(256, 256), mode="area")


def test_a_few_steps_lower_the_loss(concepts: list[Concept], pyramid: list[Tensor]) -> None:
    torch.manual_seed(0)
    judge = StyleJudge()
    first = train_style_judge(judge, concepts, pyramid, _as_it_is, Pace(steps=1), batch=12)
    last = train_style_judge(judge, concepts, pyramid, _as_it_is, Pace(steps=12), batch=12)
    assert last < 0.95 * first
    shares = check_style_judge(judge, concepts, pyramid, _as_it_is, pictures=14)
    assert set(shares) == {"all", *STYLES}


@pytest.mark.parametrize("style", DRAWN)
def test_the_shipped_one_names_drawn_styles_over_a_models_pictures(
    plain: Tensor, style: str
) -> None:
    named = [STYLES[i] for i in name_styles(load_style_judge(FILE), stylize(plain, style))]
    assert named.count(style) >= len(plain) - 1, named


def test_pictures_without_a_style_are_not_taken_for_lines_blocks_or_paper(plain: Tensor) -> None:
    """For soft light it may take them: a small model's pictures are soft."""
    named = {STYLES[i] for i in name_styles(load_style_judge(FILE), plain)}
    assert not named & {"pencil-sketch", "pixel-art", "paper-cut-out"}


def test_flat_pictures_with_their_borders_kept_are_no_style(plain: Tensor) -> None:
    """Every drawn style flattens first; so does a small model."""
    told = json.loads((ROOT / "assets" / "samples" / "samples.json").read_text(encoding="utf-8"))
    rows = [i for i, row in enumerate(told) if row["style"] == "realistic"]
    judge = load_style_judge(FILE)
    named = [STYLES[i] for i in name_styles(judge, kuwahara(plain[rows], 2))]
    assert named.count("none") >= len(rows) - 1, named


def test_pictures_of_other_sizes_are_read(plain: Tensor) -> None:
    judge = load_style_judge(FILE)
    large = torch.nn.functional.interpolate(plain[:4], scale_factor=2.0, mode="bilinear")
    drawn = STYLES.index("pencil-sketch")
    assert name_styles(judge, stylize(large, "pencil-sketch")) == [drawn] * 4


def test_its_file_keeps_weights_and_figures(plain: Tensor, tmp_path: Path) -> None:
    torch.manual_seed(0)
    judge, file = StyleJudge().eval(), tmp_path / "styles.safetensors"
    write_weights(judge, {"all": 0.5}, file)
    again = load_style_judge(file)
    assert torch.equal(again.named[0].weight, judge.named[0].weight.bfloat16().float())
    assert load_notes(file) == {"all": 0.5}
    assert FILE.stat().st_size <= 1_000_000 and load_notes(FILE)["all"] >= 0.9
