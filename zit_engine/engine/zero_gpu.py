"""Painting on ZeroGPU, where the GPU lives in a forked process. Plain data crosses, nothing else.

Comes in: a Shot's fields as a dict. Goes out: tuples ("step", done, total), then one of
("image", RGB bytes, (width, height), info) and ("error", message id, values, detail). No callback,
lock or exception type of ours passes the fork; closing the generator stops the picture.
"""

import io
import math
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PIL import Image

from zit_engine.engine.base import IsCancelled, OnStep, Shot, Start
from zit_engine.errors import Cancelled, EngineError, ZitError
from zit_engine.host import gpu_function
from zit_engine.styles.style import Style

if TYPE_CHECKING:
    from zit_engine.engine.resident import Resident

Item = tuple[Any, ...]

# Filled once in the parent before the first fork; each worker inherits it.
_placed: dict[str, Any] = {}


def place(resident: "Resident", catalogue: Mapping[str, Style]) -> None:
    """Make the loaded model known to the workers forked from now on."""
    _placed.update(resident=resident, catalogue=catalogue)


def forget() -> None:
    """Let the model go."""
    _placed.clear()


def seconds_wanted(fields: Mapping[str, Any]) -> int:
    """GPU seconds to ask for; shorter requests are served sooner.

    One 1024² picture takes 1.4 s on an H100 (measured); a ZeroGPU slice is taken as three times
    slower, plus 5 s to wake the worker: 10 s for 1024², 22 s for 2048².
    """
    megapixels = fields["width"] * fields["height"] / 2**20
    return 5 + math.ceil(1.4 * 3 * megapixels)


@gpu_function(duration=seconds_wanted)
def paint_on_gpu(fields: Mapping[str, Any]) -> Iterator[Item]:
    """Paint in this process and tell each step. The pipeline calls back, a generator cannot be
    called back, so the pipeline runs on a thread of its own beside it."""
    items: queue.SimpleQueue[Item] = queue.SimpleQueue()
    closed = threading.Event()
    painter = threading.Thread(target=_paint_into, args=(dict(fields), items, closed))
    painter.start()
    try:
        while True:
            item = items.get()
            yield item
            if item[0] != "step":
                return
    finally:
        closed.set()
        painter.join()


def paint_through_gpu(shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
    """As ImageEngine.paint, by way of `paint_on_gpu`."""
    fields = {
        "model_prompt": shot.model_prompt,
        "width": shot.width,
        "height": shot.height,
        "seed": shot.seed,
        "style": shot.style.id,
        "adapter_weight": shot.adapter_weight,
        "variation_seed": shot.variation_seed,
        "variety": shot.variety,
        "start": _packed(shot.start),
    }
    if cancelled():
        raise Cancelled()
    stream = paint_on_gpu(fields)
    try:
        for kind, *rest in stream:
            if kind == "image":
                data, size, info = rest
                picture = Image.frombytes("RGB", size, data)
                picture.info.update(info)
                return picture
            if kind == "error":
                raise _error_from(*rest)
            on_step(*rest)
            if rest[0] < rest[1] and cancelled():
                raise Cancelled()
    finally:
        stream.close()  # type: ignore[attr-defined]  # a generator behind the Iterator type
    raise EngineError(detail="the GPU worker ended without a picture")


def _paint_into(
    fields: dict[str, Any], items: "queue.SimpleQueue[Item]", closed: threading.Event
) -> None:
    """Put steps and the outcome of one picture into `items`. Never raises."""
    try:
        style = _placed["catalogue"][fields["style"]]
        shot = Shot(**{**fields, "style": style, "start": _unpacked(fields["start"])})
        picture = _placed["resident"].paint(
            shot, lambda done, total: items.put(("step", done, total)), closed.is_set
        )
        items.put(("image", picture.tobytes(), picture.size, dict(picture.info)))
    except ZitError as error:
        values = {name: str(value) for name, value in error.values.items()}
        items.put(("error", error.message_id, values, error.detail))
    except Exception as error:  # the parent knows the type only as text
        items.put(("error", EngineError.default_message_id, {}, repr(error)))


def _packed(start: Start | None) -> dict[str, Any] | None:
    """`start` as plain data: its pictures as PNG files, which lose nothing."""
    if start is None:
        return None
    mask = None if start.mask is None else _png(start.mask)
    return {"picture": _png(start.picture), "strength": start.strength, "mask": mask}


def _unpacked(fields: Mapping[str, Any] | None) -> Start | None:
    if fields is None:
        return None
    mask = None if fields["mask"] is None else Image.open(io.BytesIO(fields["mask"]))
    return Start(Image.open(io.BytesIO(fields["picture"])), fields["strength"], mask)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _error_from(message_id: str, values: Mapping[str, str], detail: str) -> ZitError:
    """The typed error again, found by its message id."""
    known: list[type[ZitError]] = [Cancelled, *EngineError.__subclasses__()]
    # Types with a signature of their own come back as plain EngineErrors of the same sentence.
    plain = [kind for kind in known if kind.__init__ is ZitError.__init__]
    kinds = {kind.default_message_id: kind for kind in plain}
    return kinds.get(message_id, EngineError)(message_id, detail=detail, **values)
