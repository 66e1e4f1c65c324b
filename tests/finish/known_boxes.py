"""Twenty painted pictures and where in them the subject stands (pictures/README.md)."""

import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).with_name("pictures")


@dataclass(frozen=True)
class Known:
    """A picture and the true box, as fractions."""

    image: Image.Image
    box: tuple[float, float, float, float]


def known_pictures() -> list[Known]:
    rows = json.loads((FOLDER / "boxes.json").read_text(encoding="utf-8"))
    return [Known(_opened(FOLDER / row["file"]), tuple(row["box"])) for row in rows]


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def area(box: tuple[float, float, float, float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common(
    one: tuple[float, float, float, float], two: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    starts = max(one[0], two[0]), max(one[1], two[1])
    return *starts, min(one[2], two[2]), min(one[3], two[3])


def kept(
    true: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """The share of the true box that lies in the other one."""
    return area(common(true, other)) / area(true)
