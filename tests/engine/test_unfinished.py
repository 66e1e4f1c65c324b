"""Conversions stopped, killed, resumed and met by another: whole or not there."""

import errno
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import torch
from filelock import FileLock

import zit_engine.engine.convert as convert_module
from tests.engine.conversions import (
    MB,
    assert_cast,
    assert_whole,
    build_pocket_fp32,
    build_wide,
    child,
)
from zit_engine.engine.convert import convert
from zit_engine.engine.unfinished import work_folder
from zit_engine.errors import CheckpointRefused, DiskFull, EngineError


@pytest.fixture
def pocket_fp32(tmp_path: Path) -> Path:
    return build_pocket_fp32(tmp_path / "source")


def test_two_at_once_on_one_target_are_kept_apart(pocket_fp32, tmp_path):
    work = work_folder(tmp_path / "made")
    work.mkdir()
    with FileLock(work / "lock"), pytest.raises(EngineError) as busy:
        convert(pocket_fp32, tmp_path / "made")
    assert busy.value.message_id == "error.convert_busy"
    assert os.listdir(work) == ["lock"]
    assert_whole(convert(pocket_fp32, tmp_path / "made").folder)


class Stopped(Exception):
    pass


def stop_at(share: float):
    def on_progress(stage: str, done: int, total: int) -> None:
        if stage == "write" and done > share * total:
            raise Stopped

    return on_progress


def shards_of(folder: Path) -> dict[str, tuple[int, int]]:
    """{shard: (file number, time of its last change)}: what a rewritten file cannot keep."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.glob("*/*.safetensors")
    }


def test_the_next_try_keeps_what_is_finished(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    kept = shards_of(work_folder(tmp_path / "made") / "folder")
    assert kept and not (tmp_path / "made").exists()
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == len(kept)
    assert shards_of(made.folder).items() >= kept.items()
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_a_disk_that_fills_up_meanwhile_is_told_and_goes_on_later(
    pocket_fp32, tmp_path, monkeypatch
):
    replace, seen = os.replace, []

    def no_room(source, target):
        seen.append(target)
        if len(seen) == 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", no_room)
        with pytest.raises(DiskFull) as full:
            convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert full.value.values["needed_gb"] > 0 and not (tmp_path / "made").exists()
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed >= 2
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_a_finished_file_that_rotted_is_written_again(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    folder = work_folder(tmp_path / "made") / "folder"
    kept = shards_of(folder)
    path = folder / min(kept)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == len(kept) - 1
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_another_request_does_not_take_over_the_unfinished_one(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    made = convert(pocket_fp32, tmp_path / "made", "float16", 0.01)
    assert made.resumed == 0
    assert_cast(pocket_fp32, made.folder, torch.float16)


def test_a_source_that_changed_meanwhile_begins_anew(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    path = next((pocket_fp32 / "text_encoder").glob("*.safetensors"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 0x01
    path.write_bytes(data)
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == 0
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_a_source_that_changes_under_the_work_gives_no_result(pocket_fp32, tmp_path):
    path = next((pocket_fp32 / "vae").glob("*.safetensors"))

    def touch(stage: str, done: int, total: int) -> None:
        os.utime(path)

    with pytest.raises(CheckpointRefused):
        convert(pocket_fp32, tmp_path / "made", on_progress=touch)
    assert not (tmp_path / "made").exists()


def test_a_result_that_reads_back_differently_gets_no_name(pocket_fp32, tmp_path, monkeypatch):
    finish = convert_module.finish

    def rot(shards, small, folder, sums, on_progress):
        path = folder / shards[0].file
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        finish(shards, small, folder, sums, on_progress)

    with monkeypatch.context() as patched:
        patched.setattr(convert_module, "finish", rot)
        with pytest.raises(CheckpointRefused) as refused:
            convert(pocket_fp32, tmp_path / "made", shard_gb=0.01)
    assert refused.value.values["key"] == "SHA-256"
    assert not (tmp_path / "made").exists()
    made = convert(pocket_fp32, tmp_path / "made", shard_gb=0.01)
    assert made.resumed == made.shards - 1
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def kill_and_resume(source: Path, target: Path, kills: int, shard_gb: float) -> None:
    """kill -9 at `kills` random moments; each time the target is whole or not there."""
    moments = random.Random(20261124)
    beside = {path.name for path in source.parent.iterdir()}
    duration, landed, runs = 1.0, 0, 0
    while landed < kills:
        runs += 1
        assert runs < 4 * kills + 4
        process = child(source, target, shard_gb, MB)
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        try:
            # The first run is left alone: its length sets the range of moments.
            process.wait(300 if runs == 1 else moments.uniform(0, duration))
            duration = time.monotonic() - started if runs == 1 else duration
        except subprocess.TimeoutExpired:
            process.kill()
            landed += 1
        process.communicate()
        if target.exists():
            assert_whole(target)
            shutil.rmtree(target)
        left = {path.name for path in source.parent.iterdir()} - beside
        assert left <= {work_folder(target).name}
    assert_cast(source, convert(source, target, "bfloat16", shard_gb).folder, torch.bfloat16)
    assert_whole(target)
    assert {path.name for path in source.parent.iterdir()} - beside == {target.name}


def test_killed_at_five_random_moments(pocket_fp32, tmp_path):
    kill_and_resume(pocket_fp32, tmp_path / "made", 5, 0.01)


@pytest.mark.slow
def test_killed_at_twenty_random_moments(tmp_path):
    source = build_wide(tmp_path / "source", megabytes=300, largest=40 * MB)
    kill_and_resume(source, tmp_path / "made", 20, 0.02)
