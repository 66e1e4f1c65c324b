"""Pictures painted from a shop's own photo: its mood painted anew, or its product on a new
background.

Comes in: an owner's checked request, a planned Shot, an engine. Goes out: a painted picture. It
knows the engine only as ImageEngine, and neither queue nor page.
"""

import dataclasses
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from zit_engine.engine.base import ImageEngine, IsCancelled, ModelFacts, OnStep, Shot, Start
from zit_engine.errors import InvalidRequest, JobNotFound
from zit_engine.finish.backdrop import (
    Placed,
    compose,
    emptied,
    place,
    surroundings,
    with_product,
)
from zit_engine.finish.crop import crop_to
from zit_engine.finish.cutout import cut_by_itself, cut_by_mask, is_cut_out, trimmed
from zit_engine.finish.master import open_master
from zit_engine.finish.segment import find_segmenter
from zit_engine.jobs.pace import Effort
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.channels import find_channel
from zit_engine.store.uploads import Uploads
from zit_engine.styles.style import POCKET_BASE

# People's words for how much changes, as shares of the steps. Looked at on the embedded model with
# four styles: at 3 of 8 steps the product is the same and surfaces, light and style are new; at 5
# its shape is kept and its details are not; at 6 only place and pose are; 7 is another picture.
STRENGTHS = {"little": 0.375, "some": 0.625, "much": 0.75}
# The second painting of a background: 3 of 8 steps give a band of colours its pattern back, and
# bring no new object (4 sometimes do).
_EMPTYING = 0.375
# The share of a side over which the embedded model's pictures grow pale, seen once enlarged.
_PALE = 0.03
# A large model mends the seam around the product: 2 of 8 steps, in 16 pixels of a picture of 1024.
# Little of both, because no such model was here to look at.
_MENDING = 0.25
_SEAM = 16 / 1024
# A picture of another shape by more than this is not painted a second time.
_SAME_SHAPE = 0.03
# Photos kept at hand, at most 17 MB each: the four pictures of a press use the same one.
_KEPT_PHOTOS = 4


@dataclass(frozen=True, slots=True)
class _Material:
    """The photo on white, or its product trimmed; and the message id of how that was cut out, ""
    when the photo came so."""

    picture: Image.Image
    how: str = ""


class OwnPhotos:
    """`segment_model`: the path of a segmentation model, "" for none."""

    def __init__(self, uploads: Uploads, segment_model: str = ""):
        self._uploads = uploads
        self._segment_model = segment_model
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], Future[_Material]] = OrderedDict()

    def check(self, owner: str, request: AdRequest) -> None:
        """Raises what would stop `paint` before anything is painted: InvalidRequest for a photo
        that is gone, UploadRefused for a product that cannot be cut out."""
        for upload_id in filter(None, (request.photo, request.photo and request.photo_mask)):
            self._open(owner, upload_id)
        if request.photo:
            self._material(owner, request)

    def cut_out(self, owner: str, photo: str, mask: str = "") -> Image.Image:
        """The product of that photo as it will be used, trimmed: for showing before painting.
        Raises InvalidRequest, UploadRefused."""
        asked = AdRequest("", photo=photo, photo_mode="background", photo_mask=mask)
        return self._material(owner, asked).picture

    def paint(
        self,
        engine: ImageEngine,
        owner: str,
        request: AdRequest,
        shot: Shot,
        on_step: OnStep,
        cancelled: IsCancelled,
    ) -> Image.Image:
        """As ImageEngine.paint, from the request's photo if it has one. Raises InvalidRequest
        where the photo was deleted meanwhile and is not at hand any more."""
        if not request.photo:
            return engine.paint(shot, on_step, cancelled)
        material = self._material(owner, request)
        if request.photo_mode == "background":
            channel = find_channel(request.channel)
            placed = place(material.picture, channel.width, channel.height)
            picture = _on_new_background(engine, placed, shot, on_step, cancelled)
            picture.info.update(**_note(picture, material, placed))
            return picture
        fitted = crop_to(material.picture, shot.width, shot.height)
        start = Start(fitted, STRENGTHS[request.photo_strength])
        return engine.paint(dataclasses.replace(shot, start=start), on_step, cancelled)

    def _material(self, owner: str, request: AdRequest) -> _Material:
        """What is painted from: kept at hand from the press of the button on, also when the photo
        is deleted before its turn."""
        place = (owner, request.photo, request.photo_mask, request.photo_mode)
        with self._lock:
            found = self._kept.get(place)
            coming = self._kept[place] = found or Future()
            self._kept.move_to_end(place)
            while len(self._kept) > _KEPT_PHOTOS:
                self._kept.popitem(last=False)
        if found is None:  # what two ask for is made once, and holds up nobody else's
            self._make(coming, place, owner, request)
        return coming.result()

    def _make(
        self, coming: Future[_Material], place: tuple[str, ...], owner: str, request: AdRequest
    ) -> None:
        try:
            coming.set_result(self._made(owner, request))
        except (
            BaseException
        ) as error:  # told to whoever waits for the same; asked again, tried anew
            coming.set_exception(error)
            with self._lock:
                if self._kept.get(place) is coming:
                    del self._kept[place]

    def _open(self, owner: str, upload_id: str) -> Path:
        try:
            return self._uploads.use(owner, upload_id)
        except JobNotFound as error:
            raise InvalidRequest("photo", "photo.gone") from error

    def _made(self, owner: str, request: AdRequest) -> _Material:
        photo = open_master(self._open(owner, request.photo))
        if request.photo_mode != "background":
            return _Material(_on_white(photo))
        if request.photo_mask:
            mask = open_master(self._open(owner, request.photo_mask))
            return _Material(trimmed(cut_by_mask(photo, mask.convert("L"))))
        if is_cut_out(photo):
            return _Material(trimmed(photo))
        cut, how = cut_by_itself(photo, find_segmenter(self._segment_model))
        return _Material(trimmed(cut), how)


