"""The evaluation of the shipped model on a sample, from the prompts to the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.measures import Results, Tools, evaluate, load_adapters
from zit_engine.pocket.exam.page import write_results
from zit_engine.pocket.exam.painting import fidelity, paint
from zit_engine.pocket.exam.prompts import load_prompts, spread
from zit_engine.pocket.judge.reading import JUDGE_FILE, load_judge
from zit_engine.pocket.judge.styles import STYLE_FILE, load_style_judge
from zit_engine.pocket.judge.weights import load_notes

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pipe() -> ZImagePipeline:
    return load_pipeline(ROOT / "assets" / "pocket")


@pytest.fixture(scope="module")
def results(
    pipe: ZImagePipeline, concepts: list[Concept], pyramid: list[torch.Tensor],
    tmp_path_factory: pytest.TempPathFactory,
) -> Results:  # fmt: skip
    judge = load_judge(ROOT / JUDGE_FILE, concepts)
    adapters = [each for each in load_adapters(ROOT / "style_loras") if each.style == "anime"]
    tools = Tools(judge, load_style_judge(ROOT / STYLE_FILE), concepts, pyramid)
    keep = tmp_path_factory.mktemp("pictures")
    return evaluate(pipe, spread(load_prompts(), 3), tools, adapters, 128, 1, keep, {64: 2})


def test_every_shipped_style_is_judged() -> None:
    adapters = load_adapters(ROOT / "style_loras")
    assert {each.style for each in adapters} == {
        "anime", "oil-painting", "paper-cut-out", "pencil-sketch", "pixel-art", "semi-realistic"
    }  # fmt: skip
    assert all(each.file.exists() and each.weight > 0 for each in adapters)


def test_figures_cover_accuracy_fidelity_styles_and_time(results: Results) -> None:
    figures = results.figures
    assert figures["accuracy"]["all"]["prompts"] == 3
    assert 0 <= figures["accuracy"]["all"]["subject"] <= 1
    assert figures["vae"][0]["psnr_db"] > 15 and 0 < figures["vae"][0]["ssim"] <= 1
    assert figures["styles"]["anime"]["pictures"] == 1
    assert figures["remarked"]["all"]["prompts"] == 3 == figures["remarked"]["without"]["prompts"]
    assert figures["remarked"]["without"] == figures["accuracy"]["all"]
    assert figures["seconds"]["wall"] > 0 and figures["seconds"]["processor"] > 0


def test_the_page_holds_every_picture_and_names_no_host(results: Results, tmp_path: Path) -> None:
    data, page = write_results(results, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/webp;base64,") == 7
    assert not re.search(r"https?://", text) and "<script" not in text
    assert all(prompt.text.split(",")[0] in text for prompt in spread(load_prompts(), 3))
    assert json.loads(data.read_text(encoding="utf-8"))["rows"]["base"][0]["right"]


def test_the_model_before_stands_beside(results: Results, tmp_path: Path) -> None:
    data, _ = write_results(results, tmp_path / "before")
    results.figures["judge"] = load_notes(ROOT / JUDGE_FILE) | {
        "style": load_notes(ROOT / STYLE_FILE)
    }
    _, page = write_results(results, tmp_path / "after", before=data)
    text = page.read_text(encoding="utf-8")
    assert "In brackets: the model before." in text and "the judge itself, on renders" in text


def test_the_shipped_models_figures_can_stand_beside(results: Results, tmp_path: Path) -> None:
    shipped = ROOT / "zit_engine" / "pocket" / "exam" / "shipped.json"
    _, page = write_results(results, tmp_path, before=shipped)
    assert "In brackets" in page.read_text(encoding="utf-8")
    figures = json.loads(shipped.read_text(encoding="utf-8"))
    texts = [row["prompt"] for row in figures["rows"]["base"]]
    assert texts == [prompt.text for prompt in load_prompts()]


def test_kept_pictures_are_not_painted_again(pipe: ZImagePipeline, tmp_path: Path) -> None:
    file = tmp_path / "base.safetensors"
    first = paint(pipe, ["피자"], 64, file, steps=1)
    again = paint(pipe, ["피자"], 64, file, steps=1)
    assert torch.equal(first.pictures, again.pictures) and again.seconds == first.seconds
    other = paint(pipe, ["커피"], 64, file, steps=1)
    assert not torch.equal(first.pictures, other.pictures)


def test_a_perfect_copy_would_have_a_likeness_of_one(pipe: ZImagePipeline) -> None:
    flat = torch.zeros(1, 3, 256, 256)
    found = fidelity(pipe.vae, flat)
    assert found["ssim"] > 0.95 and found["side"] == 256


def test_a_prompt_keeps_its_seed_in_a_shorter_list(pipe: ZImagePipeline) -> None:
    whole = paint(pipe, ["커피", "피자"], 64, steps=1)
    second = paint(pipe, ["피자"], 64, steps=1, places=[1])
    assert torch.equal(whole.pictures[1], second.pictures[0])
