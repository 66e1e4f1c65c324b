"""The README's command as a process, with the real pocket model: start, a picture, goodbye."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from PIL import Image

from tests.web_browser.conftest import free_port
from zit_engine.settings import ROOT

START_S = 90


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], str]]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    env = {**os.environ, "ZIT_DATA_DIR": str(folder), "ZIT_PORT": str(port), "ZIT_MODEL": "pocket"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log, text=True
        )
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}", folder / "log")
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def wait_until_ready(process: "subprocess.Popen[str]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if json.load(answer)["state"] == "ready":
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def test_a_picture_comes_from_the_real_model(server: tuple[object, str]) -> None:
    client = Client(server[1], verbose=False)
    answer = client.predict(
        "따뜻한 라떼와 크루아상, 베이지색 배경", "anime", "kakao-bizboard", 1, 7, api_name="/make"
    )
    (file,) = answer["files"]
    with urllib.request.urlopen(server[1] + file["url"]) as reply:
        data = reply.read()
    picture = Image.open(io.BytesIO(data))
    assert (picture.size, picture.format) == ((1029, 258), "PNG")
    assert len(data) <= 300_000
    low, high = picture.convert("L").getextrema()
    assert high - low > 60
    assert answer["model"] == "Pocket"


def test_refusals_come_in_both_languages(server: tuple[object, str]) -> None:
    client = Client(server[1], verbose=False)
    for fields in ({"prompt": ""}, {"prompt": "a", "seed": "abc"}, {"prompt": "a", "count": 99}):
        with pytest.raises(Exception, match=r"[가-힣].* / .*[a-z]"):
            client.predict(api_name="/make", **fields)


@pytest.mark.parametrize("path", ["run/make", "api/make"])
def test_no_way_around_the_queue(server: tuple[object, str], path: str) -> None:
    request = urllib.request.Request(
        f"{server[1]}/gradio_api/{path}",
        data=b'{"data": ["x"]}',
        headers={"content-type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 404


def test_the_module_holds_the_one_studio() -> None:
    code = (
        "import app; from zit_engine.assembly import get_studio;"
        "assert app.STUDIO is get_studio(); assert app.demo; print('one')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().endswith("one"), done.stderr


def test_a_taken_port_is_said_in_one_line(server: tuple[object, str], tmp_path: Path) -> None:
    port = server[1].rsplit(":", 1)[1]
    env = {**os.environ, "ZIT_DATA_DIR": str(tmp_path), "ZIT_PORT": port, "ZIT_MODEL": "pocket"}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "ZIT_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_polite_stop_ends_the_process(server: tuple["subprocess.Popen[str]", str]) -> None:
    process = server[0]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
