"""Pictures are served to whoever holds a valid link of theirs, and to nobody else."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.links import Links
from zit_engine.web.routes import routes

ANNA, BEN = "a" * 32, "b" * 32
SIGNER = Signer(b"k" * 32)


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes(studio, SIGNER))) as client:
        yield client


@pytest.fixture
def link(studio: Studio) -> str:
    request = studio.request({"prompt": "수박, 노란색 배경", "seed": 7})
    (result,) = studio.submit(request, ANNA).wait(30).results
    return Links(SIGNER, 15).to(ANNA, result.job_id, result.name)


def with_query(link: str, **changes: str) -> str:
    parts = urlparse(link)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()} | changes
    return f"{parts.path}?{urlencode(query)}"


def test_the_owners_link_gives_the_picture(client: TestClient, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")


def test_every_other_link_is_not_found(client: TestClient, link: str) -> None:
    bens = Links(SIGNER, 15).to(BEN, "j", "n")
    foreign = parse_qs(urlparse(bens).query)["o"][0]
    expired = Links(SIGNER, 15, clock=lambda: 1000.0).to(ANNA, "j", "n")
    path = urlparse(link).path
    far = Links(SIGNER, 60 * 24).to(ANNA, *path.removeprefix("/r/").split("/"))
    for bad in (
        path,
        with_query(link, sig="0" * 64),
        with_query(link, sig=""),
        with_query(link, exp="99999999999"),
        with_query(link, exp="x"),
        with_query(link, exp="-1"),
        with_query(link, exp="²"),
        with_query(link, o=foreign),
        expired,
        far,
        "/r/%2e%2e/link-secret?exp=1&o=x&sig=y",
        "/r/x/..%2f..%2flink-secret",
    ):
        assert client.get(bad).status_code == 404, bad


def test_health_tells_whether_the_model_is_there(client: TestClient, studio: Studio) -> None:
    assert client.get("/healthz").json()["state"] in ("starting", "ready")
    studio.warm_up()
    assert client.get("/healthz").json() == {"state": "ready", "waiting": 0}


def test_readiness_follows_the_engine(client: TestClient, studio: Studio) -> None:
    studio.loading = ("load_transformer", 0.25)
    assert client.get("/healthz").status_code == 200
    waiting = client.get("/readyz")
    assert waiting.status_code == 503
    assert waiting.json()["loading"] == {"stage": "load_transformer", "fraction": 0.25}
    studio.warm_up()
    assert client.get("/readyz").status_code == 200
    studio.engine.health.link("tiled", "taken", "secret /root/reason")
    studio.engine.health.lose("CUDA error at /root/secret")
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json() == {"state": "defunct", "residency": "tiled", "waiting": 0}


def test_a_service_that_drains_is_alive_and_not_ready(client: TestClient, studio: Studio) -> None:
    studio.warm_up()
    studio.queue.refuse("life.draining")
    assert client.get("/readyz").status_code == 503
    alive = client.get("/healthz")
    assert alive.status_code == 200 and alive.json()["state"] == "draining"
    studio.engine.health.lose("gone")
    assert client.get("/healthz").json()["state"] == "defunct"


@pytest.mark.parametrize("path", ["/upload", "/gradio_api/upload"])
def test_nobody_can_upload(client: TestClient, path: str) -> None:
    assert client.post(path, files={"files": b"x"}).status_code == 404


def test_shared_folders_give_fonts_but_no_weights(client: TestClient) -> None:
    assert client.get("/z/fonts/pretendard/pretendard.css").status_code == 200
    assert client.get("/z/fonts/../pocket/model_index.json").status_code == 404
    assert client.get("/z/pocket/model_index.json").status_code == 404
