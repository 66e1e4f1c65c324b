"""A stranger at a real server: what is asked for from outside is not there, and nobody's words,
pictures or secrets come out with an answer, a log line or the page."""

import contextlib
import http.client
import json
import re
import secrets
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlparse

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.web.server_process import Server, running
from zit_engine.store.links import Signer
from zit_engine.store.logins import add_login
from zit_engine.studio import Studio
from zit_engine.web.routes import routes

ANNA, BEN = "a" * 32, "b" * 32
CANARY = "hf_canary0secret0never0seen"
WORDS = "비밀의 수박 카나리아"
PASSWORD = "canary horse 1"

PROBES = [
    *(
        ("GET", path)
        for path in (
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/z/fonts/../../../etc/passwd",
            "/z/fonts/%2e%2e/%2e%2e/app.py",
            "/z/fonts/..%2f..%2fapp.py",
            "/z/pocket/model_index.json",
            "/z/thumbs/..%2f..%2fapp.py",
            "/assets/..%2f..%2f..%2froutes.py",
            "/static/..%2f..%2froutes.py",
            "/svelte/..%2f..%2froutes.py",
            "/r/x/y",
            "/r/%2e%2e/link-secret?exp=99999999999&o=x&sig=y",
            "/r/x/..%2f..%2flink-secret?exp=1&o=x&sig=y",
            "/b/x/y?exp=1&o=x&sig=y",
            "/openapi.json",
            "/docs",
            "/redoc",
            "/monitoring",
            "/monitoring/summary",
            "/monitoring/x",
            "/runs",
            "/gradio_api/runs",
            "/gradio_api/run-history/records",
            "/gradio_api/openapi.json",
            "/gradio_api/profiling/summary",
            "/gradio_api/token",
            "/gradio_api/vibe-code",
            "/gradio_api/deep_link",
            "/gradio_api/dev/reload",
            "/gradio_api/mcp/sse",
            "/gradio_api/file=/etc/passwd",
            "/gradio_api/file=/proc/self/environ",
            "/gradio_api/file=app.py",
            "/gradio_api/file=../app.py",
            "/gradio_api/file=%2e%2e%2fapp.py",
            "/gradio_api/file={data}/link-secret",
            "/gradio_api/file={data}/history.sqlite3",
            "/gradio_api/file=http://127.0.0.1:22/",
            "/gradio_api/file/app.py",
            "/gradio_api/proxy=http://127.0.0.1:22/",
            "/gradio_api/custom_component/x/client/y/z.js",
            "/gradio_api/stream/x/0/0/playlist.m3u8",
            "/.env",
            "/.git/config",
            "/app.py",
            "/requirements.txt",
            "/link-secret",
        )
    ),
    *(
        ("POST", path)
        for path in (
            "/upload",
            "/gradio_api/upload",
            "/run/predict",
            "/api/predict",
            "/gradio_api/run/make",
            "/gradio_api/api/make",
            "/gradio_api/component_server",
            "/gradio_api/process_recording",
            "/gradio_api/vibe-edit",
            "/gradio_api/undo-vibe-edit",
            "/gradio_api/stream/x",
            "/u?kind=photo",
        )
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Open to everybody; a secret in its environment."""
    env = {"HF_TOKEN": CANARY, "SOME_SECRET": CANARY}
    env |= {"ZIT_ADDRESS_PER_MINUTE": "50", "ZIT_FAKE_STEP_S": "0.05"}
    with running(tmp_path_factory.mktemp("open"), **env) as each:
        yield each


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a login."""
    folder = tmp_path_factory.mktemp("closed")
    add_login(folder / "logins", "anna", PASSWORD, is_staff=True)
    add_login(folder / "logins", "ben", PASSWORD, is_staff=False)
    env = {"ZIT_TRUSTED_PROXIES": "127.0.0.1", "ZIT_ADDRESS_PER_MINUTE": "50"}
    with running(folder, ZIT_LOGIN_FILE=str(folder / "logins"), **env) as each:
        yield each


def make(client: Client, **said: object) -> dict[str, object]:
    said = {"prompt": WORDS, "channel": "kakao-search-small", "seed": 7, **said}
    answer = client.predict(**said, api_name="/make")
    assert isinstance(answer, dict)
    return answer


def raw(url: str) -> tuple[str, int, str]:
    """Host, port and path of `url`, the path as written: clients tidy `..` away."""
    parts = urlparse(url)
    return str(parts.hostname), int(parts.port or 0), url.partition(parts.netloc)[2]


def ask(method: str, url: str) -> tuple[int, bytes]:
    host, port, path = raw(url)
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=20)) as connection:
        connection.request(method, path, body=b"{}" if method == "POST" else None)
        answer = connection.getresponse()
        return answer.status, answer.read(200_000)


