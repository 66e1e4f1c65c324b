"""The blind sheet shows numbers and pictures, and keeps the prompts apart."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

from zit_engine.pocket.exam.blind import MARGIN, blind_sheet


def test_pictures_are_spread_evenly_and_the_prompts_lie_beside(tmp_path: Path) -> None:
    texts = [f"prompt {i}" for i in range(20)]
    pictures = torch.stack([torch.full((3, 16, 16), i * 10, dtype=torch.uint8) for i in range(20)])
    file = tmp_path / "base.safetensors"
    save_file({"pictures": pictures}, str(file), metadata={"notes": json.dumps({"texts": texts})})
    prompts = blind_sheet(file, tmp_path / "sheet.png", 10)
    assert prompts == texts[::2]
    assert json.loads((tmp_path / "sheet.json").read_text("utf-8")) == prompts
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * 16, 2 * (16 + MARGIN))
        assert sheet.getpixel((16 + 8, MARGIN + 8)) == (20, 20, 20)
    another = blind_sheet(file, tmp_path / "another.png", 10, skip=1)
    assert another == texts[1::2]
