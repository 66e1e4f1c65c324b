"""The painted original stays with its picture: hidden, shared where it can be, gone with it."""

import errno
import os
import time
from pathlib import Path

import pytest

from tests.store.test_files import NAME, everything_in
from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.store.expiry import LONE_S
from zit_engine.store.files import Files
from zit_engine.store.names import is_master_name, is_safe_name, master_name

DAY = 86400


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def kept(files: Files, job: str = "j", name: str = NAME) -> tuple[Path, Path]:
    return files.save_master("o", job, name, b"master"), files.save("o", job, name, b"picture")


def aged(path: Path, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def test_names_of_originals():
    assert master_name(NAME) == master_name(NAME) != master_name("b.png")
    assert is_master_name(master_name(NAME)) and not is_safe_name(master_name(NAME))
    assert not is_master_name(NAME) and not is_master_name("m-0123456789abcdef.png")
    assert is_master_name(master_name("\ud800"))


def test_an_original_is_found_beside_its_picture(files, tmp_path):
    master, picture = kept(files)
    assert files.master_of("o", "j", NAME) == master
    assert master.read_bytes() == b"master" and master.parent == picture.parent
    assert master.stat().st_mode & 0o777 == 0o600
    assert sorted(everything_in(tmp_path)) == sorted([master, picture])


@pytest.mark.parametrize(
    ("owner", "job", "name"),
    [
        ("other", "j", NAME),
        ("o", "other", NAME),
        ("o", "j", "other.png"),
        ("o", "..", NAME),
        ("o", "j", "../" + NAME),
        ("o", "j", ""),
        ("o", "\ud800", "\ud800"),
    ],
)
def test_no_other_original_is_reached(files, owner, job, name):
    kept(files)
    with pytest.raises(JobNotFound):
        files.master_of(owner, job, name)
    with pytest.raises(JobNotFound):
        files.link_master(owner, job, name, "new", "new.png")


def test_no_link_names_an_original(files):
    kept(files)
    with pytest.raises(JobNotFound):
        files.path_of("o", "j", master_name(NAME))


@pytest.mark.parametrize("name", ["../x.png", "", ".x"])
def test_unusable_names_are_refused(files, tmp_path, name):
    kept(files)
    with pytest.raises(SaveFailed):
        files.save_master("o", "j", name, b"x")
    with pytest.raises(SaveFailed):
        files.link_master("o", "j", NAME, "j", name)
    assert len(everything_in(tmp_path)) == 2


def test_a_derived_picture_shares_it(files):
    master, _ = kept(files)
    linked = files.link_master("o", "j", NAME, "new", "new.png")
    assert linked.samefile(master) and files.master_of("o", "new", "new.png") == linked
    assert files.link_master("o", "j", NAME, "new", "new.png").samefile(master)
    files.save("o", "new", "new.png", b"derived")
    assert files.delete("o", "j", NAME)
    assert linked.read_bytes() == b"master"
    assert files.delete("o", "new", "new.png")
    assert not linked.exists() and not linked.parent.exists()


def test_where_no_link_can_be_made_it_is_copied(files, monkeypatch):
    master, _ = kept(files)

    def refuse(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    copied = files.link_master("o", "j", NAME, "new", "new.png")
    assert copied.read_bytes() == b"master" and not copied.samefile(master)
    assert copied.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in copied.parent.iterdir()] == [copied.name]


def test_deleting_takes_it_along(files, tmp_path):
    kept(files)
    assert files.delete("o", "j", NAME) is True
    assert everything_in(tmp_path) == []
    assert files.delete("o", "j", NAME) is False


def test_half_a_deletion_is_finished_later(files, tmp_path):
    _, picture = kept(files)
    picture.unlink()
    assert files.delete("o", "j", NAME) is False
    assert everything_in(tmp_path) == []


def test_expiry_takes_it_along_whatever_its_own_age(files, tmp_path):
    old_master, old = kept(files, "old")
    young_master, young = kept(files, "young")
    aged(old, 31)
    aged(young_master, 400)
    assert files.expire(30, time.time()) == 1
    assert sorted(everything_in(tmp_path)) == sorted([young_master, young])
    assert not old_master.exists()


def test_one_that_lost_its_picture_goes_after_an_hour(files, tmp_path):
    master, picture = kept(files)
    picture.unlink()
    aged(master, 400)  # an old original may just have been given to a picture still being made
    now = time.time()
    assert files.expire(30, now + LONE_S - 60) == 0 and master.exists()
    assert files.expire(30, now + LONE_S + 60) == 0
    assert everything_in(tmp_path) == []


def test_bytes_are_counted_once(files):
    kept(files)
    assert files.used_bytes("o") == len(b"masterpicture")
    files.link_master("o", "j", NAME, "new", "new.png")
    files.save("o", "new", "new.png", b"derived")
    files.save("o", "zip-1", "all.zip", b"x" * 1000)
    assert files.used_bytes("o") == len(b"masterpicturederived")
    assert files.used_bytes("o", without=[("j", NAME)]) == len(b"masterderived")
    both = [("j", NAME), ("new", "new.png"), ("gone", "gone.png")]
    assert files.used_bytes("o", without=both) == 0
    assert files.used_bytes("nobody") == 0
