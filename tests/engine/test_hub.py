"""Downloads against a hub on the loopback: room, progress, cuts, two at once, refusals."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from tests.engine.fake_hub import COMMIT, FakeHub
from zit_engine.engine import hub
from zit_engine.engine.hub import _bar_telling, cached_snapshot, fetch_snapshot
from zit_engine.errors import DiskFull, ModelMissing
from zit_engine.messages import explain
from zit_engine.settings import ROOT

MB = 10**6
REPO = "owner/name"


@pytest.fixture
def fake() -> FakeHub:
    return FakeHub(
        {
            "model_index.json": b"{}",
            "transformer/config.json": b"{ }",
            "transformer/a-00001-of-00002.safetensors": os.urandom(3 * MB),
            "transformer/a-00002-of-00002.safetensors": os.urandom(2 * MB),
            "transformer/old.bin": os.urandom(MB),
            "tokenizer/tokenizer.json": os.urandom(MB // 2),
            "tokenizer/evil.py": b"import os",
            "preview.png": os.urandom(MB),
        }
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(hub, "_PAUSES_S", (0.01, 0.01))
    # 10 MB otherwise, which is more than these files have.
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 2**16)
    return folder


@pytest.fixture
def address(fake: FakeHub, cache: Path, monkeypatch) -> Iterator[str]:
    with fake.running() as url:
        point_at(url, monkeypatch)
        yield url


def point_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    template = f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


WANTED = {
    "model_index.json",
    "transformer/config.json",
    "transformer/a-00001-of-00002.safetensors",
    "transformer/a-00002-of-00002.safetensors",
    "tokenizer/tokenizer.json",
}


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_everything_needed_comes_and_nothing_else(fake, address, capsys):
    told: list[float] = []
    folder = fetch_snapshot(REPO, "", told.append)
    assert folder.name == COMMIT
    assert content(folder) == {name: fake.files[name] for name in WANTED}
    assert fake.served["transformer/old.bin"] == fake.served["tokenizer/evil.py"] == 0
    assert told == sorted(told) and told[-1] == 1.0
    assert 0 < told[0] < 0.5 and len(set(told)) > 5


def test_a_second_time_nothing_comes(fake, address, capsys):
    first = fetch_snapshot(REPO, "")
    before = fake.total
    assert fetch_snapshot(REPO, "") == first
    assert fake.total == before
    assert cached_snapshot(REPO, "") == first


def test_the_tokenizer_alone(fake, address, capsys):
    folder = fetch_snapshot(REPO, "", patterns=hub.TOKENIZER_FILES)
    assert set(content(folder)) == {"tokenizer/tokenizer.json"}


def test_a_cut_in_the_middle_goes_on_there(fake, address, capsys):
    big = "transformer/a-00001-of-00002.safetensors"
    fake.cuts[big] = 2
    told: list[float] = []
    folder = fetch_snapshot(REPO, "", told.append)
    assert (folder / big).read_bytes() == fake.files[big]
    assert fake.served[big] < 1.2 * len(fake.files[big])
    assert told == sorted(told)


def test_a_long_cut_keeps_the_files_that_are_whole(fake, address, monkeypatch, capsys):
    """The library gives up on one file; the others are there already and stay."""
    real = huggingface_hub.file_download.http_get
    broken = ["transformer/a-00002-of-00002.safetensors"]

    def cut_once(url, *args, **options):
        if broken and url.endswith(broken[0]):
            broken.clear()
            raise huggingface_hub.file_download.httpx2.ReadError("cut")
        return real(url, *args, **options)

    monkeypatch.setattr(huggingface_hub.file_download, "http_get", cut_once)
    folder = fetch_snapshot(REPO, "")
    assert set(content(folder)) == WANTED
    assert all(fake.served[name] == len(fake.files[name]) for name in WANTED)


def test_no_room_is_told_before_the_first_byte(fake, address, cache, monkeypatch, capsys):
    usage = shutil.disk_usage("/")._replace(free=1_003_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFull) as full:
        fetch_snapshot(REPO, "")
    assert full.value.values == {"needed_gb": "1.0", "free_gb": "1.0"}
    assert fake.total == 0 and not list(cache.rglob("*.safetensors"))


def test_what_is_there_needs_no_room(fake, address, monkeypatch, capsys):
    fetch_snapshot(REPO, "")
    usage = shutil.disk_usage("/")._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert fetch_snapshot(REPO, "").name == COMMIT


def test_a_disk_that_fills_up_meanwhile(fake, address, monkeypatch, capsys):
    def full(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(huggingface_hub.file_download, "http_get", full)
    with pytest.raises(DiskFull):
        fetch_snapshot(REPO, "")


@pytest.mark.parametrize(
    ("status", "code", "revision", "message_id"),
    [
        (404, "RepoNotFound", "", "error.model_unknown"),
        (401, "RepoNotFound", "", "error.model_unknown"),
        (403, "GatedRepo", "", "error.model_gated"),
        (200, "", "no-such-branch", "error.model_revision"),
        (503, "", "", "error.model_offline"),
    ],
)
def test_refusals_are_told_apart(fake, address, status, code, revision, message_id, capsys):
    fake.status, fake.error_code = status, code
    with pytest.raises(ModelMissing) as missing:
        fetch_snapshot(REPO, revision)
    assert missing.value.message_id == message_id
    for lang in ("ko", "en"):
        assert REPO in explain(missing.value, lang)


def test_without_a_network_the_cached_copy_serves(fake, address, monkeypatch, capsys):
    folder = fetch_snapshot(REPO, "")
    point_at("http://127.0.0.1:9", monkeypatch)
    assert fetch_snapshot(REPO, "") == folder


def test_without_network_or_copy_it_says_so(cache, monkeypatch, capsys):
    point_at("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(ModelMissing) as missing:
        fetch_snapshot(REPO, "")
    assert missing.value.message_id == "error.model_offline"
    assert cached_snapshot(REPO, "") is None


def fetch_in_child(address: str, cache: Path) -> subprocess.Popen[str]:
    code = (
        "from zit_engine.engine.hub import fetch_snapshot;"
        f"print(fetch_snapshot({REPO!r}, ''), flush=True)"
    )
    env = os.environ | {"HF_ENDPOINT": address, "HF_HUB_CACHE": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_two_processes_end_with_one_copy(fake, address, cache):
    fake.pause_s = 0.005
    children = [fetch_in_child(address, cache) for _ in range(2)]
    folders = {child.communicate(timeout=120)[0].splitlines()[-1] for child in children}
    assert len(folders) == 1
    assert content(Path(folders.pop())) == {name: fake.files[name] for name in WANTED}
    assert all(fake.served[name] == len(fake.files[name]) for name in WANTED)


def test_a_killed_download_leaves_what_is_whole(fake, address, cache, capsys):
    fake.pause_s = 0.05
    child = fetch_in_child(address, cache)
    big = "transformer/a-00001-of-00002.safetensors"
    try:
        while fake.served[big] < MB:
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()
    fake.pause_s = 0.0
    assert cached_snapshot(REPO, "") is None  # half of it is no model
    folder = fetch_snapshot(REPO, "")
    assert content(folder) == {name: fake.files[name] for name in WANTED}
    assert fake.served["tokenizer/tokenizer.json"] == len(fake.files["tokenizer/tokenizer.json"])


def test_fraction_rises_while_the_total_grows(capsys):
    told = []
    bar = _bar_telling(told.append, 0)(total=100, unit="B")
    bar.update(50)
    bar.total = 400
    bar.update(50)
    bar.update(300)
    bar.close()
    assert told == [0.5, 0.5, 1.0]


def test_other_bars_tell_nothing(capsys):
    told = []
    bar = _bar_telling(told.append, 0)(total=3, unit="it")
    bar.update(1)
    bar.close()
    assert told == []


def test_what_is_not_cached_is_none():
    assert cached_snapshot("nobody/never-fetched", "") is None