def effort(request: AdRequest, shot: Shot, facts: ModelFacts) -> Effort:
    """What painting that picture takes: its steps, and whether a style's adapter works along."""
    steps, mode = facts.num_inference_steps, request.photo_mode if request.photo else ""
    if mode == "mood":
        steps = math.ceil(steps * STRENGTHS[request.photo_strength])
    elif mode:
        steps += math.ceil(steps * (_EMPTYING if facts.base == POCKET_BASE else _MENDING))
    work = shot.width * shot.height / 1e6 * steps
    is_styled = shot.adapter_weight != 0.0
    kind = f"{shot.width}x{shot.height} {steps} {mode} {request.channel} {is_styled}"
    return Effort(kind, work, shot.style.id)


def _on_new_background(
    engine: ImageEngine, placed: Placed, shot: Shot, on_step: OnStep, cancelled: IsCancelled
) -> Image.Image:
    """Painted twice: the background, then, on the embedded model, the background without the
    object that model always paints, and on others the seam around the product."""
    is_pocket, steps = engine.facts.base == POCKET_BASE, engine.facts.num_inference_steps
    second = _EMPTYING if is_pocket else _MENDING * _same_shape(placed, shot)
    more = math.ceil(steps * second)
    painted = engine.paint(shot, lambda done, total: on_step(done, total + more), cancelled)

    def again(start: Start) -> Image.Image:
        return engine.paint(
            dataclasses.replace(shot, start=start),
            lambda done, total: on_step(steps + done, steps + total),
            cancelled,
        )

    if is_pocket:
        empty = again(Start(emptied(painted), second))
        picture = compose(ImageOps.crop(empty, round(_PALE * empty.width)), placed)
    elif second:
        picture = _mended(compose(painted, placed), placed, shot, again)
    else:
        picture = compose(painted, placed)
    picture.info.update(painted.info)
    return picture


def _mended(
    rough: Image.Image, placed: Placed, shot: Shot, again: Callable[[Start], Image.Image]
) -> Image.Image:
    """`rough` with the surroundings of the product painted once more so that both belong together;
    the product itself is laid over it again."""
    size = (shot.width, shot.height)
    seam = surroundings(placed, max(4, round(_SEAM * max(rough.size))))
    small = rough.resize(size, Image.Resampling.LANCZOS)
    changing = seam.resize(size, Image.Resampling.BILINEAR).point([0] + [255] * 255)
    mended = again(Start(small, _MENDING, changing))
    mended = mended.resize(rough.size, Image.Resampling.LANCZOS)
    return with_product(Image.composite(mended, rough, seam), placed)


def _same_shape(placed: Placed, shot: Shot) -> bool:
    """False where the channel is longer than the model paints: its picture is cropped then, and
    squeezing it back for a second painting would spoil it."""
    return abs(placed.width / placed.height / (shot.width / shot.height) - 1) < _SAME_SHAPE


def _note(picture: Image.Image, cut: _Material, placed: Placed) -> dict[str, object]:
    """What the owner should know, the engine's own note first."""
    if picture.info.get("note"):
        return {}
    if cut.how:
        return {"note": cut.how}
    if placed.is_small:
        values = {"width": placed.cut.width, "height": placed.cut.height}
        return {"note": "photo.small_product", "note_values": values}
    return {}


def _on_white(photo: Image.Image) -> Image.Image:
    if photo.mode != "RGBA":
        return photo
    white = Image.new("RGB", photo.size, "white")
    white.paste(photo, mask=photo.getchannel("A"))
    return white
