"""From an upload to a delivered picture: the product kept, the person's data gone."""

import io
import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fake_engine import FakeEngine, gradient
from tests.finish import upload_files as files
from tests.finish.products import cup, photographed
from zit_engine.engine.base import Shot
from zit_engine.errors import InvalidRequest, JobNotFound, UploadRefused
from zit_engine.finish.backdrop import Placed, place
from zit_engine.finish.cutout import trimmed
from zit_engine.finish.intake import read_photo
from zit_engine.finish.master import open_master
from zit_engine.own_photo import STRENGTHS
from zit_engine.plan import plan
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.channels import find_channel
from zit_engine.store.names import UPLOAD
from zit_engine.studio import Studio

ANNA = "a" * 32
LIMIT_S = 120
CUP = cup(900)


def upload(studio: Studio, picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return studio.uploads.save(ANNA, out.getvalue())


def made(studio: Studio, photo: str, mode: str = "background", **fields: object) -> AdResult:
    asked = {"prompt": "나무 탁자", "seed": 7, "photo": photo, "photo_mode": mode, **fields}
    snapshot = studio.submit(studio.request(asked), ANNA).wait(LIMIT_S)
    assert not snapshot.failures, snapshot.failures
    return snapshot.results[0]


def original(studio: Studio, result: AdResult) -> Image.Image:
    return open_master(studio.files.master_of(ANNA, result.job_id, result.name))


def assert_kept(picture: Image.Image, placed: Placed) -> None:
    """Every opaque pixel of the placed cut-out stands in the picture."""
    assert picture.size == (placed.width, placed.height)
    alpha = Image.new("L", picture.size, 0)
    alpha.paste(placed.cut.getchannel("A"), (placed.left, placed.top))
    kept = np.asarray(alpha) == 255
    own = np.asarray(placed.cut)[np.asarray(placed.cut.getchannel("A")) == 255][:, :3]
    assert kept.sum() > 3000 and (np.asarray(picture)[kept] == own).all()


def placed_in(cut: Image.Image, channel_id: str) -> Placed:
    channel = find_channel(channel_id)
    return place(cut, channel.width, channel.height)


@pytest.mark.parametrize("base", ["pocket", "z-image-turbo"])
@pytest.mark.parametrize(
    "channel", ["instagram-square", "instagram-story", "kakao-bizboard", "kakao-search-small"]
)
def test_the_product_is_kept_pixel_for_pixel(
    make_studio: Callable[..., Studio], base: str, channel: str
) -> None:
    studio = make_studio(FakeEngine(base=base, render_area=256 * 256))
    result = made(studio, upload(studio, CUP), channel=channel)
    assert_kept(original(studio, result), placed_in(trimmed(CUP), channel))
    assert result.note == ""
    with Image.open(studio.files.path_of(ANNA, result.job_id, result.name)) as picture:
        assert picture.size == (result.width, result.height)


@pytest.mark.parametrize("base", ["pocket", "z-image-turbo"])
def test_a_painted_mask_frees_what_it_covers(make_studio: Callable[..., Studio], base: str) -> None:
    studio = make_studio(FakeEngine(base=base))
    photo = photographed(CUP, (200, 190, 170))
    mask = Image.new("L", (300, 300), 0)
    mask.paste(255, (90, 80, 200, 260))
    result = made(studio, upload(studio, photo), photo_mask=upload(studio, mask))
    cut = studio.own_photos.cut_out(ANNA, result.request.photo, result.request.photo_mask)
    assert cut.size == (330, 540)
    assert_kept(original(studio, result), placed_in(cut, "instagram-square"))


def test_a_plain_backdrop_needs_no_mask_and_it_is_told(studio: Studio) -> None:
    photo = upload(studio, photographed(CUP, (225, 222, 215)))
    result = made(studio, photo)
    assert result.note == "photo.cut_from_plain"
    cut = studio.own_photos.cut_out(ANNA, photo)
    assert_kept(original(studio, result), placed_in(cut, "instagram-square"))


def test_a_busy_backdrop_is_refused_before_anything_is_painted(studio: Studio) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    photo = upload(studio, Image.fromarray(noise))
    with pytest.raises(UploadRefused) as refused:
        made(studio, photo)
    assert refused.value.message_id == "photo.not_plain"
    assert studio.engine.paints == 0


def test_a_small_product_is_told(studio: Studio) -> None:
    result = made(studio, upload(studio, cup(240)))
    assert result.note == "photo.small_product" and result.note_values["width"]


def test_mood_begins_at_the_photo_and_strength_is_how_far_it_goes(studio: Studio) -> None:
    photo = upload(studio, files.photo(900, 900))
    for strength, share in STRENGTHS.items():
        result = made(studio, photo, "mood", photo_strength=strength)
        shot = studio.engine.shots[-1]
        assert shot.start.strength == share
        assert shot.start.picture.size == (shot.width, shot.height)
        wanted = Image.blend(shot.start.picture, gradient(shot), share)
        assert original(studio, result).tobytes() == wanted.tobytes()
    assert sorted(STRENGTHS.values()) == list(STRENGTHS.values())


def test_see_through_parts_are_white_in_mood(studio: Studio) -> None:
    made(studio, upload(studio, CUP), "mood")
    shot = studio.engine.shots[-1]
    assert shot.start.picture.mode == "RGB"
    assert shot.start.picture.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("base", "mode", "steps"),
    [("pocket", "background", 11), ("z-image-turbo", "background", 10), ("pocket", "mood", 5)],
)
def test_steps_are_counted_through_both_paintings(
    make_studio: Callable[..., Studio], base: str, mode: str, steps: int
) -> None:
    told: list[tuple[int, int]] = []
    engine = FakeEngine(base=base)
    studio = make_studio(engine)
    photo = upload(studio, CUP)
    request = studio.request({"prompt": "탁자", "seed": 7, "photo": photo, "photo_mode": mode})
    (planned,) = plan(request, engine, studio.catalogue)
    studio.own_photos.paint(
        engine, ANNA, request, planned.shot, lambda done, of: told.append((done, of)), lambda: False
    )
    assert told == [(done, steps) for done in range(1, steps + 1)]


