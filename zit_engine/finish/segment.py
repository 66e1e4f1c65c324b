"""Finding a product in any photo, by a segmentation model somebody put on this machine.

Comes in: the path of an ONNX file (U2-Net, IS-Net or BiRefNet, all freely licensed) and a photo.
Goes out: a mask. Nothing is ever fetched; without the file, or without onnxruntime, there is no
segmenter, and that is told.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zit_engine.errors import UploadRefused

Segmenter = Callable[[Image.Image], Image.Image]

# What the models were trained with: ImageNet's middle and spread, or half and one for IS-Net.
_IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
_ISNET = (np.array([0.5, 0.5, 0.5]), np.array([1.0, 1.0, 1.0]))
# Of a model whose file leaves its side open.
_OPEN_SIDE = 1024
_LEAST_SPREAD = 1e-3


def find_segmenter(path: str) -> Segmenter | None:
    """The segmenter in `path`; None where the setting is empty, the file is not there or the
    extra `segment` is not installed."""
    if not path or not Path(path).is_file():
        return None
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return None
    return functools.partial(_segment, path)


@functools.lru_cache(maxsize=1)
def _session(path: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # a warning for each unused number in a published model
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _segment(path: str, photo: Image.Image) -> Image.Image:
    """A mask (L, 0 and 255) of the photo's size with the product white. Raises UploadRefused
    where the model sees none, or is no such model."""
    try:
        session = _session(path)
        seen = session.run(None, {session.get_inputs()[0].name: _input(session, path, photo)})[0]
        likely = np.asarray(seen, np.float64).reshape(-1, *np.shape(seen)[-2:])[0]
    except Exception as error:  # onnxruntime's own exceptions share no parent but this
        raise UploadRefused("photo.segmenter_broken", detail=repr(error)) from error
    if likely.min() < 0 or likely.max() > 1:  # BiRefNet leaves the last squashing to its user
        likely = 1 / (1 + np.exp(-likely))
    if likely.max() - likely.min() < _LEAST_SPREAD:
        raise UploadRefused("photo.nothing_found")
    likely = (likely - likely.min()) / (likely.max() - likely.min())
    mask = Image.fromarray(np.round(likely * 255).astype(np.uint8))
    return mask.resize(photo.size, Image.Resampling.BILINEAR).point([0] * 128 + [255] * 128)


def _input(session: Any, path: str, photo: Image.Image) -> np.ndarray:
    side = session.get_inputs()[0].shape[-1]
    side = side if isinstance(side, int) else _OPEN_SIDE
    small = photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    middle, spread = _ISNET if "isnet" in Path(path).name.lower() else _IMAGENET
    numbers = (np.asarray(small, np.float32) / 255 - middle) / spread
    return numbers.transpose(2, 0, 1)[None].astype(np.float32)
