"""A shop's look is remembered whole, for its owner only, until it is forgotten."""

import logging
import multiprocessing
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zit_engine.brand.brands import Brands
from zit_engine.brand.kit import BrandKit
from zit_engine.errors import SaveFailed
from zit_engine.store.files import Files, owner_key

KIT = BrandKit("햇살 카페", "02-123-4567", "#e4572e", "", "https://example.com", "top-left")
LOGO = b"\x89PNG\r\n\x1a\n" + b"pixels" * 10


@pytest.fixture
def brands(tmp_path):
    return Brands(tmp_path)


def folder(root: Path, owner: str = "o") -> Path:
    return root / "brands" / owner_key(owner)


def test_what_was_kept_is_found_by_the_next_process_too(brands, tmp_path):
    assert brands.load("o") == BrandKit() and brands.logo("o") is None
    assert not (tmp_path / "brands").exists(), "looking makes nothing"
    brands.save("o", KIT)
    brands.save_logo("o", LOGO)
    again = Brands(tmp_path)
    assert again.load("o") == KIT and again.logo("o").read_bytes() == LOGO
    again.save("o", BrandKit("새 이름"))
    assert brands.load("o") == BrandKit("새 이름") and brands.logo("o").read_bytes() == LOGO


def test_only_its_owner_finds_it(brands):
    brands.save("o", KIT)
    brands.save_logo("o", LOGO)
    assert brands.load("other") == BrandKit() and brands.logo("other") is None


def test_only_this_user_can_read(brands, tmp_path):
    before = os.umask(0)
    try:
        brands.save("owner-secret", KIT)
        brands.save_logo("owner-secret", LOGO)
    finally:
        os.umask(before)
    kept = folder(tmp_path, "owner-secret")
    assert [path.stat().st_mode & 0o777 for path in (kept, kept.parent)] == [0o700, 0o700]
    assert sorted(path.name for path in kept.iterdir()) == ["kit.json", "logo.png"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept.iterdir())
    assert not [path for path in tmp_path.rglob("*") if "secret" in str(path.relative_to(tmp_path))]


def test_it_does_not_grow_old_with_the_pictures(brands, tmp_path):
    brands.save("o", KIT)
    files = Files(tmp_path)
    files.expire(days=1, now=4e9)
    files.sweep()
    assert brands.load("o") == KIT


def test_removing_the_logo(brands):
    brands.save_logo("o", b"")
    brands.save_logo("o", LOGO)
    brands.save_logo("o", b"")
    assert brands.logo("o") is None


def test_only_a_png_is_kept_as_logo(brands):
    with pytest.raises(ValueError):
        brands.save_logo("o", b"\xff\xd8 a JPEG")


def test_forgotten_is_gone(brands, tmp_path):
    brands.forget("o")
    brands.save("o", KIT)
    brands.save_logo("o", LOGO)
    brands.save("other", KIT)
    brands.forget("o")
    assert brands.load("o") == BrandKit() and brands.logo("o") is None
    assert not folder(tmp_path).exists() and brands.load("other") == KIT


def test_forgetting_takes_everything_there_is(brands, tmp_path):
    """Also what was moved aside, what a dead writer left and what nobody knows of."""
    for _ in range(2):
        brands.save("o", KIT)
        (folder(tmp_path) / "kit.json").write_bytes(b"damage with a telephone number")
        brands.load("o")
        brands.save_logo("o", LOGO)
        (folder(tmp_path) / "logo.png").write_bytes(b"damage")
        brands.logo("o")
    brands.save("o", KIT)
    brands.save_logo("o", LOGO)
    (folder(tmp_path) / ".kit.json.part").write_bytes(b"half")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine.txt").write_text("mine")
    (folder(tmp_path) / "link").symlink_to(tmp_path / "outside")
    assert len([*folder(tmp_path).iterdir()]) == 8
    brands.forget("o")
    assert [*(tmp_path / "brands").iterdir()] == []
    assert (tmp_path / "outside" / "mine.txt").exists()
    assert brands.load("o") == BrandKit() and not folder(tmp_path).exists()