def test_only_the_surroundings_of_the_product_are_painted_again(
    make_studio: Callable[..., Studio],
) -> None:
    engine = FakeEngine(base="z-image-turbo", render_area=256 * 256)
    studio = make_studio(engine)
    made(studio, upload(studio, CUP))
    plain, mended = engine.shots
    assert plain.start is None and mended.start is not None and mended.start.mask is not None
    mask = np.asarray(mended.start.mask)
    placed = placed_in(trimmed(CUP), "instagram-square")
    middle = (placed.top + placed.cut.height // 2) * mask.shape[0] // placed.height
    assert 0 < mask.mean() / 255 < 0.5 and mask[middle, mask.shape[1] // 2 - 10] == 0


def test_a_background_asks_for_an_empty_scene(studio: Studio) -> None:
    fields = {"photo": "upload-" + "0" * 32, "photo_mode": "background", "seed": 7}

    def words(base: str, prompt: str, **more: object) -> str:
        request = AdRequest(prompt, **{**fields, **more})
        (planned,) = plan(request, FakeEngine(base=base), studio.catalogue)
        return planned.shot.model_prompt

    assert "여백" in words("z-image-turbo", "나무 탁자") and "empty" in words(
        "z-image-turbo", "wooden table"
    )
    assert words("pocket", "나무 탁자") == "나무 탁자"
    assert "여백" not in words("z-image-turbo", "나무 탁자", photo_mode="mood")
    assert "여백" not in words("z-image-turbo", "나무 탁자", photo="")


def test_the_archived_model_refuses_a_photo(studio: Studio) -> None:
    request = AdRequest("탁자", "anime", seed=7, photo="upload-" + "0" * 32)
    with pytest.raises(InvalidRequest) as refused:
        plan(request, FakeEngine(base="legacy-sdxl"), studio.catalogue)
    assert refused.value.message_id == "photo.legacy"


@pytest.mark.parametrize("mode", ["mood", "background"])
def test_a_photo_that_is_gone_or_anothers_is_told(studio: Studio, mode: str) -> None:
    mine = upload(studio, CUP)
    request = studio.request({"prompt": "탁자", "photo": mine, "photo_mode": mode})
    with pytest.raises(InvalidRequest) as refused:
        studio.submit(request, "b" * 32)
    assert refused.value.message_id == "photo.gone"
    assert studio.uploads.drop(ANNA, mine)
    with pytest.raises(InvalidRequest):
        studio.submit(request, ANNA)


@pytest.mark.parametrize("mode", ["mood", "background"])
def test_a_picture_in_line_survives_the_photos_deletion(
    make_studio: Callable[..., Studio], mode: str
) -> None:
    reached, go = threading.Event(), threading.Event()

    def stop(shot: Shot, step: int) -> None:
        reached.set()
        assert go.wait(LIMIT_S)

    studio = make_studio(FakeEngine(at_step=stop))
    photo = upload(studio, CUP)
    fields = {"prompt": "탁자", "photo": photo, "photo_mode": mode, "count": 2}
    job = studio.submit(studio.request(fields), ANNA)
    assert reached.wait(LIMIT_S) and studio.files.delete(ANNA, photo, UPLOAD)
    go.set()
    assert len(job.wait(LIMIT_S).results) == 2


def test_the_history_brings_the_photo_back_and_deleting_takes_it_along(studio: Studio) -> None:
    photo, mask = upload(studio, CUP), upload(studio, CUP.getchannel("A"))
    fields = {"photo_mask": mask, "photo_strength": "much"}
    first, second = (made(studio, photo, **fields, seed=seed) for seed in (1, 2))
    (_, kept) = studio.history.list(ANNA, 10)
    assert kept.request.photo == photo and kept.request.photo_mask == mask
    assert (kept.request.photo_mode, kept.request.photo_strength) == ("background", "much")
    again = studio.submit(kept.request, ANNA).wait(LIMIT_S).results[0]
    assert original(studio, again).tobytes() == original(studio, first).tobytes()
    for result in (first, second, again):
        assert studio.uploads.path(ANNA, photo).is_file()
        studio.delete(ANNA, result.job_id, result.name)
    for upload_id in (photo, mask):
        with pytest.raises(JobNotFound):
            studio.uploads.path(ANNA, upload_id)


@pytest.mark.parametrize("mode", ["mood", "background"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_data_of_the_person_reaches_a_file(studio: Studio, kind: str, mode: str) -> None:
    photo = upload(studio, read_photo(files.loaded_with_metadata(kind, orientation=6)))
    mask = Image.new("L", (240, 320), 0)
    mask.paste(255, (40, 40, 200, 280))
    result = made(studio, photo, mode, photo_mask=upload(studio, mask))
    every = [path for path in studio.settings.data_dir.rglob("*") if path.is_file()]
    pictures = [path for path in every if path.suffix in (".png", ".jpg")]
    assert len(pictures) == 4  # upload, mask, original, result
    for path in every:
        data = path.read_bytes()
        for gone in (b"home address", b"Somebody", b"Camera of somebody"):
            assert gone not in data, path
    told = subprocess.run(
        ["exiftool", "-json", "-G1", "-a", *map(str, pictures)], capture_output=True, check=True
    )
    for found in json.loads(told.stdout):
        kinds = {key.split(":")[0].split("-")[0] for key in found if ":" in key}
        assert not kinds & {"GPS", "IFD0", "ExifIFD", "ICC_Profile", "ICC"}, found
        xmp = {key for key in found if key.startswith("XMP-")}
        assert all(key.split(":")[0] in ("XMP-iptcExt", "XMP-zit", "XMP-x") for key in xmp), found
    assert Path(studio.files.path_of(ANNA, result.job_id, result.name)) in pictures


def test_a_slow_cut_out_holds_up_nobody_else(studio: Studio, monkeypatch) -> None:
    """Two askers of one photo share its cut-out; another photo does not wait for it."""
    began, may_end = threading.Event(), threading.Event()
    calls = []

    def slowly(photo: Image.Image, *rest: object) -> tuple[Image.Image, str]:
        calls.append(photo.size)
        began.set()
        assert may_end.wait(LIMIT_S)
        return cup(200), ""

    monkeypatch.setattr("zit_engine.own_photo.cut_by_itself", slowly)
    slow, other = (
        upload(studio, Image.effect_noise((400, 300), n).convert("RGB")) for n in (9, 90)
    )
    got: list[Image.Image] = []
    threads = [
        threading.Thread(target=lambda: got.append(studio.own_photos.cut_out(ANNA, slow)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    assert began.wait(LIMIT_S)
    studio.own_photos.check(ANNA, studio.request({"prompt": "컵", "photo": other}))
    assert not got
    may_end.set()
    for thread in threads:
        thread.join(LIMIT_S)
    assert len(got) == 2 and len(calls) == 1


def test_a_cut_out_that_failed_is_tried_anew(studio: Studio) -> None:
    noise = upload(studio, Image.effect_noise((400, 300), 90).convert("RGB"))
    for _ in range(2):
        with pytest.raises(UploadRefused):
            studio.own_photos.cut_out(ANNA, noise)
