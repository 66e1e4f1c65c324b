"""A picture fitted beside the plates that take part of the page, instead of lying under them.

Comes in: a picture, the places on its page. Goes out: a picture of the same size whose subject is
in the part left free. It knows nothing of words.
"""

from PIL import Image

from zit_engine.finish.busy import BusyMap
from zit_engine.finish.contrast import Rgb
from zit_engine.finish.fitting import Box
from zit_engine.finish.places import Places

# A mat leaves this share of the short side on three sides of the picture.
MAT = 0.05


def windowed(picture: Image.Image, places: Places, mat: Rgb) -> Image.Image:
    """A copy of `picture`, its window filled with as much of it as can be shown. What lies outside
    the window is `mat` where the layout has one, and painted over by plates elsewhere."""
    window = window_of(places)
    page = places.page
    if window == (0, 0, page.width, page.height):
        return picture.copy()
    left, top, right, bottom = (round(value) for value in window)
    size = right - left, bottom - top
    scale = max(size[0] / picture.width, size[1] / picture.height)
    shares = size[0] / scale / picture.width, size[1] / scale / picture.height
    at = BusyMap(picture).best_window(*shares)
    x = at[0] * (1 - shares[0]) * picture.width
    y = at[1] * (1 - shares[1]) * picture.height
    box = (x, y, x + size[0] / scale, y + size[1] / scale)
    shown = picture.resize(size, Image.Resampling.LANCZOS, box=box)
    whole = Image.new("RGB", picture.size, mat)
    whole.paste(shown, (left, top))
    return whole


def window_of(places: Places) -> Box:
    """What the plates that split the page, and a mat, leave free."""
    page = places.page
    left, top, right, bottom = 0.0, 0.0, float(page.width), float(page.height)
    for group in places.groups:
        plate, box = group.group.plate, group.plate
        if plate is None or box is None or not plate.splits:
            continue
        parts = [
            (box[2], top, right, bottom),
            (left, top, box[0], bottom),
            (left, box[3], right, bottom),
            (left, top, right, box[1]),
        ]
        left, top, right, bottom = max(parts, key=lambda p: (p[2] - p[0]) * (p[3] - p[1]))
    if places.arrangement.frame != "mat":
        return left, top, right, bottom
    mat = MAT * min(page.width, page.height)
    edges = (left, top, right, bottom)
    whole = (0.0, 0.0, page.width, page.height)
    # Where a plate already ends the picture it needs no mat as well.
    moved = [
        edge + (mat if index < 2 else -mat) if edge == outer else edge
        for index, (edge, outer) in enumerate(zip(edges, whole, strict=True))
    ]
    return moved[0], moved[1], moved[2], moved[3]
