"""The door for files: open to whoever holds a ticket, for pictures only, and never for long."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.finish import upload_files as files
from zit_engine.finish.intake import MAX_BYTES
from zit_engine.finish.master import open_master
from zit_engine.store.files import owner_key
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web import uploads
from zit_engine.web.links import Links
from zit_engine.web.routes import routes
from zit_engine.web.uploads import take_upload, upload_ticket

ANNA, BEN = "a" * 32, "b" * 32
SIGNER = Signer(b"k" * 32)
PHOTO = files.saved(files.photo(), "PNG")


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes(studio, SIGNER))) as client:
        yield client


@pytest.fixture
def address(studio: Studio) -> Iterator[str]:
    """A real server on a real socket."""
    config = uvicorn.Config(Starlette(routes=routes(studio, SIGNER)), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def door(kind: str = "photo", owner: str = ANNA, now: float | None = None) -> str:
    ticket = upload_ticket(SIGNER, owner, time.time() if now is None else now)
    return f"/u?kind={kind}&{ticket}"


def kept(studio: Studio) -> list[Path]:
    return sorted((studio.settings.data_dir / "results").rglob("upload.png"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_for_its_owner(client: TestClient, studio: Studio, kind: str) -> None:
    answer = client.post(door(), content=files.loaded_with_metadata(kind, orientation=6))
    told = answer.json()
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert (told["width"], told["height"], told["has_alpha"]) == (240, 320, False)
    photo = open_master(studio.uploads.path(ANNA, told["id"]))
    assert photo.size == (240, 320) and photo.mode == "RGB"
    data = studio.uploads.path(ANNA, told["id"]).read_bytes()
    for gone in (b"GPS", b"Exif", b"home address", b"Somebody", b"iCCP"):
        assert gone not in data
    link = Links(SIGNER, 15).to(ANNA, told["id"], "upload.png")
    assert client.get(link).content == data


def test_a_cut_out_says_so(client: TestClient) -> None:
    photo = files.photo().convert("RGBA")
    photo.putalpha(Image.new("L", photo.size, 0))
    photo.paste((200, 30, 30, 255), (60, 60, 200, 200))
    assert client.post(door(), content=files.saved(photo, "PNG")).json()["has_alpha"] is True


def test_masks_and_logos(client: TestClient, studio: Studio) -> None:
    mask = Image.new("L", (300, 200), 0)
    mask.paste(255, (50, 50, 100, 100))
    told = client.post(door("mask"), content=files.saved(mask, "PNG")).json()
    assert open_master(studio.uploads.path(ANNA, told["id"])).convert("L").tobytes() == (
        mask.tobytes()
    )
    logo = client.post(door("logo"), content=files.saved(files.photo(40, 30), "PNG")).json()
    assert take_upload(studio.uploads, ANNA, logo["id"]).startswith(b"\x89PNG")
    assert len(kept(studio)) == 1


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (files.claiming(20000, 20000), "20,000"),
        (files.moving("GIF"), "GIF"),
        (files.box_file(b"heic"), "HEIC"),
        (PHOTO[:9000], "잘렸어요"),
        (b"", "빈 파일"),
        (b"<script>alert(1)</script>", "사진 파일이 아니에요"),
    ],
)
def test_what_cannot_be_used_is_told_and_not_kept(
    client: TestClient, studio: Studio, data: bytes, word: str
) -> None:
    answer = client.post(door(), content=data)
    assert answer.status_code == 422 and set(answer.json()) == {"error"}
    assert word in answer.json()["error"]["ko"] and answer.json()["error"]["en"]
    assert kept(studio) == []


def test_nobody_enters_without_a_good_ticket(client: TestClient, studio: Studio) -> None:
    good = door()
    result_link = SIGNER.url(ANNA, "upload", "x", time.time(), 15).partition("?")[2]
    for bad in (
        "/u?kind=photo",
        door(now=time.time() - 3601),
        door(now=time.time() + 7200),
        good.replace(f"o={owner_key(ANNA)}", f"o={owner_key(BEN)}"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.replace("exp=", "exp=9"),
        good.replace("exp=", "exp=-"),
        good.replace("exp=", "exp=²"),
        f"/u?kind=photo&{result_link}",
        f"/u?kind=photo&o=../..&exp={int(time.time() + 60)}&sig={'0' * 64}",
    ):
        answer = client.post(bad, content=PHOTO)
        assert answer.status_code == 403 and "새로 고치" in answer.json()["error"]["ko"], bad
    assert kept(studio) == []
    assert client.get(good).status_code == 405
    assert client.post(door("film"), content=PHOTO).status_code == 422


def test_a_ticket_lets_nobody_see_and_a_link_lets_nobody_send(client: TestClient) -> None:
    told = client.post(door(), content=PHOTO).json()
    ticket = upload_ticket(SIGNER, ANNA, time.time())
    assert client.get(f"/r/{told['id']}/upload.png?{ticket}").status_code == 404
    link = Links(SIGNER, 15).to(ANNA, told["id"], "upload.png").partition("?")[2]
    assert client.post(f"/u?kind=photo&{link}", content=PHOTO).status_code == 403


def test_a_full_share_is_told(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(owner_mb=1)
    studio.files.save(ANNA, "job", "a.png", bytes(1_100_000))
    with TestClient(Starlette(routes=routes(studio, SIGNER))) as client:
        answer = client.post(door(), content=PHOTO)
        assert answer.status_code == 507 and answer.json()["error"]["ko"]
        assert client.post(door(owner=BEN), content=PHOTO).status_code == 200


def test_many_at_once_do_not_pass_where_one_would_not(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(owner_mb=1)
    noise = Image.effect_noise((500, 500), 100)  # 0.2 MB as PNG, at most four of them fit
    data = files.saved(noise, "PNG")
    with (
        TestClient(Starlette(routes=routes(studio, SIGNER))) as client,
        ThreadPoolExecutor(12) as pool,
    ):
        answers = list(pool.map(lambda _: client.post(door(), content=data), range(12)))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {200, 507} and codes.count(200) == len(kept(studio))
        assert 0 < studio.files.used_bytes(ANNA) <= 1_000_000
        big = files.saved(Image.effect_noise((1200, 1200), 100), "PNG")
        assert client.post(door(owner=BEN), content=big).status_code == 507


def test_a_told_length_over_the_limit_is_refused_before_anything_arrives(address: str) -> None:
    head = f"POST {door()} HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BYTES + 1}\r\n\r\n"
    with socket.create_connection(address.split(":"), timeout=20) as wire:
        wire.sendall(head.encode())
        assert wire.recv(4096).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(("query", "size", "status"), [("", 3, 403), (None, 25, 413)])
def test_a_refusal_can_be_read_though_the_body_was_not(
    address: str, query: str | None, size: int, status: int
) -> None:
    path = door() if query is None else f"/u?kind=photo&{query}"
    answer = httpx.post(f"http://{address}{path}", content=bytes(size * 1_000_000), timeout=60)
    assert answer.status_code == status and answer.json()["error"]["ko"]


def test_an_untold_length_is_cut_off_at_the_limit(address: str, studio: Studio) -> None:
    """Chunks without end: the server answers and closes after little more than the limit."""
    head = f"POST {door()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0
    with socket.create_connection(address.split(":"), timeout=20) as wire:
        wire.sendall(head.encode())
        try:
            while sent < 20 * MAX_BYTES:
                wire.sendall(part)
                sent += len(part)
        except OSError:
            pass
        assert sent < 2 * MAX_BYTES
    assert kept(studio) == []
    assert httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 200


def test_chunks_without_a_length_are_fine_below_the_limit(address: str) -> None:
    def parts() -> Iterator[bytes]:
        for at in range(0, len(PHOTO), 1000):
            yield PHOTO[at : at + 1000]

    assert httpx.post(f"http://{address}{door()}", content=parts()).status_code == 200


def test_a_lying_length_waits_no_longer_than_it_may(
    address: str, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_ARRIVAL_S", 0.3)
    head = f"POST {door()} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"
    with socket.create_connection(address.split(":"), timeout=20) as wire:
        wire.sendall(head.encode() + PHOTO[:100])
        assert wire.recv(4096).startswith(b"HTTP/1.1 408")
    with socket.create_connection(address.split(":"), timeout=20) as wire:
        wire.sendall(head.encode() + PHOTO[:100])  # and this one hangs up
    assert kept(studio) == []
    assert httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 200


def test_fifty_at_once_are_all_served(address: str, studio: Studio) -> None:
    data = files.saved(files.photo(), "JPEG")

    def send(number: int) -> dict[str, object]:
        owner = ANNA if number % 2 else BEN
        answer = httpx.post(f"http://{address}{door(owner=owner)}", content=data, timeout=120)
        assert answer.status_code == 200
        told: dict[str, object] = answer.json()
        return told

    with ThreadPoolExecutor(50) as pool:
        told = list(pool.map(send, range(50)))
    assert len({each["id"] for each in told}) == 50 == len(kept(studio))


def slow_wires(address: str, owner: str, count: int) -> list[socket.socket]:
    """Uploads that have begun and do not go on."""
    head = f"POST {door(owner=owner)} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"
    wires = [socket.create_connection(address.split(":"), timeout=20) for _ in range(count)]
    for wire in wires:
        wire.sendall(head.encode() + PHOTO[:100])
    time.sleep(0.5)
    return wires


def test_one_owners_slow_uploads_stand_in_nobody_elses_way(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MOST_IN_LINE", 90)
    wires = slow_wires(address, ANNA, 80)
    assert httpx.post(f"http://{address}{door(owner=BEN)}", content=PHOTO).status_code == 200
    for wire in wires:
        wire.close()
    # Theirs go on as soon as these have hung up.
    assert httpx.post(f"http://{address}{door()}", content=PHOTO, timeout=60).status_code == 200


def test_a_line_has_an_end(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MOST_IN_LINE", 2)
    wires = slow_wires(address, ANNA, 5)  # three arrive, two wait
    assert httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 429
    assert httpx.post(f"http://{address}{door(owner=BEN)}", content=PHOTO).status_code == 200
    for wire in wires:
        wire.close()


def test_who_waits_too_long_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MOST_OF_ONE", 1)
    (wire,) = slow_wires(address, ANNA, 1)
    monkeypatch.setattr(uploads, "_ARRIVAL_S", 0.3)
    assert httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 429
    wire.close()


def test_more_than_it_can_hold_are_told_to_wait(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MOST_ARRIVING", 1)
    head = f"POST {door()} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"
    with socket.create_connection(address.split(":"), timeout=20) as wire:
        wire.sendall(head.encode() + PHOTO[:100])
        time.sleep(0.3)
        assert httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 429
    for _ in range(100):  # the place is free again as soon as the other has hung up
        if httpx.post(f"http://{address}{door()}", content=PHOTO).status_code == 200:
            return
        time.sleep(0.1)
    pytest.fail("the place was never given back")
