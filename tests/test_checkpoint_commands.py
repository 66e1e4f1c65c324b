"""`checkpoint …` as a script and a person use it: what comes out where, with which exit code."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner

from zit_engine.__main__ import app
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.messages import sentences
from zit_engine.settings import ROOT

WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


def run(*words: str | Path):
    return CliRunner().invoke(app, ["checkpoint", *map(str, words)])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder like a model's whose parts hold two tensors each."""
    folder = tmp_path / "small"
    shutil.copytree(POCKET_FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    for part in ("transformer", "text_encoder", "vae"):
        stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
        tensors = {"a": torch.rand(300_000), "b": torch.rand(300_000)}
        save_file(tensors, folder / part / f"{stem}.safetensors")
    return folder


def assert_told(done, message_id: str) -> None:
    """Both sentences stand on standard error, nothing on it is a traceback."""
    for pattern in sentences()[message_id]:
        assert pattern.split("{")[0] in done.stderr
    assert "Traceback" not in done.output and isinstance(done.exception, SystemExit)


@pytest.mark.parametrize(
    ("words", "dtype"),
    [
        ([], torch.bfloat16),
        (["--dtype", "bf16"], torch.bfloat16),
        (["--dtype", "fp16"], torch.float16),
        (["--dtype", "fp32"], torch.float32),
    ],
)
def test_convert_writes_the_number_type_asked_for_and_reports_it(small, tmp_path, words, dtype):
    done = run("convert", small, tmp_path / "made", "--json", *words)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["folder"] == str(tmp_path / "made") and report["seconds"] >= 0
    assert (report["shards"], report["tensors"], report["resumed"]) == (3, 6, 0)
    assert report["dtype"] == str(dtype).removeprefix("torch.")
    files = list((tmp_path / "made").glob("*/*.safetensors"))
    assert report["size_bytes"] == sum(path.stat().st_size for path in files)
    with (
        safe_open(tmp_path / "made" / WEIGHTS, "pt") as after,
        safe_open(small / WEIGHTS, "pt") as before,
    ):
        assert torch.equal(after.get_tensor("a"), before.get_tensor("a").to(dtype))


def test_convert_cuts_as_asked_and_tells_the_folder_first(small, tmp_path):
    done = run("convert", small, tmp_path / "made", "--shard-gb", "0.001")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == str(tmp_path / "made")
    assert len(list((tmp_path / "made").glob("*/*-of-00002.safetensors"))) == 6


def test_progress_is_a_few_lines_in_a_log_file(small, tmp_path):
    done = run("convert", small, tmp_path / "made")
    lines = done.stderr.splitlines()
    assert 4 <= len(lines) <= 22 and "\r" not in done.stderr
    assert "writing" in lines[0] and "checking" in lines[-1]


def test_progress_is_a_bar_on_a_terminal(small, tmp_path):
    leader, follower = pty.openpty()
    words = ["convert", str(small), str(tmp_path / "made"), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "zit_engine", "checkpoint", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    out, _ = process.communicate(timeout=120)
    os.close(follower)
    shown = os.read(leader, 65536).decode()
    os.close(leader)
    assert process.returncode == 0 and json.loads(out)["shards"] == 3
    assert "\r" in shown and "█" * 30 in shown and re.search(r"0\.01/0\.01 GB", shown)


@pytest.mark.parametrize(
    ("words", "message_id"),
    [
        (["--dtype", "int8"], "error.dtype_unknown"),
        (["--shard-gb", "0"], "error.shard_size"),
        (["--shard-gb", "nan"], "error.shard_size"),
        (["--shard-gb", "two"], "error.shard_size"),
    ],
)
def test_an_unusable_option_has_code_2(small, tmp_path, words, message_id):
    done = run("convert", small, tmp_path / "made", *words)
    assert done.exit_code == 2 and done.stdout == ""
    assert_told(done, message_id)
    assert {path.name for path in tmp_path.iterdir()} == {"small"}


@pytest.mark.parametrize("command", ["convert"])
@pytest.mark.parametrize("source", ["nothing/here", "no-such-folder", "x" * 300, "."])
def test_no_model_there_has_code_2(tmp_path, command, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(command, source, *(["made"] if command == "convert" else []), "--json")
    assert done.exit_code == 2, done.output
    assert_told(done, "error.checkpoint_missing")
    assert json.loads(done.stdout)["error"] == "error.checkpoint_missing"


def test_a_taken_name_has_code_2(small, tmp_path):
    (tmp_path / "made").mkdir()
    done = run("convert", small, tmp_path / "made", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["path"] == str(tmp_path / "made")
    assert_told(done, "error.target_exists")


def test_a_damaged_file_has_code_1_and_is_named(small, tmp_path):
    path = small / WEIGHTS
    path.write_bytes(path.read_bytes()[:-7])
    done = run("convert", small, tmp_path / "made", "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert (report["error"], report["file"]) == ("error.checkpoint_refused", WEIGHTS)
    assert all(report[name] for name in ("key", "found", "expected", "ko", "en"))
    assert_told(done, "error.checkpoint_refused")


def test_a_folder_that_cannot_be_written_has_code_1(small, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("convert", small, tmp_path / "file" / "made")
    assert done.exit_code == 1
    assert_told(done, "error.file_failed")


def test_what_is_kept_of_a_failed_conversion_is_told(small, tmp_path):
    path = small / "vae" / "diffusion_pytorch_model.safetensors"
    save_file({"loud": torch.tensor([1e30])}, path)
    done = run("convert", small, tmp_path / "made", "--dtype", "fp16")
    assert done.exit_code == 1
    assert_told(done, "error.checkpoint_refused")
    assert str(tmp_path / ".made.partial") in done.stderr
    save_file({"quiet": torch.ones(3)}, path)
    assert run("convert", small, tmp_path / "made", "--dtype", "fp16").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"small", "made"}


def test_a_conversion_under_way_is_not_offered_for_deletion(small, tmp_path):
    work = tmp_path / ".made.partial"
    (work / "folder").mkdir(parents=True)
    with FileLock(work / "lock"):
        done = run("convert", small, tmp_path / "made")
    assert done.exit_code == 1
    assert_told(done, "error.convert_busy")
    assert str(work) not in done.stderr


def test_a_repo_in_the_cache_is_taken_by_name(small, tmp_path):
    cache = tmp_path / "hub"
    repo, commit = cache / "models--someone--Toy-Image", "a" * 40
    shutil.copytree(small, repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine", "checkpoint", "convert", "someone/Toy-Image",
         str(tmp_path / "made"), "--json"],
        cwd=ROOT,
        env=os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["tensors"] == 6


def test_help_needs_no_torch():
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from zit_engine.__main__ import app\n"
        "done = CliRunner().invoke(app, ['checkpoint', '--help'])\n"
        "assert done.exit_code == 0 and 'convert' in done.output, done.output\n"
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
