"""Which model on which device, as a table, and each reason in both languages."""

from pathlib import Path

import pytest

from zit_engine.engine import placement
from zit_engine.engine.placement import (
    FULL_REPOS,
    POCKET_FOLDER,
    Device,
    choose_model,
    content_hash,
)
from zit_engine.errors import ModelMissing
from zit_engine.messages import say

CPU = Device("cpu", "CPU")
MPS = Device("mps", "Apple GPU")
SMALL = Device("cuda", "RTX 3060", 12.9)
RTX = Device("cuda", "RTX 4060 Ti", 17.1)
L4 = Device("cuda", "L4", 23.9)
H100 = Device("cuda", "H100", 85.0)
HOST = 16 * 10**9


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch):
    monkeypatch.setattr(placement, "cached_snapshot", lambda repo, revision: None)


@pytest.mark.parametrize(
    ("model", "device", "base", "dtype", "reason"),
    [
        ("auto", CPU, "pocket", "float32", "model.pocket_no_gpu"),
        ("auto", MPS, "pocket", "float32", "model.pocket_no_gpu"),
        ("auto", SMALL, "pocket", "bfloat16", "model.pocket_small_gpu"),
        ("auto", RTX, "z-image-turbo", "bfloat16", "model.full_download"),
        ("auto", L4, "z-image-turbo", "bfloat16", "model.full_download"),
        ("auto", H100, "z-image-turbo", "bfloat16", "model.full_download"),
        ("pocket", H100, "pocket", "bfloat16", "model.pocket_asked"),
        ("pocket", CPU, "pocket", "float32", "model.pocket_asked"),
        (str(POCKET_FOLDER), CPU, "pocket", "float32", "model.asked"),
        ("Tongyi-MAI/Z-Image-Turbo", H100, "z-image-turbo", "bfloat16", "model.asked"),
        ("Tongyi-MAI/Z-Image-Turbo", MPS, "z-image-turbo", "bfloat16", "model.asked"),
        ("Tongyi-MAI/Z-Image-Turbo", CPU, "z-image-turbo", "float32", "model.asked"),
    ],
)
def test_choice(model, device, base, dtype, reason):
    chosen = choose_model(model, "", device, HOST)
    assert (chosen.base, chosen.dtype) == (base, dtype)
    assert chosen.reason_id == reason
    for lang in ("ko", "en"):
        assert "{" not in say(chosen.reason_id, lang, **chosen.reason_values)


def test_the_embedded_models_revision_changes_with_its_weights(tmp_path):
    """As it is what cards, proofs and pictures are known by."""
    for name in ("a", "b"):
        (tmp_path / name / "vae").mkdir(parents=True)
        (tmp_path / name / "vae" / "config.json").write_text("{}")
    (tmp_path / "b" / "vae" / "folder").mkdir()  # no part of a model
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "b")
    (tmp_path / "c" / "vae").mkdir(parents=True)
    (tmp_path / "c" / "vae" / "config.json").write_text("{ }")
    assert content_hash(tmp_path / "c") != content_hash(tmp_path / "a")
    assert choose_model("pocket", "", CPU, HOST).revision == content_hash(POCKET_FOLDER)


def test_a_middling_card_needs_room_in_the_host():
    chosen = choose_model("auto", "", RTX, 8 * 10**9)
    assert (chosen.base, chosen.reason_id) == ("pocket", "model.pocket_small_host")
    assert "8 GB" in say(chosen.reason_id, "en", **chosen.reason_values)
    assert choose_model("auto", "", L4, 8 * 10**9).base == "z-image-turbo"


def test_eight_bits_help_a_smaller_card_only_when_asked_for():
    card = Device("cuda", "RTX 3060", 12.9)
    assert choose_model("auto", "", card, HOST).base == "pocket"
    assert choose_model("auto", "", card, HOST, fp8_allowed=True).base == "z-image-turbo"


def test_only_auto_may_fall_back():
    assert choose_model("auto", "", H100, HOST).may_fall_back
    assert not choose_model(FULL_REPOS[0], "", H100, HOST).may_fall_back


def test_a_cached_copy_wins_over_a_download(monkeypatch, tmp_path: Path):
    commit = tmp_path / "0123abc"
    commit.symlink_to(POCKET_FOLDER)  # stands for the second repo, already here
    monkeypatch.setattr(
        placement,
        "cached_snapshot",
        lambda repo, revision: commit if repo == FULL_REPOS[1] else None,
    )
    chosen = choose_model("auto", "", H100, HOST)
    assert (chosen.source, chosen.folder, chosen.revision) == (FULL_REPOS[1], commit, "0123abc")
    assert chosen.reason_id == "model.full_cached"


@pytest.mark.parametrize("model", ["/nowhere/model", "./gone", "a/b/c", "..", "한글", "x" * 300])
def test_unusable_names_are_told(model, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelMissing) as missing:
        choose_model(model, "", CPU, HOST)
    assert missing.value.values["model"] in (model, str(Path(model)))


def test_empty_folder_is_told(tmp_path):
    with pytest.raises(ModelMissing):
        choose_model(str(tmp_path), "", CPU, HOST)
