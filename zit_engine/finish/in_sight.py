"""Whether what is shown is neither cut by the frame nor covered by what was set on it.

Comes in: where the subject stands in a picture, the picture framed, and the same with words and
marks on it. Goes out: yes or no. It knows no words and no channel.
"""

import math

from PIL import Image, ImageChops

from zit_engine.finish.crop import Framed
from zit_engine.finish.subject import Box

# So many levels more or less are letters or a plate, not a soft shade; so small a share of the
# subject's box is the rim of one.
_CHANGED, _FEW = 24, 0.01
# A box has a margin of 1 % of the picture, which may lie outside.
_SLACK = 0.02


def is_in_sight(
    subject: Box | None, picture: tuple[int, int], framed: Framed, after: Image.Image
) -> bool:
    """`subject` as fractions of `picture` (width, height), which `framed` shows and `after` shows
    with words. False where nothing is known: no subject, or one that was moved for the words."""
    if subject is None:
        return False
    image, (left, top, _, _) = framed.image, framed.box
    box = (
        math.floor((subject.left * picture[0] - left) * framed.enlarged),
        math.floor((subject.top * picture[1] - top) * framed.enlarged),
        math.ceil((subject.right * picture[0] - left) * framed.enlarged),
        math.ceil((subject.bottom * picture[1] - top) * framed.enlarged),
    )
    slack = _SLACK * min(image.size)
    if min(box[:2]) < -slack or box[2] > image.width + slack or box[3] > image.height + slack:
        return False
    if after is image:
        return True
    one, two = (each.convert("RGB").crop(box).convert("L") for each in (image, after))
    changes = ImageChops.difference(one, two).histogram()
    return sum(changes[_CHANGED:]) <= _FEW * sum(changes)
