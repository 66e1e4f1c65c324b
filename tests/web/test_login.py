"""Signing in: right ones come in, wrong ones wait longer and longer; all else is behind it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from zit_engine.errors import SettingsError
from zit_engine.host import Host
from zit_engine.jobs.rates import Rates
from zit_engine.store.files import owner_key
from zit_engine.store.links import Signer
from zit_engine.store.logins import Logins, add_login
from zit_engine.studio import Studio
from zit_engine.web.guard import Guard, Rules
from zit_engine.web.links import Links
from zit_engine.web.login import COOKIE, LoginDesk
from zit_engine.web.login_delay import LoginDelay
from zit_engine.web.routes import routes
from zit_engine.web.uploads import upload_ticket

SIGNER = Signer(b"k" * 32)
PASSWORDS = {"anna": "correct horse 1", "ben": "correct horse 2"}
HTML = {"Accept": "text/html"}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logins"
    add_login(path, "anna", PASSWORDS["anna"], is_staff=True)
    add_login(path, "ben", PASSWORDS["ben"], is_staff=False)
    return path


@pytest.fixture
def desk(file: Path, clock: Clock) -> LoginDesk:
    return LoginDesk(Logins(file), SIGNER, Host.LOCAL, LoginDelay(clock))


@pytest.fixture
def visit(desk: LoginDesk, studio: Studio) -> Iterator[Callable[..., TestClient]]:
    """visit(name=None) -> a client of the app, signed in when named."""
    rules = Rules({}, Rates(0), lambda query: False, desk.person_of)
    app = Starlette(
        routes=[*desk.routes(), *routes(studio, SIGNER)],
        middleware=[Middleware(Guard, rules=rules)],
    )
    opened: list[TestClient] = []

    def come(name: str = "", address: str = "203.0.113.5") -> TestClient:
        client = TestClient(app, client=(address, 1), follow_redirects=False)
        opened.append(client)
        if name:
            assert sign_in(client, name).status_code == 200
        return client

    yield come
    for client in opened:
        client.close()


def sign_in(client: TestClient, name: str, password: str = ""):
    said = {"username": name, "password": password or PASSWORDS[name]}
    return client.post("/login", data=said)


def test_without_signing_in_only_the_way_in_is_open(visit: Callable[..., TestClient]) -> None:
    client = visit()
    for path, status in (
        ("/login", 200),
        ("/healthz", 200),
        ("/z/fonts/pretendard/pretendard.css", 200),
        ("/", 401),
        ("/config", 401),
        ("/r/x/y?o=1", 401),
        ("/b/x/y?o=1", 401),
        ("/z/thumbs/realistic.webp", 401),
        ("/gradio_api/heartbeat/x", 401),
        ("/login/../config", 401),
        ("/healthz/x", 401),
    ):
        assert client.get(path).status_code == status, path
    for path in ("/u", "/gradio_api/queue/join", "/gradio_api/cancel"):
        answer = client.post(path, content=b"{}")
        assert answer.status_code == 401 and "로그인" in answer.json()["error"]["ko"]
    led = client.get("/", headers=HTML)
    assert led.status_code == 303 and led.headers["location"] == "/login"
    assert client.get("/healthz").json() == {"state": "starting"}


def test_a_form_leads_in_and_a_program_gets_json(visit: Callable[..., TestClient]) -> None:
    client = visit()
    said = {"username": "Anna ", "password": PASSWORDS["anna"]}
    led = client.post("/login", data=said, headers=HTML)
    assert led.status_code == 303 and led.headers["location"] == "/"
    cookie = led.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert client.get("/r/x/y").status_code == 404
    assert client.get("/healthz").json()["waiting"] == 0
    assert client.post("/logout").status_code == 303
    assert client.get("/r/x/y").status_code == 401
    assert sign_in(visit(), "ben").json() == {"success": True}
    assert visit("ben").get("/healthz").json() == {"state": "starting"}


def test_pictures_and_tickets_are_their_persons_only(
    visit: Callable[..., TestClient], desk: LoginDesk, studio: Studio
) -> None:
    anna = desk.owner_of("anna")
    request = studio.request({"prompt": "수박", "seed": 7})
    (result,) = studio.submit(request, anna).wait(30).results
    link = Links(SIGNER, 15).to(anna, result.job_id, result.name)
    assert visit("anna").get(link).status_code == 200
    assert visit("ben").get(link).status_code == 404
    assert visit().get(link).status_code == 401
    ticket = upload_ticket(SIGNER, anna, time.time())
    assert visit("ben").post(f"/u?kind=photo&{ticket}", content=b"x").status_code == 404
    assert visit("anna").post(f"/u?kind=photo&{ticket}", content=b"x").status_code == 422
    assert desk.owner_of("anna") != desk.owner_of("ben")
    assert owner_key(anna) in link and anna not in link


@pytest.mark.parametrize(
    "change",
    [lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"), lambda c: c.replace("anna", "ben")],
)
def test_a_session_cannot_be_made_up(
    visit: Callable[..., TestClient], change: Callable[[str], str]
) -> None:
    client = visit("anna")
    value = client.cookies[COOKIE].strip('"')
    client.cookies.clear()
    for cookie in (change(value), value.replace(":", ":9", 1), "", "anna", "anna::", "x:1:y"):
        answer = client.get("/config", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 401, cookie


def test_a_new_password_or_a_removed_name_ends_the_session(
    visit: Callable[..., TestClient], file: Path
) -> None:
    anna, ben = visit("anna"), visit("ben")
    add_login(file, "anna", "another horse 1", is_staff=True)
    assert anna.get("/r/x/y").status_code == 401
    assert ben.get("/r/x/y").status_code == 404
    lines = [line for line in file.read_text().splitlines() if not line.startswith("ben")]
    file.write_text("\n".join(lines) + "\n")
    assert ben.get("/r/x/y").status_code == 401


def test_guessing_gets_slower_and_nowhere(visit: Callable[..., TestClient], clock: Clock) -> None:
    client = visit()
    looked_at = told = 0
    for number in range(200):
        answer = sign_in(client, "anna", f"guess number {number}")
        looked_at += answer.status_code == 401
        told += answer.status_code == 429
        clock.now += 1
    # 5 free ones, then after 2, 4, 8 … 64 s: the next would be looked at after 258 s.
    assert looked_at == 11 and looked_at + told == 200
    blocked = sign_in(client, "anna")
    assert blocked.status_code == 429
    assert "초 뒤에" in blocked.json()["error"]["ko"]
    shown = client.post(
        "/login", data={"username": "anna", "password": PASSWORDS["anna"]}, headers=HTML
    )
    assert "초 뒤에" in shown.text and "again in" in shown.text
    # Neither another name from there nor another address for that name gets around it.
    assert sign_in(client, "ben").status_code == 429
    assert sign_in(visit(address="203.0.113.9"), "anna").status_code == 429
    assert sign_in(visit(address="203.0.113.9"), "ben").status_code == 200
    clock.now += 300
    assert sign_in(client, "anna").status_code == 200


def test_the_delay_doubles_up_to_five_minutes(clock: Clock) -> None:
    delay, waits = LoginDelay(clock), []
    for _ in range(16):
        assert delay.begin("anna", "1") == 0
        wait = delay.begin("anna", "1")
        waits.append(wait)
        clock.now += wait
    assert waits == [0] * 2 + waits[2:]  # each look without a wait is a try
    assert waits[-3:] == [300] * 3 and {2, 4, 8, 16, 32, 64, 128, 256} & set(waits)


def test_a_login_of_ones_own_does_not_free_an_address(clock: Clock) -> None:
    delay = LoginDelay(clock)
    tries = 0
    for _ in range(300):
        if delay.begin("anna", "1") == 0:
            tries += 1
        if delay.begin("own", "1") == 0:
            delay.succeed("own", "1")
        clock.now += 1
    assert tries < 16


def test_the_delay_remembers_in_bounded_memory(clock: Clock) -> None:
    delay = LoginDelay(clock)
    for number in range(30_000):
        delay.begin(f"name {number}", f"{number}")
    assert len(delay) == 10_000


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        Logins(file)
    assert refused.value.message_id == "login.file_open"


@pytest.mark.parametrize(
    "line",
    [
        "anna",
        "anna:secret",
        "Anna:scrypt$1$1$1$x$y",
        "anna:scrypt$16384$8$1$!!$!!",
        "anna:scrypt$1073741824$8$1$AAAA$AAAA",
        "../x:y",
    ],
)
def test_a_broken_line_is_named(file: Path, line: str) -> None:
    file.write_text(f"{file.read_text()}\n{line}\n")
    with pytest.raises(SettingsError) as refused:
        Logins(file)
    assert refused.value.values["line"] == 4


def test_the_file_holds_no_password_and_its_own_salt(file: Path) -> None:
    add_login(file, "carl", PASSWORDS["anna"], is_staff=False)
    text = file.read_text()
    assert not any(password in text for password in PASSWORDS.values())
    records = [line.split(":")[1] for line in text.splitlines()]
    assert len(set(records)) == 3 and file.stat().st_mode & 0o777 == 0o600
    assert text.count(":staff") == 1
