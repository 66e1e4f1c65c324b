"""Files people send: a ticket to send one, the door it comes through, and the place it takes.

Comes in: an owner, then raw bytes with the owner's ticket. Goes out: a query string; JSON with the
id of what was kept, or with a sentence. A file is counted while it arrives and cut off at the
limit; what is kept is made anew of its pixels. The door knows the owner's key, never the owner.
"""

import asyncio
import contextlib
import io
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO
from weakref import WeakValueDictionary

from PIL import Image
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from zit_engine.errors import RequestError, SaveFailed, StorageFull, UploadRefused, ZitError
from zit_engine.finish.cutout import is_cut_out
from zit_engine.finish.intake import MAX_BYTES, read_logo, read_mask, read_photo
from zit_engine.messages import LANGUAGES, explain
from zit_engine.store.files import owner_key
from zit_engine.store.key_locks import KeyLocks
from zit_engine.store.links import Signer
from zit_engine.store.uploads import Uploads
from zit_engine.studio import Studio
from zit_engine.web.boundary import told

READERS: dict[str, Callable[[bytes], Image.Image]] = {
    "photo": read_photo,
    "mask": read_mask,
    "logo": read_logo,
}
# As long as a page may stay open between two redraws of its ticket.
_TICKET_S = 3600
# 20 MB over a slow mobile line (2 Mbit/s) take 80 s.
_ARRIVAL_S = 180
# The largest body of which the server throws away the rest after a refusal.
_LET_RUN_OUT = 10 * MAX_BYTES
# Each holds a connection and at most this much memory; the rest of it waits on disk.
_MOST_ARRIVING = 64
# A photo, its mask and a logo; more of one owner wait in line, so that nobody fills the door alone.
_MOST_OF_ONE = 3
_MOST_IN_LINE = 64
_IN_MEMORY = 256_000
# Each may hold 150 MB for a second.
_DECODERS = 2
_PNG_LEVEL = 1


def upload_ticket(signer: Signer, owner: str, now: float) -> str:
    """The query that lets this owner send files for an hour from `now`."""
    key, expires_at = owner_key(owner), int(now + _TICKET_S)
    return f"o={key}&exp={expires_at}&sig={signer.sign(key, 'upload', '', expires_at)}"


def ticket_key(signer: Signer, query: Mapping[str, str], now: float) -> str | None:
    """The owner key of the good ticket in that query; None for any other."""
    key, expiry, signature = (query.get(name, "") for name in ("o", "exp", "sig"))
    is_number = expiry.isascii() and expiry.isdigit() and len(expiry) < 13
    expires_at = int(expiry) if is_number else 0
    is_near = expires_at <= now + _TICKET_S
    is_good = is_near and signer.is_valid(key, "upload", "", expires_at, signature, now)
    return key if is_good else None


def take_upload(uploads: Uploads, owner: str, upload_id: str) -> bytes:
    """The bytes of an upload, which is gone afterwards. Raises JobNotFound."""
    data = uploads.path(owner, upload_id).read_bytes()
    uploads.drop(owner, upload_id)
    return data


def upload_route(studio: Studio, signer: Signer) -> BaseRoute:
    """POST /u?kind=photo|mask|logo and a ticket, the file as the body. Answers {id, width, height,
    has_alpha}, or {error: {ko, en}} with 403 (no ticket), 408 (too slow), 413 (too large), 422 (not
    to be used), 429 (too many at once) or 507 (no room)."""
    door = _Door(studio, signer)
    return Route("/u", door.receive, methods=["POST"])


