"""Where a picture is calm and where something is to be seen.

Comes in: a picture. Goes out: a coarse map of its detail, the subject on a plain backdrop, and
places judged by it. It knows nothing of words.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Cells of the map along the longer side: an object of a tenth of the picture still covers 36.
_CELLS = 60
# Summed over three channels: further from the backdrop than this is no shade of it.
_APART = 60
# A side of the picture is plain when all but this share of its cells are backdrop.
_STRAY = 0.04
# A subject that takes more of the picture than this is no subject on a backdrop.
_MOST = 0.75

SIDES = ("left", "top", "right", "bottom")
Box = tuple[float, float, float, float]


class BusyMap:
    """Detail of a picture by place: how much neighbours differ, and how far a place is from the
    colour of the rim, which is the backdrop more often than not."""

    def __init__(self, picture: Image.Image) -> None:
        width, height = picture.size
        scale = _CELLS / max(width, height)
        size = max(4, round(width * scale)), max(4, round(height * scale))
        small = picture.resize(size, Image.Resampling.BOX).convert("RGB")
        cells = np.asarray(small, np.float32)
        edges = np.zeros(cells.shape[:2], np.float32)
        edges[:, 1:] += np.abs(np.diff(cells, axis=1)).sum(2)
        edges[1:, :] += np.abs(np.diff(cells, axis=0)).sum(2)
        rim = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
        self._cells: NDArray = cells
        self._apart: NDArray = np.abs(cells - np.median(rim, axis=0)).sum(2)
        self._map: NDArray = edges + 0.5 * self._apart

    def mean(self, box: Box) -> float:
        """Mean detail in left, top, right, bottom, given as fractions of the picture."""
        rows, columns = self._map.shape
        left, right = int(box[0] * columns), max(int(box[0] * columns) + 1, round(box[2] * columns))
        top, bottom = int(box[1] * rows), max(int(box[1] * rows) + 1, round(box[3] * rows))
        return float(self._map[top:bottom, left:right].mean())

    def subject(self) -> Box | None:
        """What stands on the backdrop, as fractions; None where there is no plain backdrop."""
        stands = self._apart > _APART
        rows, columns = np.flatnonzero(stands.any(1)), np.flatnonzero(stands.any(0))
        if not len(rows) or stands.mean() > _MOST or len(self.plain_sides()) < 2:
            return None
        tall, wide = stands.shape
        return (
            columns[0] / wide,
            rows[0] / tall,
            (columns[-1] + 1) / wide,
            (rows[-1] + 1) / tall,
        )

    def plain_sides(self) -> frozenset[str]:
        """The sides of the picture along which there is nothing but backdrop."""
        stands = self._apart > _APART
        along = (stands[:, 0], stands[0], stands[:, -1], stands[-1])
        return frozenset(
            side for side, cells in zip(SIDES, along, strict=True) if cells.mean() <= _STRAY
        )

    def plain_depth(self, side: str) -> float:
        """How deep, as a share of the picture, the strip along that side shows nothing but what
        its rim shows: mirrored there nothing is seen twice."""
        turned = {"left": 0, "top": 1, "right": 2, "bottom": 3}[side]
        cells = np.rot90(self._cells, turned, axes=(0, 1))
        apart = (np.abs(cells - cells[:, :1]).sum(2) > _APART).mean(0)
        deep = np.flatnonzero(apart > _STRAY)
        return float(deep[0] if len(deep) else len(apart)) / len(apart)

    def best_window(self, share_x: float, share_y: float) -> tuple[float, float]:
        """Where a window of that share of width and height has the subject in its middle, as the
        fraction of the spare room left and above of it."""
        return _centred(self._map.sum(0), share_x), _centred(self._map.sum(1), share_y)


def _centred(profile: NDArray, share: float) -> float:
    """Calm rows or columns at the rim do not count: the middle is that of what stands out."""
    if share >= 1:
        return 0.5
    shown = np.flatnonzero(profile - profile.min() >= 0.1 * np.ptp(profile))
    middle = (shown[0] + shown[-1] + 1) / 2 / len(profile)
    return float(np.clip((middle - share / 2) / (1 - share), 0, 1))
