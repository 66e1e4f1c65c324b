"""A painted picture becomes the exact pixels of a channel, never stretched.

Comes in: a picture of any size, the wanted size, optionally where to look. Goes out: a picture of
exactly that size. It knows nothing of channels or files.
"""

from PIL import Image
from smartcrop import SmartCrop

# The subject is searched on a picture this long: 20 ms instead of seconds, and a subject worth
# keeping is still dozens of pixels wide.
_SEARCH_SIDE = 256
_SEARCH_STEP = 4
# Scores closer than this are the same to the eye: the place nearest the middle wins.
_SCORE_TIE = 1e-4


def crop_to(
    image: Image.Image, width: int, height: int, focus: tuple[float, float] | None = None
) -> Image.Image:
    """A copy of exactly width × height pixels: scaled to cover (Lanczos), the excess cut off.

    `focus` (x, y as fractions 0..1 of the picture) is kept as near the middle as the picture
    allows; without it the subject is looked for, and where none stands out the middle is kept.
    Smaller pictures are enlarged. Same input, same pixels. Raises ValueError for sizes below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"cannot crop to {width}×{height}")
    if image.size == (width, height):
        return image.copy()
    image = _with_full_colour(image)
    scale = min(image.width / width, image.height / height)
    # width * (image.width / width) can come out a hair above image.width.
    kept = (min(width * scale, image.width), min(height * scale, image.height))
    spare = (image.width - kept[0], image.height - kept[1])
    if max(spare) < 1:
        left, top = spare[0] / 2, spare[1] / 2
    elif focus is not None:
        left = min(max(focus[0] * image.width - kept[0] / 2, 0.0), spare[0])
        top = min(max(focus[1] * image.height - kept[1] / 2, 0.0), spare[1])
    else:
        x, y = _subject_place(image, width, height)
        left, top = x * spare[0], y * spare[1]
    box = (left, top, min(left + kept[0], image.width), min(top + kept[1], image.height))
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _with_full_colour(image: Image.Image) -> Image.Image:
    """Palettes and single bits cannot be smoothed; transparency is kept."""
    if image.mode in ("RGB", "RGBA", "L"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _subject_place(image: Image.Image, width: int, height: int) -> tuple[float, float]:
    """Where to put the crop in the spare room: (0, 0) left or top, (1, 1) right or bottom.

    smartcrop scores places by skin, saturated colour and edges. The middle is the fallback for
    pictures it cannot judge (flat, or too thin to scale down).
    """
    small = image.convert("RGB")
    small.thumbnail((_SEARCH_SIDE, _SEARCH_SIDE), Image.Resampling.BILINEAR)
    scale = min(small.width / width, small.height / height)
    crop_width, crop_height = int(width * scale), int(height * scale)
    # Below one scoring cell there is nothing to add up, and smartcrop divides by that area.
    if min(crop_width, crop_height) < 2 * _SEARCH_STEP:
        return 0.5, 0.5
    judge = SmartCrop(score_down_sample=_SEARCH_STEP)
    places = judge.analyse(
        small, crop_width, crop_height, min_scale=1, num_scale_steps=1, step=_SEARCH_STEP
    )["crops"]
    best = max(place["score"] for place in places)
    spare = (small.width - crop_width, small.height - crop_height)
    fractions = [
        (_fraction(place["x"], spare[0]), _fraction(place["y"], spare[1]))
        for place in places
        if place["score"] >= best - _SCORE_TIE
    ]
    return min(fractions, key=lambda at: abs(at[0] - 0.5) + abs(at[1] - 0.5))


def _fraction(offset: int, spare: int) -> float:
    # A spare of less than one step offers a single place, the first; the middle is meant.
    return offset / spare if spare >= _SEARCH_STEP else 0.5
