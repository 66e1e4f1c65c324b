"""The server's door: what is too large, too often or sent by another site does not come in."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from zit_engine.host import Host
from zit_engine.jobs.rates import Rates
from zit_engine.web.addresses import address_key
from zit_engine.web.body_limit import limited
from zit_engine.web.guard import JSON_BYTES, PAGE_FILE_BYTES, Guard, Rules
from zit_engine.web.safety_headers import safety_headers

JOIN = "/gradio_api/queue/join"
SEOUL = ("203.0.113.5", 1)


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())})


async def broken(request: Request) -> JSONResponse:
    raise ValueError(f"cannot read {request.query_params['said']}")


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("page")


@pytest.fixture
def door() -> Iterator[Callable[..., TestClient]]:
    """door(per_minute=0, client=SEOUL, host=Host.LOCAL) -> a client of a small app behind it."""
    opened: list[TestClient] = []

    def make(
        per_minute: int = 0, client: tuple[str, int] = SEOUL, host: Host = Host.LOCAL
    ) -> TestClient:
        rules = Rules(
            safety_headers(host), Rates(per_minute), lambda query: query.get("sig") == "good"
        )
        routes = [
            Route("/", page),
            Route("/broken", broken),
            *(Route(path, echo, methods=["POST"]) for path in (JOIN, "/u", "/other")),
        ]
        app = Starlette(routes=routes, middleware=[Middleware(Guard, rules=rules)])
        opened.append(TestClient(app, client=client, raise_server_exceptions=False))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 1000):
        yield b"x" * 1000


@pytest.mark.parametrize("path", [JOIN, "/other"])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_large_body_is_refused_before_it_is_read(
    door: Callable[..., TestClient], path: str, is_told: bool
) -> None:
    client = door()
    for size, status in ((JSON_BYTES, 200), (JSON_BYTES + 1000, 413), (10_000_000, 413)):
        body = b"x" * size if is_told else pieces(size)
        answer = client.post(path, content=body)
        assert answer.status_code == status
        if status == 413:
            assert "64KB" in answer.json()["error"]["ko"]
            assert "64 KB" in answer.json()["error"]["en"]


def test_a_page_that_shows_its_ticket_may_send_a_table(door: Callable[..., TestClient]) -> None:
    client = door()
    assert client.post(f"{JOIN}?sig=good", content=pieces(PAGE_FILE_BYTES)).status_code == 200
    assert client.post(f"{JOIN}?sig=good", content=pieces(1_600_000)).status_code == 413
    assert client.post(f"{JOIN}?sig=bad", content=pieces(100_000)).status_code == 413
    assert client.post("/other?sig=good", content=pieces(100_000)).status_code == 413
    # Many names in a query are no failure.
    assert client.post(f"{JOIN}?{'&'.join(['a=1'] * 3000)}", content=b"{}").status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    sent = []

    async def never() -> dict[str, object]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def keep(message: dict[str, object]) -> None:
        sent.append(message)

    app = Starlette(routes=[Route("/other", echo, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": "/other", "headers": [], "query_string": b""}
    asyncio.run(limited(app, scope, never, keep, JSON_BYTES, 0.1))
    assert sent[0]["status"] == 408 and "요" in sent[1]["body"].decode()


def test_photos_keep_their_own_limit(door: Callable[..., TestClient]) -> None:
    assert door().post("/u", content=b"x" * 2_000_000).json() == {"bytes": 2_000_000}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken?said=x"])
@pytest.mark.parametrize(
    ("host", "framed_by"),
    [(Host.LOCAL, "'self'"), (Host.SPACE, "'self' https://huggingface.co https://*.hf.space")],
)
def test_every_answer_carries_safety_headers(
    door: Callable[..., TestClient], path: str, host: Host, framed_by: str
) -> None:
    headers = door(host=host).get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["content-security-policy"].endswith(f"frame-ancestors {framed_by}")


def test_a_failure_of_ours_is_an_id_and_no_more(
    door: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    answer = door().get("/broken?said=/home/canary")
    assert answer.status_code == 500
    said = answer.json()["error"]["ko"]
    (record,) = [each for each in caplog.records if each.name == "zit_engine.web.guard"]
    line = record.getMessage()
    assert line[1:9] in said and "test_guard.py" in line
    for secret in ("canary", "/home"):
        assert secret not in answer.text and secret not in line


def test_another_sites_page_cannot_press_buttons_here(door: Callable[..., TestClient]) -> None:
    client = door()
    for headers, status in (
        ({}, 200),  # gradio_client, curl
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        # Behind a proxy the host's name may be another; the browser's own word decides.
        ({"Origin": "https://shop.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"}, 403),
    ):
        answer = client.post(JOIN, content=b"{}", headers=headers)
        assert answer.status_code == status, headers
    # A page is opened from anywhere.
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_who_asks_too_often_is_told_when_to_come_back(door: Callable[..., TestClient]) -> None:
    client = door(per_minute=5)
    assert [client.get("/").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    answer = client.get("/")
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert f"{seconds}초" in answer.json()["error"]["ko"]
    assert f"{seconds} s" in answer.json()["error"]["en"]
    # The page's own files are not counted.
    assert client.get("/assets/index.js").status_code == 404


def test_this_machine_is_not_counted(door: Callable[..., TestClient]) -> None:
    for address in ("127.0.0.1", "::1", "testclient"):
        client = door(per_minute=1, client=(address, 1))
        assert [client.get("/").status_code for _ in range(3)] == [200] * 3


def test_a_network_of_one_sender_is_one_sender() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff") == "2001:db8::/64"
    assert address_key("2001:db8:0:1::1") != address_key("2001:db8::1")
    assert address_key("203.0.113.5") == "203.0.113.5"
