"""A product freed from its background: the cut-out.

Comes in: a photo as `intake` gives it, and perhaps a mask. Goes out: RGBA. Pixels deeper than
SOFT_EDGE inside a mask are the photo's, opaque and untouched; the edge itself is softened. It knows
neither new backgrounds nor files.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

from zit_engine.errors import UploadRefused
from zit_engine.finish.plain_backdrop import find_product
from zit_engine.finish.segment import Segmenter

# Pixels of the photo over which opacity rises from nothing to full, inwards from the mask's edge:
# there the old background shines through, so its colour is taken from deeper inside.
SOFT_EDGE = 2
# Below these shares of the picture there is nothing to cut or nothing left out.
_LEAST_PRODUCT = 0.001
_LEAST_BACKGROUND = 0.005
# A mask drawn over another picture would be stretched; a rounded size is nearer than this.
_SAME_SHAPE = 0.03


def is_cut_out(photo: Image.Image) -> bool:
    """True when the photo's own transparency frees a product."""
    if photo.mode != "RGBA":
        return False
    clear = (np.asarray(photo.getchannel("A")) < 128).mean()
    return bool(_LEAST_BACKGROUND <= clear <= 1 - _LEAST_PRODUCT)


def cut_by_mask(photo: Image.Image, mask: Image.Image) -> Image.Image:
    """The photo with everything black in `mask` (L, of any size) left out.

    Raises UploadRefused for a mask that takes nothing or everything, or is of another shape.
    """
    ratio = (mask.width / mask.height) / (photo.width / photo.height)
    if abs(ratio - 1) > _SAME_SHAPE:
        raise UploadRefused("photo.mask_shape")
    if mask.size != photo.size:
        mask = mask.resize(photo.size, Image.Resampling.BILINEAR)
    inside = np.asarray(mask) >= 128
    if photo.mode == "RGBA":
        inside &= np.asarray(photo.getchannel("A")) >= 128
    if inside.mean() < _LEAST_PRODUCT:
        raise UploadRefused("photo.mask_empty")
    if inside.mean() > 1 - _LEAST_BACKGROUND:
        raise UploadRefused("photo.mask_full")
    return _softened(photo.convert("RGB"), inside)


def cut_by_itself(photo: Image.Image, segmenter: Segmenter | None) -> tuple[Image.Image, str]:
    """The product found without a person's help, and the message id that tells how.

    Raises UploadRefused where it cannot be found.
    """
    if segmenter is not None:
        return cut_by_mask(photo, segmenter(photo)), "photo.cut_by_model"
    mask = find_product(photo)
    if mask is None:
        raise UploadRefused("photo.not_plain")
    return cut_by_mask(photo, mask), "photo.cut_from_plain"


def trimmed(cut: Image.Image) -> Image.Image:
    """The cut-out without its empty margins."""
    return cut.crop(cut.getchannel("A").getbbox())


def _softened(photo: Image.Image, inside: np.ndarray) -> Image.Image:
    # The picture's own edge is no edge of the product: depth is counted beyond it.
    padded = np.pad(inside, SOFT_EDGE + 1, mode="edge")
    depth = ndimage.distance_transform_edt(padded)
    margin = slice(SOFT_EDGE + 1, -SOFT_EDGE - 1)
    depth = depth[margin, margin]
    rising = np.round(255 * depth / (SOFT_EDGE + 1))
    alpha = np.where(depth > SOFT_EDGE, 255, rising).astype(np.uint8)
    pixels = np.asarray(photo).copy()
    if (alpha == 255).any():
        nearest = ndimage.distance_transform_edt(
            alpha < 255, return_distances=False, return_indices=True
        )
        pixels = pixels[tuple(nearest)]
    return Image.fromarray(np.dstack([pixels, alpha]))
