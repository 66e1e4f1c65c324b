"""Uploads belong to one owner, live as long as a picture painted from them, and then go."""

import io
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine
from zit_engine.engine.base import Shot
from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History
from zit_engine.store.links import Signer
from zit_engine.store.names import UPLOAD
from zit_engine.store.shelf import Shelf
from zit_engine.store.uploads import UNUSED_S, Uploads
from zit_engine.studio import Studio

ANNA, BEN = "a" * 32, "b" * 32
DAY = 86400
LIMIT_S = 60


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


@pytest.fixture
def uploads(files: Files, history: History) -> Uploads:
    return Uploads(files, history)


def painted(files: Files, history: History, photo: str, job: str = "job") -> None:
    request = AdRequest("컵", photo=photo)
    files.save(ANNA, job, "a.png", b"picture")
    history.add(ANNA, AdResult(job, "a.png", request, "Fake", 1, 1, "png", 7, 0.1, time.time()))


def test_an_upload_is_its_owners_alone(uploads: Uploads) -> None:
    mine = uploads.save(ANNA, b"png")
    assert uploads.path(ANNA, mine).read_bytes() == b"png"
    assert uploads.path(ANNA, mine).stat().st_mode & 0o777 == 0o600
    assert uploads.path_by_key(owner_key(ANNA), mine) == uploads.path(ANNA, mine)
    with pytest.raises(JobNotFound):
        uploads.path(BEN, mine)
    assert not uploads.drop(BEN, mine) and uploads.path(ANNA, mine)


@pytest.mark.parametrize(
    "upload_id",
    ["", "job", "upload-", "upload-../../x", "upload-" + "A" * 32, "upload-" + "0" * 32],
)
def test_anything_else_is_no_upload(uploads: Uploads, upload_id: str) -> None:
    uploads.save(ANNA, b"png")
    with pytest.raises(JobNotFound):
        uploads.path(ANNA, upload_id)
    assert not uploads.drop(ANNA, upload_id)


@pytest.mark.parametrize("key", ["", "..", "../../../etc", "g" * 16, "0" * 15])
def test_a_key_that_is_none_writes_nothing(uploads: Uploads, key: str, tmp_path: Path) -> None:
    with pytest.raises(SaveFailed):
        uploads.save_by_key(key, b"png")
    assert not list(tmp_path.rglob(UPLOAD))


def test_one_that_was_painted_from_stays_until_the_last_picture_is_gone(
    files: Files, history: History, uploads: Uploads
) -> None:
    photo = uploads.save(ANNA, b"png")
    painted(files, history, photo, "one")
    painted(files, history, photo, "two")
    assert not uploads.drop(ANNA, photo)
    for job, is_left in (("one", True), ("two", False)):
        history.trash(ANNA, [(job, "a.png")], time.time() - 60)
        assert uploads.path(ANNA, photo).is_file()  # the picture may still come back
        history.purge(files, time.time())
        if is_left:
            assert uploads.path(ANNA, photo).is_file()
    with pytest.raises(JobNotFound):
        uploads.path(ANNA, photo)


def test_another_owners_row_holds_nothing(files: Files, history: History, uploads: Uploads) -> None:
    photo = uploads.save(BEN, b"png")
    painted(files, history, photo)  # Anna's row names Ben's upload
    assert uploads.drop(BEN, photo)


def test_one_nobody_painted_from_goes_after_a_day(
    files: Files, history: History, uploads: Uploads
) -> None:
    unused, used, fresh = (uploads.save(ANNA, b"png") for _ in range(3))
    painted(files, history, used)
    old = time.time() - UNUSED_S - 60
    for photo in (unused, used):
        os.utime(uploads.path(ANNA, photo), (old, old))
    Shelf(files, history, 0).tidy(days=30)
    assert uploads.path(ANNA, used).is_file() and uploads.path(ANNA, fresh).is_file()
    with pytest.raises(JobNotFound):
        uploads.path(ANNA, unused)


def test_painting_from_it_anew_keeps_it_as_long_as_that_picture(
    files: Files, history: History, uploads: Uploads
) -> None:
    photo = uploads.save(ANNA, b"png")
    painted(files, history, photo)
    old = time.time() - 29 * DAY
    os.utime(uploads.path(ANNA, photo), (old, old))
    uploads.use(ANNA, photo)
    files.expire(30, time.time() + 5 * DAY)
    assert uploads.path(ANNA, photo).is_file()
    files.expire(30, time.time() + 31 * DAY)
    with pytest.raises(JobNotFound):
        uploads.path(ANNA, photo)


@pytest.mark.parametrize("how", ["at once", "through the trash"])
def test_one_that_waits_to_be_painted_from_stays(
    make_studio: Callable[..., Studio], how: str
) -> None:
    """Its sister picture is deleted while it waits; deleting the last one takes the photo along."""
    reached, go = threading.Event(), threading.Event()

    def stop(shot: Shot, step: int) -> None:
        if len(engine.shots) > 1:
            reached.set()
            assert go.wait(LIMIT_S)

    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine)
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "teal").save(out, "PNG")
    photo = studio.uploads.save(ANNA, out.getvalue())
    asked = studio.request({"prompt": "컵", "photo": photo, "photo_mode": "mood"})
    (first,) = studio.submit(asked, ANNA).wait(LIMIT_S).results
    ahead = studio.submit(studio.request({"prompt": "앞사람"}), BEN)
    waiting = studio.submit(asked, ANNA)
    assert reached.wait(LIMIT_S)

    def delete(picture: AdResult) -> None:
        if how == "at once":
            studio.delete(ANNA, picture.job_id, picture.name)
        else:
            studio.history.trash(ANNA, [(picture.job_id, picture.name)], 1.0)
            studio.history.purge(studio.files, 2.0)

    delete(first)
    studio.shelf.tidy(30, time.time() + UNUSED_S + 60)
    assert studio.uploads.path(ANNA, photo).is_file()
    go.set()
    assert ahead.wait(LIMIT_S).results
    (second,) = waiting.wait(LIMIT_S).results
    delete(second)
    with pytest.raises(JobNotFound):
        studio.uploads.path(ANNA, photo)


def test_uploads_count_as_the_owners(files: Files, uploads: Uploads) -> None:
    uploads.save(ANNA, b"p" * 1000)
    assert files.used_bytes(ANNA) == 1000


def test_a_link_to_it_works_like_one_to_a_picture(files: Files, uploads: Uploads) -> None:
    photo = uploads.save(ANNA, b"png")
    link = Signer(b"k" * 32).url(ANNA, photo, UPLOAD, time.time(), 15)
    assert link.startswith(f"/r/{photo}/{UPLOAD}?")
    assert files.path_by_key(owner_key(ANNA), photo, UPLOAD).is_file()
