"""A file under its final name is whole, whatever dies meanwhile; nobody reaches another's."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from zit_engine.errors import JobNotFound, SaveFailed, SettingsError
from zit_engine.store.expiry import ARCHIVE_S
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History

NAME = "따뜻한-라떼_7.png"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_saved_is_found(files, tmp_path):
    path = files.save("owner-1", "job-1", NAME, b"picture")
    assert path == tmp_path / "results" / owner_key("owner-1") / "job-1" / NAME
    assert path.read_bytes() == b"picture"
    assert files.path_of("owner-1", "job-1", NAME) == path
    assert files.path_by_key(owner_key("owner-1"), "job-1", NAME) == path
    assert everything_in(tmp_path) == [path]


def test_only_this_user_can_read(files, tmp_path):
    before = os.umask(0)
    try:
        path = files.save("owner-1", "job-1", NAME, b"picture")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent, tmp_path / "results"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_the_owner_id_is_not_written_down(files, tmp_path):
    files.save("owner-secret", "job-1", NAME, b"picture")
    assert not [path for path in tmp_path.rglob("*") if "secret" in str(path.relative_to(tmp_path))]
    assert len(owner_key("owner-secret")) == 16


def test_saving_again_replaces(files):
    files.save("o", "j", NAME, b"old")
    assert files.save("o", "j", NAME, b"new").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("job_id", "name"),
    [
        ("j", "missing.png"),
        ("missing", NAME),
        ("j", f"../j/{NAME}"),
        ("..", NAME),
        (".", NAME),
        ("", NAME),
        ("j", ""),
        ("j", "."),
        ("j", ".."),
        ("j/../j", NAME),
        ("j", f"{NAME}\x00"),
        ("j\x00", NAME),
        ("j", "\u202e" + NAME),
        ("j", "/etc/passwd"),
        ("j", "..\\" + NAME),
        ("j", "%2e%2e%2f" + NAME),
        ("j", "CON"),
        ("j", "x" * 300),
        ("j", "\ud800"),
        ("\ud800", NAME),
    ],
)
def test_no_other_path_is_reached(files, job_id, name):
    files.save("o", "j", NAME, b"picture")
    with pytest.raises(JobNotFound):
        files.path_of("o", job_id, name)


@pytest.mark.parametrize("key", ["", "..", "../results", "x" * 16, "\x00", "0" * 15, "가" * 16])
def test_no_other_owner_key_is_reached(files, key):
    with pytest.raises(JobNotFound):
        files.path_by_key(key, "j", NAME)


def test_a_stranger_finds_nothing(files):
    files.save("owner-1", "j", NAME, b"picture")
    with pytest.raises(JobNotFound):
        files.path_of("owner-2", "j", NAME)
    assert files.delete("owner-2", "j", NAME) is False


def test_a_link_out_of_the_folder_is_not_followed(files, tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"secret")
    path = files.save("o", "j", NAME, b"picture")
    path.with_name("link.png").symlink_to(outside)
    with pytest.raises(JobNotFound):
        files.path_of("o", "j", "link.png")


@pytest.mark.parametrize("name", ["../x.png", "a/b.png", "", ".x", "x" * 90 + ".png", "a\x00.png"])
def test_unusable_names_are_not_saved(files, tmp_path, name):
    with pytest.raises(SaveFailed):
        files.save("o", "j", name, b"picture")
    assert everything_in(tmp_path) == []


def test_delete_takes_the_empty_folder_along(files):
    path = files.save("o", "j", NAME, b"picture")
    assert files.delete("o", "j", NAME) is True
    assert not path.parent.exists()
    assert files.delete("o", "j", NAME) is False


def test_an_error_while_writing_leaves_nothing(files, tmp_path):
    with pytest.raises(ZeroDivisionError), files.writing("o", "j", NAME) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert everything_in(tmp_path) == []


def test_expiry_by_age(files):
    now = time.time()
    old, young = (files.save("o", job_id, NAME, b"x") for job_id in ("old", "young"))
    os.utime(old, (now - 31 * 86400,) * 2)
    os.utime(young, (now - 29 * 86400,) * 2)
    assert files.expire(days=30, now=now) == 1
    assert not old.parent.exists() and young.exists()


def test_a_clock_set_back_expires_nothing(files):
    path = files.save("o", "j", NAME, b"x")
    assert files.expire(days=30, now=time.time() - 86400) == 0
    assert path.exists()


def test_archives_live_an_hour(files):
    path = files.save("o", "zip-1", "all.zip", b"x")
    assert files.expire(days=30, now=time.time() + ARCHIVE_S - 60) == 0
    assert files.expire(days=30, now=time.time() + ARCHIVE_S + 60) == 1
    assert not path.exists()


def test_sweep_takes_dead_writes_and_leaves_live_ones(files, tmp_path):
    whole = files.save("o", "j", NAME, b"x")
    dead = whole.with_name(".0123.part")
    dead.write_bytes(b"half")
    with files.writing("o", "j", "live.png") as file:
        file.write(b"first ")
        assert Files(tmp_path).sweep() == 1
        file.write(b"second")
    assert not dead.exists() and whole.exists()
    assert files.path_of("o", "j", "live.png").read_bytes() == b"first second"


def test_free_bytes(files):
    assert files.free_bytes() > 0


def test_a_folder_that_is_a_file_is_told_at_start(tmp_path):
    (tmp_path / "data").write_text("x")
    with pytest.raises(SettingsError) as caught:
        Files(tmp_path / "data")
    assert caught.value.message_id == "error.data_dir"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told_at_start(tmp_path):
    (tmp_path / "results").mkdir(mode=0o500)
    with pytest.raises(SettingsError):
        Files(tmp_path)


def test_folders_that_vanish_are_made_again(files, tmp_path):
    stop = threading.Event()

    def come_and_go():
        while not stop.is_set():
            files.save("o", "j", "passing.png", b"x")
            files.delete("o", "j", "passing.png")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(100):
            files.save("o", "j", NAME, b"x")
            assert files.delete("o", "j", NAME)
        files.save("o", "j", NAME, b"x")
    finally:
        stop.set()
        thread.join()
    assert [path.name for path in everything_in(tmp_path)] == [NAME]


def _save_on_a_full_disk(root: str, limit: int) -> None:
    files = Files(Path(root))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        files.save("o", "j", "big.png", b"x" * 1_000_000)
    except SaveFailed as error:
        assert "too large" in error.detail.lower(), error.detail
        files.save("o", "j", "small.png", b"x" * min(limit, 100))
        os._exit(7)
    os._exit(0)


@pytest.mark.parametrize("limit", [0, 1, 65_536, 999_999])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, limit):
    process = multiprocessing.get_context("fork").Process(
        target=_save_on_a_full_disk, args=(str(tmp_path), limit)
    )
    process.start()
    process.join(30)
    left = [path.name for path in everything_in(tmp_path)]
    assert "big.png" not in left and not [name for name in left if name.endswith(".part")]
    assert (process.exitcode, left) == (7, ["small.png"])


WRITER = """
import sys
from pathlib import Path
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.files import Files
from zit_engine.store.history import History