def test_nothing_answers_a_probe(server: Server) -> None:
    assert len(PROBES) >= 40
    rows, opened = [], []
    for method, path in PROBES:
        path = path.replace("{data}", str(server.folder / "data"))
        status, body = ask(method, server.url + path)
        rows.append(f"{status}  {method:<4}  {path}")
        leaks = [word for word in (b"root:", CANARY.encode(), b"import ") if word in body]
        if status not in (403, 404) or leaks:
            opened.append((rows[-1], leaks, body[:200]))
    print("\n".join(rows))
    assert opened == []


def test_the_page_and_its_configuration_hold_no_secret_and_nobodys_words(server: Server) -> None:
    client = Client(server.url, verbose=False)
    made = make(client, owner=ANNA)
    key = parse_qs(urlparse(made["files"][0]["url"]).query)["o"][0]
    seen = {
        path: httpx.get(server.url + path, headers={"Accept": "*/*"}).text
        for path in ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/healthz")
    }
    seen["bens call"] = json.dumps(make(client, prompt="참외", owner=BEN), ensure_ascii=False)
    seen["log"] = server.log
    data = str(server.folder)
    for where, text in seen.items():
        for secret in (CANARY, WORDS, ANNA, data, key):
            is_told_at_start = secret == data and where == "log"
            assert secret not in text or is_told_at_start, (where, secret)
    assert re.search("job [0-9a-f]{32} picture 0", seen["log"])


def test_a_wait_tells_nothing_of_who_is_ahead(server: Server) -> None:
    client, other = (Client(server.url, verbose=False) for _ in range(2))
    annas = client.submit(WORDS, "realistic", "kakao-search-small", 4, 7, api_name="/make")
    time.sleep(0.2)
    bens = other.submit("참외", "realistic", "kakao-search-small", 3, 7, api_name="/make")
    told = []
    while not bens.done():
        told.append(str(bens.status()))
        told.append(httpx.get(f"{server.url}/readyz").text)
        time.sleep(0.1)
    assert len(told) > 10
    assert not [each for each in told if WORDS in each or "비밀" in each]
    annas.result()
    assert WORDS not in server.log


def join(server: Server, cookies: dict[str, str] | None = None, **body: object) -> str:
    """One event through the queue: everything the server says about it."""
    session = secrets.token_hex(5)
    body = {"session_hash": session, "event_data": None, "trigger_id": None, **body}
    # Without TLS a client is made at once.
    visitor = httpx.Client(cookies=cookies, timeout=20, verify=False)
    answer = visitor.post(f"{server.url}/gradio_api/queue/join", json=body)
    said = [answer.text]
    if answer.status_code == 200:
        address = f"{server.url}/gradio_api/queue/data?session_hash={session}"
        with visitor.stream("GET", address) as stream:
            for line in stream.iter_lines():
                said.append(line)
                if "process_completed" in line or "close_stream" in line:
                    break
    visitor.close()
    return "\n".join(said)


def test_calls_nobody_would_make_tell_nothing_and_are_not_logged(server: Server) -> None:
    config = httpx.get(f"{server.url}/config").json()
    functions = [each["id"] for each in config["dependencies"]]
    assert len(functions) > 40
    word = "canary-in-a-call"
    shapes = (
        [],
        [word],
        [{"path": f"/etc/{word}", "meta": {"_type": "gradio.FileData"}}] * 8,
        [[word]] * 3,
    )
    for number, function in enumerate(functions):
        said = join(server, fn_index=function, data=shapes[number % len(shapes)])
        assert "Traceback" not in said and "site-packages" not in said, said
    for index in (-1, 10_000, "x", None, [word]):
        said = join(server, fn_index=index, data=[word])
        assert "Traceback" not in said and "site-packages" not in said, said
    assert word not in server.log
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_link_is_its_owners_and_nothing_else(server: Server) -> None:
    client = Client(server.url, verbose=False)
    annas, bens = (make(client, owner=each)["files"][0]["url"] for each in (ANNA, BEN))
    assert httpx.get(server.url + annas).status_code == 200
    path, query = annas.split("?")
    good = {name: values[0] for name, values in parse_qs(query).items()}
    foreign = {name: values[0] for name, values in parse_qs(urlparse(bens).query).items()}
    for changed in (
        {},
        {**good, "sig": ""},
        {**good, "sig": foreign["sig"]},
        {**good, "o": foreign["o"]},
        {**good, "exp": str(int(good["exp"]) + 1)},
        {**good, "exp": "1"},
        foreign,
    ):
        assert httpx.get(f"{server.url}{path}?{urlencode(changed)}").status_code == 404
    assert httpx.get(f"{server.url}{bens.split('?')[0]}?{query}").status_code == 404


