"""A painted picture becomes the exact pixels of a place, never stretched.

Comes in: a picture of any size, the wanted size, optionally where to look and whether the backdrop
may be continued. Goes out: a picture of exactly that size and which part of the first it shows. It
knows nothing of channels or files.
"""

import math
from dataclasses import dataclass

from PIL import Image

from zit_engine.finish.extend import extended
from zit_engine.finish.framing import FOUND, NO_ROOM, Framing, Room, Window, window_of
from zit_engine.finish.subject import Box, Subject, find_subject

__all__ = ["FOUND", "Framed", "Framing", "Room", "Window", "crop_to", "frame", "show"]

_NEVER = Framing(extend=False)


@dataclass(frozen=True, slots=True)
class Framed:
    """`box`: the part shown (left, top, right, bottom in pixels of the painted picture), beyond its
    edges where the backdrop was continued. `enlarged`: pixels shown for a painted one, along a
    side."""

    image: Image.Image
    box: Window
    extended: bool
    enlarged: float

    def within(self, box: Box | None, picture: tuple[int, int]) -> Window | None:
        """`box` (fractions of `picture`, width and height) as fractions of what is shown, beyond
        0..1 where it is cut; None for None."""
        if box is None:
            return None
        left, top, right, bottom = self.box
        wide, tall = right - left, bottom - top
        return (
            (box.left * picture[0] - left) / wide,
            (box.top * picture[1] - top) / tall,
            (box.right * picture[0] - left) / wide,
            (box.bottom * picture[1] - top) / tall,
        )

    def recut(self, picture: Image.Image, window: Window, kept: Window) -> Image.Image:
        """Another window of the painted `picture` at the same size: `window` and `kept` (as in
        `show`) in pixels of what is shown now."""
        picture = _with_full_colour(picture)
        return show(picture, *self.image.size, self._painted(window), self._painted(kept))

    def _painted(self, box: Window) -> Window:
        left, top = self.box[:2]
        return (
            left + box[0] / self.enlarged,
            top + box[1] / self.enlarged,
            left + box[2] / self.enlarged,
            top + box[3] / self.enlarged,
        )


