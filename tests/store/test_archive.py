"""A selection becomes one sound ZIP with Korean names, without passing through memory."""

import io
import os
import resource
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.archive import LINK_GRACE_S, pack, write_archive
from zit_engine.store.files import Files

ROOT = Path(__file__).resolve().parents[2]


def saved(files: Files, job_id: str, name: str, data: bytes) -> AdResult:
    files.save("o", job_id, name, data)
    return AdResult(job_id, name, AdRequest("a"), "m", 1, 1, "png", len(data), 1.0, 0.0)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def test_korean_names_and_whole_pictures(files):
    pictures = [saved(files, "j", f"따뜻한-라떼_{n}.png", bytes([n]) * 1000) for n in range(3)]
    job_id, path = write_archive(files, "o", pictures, "고른-그림.zip")
    assert path == files.path_of("o", job_id, "고른-그림.zip")
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [picture.name for picture in pictures]
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            # Bit 11 says UTF-8; without it Windows shows the names in its own code page.
            assert entry.flag_bits & 0x800
        assert archive.read(pictures[2].name) == bytes([2]) * 1000


def test_names_that_meet_are_numbered(files):
    pictures = [saved(files, f"j{n}", "라떼.png", bytes([n])) for n in range(3)]
    pictures.append(saved(files, "j4", "A.png", b"a"))
    pictures.append(saved(files, "j4", "a.png", b"b"))
    _, path = write_archive(files, "o", pictures, "all.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert names == ["라떼.png", "라떼 (2).png", "라떼 (3).png", "A.png", "a (2).png"]


def test_deleted_pictures_are_left_out(files):
    pictures = [saved(files, "j", f"{n}.png", b"x") for n in range(2)]
    files.delete("o", "j", "0.png")
    _, path = write_archive(files, "o", pictures, "all.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["1.png"]


def test_nothing_to_pack(files, tmp_path):
    picture = saved(files, "j", "a.png", b"x")
    with pytest.raises(JobNotFound):
        write_archive(files, "stranger", [picture], "all.zip")
    with pytest.raises(JobNotFound):
        write_archive(files, "o", [], "all.zip")
    assert not list(tmp_path.rglob("*.zip"))


def test_an_unusable_name(files):
    with pytest.raises(SaveFailed):
        write_archive(files, "o", [saved(files, "j", "a.png", b"x")], "../all.zip")
    with pytest.raises(ValueError, match="zip"):
        write_archive(files, "o", [saved(files, "j", "a.png", b"x")], "all.png")


def test_old_clocks_do_not_stop_it(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    target = io.BytesIO()
    pack([path], target)
    assert zipfile.ZipFile(target).read("a.png") == b"x"


PACK_300_MB = """
import resource, sys
from pathlib import Path
from zit_engine.store.archive import pack

paths = sorted(Path(sys.argv[1]).glob("*.png"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[2], "wb") as target:
    pack(paths, target)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_large_selections_stream(tmp_path):
    for number in range(3):
        with open(tmp_path / f"{number}.png", "wb") as file:
            file.truncate(100_000_000)
    target = tmp_path / "all.zip"
    command = [sys.executable, "-c", PACK_300_MB, str(tmp_path), str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20_000  # kilobytes
    assert target.stat().st_size > 300_000_000
    target.unlink()


def archives(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*.zip"))


def made_before(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_twenty_presses_leave_two(files, tmp_path):
    pictures = [saved(files, "j", "a.png", b"x" * 1000)]
    for number in range(20):
        _, last = write_archive(files, "o", pictures, f"{number:02}.zip")
        made_before(last, 20 - number)
    assert archives(tmp_path) == ["18.zip", "19.zip"]
    for path in tmp_path.rglob("*.zip"):
        made_before(path, LINK_GRACE_S + 1)
    write_archive(files, "o", pictures, "20.zip")
    assert archives(tmp_path) == ["20.zip"]


def test_a_link_handed_out_a_moment_ago_still_works(files):
    pictures = [saved(files, "j", "a.png", b"x" * 1000)]
    first, _ = write_archive(files, "o", pictures, "all.zip")
    write_archive(files, "o", pictures, "all.zip")
    with files.path_of("o", first, "all.zip").open("rb") as begun:
        begun.read(10)
        write_archive(files, "o", pictures, "all.zip")
        with pytest.raises(JobNotFound):
            files.path_of("o", first, "all.zip")
        assert len(begun.read()) > 1000, "a download that has begun goes on"


def test_another_owners_stay(files, tmp_path):
    pictures = [saved(files, "j", "a.png", b"x")]
    files.save("p", "j", "a.png", b"x")
    write_archive(files, "p", pictures, "theirs.zip")
    for number in range(3):
        write_archive(files, "o", pictures, f"{number}.zip")
    assert "theirs.zip" in archives(tmp_path) and len(archives(tmp_path)) == 3


def test_presses_at_once_leave_two_as_well(files, tmp_path):
    pictures = [saved(files, "j", f"{n}.png", b"x" * 100_000) for n in range(4)]
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda n: write_archive(files, "o", pictures, f"{n}.zip"), range(24)))
    assert len(made) == 24 and len(archives(tmp_path)) == 2


def test_a_disk_it_would_nearly_fill_is_told_before_it_is_written(files, tmp_path, monkeypatch):
    pictures = [saved(files, "j", "a.png", b"x" * 50_000)]
    monkeypatch.setattr(files, "free_bytes", lambda: files.least_free_bytes + 40_000)
    with pytest.raises(SaveFailed) as told:
        write_archive(files, "o", pictures, "all.zip")
    assert told.value.message_id == "error.disk_low" and archives(tmp_path) == []


def test_a_full_disk_leaves_no_archive(files, tmp_path):
    pictures = [saved(files, "j", f"{n}.png", b"x" * 50_000) for n in range(4)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, hard))
    try:
        with pytest.raises(SaveFailed):
            write_archive(files, "o", pictures, "all.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == [picture.name for picture in pictures]
