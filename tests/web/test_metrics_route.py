"""Numbers for the machine itself or for who holds the token; for everybody else nothing."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from zit_engine.web.metrics_route import metrics_route

HERE, ELSEWHERE = ("127.0.0.1", 5000), ("203.0.113.9", 5000)
PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def client(studio, address: tuple[str, int]) -> TestClient:
    return TestClient(Starlette(routes=[metrics_route(studio)]), client=address)


def test_the_machine_itself_reads_them(studio):
    answer = client(studio, HERE).get("/metrics")
    assert answer.status_code == 200 and "zit_queue_pictures 0.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert client(studio, ("::1", 5000)).get("/metrics").status_code == 200


@pytest.mark.parametrize("name", PROXIES)
def test_through_a_proxy_nobody_is_the_machine_itself(studio, name):
    answer = client(studio, HERE).get("/metrics", headers={name: "127.0.0.1"})
    assert answer.status_code == 404 and "zit_" not in answer.text


@pytest.mark.parametrize(
    "token", ["", "Bearer ", "Bearer wrong", "right", "Basic right", "Bearer ké"]
)
def test_without_the_token_there_is_nothing(make_studio, token):
    for studio in (make_studio(), make_studio(metrics_token="right")):
        headers = {"Authorization": token.encode("utf-8")}
        assert client(studio, ELSEWHERE).get("/metrics", headers=headers).status_code == 404


def test_the_token_opens_them_from_elsewhere(make_studio):
    there = client(make_studio(metrics_token="right"), ELSEWHERE)
    headers = {"Authorization": "Bearer right", "X-Forwarded-For": "203.0.113.9"}
    assert there.get("/metrics", headers=headers).status_code == 200
