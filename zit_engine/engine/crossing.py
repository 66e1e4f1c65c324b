"""A shot, its picture and its errors as plain data, for engines in another process.

Comes in: a Shot there, items here. Goes out: fields that every process can read, and a stream of
items: ("step", done, total), then one of ("image", RGB bytes, (width, height), info) and
("error", fields). No callback, lock or exception type of ours crosses; closing the stream stops
the picture. It knows neither how the data travels nor how a picture is painted.
"""

import dataclasses
import io
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from PIL import Image

from zit_engine import errors
from zit_engine.engine.base import IsCancelled, OnStep, Shot, Start
from zit_engine.errors import Cancelled, EngineError, InvalidRequest, ZitError
from zit_engine.styles.style import LoraFile, Style

Item = tuple[Any, ...]
Fields = dict[str, Any]
Put = Callable[[Item], None]
Work = Callable[[Put, IsCancelled], Item]
Paint = Callable[[Shot, OnStep, IsCancelled], Image.Image]

_PLAIN = (str, int, float, bool, type(None))


def shot_fields(shot: Shot) -> Fields:
    start = shot.start and {
        "picture": _png(shot.start.picture),
        "strength": shot.start.strength,
        "mask": None if shot.start.mask is None else _png(shot.start.mask),
    }
    return {**_shallow(shot), "style": _style_fields(shot.style), "start": start}


def shot_of(fields: Mapping[str, Any]) -> Shot:
    start = fields["start"]
    if start is not None:
        mask = None if start["mask"] is None else Image.open(io.BytesIO(start["mask"]))
        start = Start(Image.open(io.BytesIO(start["picture"])), start["strength"], mask)
    return Shot(**{**fields, "style": _style_of(fields["style"]), "start": start})


def error_fields(error: ZitError) -> Fields:
    """`error` with its number, so that the log over there and the screen here name the same one."""
    return {
        "kind": type(error).__name__,
        "message_id": error.message_id,
        "values": {k: v if isinstance(v, _PLAIN) else str(v) for k, v in error.values.items()},
        "detail": error.detail,
        "error_id": error.error_id,
        "field": getattr(error, "field", ""),
    }


def error_of(fields: Mapping[str, Any]) -> ZitError:
    """The error again, of its own type."""
    found = getattr(errors, fields["kind"], EngineError)
    is_ours = isinstance(found, type) and issubclass(found, ZitError)
    kind = found if is_ours else EngineError
    # Not by its own __init__: some types make their values there from other arguments.
    error: ZitError = kind.__new__(kind)
    ZitError.__init__(error, fields["message_id"], detail=fields["detail"], **fields["values"])
    error.error_id = fields["error_id"]
    if isinstance(error, InvalidRequest):
        error.field = fields["field"]
    return error


def streamed(work: Work, is_stopped: IsCancelled = lambda: False) -> Iterator[Item]:
    """The items `work(put, is_stopped)` puts, then the one it returns, or the error it ends with.
    Work calls back, a generator cannot be called back, so work runs on a thread of its own."""
    items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
    closed = threading.Event()

    def run() -> None:
        try:
            items.put(work(items.put, lambda: closed.is_set() or is_stopped()))
        except ZitError as error:
            items.put(("error", error_fields(error)))
        except Exception as error:  # the other side knows the type only as text
            items.put(("error", error_fields(EngineError(detail=repr(error)))))
        items.put(None)

    worker = threading.Thread(target=run)
    worker.start()
    try:
        while (item := items.get()) is not None:
            yield item
    finally:
        closed.set()
        worker.join()


def painting(paint: Paint, fields: Mapping[str, Any]) -> Work:
    """The work of painting the shot in `fields`."""

    def work(put: Put, is_stopped: IsCancelled) -> Item:
        on_step = lambda done, total: put(("step", done, total))  # noqa: E731
        picture = paint(shot_of(fields), on_step, is_stopped)
        return "image", picture.tobytes(), picture.size, dict(picture.info)

    return work


def collected(
    stream: Generator[Item, None, None], on_step: OnStep, cancelled: IsCancelled
) -> Image.Image:
    """The picture at the end of `stream`. Raises the error at its end, and Cancelled where asked
    to stop before the last step. Items ("tick",) only give the chance to ask."""
    is_last = False
    try:
        for kind, *rest in stream:
            if kind == "image":
                data, size, info = rest
                picture = Image.frombytes("RGB", size, data)
                picture.info.update(info)
                return picture
            if kind == "error":
                raise error_of(rest[0])
            if kind == "step":
                on_step(*rest)
                is_last = rest[0] == rest[1]
            if not is_last and cancelled():
                raise Cancelled()
    finally:
        stream.close()
    raise EngineError(detail="the stream ended without a picture")


def _style_fields(style: Style) -> Fields:
    files = {base: dataclasses.asdict(file) for base, file in style.files.items()}
    parts = [(_style_fields(part), weight) for part, weight in style.parts]
    return {**_shallow(style), "files": files, "parts": parts}


def _style_of(fields: Mapping[str, Any]) -> Style:
    files = {base: LoraFile(**file) for base, file in fields["files"].items()}
    parts = tuple((_style_of(part), weight) for part, weight in fields["parts"])
    return Style(**{**fields, "files": files, "parts": parts})


def _shallow(data: Any) -> Fields:
    return {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}


def _png(picture: Image.Image) -> bytes:
    """Which loses nothing."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
