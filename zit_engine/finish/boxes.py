"""Rectangles: left, top, right, bottom in pixels.

Comes in: boxes. Goes out: boxes. It knows nothing of what is in them.
"""

from collections.abc import Sequence

Box = tuple[float, float, float, float]


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def anchored(anchor: str, low: float, high: float, size: float) -> float:
    """Where something of `size` begins between low and high; anchor: left, top, right, bottom or
    the middle."""
    if anchor in ("left", "top"):
        return low
    if anchor in ("right", "bottom"):
        return high - size
    return (low + high - size) / 2


def in_corner(area: Box, corner: str, width: float, height: float) -> Box:
    """width × height in a corner such as "bottom-right" of `area`."""
    vertical, horizontal = corner.split("-")
    x = anchored(horizontal, area[0], area[2], width)
    y = anchored(vertical, area[1], area[3], height)
    return x, y, x + width, y + height


def part_of(area: Box, share: Box) -> Box:
    """`share` (fractions) of `area`."""
    width, height = area[2] - area[0], area[3] - area[1]
    return (
        area[0] + share[0] * width,
        area[1] + share[1] * height,
        area[0] + share[2] * width,
        area[1] + share[3] * height,
    )


def beside(zone: Box, taken: Box) -> list[Box]:
    """What is left of `zone` left, right, above and below of `taken`."""
    left, top, right, bottom = zone
    return [
        (left, top, min(right, taken[0]), bottom),
        (max(left, taken[2]), top, right, bottom),
        (left, top, right, min(bottom, taken[1])),
        (left, max(top, taken[3]), right, bottom),
    ]


def area_of(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def free_parts(whole: Box, taken: Sequence[Box]) -> list[Box]:
    """Every box inside `whole` that touches none of `taken` and reaches as far as it can."""
    xs = sorted({whole[0], whole[2], *(edge for box in taken for edge in (box[0], box[2]))})
    ys = sorted({whole[1], whole[3], *(edge for box in taken for edge in (box[1], box[3]))})
    xs = [x for x in xs if whole[0] <= x <= whole[2]]
    ys = [y for y in ys if whole[1] <= y <= whole[3]]
    found = [
        (left, top, right, bottom)
        for i, left in enumerate(xs)
        for right in xs[i + 1 :]
        for j, top in enumerate(ys)
        for bottom in ys[j + 1 :]
        if not any(overlap((left, top, right, bottom), box) for box in taken)
    ]
    return [one for one in found if not any(one != two and within(one, two) for two in found)]


def within(one: Box, two: Box) -> bool:
    """True where `one` lies inside `two`."""
    return two[0] <= one[0] and two[1] <= one[1] and one[2] <= two[2] and one[3] <= two[3]