def guess(studio: Studio, count: int) -> int:
    """How many of `count` guessed links open something."""
    signer = Signer(b"k" * 32)
    request = studio.request({"prompt": "수박", "seed": 7})
    (result,) = studio.submit(request, ANNA).wait(30).results
    now, opened = int(time.time()), 0
    with TestClient(Starlette(routes=routes(studio, signer))) as client:
        for number in range(count):
            job = result.job_id if number % 2 else secrets.token_hex(16)
            query = f"exp={now + 600}&o={secrets.token_hex(8)}&sig={secrets.token_hex(32)}"
            opened += client.get(f"/r/{job}/{result.name}?{query}").status_code != 404
    return opened


def test_guessed_links_open_nothing(studio: Studio) -> None:
    assert guess(studio, 500) == 0


@pytest.mark.slow
def test_ten_thousand_guessed_links_open_nothing(studio: Studio) -> None:
    assert guess(studio, 10_000) == 0


def test_with_a_login_nothing_is_open_before_it(closed: Server) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x"):
        assert httpx.get(closed.url + path).status_code == 401
    opened = [
        (method, path, status)
        for method, path in PROBES
        if (status := ask(method, closed.url + path)[0]) not in (401, 403, 404)
    ]
    assert opened == []
    tried = [
        httpx.post(
            f"{closed.url}/login", data={"username": "anna", "password": f"guess {n}"}
        ).status_code
        for n in range(40)
    ]
    assert set(tried) == {401, 429} and tried.count(401) <= 12
    assert PASSWORD not in closed.log and "guess" not in closed.log
    assert "scrypt" not in closed.log


def test_somebody_who_signed_in_has_their_own_history_and_only_staff_compare(
    closed: Server,
) -> None:
    time.sleep(3)  # the tries above made everybody here wait
    client = _signed_in(closed, "ben")
    made = make(client, owner=ANNA)
    assert made["owner"] != ANNA
    assert make(client)["owner"] == made["owner"]
    link = closed.url + made["files"][0]["url"]
    bens, annas = client.cookies, _signed_in(closed, "anna").cookies
    assert httpx.get(link, cookies=bens).status_code == 200
    assert httpx.get(link, cookies=annas).status_code == 404
    assert httpx.get(link).status_code == 401
    assert "waiting" not in httpx.get(f"{closed.url}/healthz", cookies=bens).text
    assert "waiting" in httpx.get(f"{closed.url}/healthz", cookies=annas).text


def test_a_forwarded_address_is_believed_from_a_set_proxy_only(
    server: Server, closed: Server
) -> None:
    def statuses(url: str, address: str) -> list[int]:
        headers = {"X-Forwarded-For": f"198.51.100.1, {address}"}
        with httpx.Client(verify=False, headers=headers) as visitor:
            return [visitor.get(f"{url}/readyz").status_code for _ in range(60)]

    assert statuses(closed.url, "203.0.113.9") == [200] * 50 + [429] * 10
    assert statuses(closed.url, "203.0.113.10")[0] == 200
    assert statuses(server.url, "203.0.113.9") == [200] * 60


def test_the_comparison_is_closed_to_who_is_no_staff(closed: Server) -> None:
    config = httpx.get(f"{closed.url}/config", cookies=_signed_in(closed, "ben").cookies).json()
    staff = [d["id"] for d in config["dependencies"] if d["api_name"] in ("compare", "prove")]
    assert len(staff) == 2
    for name, is_told in (("ben", True), ("anna", False)):
        cookies = _signed_in(closed, name).cookies
        for function in staff:
            said = join(closed, cookies=cookies, fn_index=function, data=[""] * 4)
            assert ("직원만 볼 수 있는 곳이에요" in said) == is_told, said


def _signed_in(server: Server, name: str) -> Client:
    deadline = time.monotonic() + 320
    while time.monotonic() < deadline:
        try:
            return Client(server.url, auth=(name, PASSWORD), verbose=False)
        except ValueError:  # still waiting for the wrong tries
            time.sleep(1)
    raise AssertionError(server.log)


def test_a_refusal_of_the_public_call_is_two_sentences(server: Server) -> None:
    with pytest.raises(AppError) as refused:
        make(Client(server.url, verbose=False), prompt="")
    assert "요" in str(refused.value) and " / " in str(refused.value)
    assert "Traceback" not in str(refused.value)