def test_keeping_beside_forgetting_never_fails_and_is_whole(tmp_path):
    def keep(mark: int) -> None:
        for _ in range(40):
            Brands(tmp_path).save("o", KIT)
            assert Brands(tmp_path).load("o") in (KIT, BrandKit())

    def forget(mark: int) -> None:
        for _ in range(40):
            Brands(tmp_path).forget("o")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, 0) for work in (keep, keep, forget, forget)]:
            done.result(60)
    Brands(tmp_path).forget("o")
    assert not folder(tmp_path).exists()


def last_opened(root: Path, days: float, owner: str = "o") -> None:
    os.utime(folder(root, owner), (time.time() - days * 86400,) * 2)


def test_a_shop_nobody_opens_and_without_pictures_is_forgotten(brands, tmp_path):
    for owner in ("gone", "painting", "opened", "changed", "young"):
        brands.save(owner, KIT)
        brands.save_logo(owner, LOGO)
        last_opened(tmp_path, 29 if owner == "young" else 31, owner)
    brands.load("opened")
    brands.save_logo("changed", b"")
    painting = owner_key("painting")
    assert brands.expire(30, time.time(), lambda key: key == painting) == 1
    left = {path.name for path in (tmp_path / "brands").iterdir()}
    assert left == {owner_key(owner) for owner in ("painting", "opened", "changed", "young")}
    assert brands.logo("painting") is not None
    assert Brands(tmp_path / "nothing").expire(30, time.time(), lambda key: False) == 0


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00" * 50,
        b"{",
        b"[]",
        b"3",
        b'{"name": 3}',
        b'{"name": "\\ud800"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name": "' + "가".encode() * 1000 + b'"}',
    ],
)
def test_a_damaged_kit_is_moved_aside_and_told(brands, tmp_path, caplog, damage):
    brands.save("o", KIT)
    kept = folder(tmp_path) / "kit.json"
    for number in (1, 2):
        kept.write_bytes(damage)
        with caplog.at_level(logging.WARNING):
            assert brands.load("o") == BrandKit()
        aside = folder(tmp_path) / f"kit.corrupt-{number}.json"
        assert aside.read_bytes() == damage and not kept.exists()
        assert aside.name in caplog.text
    brands.save("o", KIT)
    assert brands.load("o") == KIT


def test_a_damaged_logo_is_moved_aside_and_told(brands, tmp_path, caplog):
    brands.save_logo("o", LOGO)
    (folder(tmp_path) / "logo.png").write_bytes(b"\x00" * 100)
    with caplog.at_level(logging.WARNING):
        assert brands.logo("o") is None
    assert (folder(tmp_path) / "logo.corrupt-1.png").read_bytes() == b"\x00" * 100
    assert "logo.corrupt-1.png" in caplog.text


def test_a_link_out_of_the_folder_is_not_followed(brands, tmp_path):
    brands.save("o", KIT)
    (tmp_path / "outside.png").write_bytes(LOGO)
    (folder(tmp_path) / "logo.png").symlink_to(tmp_path / "outside.png")
    assert brands.logo("o") is None


def test_what_a_dead_writer_left_is_in_nobodys_way(brands, tmp_path):
    brands.save("o", KIT)
    (folder(tmp_path) / ".kit.json.part").write_bytes(b"half")
    brands.save("o", BrandKit("새 이름"))
    assert [path.name for path in folder(tmp_path).iterdir()] == ["kit.json"]


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "brands").write_text("x")
    with pytest.raises(SaveFailed):
        Brands(tmp_path).save("o", KIT)


def _save_on_a_full_disk(root: str) -> None:
    brands = Brands(Path(root))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        brands.save_logo("o", LOGO + b"x" * 100_000)
    except SaveFailed:
        os._exit(7)
    os._exit(0)


def test_a_full_disk_is_told_and_the_old_logo_stays(brands, tmp_path):
    brands.save_logo("o", LOGO)
    process = multiprocessing.get_context("fork").Process(
        target=_save_on_a_full_disk, args=(str(tmp_path),)
    )
    process.start()
    process.join(30)
    assert process.exitcode == 7
    assert brands.logo("o").read_bytes() == LOGO


def _save_many(root: str, mark: int) -> None:
    brands = Brands(Path(root))
    for number in range(20):
        brands.save("o", BrandKit(f"{mark} {number}"))
        assert brands.load("o").name


def test_two_processes_at_once(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_save_many, args=(str(tmp_path), m)) for m in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert [path.name for path in folder(tmp_path).iterdir()] == ["kit.json"]
