"""The results on disk: evaluation.json, and evaluation.html with every picture inside.

In: Results, at will the figures of a model before. Out: two files; the page has no script and
names no host.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image
from torch import Tensor

from zit_engine.pocket.exam.measures import Results
from zit_engine.pocket.exam.verdict import QUESTIONS

SHOWN_PX = 192  # 200 pictures and five styles stay below 5 MB
QUALITY = 80
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def write_results(results: Results, folder: Path, before: Path | None = None) -> tuple[Path, Path]:
    """Write both files; `before` is another model's evaluation.json, shown beside."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / "evaluation.json", folder / "evaluation.html"
    known = json.loads(before.read_text(encoding="utf-8")) if before else None
    data.write_text(_record(results), encoding="utf-8")
    page.write_text(_page(results, known), encoding="utf-8")
    return data, page


def _record(results: Results) -> str:
    """The figures indented, and a picture a line, so that two records can be compared by eye."""
    figures = json.dumps(results.figures, ensure_ascii=False, indent=1)
    sheets = []
    for name, rows in results.rows.items():
        lines = ",\n".join("   " + json.dumps(row, ensure_ascii=False) for row in rows)
        sheets.append(f"  {json.dumps(name)}: [\n{lines}\n  ]")
    listed = ",\n".join(sheets)
    return figures.removesuffix("\n}") + f',\n "rows": {{\n{listed}\n }}\n}}\n'


def _page(results: Results, before: dict[str, Any] | None) -> str:
    sheets = {
        name: [
            (inline(picture), row)
            for picture, row in zip(results.pictures[name], rows, strict=True)
        ]
        for name, rows in results.rows.items()
    }
    return _TEMPLATES.get_template("overview.html").render(
        figures=results.figures, before=before, sheets=sheets, questions=QUESTIONS
    )


def inline(picture: Tensor) -> str:
    """A uint8 picture [3, H, W] as a data address."""
    image = Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())
    image.thumbnail((SHOWN_PX, SHOWN_PX))
    held = io.BytesIO()
    image.save(held, "WEBP", quality=QUALITY)
    return "data:image/webp;base64," + base64.b64encode(held.getvalue()).decode()
