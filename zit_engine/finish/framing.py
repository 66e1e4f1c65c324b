"""Which part of a picture a frame shows, and how far it reaches beyond the picture's edges.

Comes in: the sizes of picture and frame, where the subject stands, what a person chose, what room
words need. Goes out: a window in the picture's pixels. It touches no pixel and knows no channel.
"""

from dataclasses import dataclass

from zit_engine.finish.subject import Box, Subject

# A frame this much smaller than the box would cut it. One that only just holds the box looks tight
# but is the picture as painted, so the backdrop is continued only where something would be lost.
_CUT = 0.995
# Then there is to be room around the box, as a share of it.
_ROOM = 1.12
# A subject set aside stands in the middle of one half: the right or upper one, unless the picture
# has it clearly left or low.
_QUARTER = 0.25
_LEFT, _LOW = 0.42, 0.58
# A frame this long has its words beside the subject, which then takes less than half of what the
# place leaves free.
_LONG, _BESIDE_WORDS = 1.6, 0.46

Window = tuple[float, float, float, float]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Framing:
    """What a person chose of a crop. x, y: the point to be in the middle, fractions 0..1 of the
    picture; None: found. extend: True shows the whole picture and continues its backdrop, further
    where words need the room; False never does, None does where the subject would be cut or covered
    otherwise."""

    x: float | None = None
    y: float | None = None
    extend: bool | None = None

    @property
    def is_held(self) -> bool:
        """A person chose where the subject stands, so that nothing moves it out of words' way."""
        return self.x is not None or self.y is not None or self.extend is False


FOUND = Framing()


@dataclass(frozen=True, slots=True)
class Room:
    """What a frame leaves beside the subject. `widest`, `tallest`: the most the subject may take,
    as shares of the frame; kept by showing more than the picture, unless a person forbids that.
    `aside`: the subject stands in one half of the frame's long side, of what `safe` (top, right,
    bottom, left as shares) leaves of it, unless a person chose a point."""

    widest: float = 1.0
    tallest: float = 1.0
    aside: bool = False
    safe: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


NO_ROOM = Room()


def room_beside_words(size: Size, safe: tuple[int, int, int, int], widest: float) -> Room:
    """What words leave to the subject in a frame of `size`, of which a place covers `safe` (top,
    right, bottom, left in pixels); it takes `widest` of the width at most."""
    wide, tall = size
    if max(size) < _LONG * min(size):
        return Room(widest=widest)
    top, right, bottom, left = safe[0] / tall, safe[1] / wide, safe[2] / tall, safe[3] / wide
    shares = top, right, bottom, left
    if wide > tall:
        most = _BESIDE_WORDS * (1 - right - left)
        return Room(widest=min(widest, most), aside=True, safe=shares)
    return Room(widest, _BESIDE_WORDS * (1 - top - bottom), aside=True, safe=shares)


def window_of(
    picture: Size, size: Size, framing: Framing, subject: Subject, room: Room = NO_ROOM
) -> Window:
    """Left, top, right and bottom in pixels of `picture` (width, height) that a frame of `size`
    shows, of the frame's shape."""
    tall = _height(picture, size, framing, subject.box, room)
    wide = tall * size[0] / size[1]
    x = subject.x if framing.x is None else framing.x
    y = subject.y if framing.y is None else framing.y
    across, down = _place(size, framing, subject, room)
    left, top = x * picture[0] - across * wide, y * picture[1] - down * tall
    # To make room for words the window may leave the picture on one side and cut it on the other.
    if across == 0.5 or framing.extend is not None:
        left = _held(left, wide, picture[0])
    if down == 0.5 or framing.extend is not None:
        top = _held(top, tall, picture[1])
    return left, top, left + wide, top + tall


def _place(size: Size, framing: Framing, subject: Subject, room: Room) -> tuple[float, float]:
    """Where in the frame the subject's middle stands, as shares."""
    if not room.aside or subject.box is None:
        return 0.5, 0.5
    top, right, bottom, left = room.safe
    if size[0] >= size[1] and framing.x is None:
        share = _QUARTER if subject.x < _LEFT else 1 - _QUARTER
        return left + share * (1 - left - right), 0.5
    if size[0] < size[1] and framing.y is None:
        share = 1 - _QUARTER if subject.y > _LOW else _QUARTER
        return 0.5, top + share * (1 - top - bottom)
    return 0.5, 0.5


def _height(picture: Size, size: Size, framing: Framing, box: Box | None, room: Room) -> float:
    """How much of the picture's height the frame spans: between covering the frame with the picture
    and holding all of it."""
    ratio = size[0] / size[1]
    cover = min(picture[1], picture[0] / ratio)
    whole = max(picture[1], picture[0] / ratio)
    if framing.extend is False:
        return cover
    if box is None:
        return whole if framing.extend else cover
    box_width = (box.right - box.left) * picture[0]
    box_height = (box.bottom - box.top) * picture[1]
    # The room asked for around the subject.
    roomy = max(box_width / ratio / room.widest, box_height / room.tallest)
    if framing.extend:
        return whole if framing.is_held else max(whole, roomy)
    needed = max(box_height, box_width / ratio)
    tall = cover if cover >= _CUT * needed else _ROOM * needed
    return min(max(tall, roomy), whole)


def _held(start: float, length: float, side: int) -> float:
    """A window of `length` from `start`: inside the picture where it is smaller, else around it."""
    spare = side - length
    # Spare room of less than a pixel is rounding.
    if abs(spare) < 1:
        return spare / 2
    return min(max(start, min(0.0, spare)), max(0.0, spare))
