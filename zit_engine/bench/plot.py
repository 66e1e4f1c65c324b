"""A report as a picture: where a picture's time goes, and every ratio beside the line of 1.

Comes in: the report of sections.py. Goes out: an RGB picture. Drawn with Pillow alone, so that no
plotting library is needed to read a bench.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _MARGIN, _ROW, _LABELS = 1200, 32, 30, 560
_INK, _FAINT, _PAPER = "#1d2430", "#c9ced6", "#ffffff"
_COLOURS = (
    "#4269d0",
    "#efb118",
    "#ff725c",
    "#6cc5b0",
    "#3ca951",
    "#ff8ab7",
    "#a463f2",
    "#97bbf5",
    "#9c6b4e",
    "#9498a0",
)
# Ratios beyond it are drawn as long as this, with their number.
_LONGEST_RATIO = 2.0
_SMALL, _LARGE = 17, 22
_SPREAD = frozenset({"smallest_ratio", "largest_ratio"})


def plot(report: Mapping[str, Any]) -> Image.Image:
    """Bars under each other; a report without stages has none of those."""
    shares = report["sections"].get("stages", {}).get("share_ratio", {})
    ratios = list(_ratios(report["sections"]))
    height = _MARGIN * 3 + _ROW * (len(ratios) + len(shares) + 7) + 2 * _ROW * bool(shares)
    picture = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(picture)
    device = report["device"]
    title = f"{report['model']}, {report['size']} px, {report['steps']} steps, {report['dtype']}"
    place = _text(draw, _MARGIN, title, _LARGE)
    place = _text(draw, place, f"{device['name']}, {device['cores']} cores", _SMALL) + _ROW // 2
    if shares:
        place = _stages(draw, place, report["sections"]["stages"]["median_s"], shares)
    if ratios:
        _bars(draw, place, ratios)
    return picture


def _ratios(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every figure named a ratio, with the names it stands under. Shares have their own bar,
    and of pairs the middle is enough."""
    for key, value in figures.items():
        if isinstance(value, Mapping) and key != "share_ratio":
            yield from _ratios(value, f"{prefix}{key}.")
        elif key.endswith("_ratio") and key not in _SPREAD and isinstance(value, int | float):
            yield f"{prefix}{key}", float(value)


def _stages(
    draw: ImageDraw.ImageDraw,
    top: int,
    seconds: Mapping[str, float],
    shares: Mapping[str, float],
) -> int:
    """One bar of all stages and a line for each; returns where it ends."""
    top = _text(draw, top, "One picture, by stage", _LARGE)
    length, left = _WIDTH - 2 * _MARGIN, float(_MARGIN)
    for number, share in enumerate(shares.values()):
        box = (left, top, left + share * length, top + _ROW)
        draw.rectangle(box, fill=_COLOURS[number % len(_COLOURS)])
        left += share * length
    top += _ROW + _ROW // 2
    for number, (name, share) in enumerate(shares.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        draw.rectangle((_MARGIN, top + 6, _MARGIN + 16, top + 22), fill=colour)
        text = f"{name}: {share * 100:.1f} %, {seconds[name] * 1000:.1f} ms"
        draw.text((_MARGIN + 28, top + 3), text, _INK, _font(_SMALL))
        top += _ROW
    return top + _ROW // 2


def _bars(draw: ImageDraw.ImageDraw, top: int, ratios: list[tuple[str, float]]) -> None:
    top = _text(draw, top, "Ratios inside this run; the line is 1", _LARGE)
    length = _WIDTH - _LABELS - 3 * _MARGIN
    one = _LABELS + length / _LONGEST_RATIO
    draw.line((one, top, one, top + _ROW * len(ratios)), fill=_FAINT, width=2)
    for name, value in ratios:
        right = _LABELS + length * min(max(value, 0.0), _LONGEST_RATIO) / _LONGEST_RATIO
        draw.rectangle((_LABELS, top + 5, max(right, _LABELS + 1), top + 24), fill=_COLOURS[0])
        draw.text((_LABELS - 10, top + 3), name, _INK, _font(_SMALL), anchor="ra")
        draw.text((right + 8, top + 3), f"{value:.3f}", _INK, _font(_SMALL))
        top += _ROW


def _text(draw: ImageDraw.ImageDraw, top: int, text: str, size: int) -> int:
    draw.text((_MARGIN, top), text, _INK, _font(size))
    return top + _ROW + _ROW // 4


def _font(size: int) -> Any:
    return ImageFont.load_default(size)
