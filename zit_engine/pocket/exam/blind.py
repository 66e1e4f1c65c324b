"""A sheet of pictures to be named by a viewer who has not seen their prompts.

In: the pictures an evaluation kept. Out: a numbered sheet, and the prompts in a file of their own.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw
from safetensors import safe_open

COLUMNS, MARGIN = 8, 18  # a strip above each picture holds its number


def blind_sheet(pictures: Path, out: Path, most: int = 32, skip: int = 0) -> list[str]:
    """Write OUT (.png) and OUT's name with .json; the prompts, in the sheet's order. `skip` moves
    the choice, for a sheet of other pictures."""
    with safe_open(pictures, "pt") as held:
        texts = json.loads(held.metadata()["notes"])["texts"]
        kept = held.get_tensor("pictures")
    count = min(most, len(texts))
    chosen = [(i * len(texts) // count + skip) % len(texts) for i in range(count)]
    side, rows = kept.shape[-1], -(-count // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * side, rows * (side + MARGIN)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, i in enumerate(chosen):
        x, y = place % COLUMNS * side, place // COLUMNS * (side + MARGIN)
        pen.text((x + 4, y + 3), str(place + 1), fill="black")
        sheet.paste(Image.fromarray(kept[i].permute(1, 2, 0).numpy()), (x, y + MARGIN))
    sheet.save(out)
    prompts = [texts[i] for i in chosen]
    told = json.dumps(prompts, ensure_ascii=False, indent=1)
    out.with_suffix(".json").write_text(told + "\n", encoding="utf-8")
    return prompts