class _Door:
    def __init__(self, studio: Studio, signer: Signer):
        self._studio = studio
        self._signer = signer
        self._arriving = self._in_line = 0
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._turns = KeyLocks()
        self._decoders = ThreadPoolExecutor(_DECODERS, thread_name_prefix="intake")

    async def receive(self, request: Request) -> Response:
        """Never raises. A refusal is sent at once; a body of sane length is then let run out, so
        that a browser gets to read the answer, and any other is cut off."""
        try:
            return JSONResponse(await self._received(request), headers=_HEADERS)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # the door's last line of defence; see told()
            failure = told(error)
            sentences = {lang: explain(failure, lang) for lang in LANGUAGES}
            headers = {} if _length(request) in range(_LET_RUN_OUT) else {"Connection": "close"}
            return JSONResponse({"error": sentences}, _status(failure), {**_HEADERS, **headers})

    async def _received(self, request: Request) -> dict[str, object]:
        query = request.query_params
        key, kind = self._key(request), query.get("kind", "")
        if kind not in READERS:
            raise RequestError(detail=f"upload of kind {kind!r}")
        if _length(request) > MAX_BYTES:
            raise _too_heavy()
        loop = asyncio.get_running_loop()
        async with self._place(key):
            await loop.run_in_executor(None, self._studio.shelf.check_room_by_key, key)
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
                await _arrive(request, file)
                work = partial(self._keep, key, kind, file)
                return await loop.run_in_executor(self._decoders, work)

    @contextlib.asynccontextmanager
    async def _place(self, key: str) -> AsyncIterator[None]:
        """One of the owner's places, then one of all. Who waits for the first holds none of the
        second. Raises UploadRefused."""
        own = self._places.setdefault(key, asyncio.Semaphore(_MOST_OF_ONE))
        await self._wait(own)
        try:
            if self._arriving >= _MOST_ARRIVING:
                raise UploadRefused("photo.busy")
            self._arriving += 1
            try:
                yield
            finally:
                self._arriving -= 1
        finally:
            own.release()

    async def _wait(self, own: asyncio.Semaphore) -> None:
        if own.locked() and self._in_line >= _MOST_IN_LINE:
            raise UploadRefused("photo.busy")
        self._in_line += 1
        try:
            async with asyncio.timeout(_ARRIVAL_S):
                await own.acquire()
        except TimeoutError as error:
            raise UploadRefused("photo.busy") from error
        finally:
            self._in_line -= 1

    def _key(self, request: Request) -> str:
        """The owner key of a good ticket. Raises UploadRefused for every other."""
        key = ticket_key(self._signer, request.query_params, time.time())
        if key is None:
            raise UploadRefused("photo.ticket")
        return key

    def _keep(self, key: str, kind: str, file: IO[bytes]) -> dict[str, object]:
        file.seek(0)
        picture = READERS[kind](file.read())
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=_PNG_LEVEL)
        with self._turns.held(key):  # many at once would each find room for one
            self._studio.shelf.check_room_by_key(key, out.tell())
            upload_id = self._studio.uploads.save_by_key(key, out.getvalue())
        return {
            "id": upload_id,
            "width": picture.width,
            "height": picture.height,
            "has_alpha": is_cut_out(picture),
        }


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _length(request: Request) -> int:
    """The told length of the body in bytes; -1 for none."""
    told_length = request.headers.get("content-length", "")
    is_number = told_length.isascii() and told_length.isdigit() and len(told_length) < 16
    return int(told_length) if is_number else -1


async def _arrive(request: Request, file: IO[bytes]) -> None:
    """The whole body into `file`. Raises UploadRefused at the first byte too many, or when it
    takes too long."""
    size = 0
    try:
        async with asyncio.timeout(_ARRIVAL_S):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BYTES:
                    raise _too_heavy()
                file.write(part)
    except TimeoutError as error:
        raise UploadRefused("photo.too_slow") from error


def _too_heavy() -> UploadRefused:
    return UploadRefused("photo.too_heavy", limit_mb=MAX_BYTES // 10**6)


def _status(error: ZitError) -> int:
    known = {"photo.ticket": 403, "photo.too_slow": 408, "photo.too_heavy": 413, "photo.busy": 429}
    if error.message_id in known:
        return known[error.message_id]
    if isinstance(error, StorageFull | SaveFailed):
        return 507
    return 422 if isinstance(error, RequestError) else 500