root = Path(sys.argv[1])
files, history = Files(root), History(root / "history.sqlite3")
print("ready", flush=True)
for number in range(100_000):
    name = f"{sys.argv[2]}-{number}.png"
    size = 200_000 + number
    files.save("o", "j", name, (name.encode() + b"." * size)[:size])
    request = AdRequest("prompt", seed=number)
    history.add("o", AdResult("j", name, request, "m", 8, 8, "png", size, 1.0, 0.0))
"""


def kill_while_writing(root: Path, rounds: int) -> None:
    """Start a writer, kill -9 it after a different short time, look at what is left; again."""
    for round_ in range(rounds):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), str(round_)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        time.sleep(0.005 + (round_ * 37 % 150) / 1000)
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        writer.stdout.close()
        files = Files(root)
        files.sweep()
        for path in everything_in(root / "results"):
            assert path.suffix == ".png"
            assert path.stat().st_size == 200_000 + int(path.stem.split("-")[1])
            assert path.read_bytes().startswith(path.name.encode() + b".")
        history = History(root / "history.sqlite3")
        assert history.prune_missing(files) == 0
        history.close()
    assert not list(root.glob("*corrupt*"))
    assert everything_in(root / "results")


def test_kill_while_saving(tmp_path):
    kill_while_writing(tmp_path, rounds=8)


@pytest.mark.slow
def test_kill_while_saving_many_times(tmp_path):
    kill_while_writing(tmp_path, rounds=50)


def _save_many(root: str, mark: int) -> None:
    files = Files(Path(root))
    for number in range(30):
        files.save("o", "j", f"{mark}-{number}.png", bytes([mark]) * 5000)
        files.save("o", "j", "same.png", bytes([mark]) * 5000)
        files.sweep()


def test_two_processes_in_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    marks = (1, 2)
    processes = [context.Process(target=_save_many, args=(str(tmp_path), m)) for m in marks]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    found = everything_in(tmp_path / "results")
    assert len(found) == 61
    for path in found:
        data = path.read_bytes()
        assert len(data) == 5000 and len(set(data)) == 1