def frame(
    image: Image.Image,
    width: int,
    height: int,
    framing: Framing = FOUND,
    *,
    subject: Subject | None = None,
    room: Room = NO_ROOM,
) -> Framed:
    """`image` at exactly width × height pixels, around its subject or the point of `framing`.

    `subject`: what find_subject says, where it is known already. `room`: what to leave beside it.
    Same input, same pixels. Raises ValueError for sizes below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"cannot crop to {width}×{height}")
    image = _with_full_colour(image)
    if subject is None and not _is_settled(image, width, height, framing):
        subject = find_subject(image)
    subject = subject or Subject(None, 0.5, 0.5)
    window = window_of(image.size, (width, height), framing, subject, room)
    kept = None if subject.box is None else _in_pixels(subject.box, image.size)
    shown = show(image, width, height, window, kept)
    # What the engine noted of the picture is not the file's; dropping it there would copy a banner.
    shown.info = {key: value for key, value in shown.info.items() if key == "transparency"}
    is_extended = not _is_inside(window, image)
    return Framed(shown, window, is_extended, height / (window[3] - window[1]))


def show(
    image: Image.Image, width: int, height: int, window: Window, kept: Window | None = None
) -> Image.Image:
    """What `window` (left, top, right, bottom in pixels of `image`, of the shape width : height)
    shows, at width × height; beyond the edges the backdrop goes on. `kept`: in pixels, what must
    not be mirrored there; None: the middle half."""
    if _is_inside(window, image):
        return _cropped(image, width, height, window)
    return _extended(image, width, height, window, kept)


def _in_pixels(box: Box, size: tuple[int, int]) -> Window:
    wide, tall = size
    return box.left * wide, box.top * tall, box.right * wide, box.bottom * tall


def crop_to(
    image: Image.Image, width: int, height: int, focus: tuple[float, float] | None = None
) -> Image.Image:
    """A copy of exactly width × height pixels: scaled to cover (Lanczos), the excess cut off.

    `focus` (x, y as fractions 0..1 of the picture) is kept as near the middle as the picture
    allows; without it the subject is looked for, and where none stands out the middle is kept.
    Smaller pictures are enlarged. Same input, same pixels. Raises ValueError for sizes below 1.
    """
    framing = _NEVER if focus is None else Framing(focus[0], focus[1], extend=False)
    return frame(image, width, height, framing).image


def _with_full_colour(image: Image.Image) -> Image.Image:
    """Palettes and single bits cannot be smoothed; transparency is kept."""
    if image.mode in ("RGB", "RGBA", "L"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _is_settled(image: Image.Image, width: int, height: int, framing: Framing) -> bool:
    """True where the subject changes nothing and need not be looked for."""
    if framing.x is not None and framing.y is not None and framing.extend is False:
        return True
    # Nothing is cut within a pixel of the same shape.
    scale = min(image.width / width, image.height / height)
    return max(image.width - width * scale, image.height - height * scale) < 1


def _is_inside(window: Window, image: Image.Image) -> bool:
    # Half a pixel of nothing is what resize() fills from the edge anyway.
    left, top, right, bottom = window
    return min(left, top) > -0.51 and right < image.width + 0.51 and bottom < image.height + 0.51


def _cropped(image: Image.Image, width: int, height: int, window: Window) -> Image.Image:
    if image.size == (width, height):
        return image.copy()
    left, top, right, bottom = window
    box = (max(left, 0.0), max(top, 0.0), min(right, image.width), min(bottom, image.height))
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _extended(
    image: Image.Image, width: int, height: int, window: Window, kept: Window | None
) -> Image.Image:
    """The seen part of the picture with its backdrop continued to the window's edges.

    That is done at the smaller of both sizes: a print of 38 megapixels costs what its painted
    picture costs, a banner of 258 lines what the banner costs.
    """
    scale = min(1.0, height / (window[3] - window[1]))
    part, part_box = _seen(image, window, scale)
    # What is missing on each side, in pixels of the part: whole ones, the rest is cut below.
    left = (part_box[0] - window[0]) * scale
    top = (part_box[1] - window[1]) * scale
    right = (window[2] - part_box[2]) * scale
    bottom = (window[3] - part_box[3]) * scale
    pads = _whole(left), _whole(top), _whole(right), _whole(bottom)
    canvas = extended(part, pads, kept and _box_in(part_box, kept, scale))
    box = (
        pads[0] - left,
        pads[1] - top,
        canvas.width - pads[2] + right,
        canvas.height - pads[3] + bottom,
    )
    return canvas.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _whole(length: float) -> int:
    return max(0, math.ceil(length))


def _box_in(part: Window, box: Window, scale: float) -> Window:
    """A box in pixels of a scaled part of the picture."""
    return (
        (box[0] - part[0]) * scale,
        (box[1] - part[1]) * scale,
        (box[2] - part[0]) * scale,
        (box[3] - part[1]) * scale,
    )


def _seen(image: Image.Image, window: Window, scale: float) -> tuple[Image.Image, Window]:
    """The part of the picture inside `window` at `scale`, and its place in the picture."""
    left, top = max(0, math.floor(window[0])), max(0, math.floor(window[1]))
    right = min(image.width, math.ceil(window[2]))
    bottom = min(image.height, math.ceil(window[3]))
    if scale == 1.0:
        return image.crop((left, top, right, bottom)), (left, top, right, bottom)
    # Whole pixels after scaling, so that nothing is stretched by a fraction of one.
    size = max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale))
    box = (left, top, min(right, left + size[0] / scale), min(bottom, top + size[1] / scale))
    return image.resize(size, Image.Resampling.LANCZOS, box=box), box
