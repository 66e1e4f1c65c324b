"""No line where a backdrop goes on, no patch in its corners: in levels of 255, after smoothing."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from zit_engine.finish.crop import Framing, frame
from zit_engine.finish.extend import extended
from zit_engine.finish.subject import Subject

SIDE = 256
PADS = {"wide": (300, 0, 300, 0), "tall": (0, 300, 0, 300), "around": (90, 120, 150, 60)}
LEVELS = 2.0


def _slope() -> np.ndarray:
    return np.linspace(0, 1, SIDE)


def _backdrop(kind: str) -> np.ndarray:
    """[side, side] about 200, falling by at most 40."""
    down, across = np.meshgrid(_slope(), _slope(), indexing="ij")
    return {
        "flat": np.full((SIDE, SIDE), 200.0),
        "sideways": 200 - 40 * across,
        "down": 200 - 40 * down,
        "slanting": 200 - 20 * across - 20 * down,
        "radial": 200 - 40 * np.hypot(across - 0.5, down - 0.5) / 0.71,
        "grain": 200 + np.random.default_rng(3).normal(0, 3, (SIDE, SIDE)),
    }[kind]


KINDS = ["flat", "sideways", "down", "slanting", "radial", "grain"]


def _picture(values: np.ndarray) -> Image.Image:
    image = Image.fromarray(np.rint(values).clip(0, 255).astype(np.uint8)).convert("RGB")
    ImageDraw.Draw(image).ellipse((88, 88, 168, 168), fill=(220, 40, 30))
    return image


BOX = (88.0, 88.0, 168.0, 168.0)


def _ringing(values: np.ndarray) -> np.ndarray:
    """As models paint it: the four outermost pixels off by up to 8 levels, by 15 in the corners."""
    edge = np.zeros(SIDE)
    edge[:4] = edge[: SIDE - 5 : -1] = (-8, 6, 4, -3)
    return values + edge[:, None] + edge[None, :]


def _smooth(image: Image.Image) -> np.ndarray:
    return ndimage.gaussian_filter(np.asarray(image.convert("L"), np.float32), 3, mode="nearest")


def _steps(levels: np.ndarray, at: int, apart: int) -> np.ndarray:
    """How much the columns at both sides of `at` differ, row by row."""
    return np.abs(levels[:, at + apart] - levels[:, at - apart])


def _seams(pads: tuple[int, int, int, int], scale: float) -> tuple[list[int], list[int]]:
    """Where columns and rows of what was painted meet new ones: the edge and around the fringe."""
    left, top, right, bottom = pads
    side, near = round(SIDE * scale), round(9 * scale)
    starts, ends = (0, near), (side - near, side)
    columns = [left + at for at in starts if left] + [left + at for at in ends if right]
    rows = [top + at for at in starts if top] + [top + at for at in ends if bottom]
    return columns, rows


def _check(image: Image.Image, pads: tuple[int, int, int, int], scale: float, own: float) -> None:
    """Each seam, corners included, is as smooth as the backdrop itself, which changes by `own`
    levels a pixel."""
    box = tuple(edge * scale for edge in BOX)
    levels = _smooth(extended(image, pads, box))
    apart = round(6 * scale)
    columns, rows = _seams(pads, scale)
    for seam in columns:
        assert _steps(levels, seam, apart).max() <= LEVELS + 2 * apart * own
    for seam in rows:
        assert _steps(levels.T, seam, apart).max() <= LEVELS + 2 * apart * own


@pytest.mark.parametrize("pads", PADS.values(), ids=PADS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_step_where_a_backdrop_goes_on(kind, pads):
    # 40 levels over the side, 56 from the middle to a corner.
    own = 0.0 if kind in ("flat", "grain") else 40 / SIDE
    _check(_picture(_backdrop(kind)), pads, 1, own)


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("kind", ["flat", "slanting"])
def test_what_a_model_paints_amiss_along_the_edge_is_not_seen(kind, scale):
    image = _picture(_ringing(_backdrop(kind)))
    image = image.resize((SIDE * scale, SIDE * scale), Image.Resampling.LANCZOS)
    own = 0.0 if kind == "flat" else 40 / SIDE / scale
    _check(image, tuple(edge * scale for edge in PADS["around"]), scale, own)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_new_is_lighter_or_darker_than_the_edge(kind):
    """Least and most of the whole new part, corners included, against those of the edge."""
    values = _backdrop(kind)
    left, top, right, bottom = pads = PADS["around"]
    levels = _smooth(extended(_picture(values), pads, BOX))
    is_edge = np.ones((SIDE, SIDE), bool)
    is_edge[24:-24, 24:-24] = False
    is_new = np.ones(levels.shape, bool)
    is_new[top : top + SIDE, left : left + SIDE] = False
    edge = ndimage.gaussian_filter(values, 3, mode="nearest")[is_edge]
    assert levels[is_new].min() >= edge.min() - LEVELS
    assert levels[is_new].max() <= edge.max() + LEVELS


@pytest.mark.parametrize("corner", [(0, 0), (0, -1), (-1, 0), (-1, -1)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_corner_is_the_colour_of_both_sides_it_joins(kind, corner):
    levels = _smooth(extended(_picture(_ringing(_backdrop(kind))), (200, 200, 200, 200), BOX))
    painted = ndimage.gaussian_filter(_backdrop(kind), 8)[12:-12, 12:-12][corner]
    # Softened along 40 pixels of a fall of 40 levels over 256.
    own = 0.0 if kind in ("flat", "grain") else 6.0
    assert abs(levels[corner] - painted) <= LEVELS + own


def test_a_shadow_is_not_shown_again_beside_itself():
    """Mirrored, it would be a second one beyond the edge."""
    image = Image.new("RGB", (SIDE, SIDE), (200, 200, 200))
    shadow = Image.new("L", image.size)
    ImageDraw.Draw(shadow).ellipse((30, 165, 226, 185), fill=120)
    image.paste((80, 80, 80), mask=Image.fromarray(ndimage.gaussian_filter(np.asarray(shadow), 4)))
    ImageDraw.Draw(image).ellipse((88, 88, 168, 168), fill=(220, 40, 30))
    levels = _smooth(extended(image, (300, 0, 300, 0), BOX))
    assert levels[:, :294].min() >= 200 - LEVELS and levels[:, -294:].min() >= 200 - LEVELS


@pytest.mark.parametrize("size", [(1029, 258), (1080, 1920), (1000, 500)])
def test_an_enlarged_picture_in_a_long_place_shows_no_frame(size):
    """The painted square's edges in the finished picture, as a person would get it."""
    image = _picture(_ringing(_backdrop("flat"))).resize((512, 512), Image.Resampling.LANCZOS)
    subject = Subject(None, 0.5, 0.5)
    framed = frame(image, *size, Framing(extend=True), subject=subject)
    levels = _smooth(framed.image)
    if size[0] < size[1]:
        levels = levels.T
    # The outermost rows are the picture's own; the square ends where the frame's short side says.
    levels = levels[30:-30]
    short, long = min(size), max(size)
    start = (long - short) // 2
    near = np.abs(np.diff(levels[:, start - 40 : start + 40], axis=1)).max()
    assert near <= 0.5 and np.ptp(levels[:, : start + 40]) <= LEVELS
