"""Each section at its smallest: what it tells and of which type. Seconds are not judged here."""

import json
from typing import Any

import pytest

from zit_engine.bench.sections import SECTIONS, device, run_sections, write
from zit_engine.bench.sizes import distinct_sizes
from zit_engine.bench.trial import Trial
from zit_engine.settings import load_settings

STAGES = ["validate", "compose", "switch", "encode", "denoise", "decode", "to_picture"]
STAGES += ["finish", "master", "save"]


def of(name: str, trial: Trial) -> dict[str, Any]:
    report = SECTIONS[name].run(trial)
    json.dumps(report)
    return report


def test_stages_of_one_picture(small_trial):
    report = of("stages", small_trial)
    assert list(report["median_s"]) == list(report["share_ratio"]) == STAGES
    assert sum(report["share_ratio"].values()) == pytest.approx(1, abs=0.001)
    assert report["denoise_step_s"] > 0 and 0 <= report["encode_known_ratio"] < 1


def test_plain_diffusers_paints_the_same(small_trial):
    report = of("plain", small_trial)
    assert report["speedup_ratio"] == pytest.approx(1 / report["ours_over_plain_ratio"], rel=0.01)
    assert report["smallest_ratio"] <= report["ours_over_plain_ratio"] <= report["largest_ratio"]
    assert report["difference"]["ssim"] >= 0.99
    assert report["difference"]["latents_max_abs"] is not None
    if "not_run" not in report["exact"]:
        assert report["exact"]["difference_to_plain"]["is_identical"]


def test_the_share_of_what_the_machine_can(small_trial):
    report = of("card", small_trial)
    assert 0 < report["denoise_over_matmul_ratio"] < 1.5
    assert report["matmul_tflop_per_s"] > 0 and report["device"]


@pytest.mark.slow
def test_styles_leave_no_trace(small_trial):
    report = of("styles", small_trial)
    assert report["is_base_bit_identical"] is True
    for count in (2, 16):
        assert 0 < report[f"switch_p50_ms_of_{count}"] <= report[f"switch_p95_ms_of_{count}"]
    assert report["adapter_over_base_ratio"] > 0


def test_mixed_styles_in_line(small_trial):
    report = of("queue", small_trial)
    assert report["styles"] == report["pictures_a_line"] == 6
    assert report["mixed_over_one_throughput_ratio"] > 0
    assert 0 <= report["nobody_paints_ratio"] <= report["between_denoising_ratio"] <= 1


def test_sizes_of_all_places_of_use(small_trial):
    report = of("sizes", small_trial)
    assert report["sizes"] == len(report["each"]) == 3
    assert report["longest_stall_s"] == max(row["stall_s"] for row in report["each"])
    assert report["compiled_later"] == 0


def test_the_sizes_are_those_of_the_channels():
    sizes = distinct_sizes(256 * 256, 21 / 9, 16)
    assert (256, 256) in sizes and len(sizes) == len(set(sizes)) > 10
    assert all(width % 16 == height % 16 == 0 for width, height in sizes)


@pytest.mark.slow
def test_a_fresh_process(small_trial):
    report = of("first", small_trial)
    assert 0 < report["engine"]["loaded_s"] < report["engine"]["first_picture_s"]
    assert 0 < report["page"]["answers_s"] < report["page"]["first_picture_s"]


@pytest.mark.slow
def test_the_pages_first_picture_comes_within_fifteen_seconds(tmp_path):
    report = run_sections(["first"], load_settings(model="pocket", data_dir=tmp_path), quick=True)
    assert report["sections"]["first"]["page"]["first_picture_s"] <= 15


@pytest.mark.slow
def test_memory_of_a_process_that_paints(small_trial):
    report = of("memory", small_trial)
    assert 0 < report["loaded_mb"] <= report["peak_mb"] and report["pictures"] == 12


@pytest.mark.slow
def test_a_short_crowd(small_trial):
    report = of("load", small_trial)
    assert report["crowd"]["served_ratio"] == 1.0
    assert report["admission"]["refused_in_korean_with_seconds"] == 30


def test_a_report_becomes_three_files(tmp_path, small_trial):
    report = {
        "device": device("cpu"),
        "model": "Pocket",
        "dtype": "float32",
        "size": 64,
        "steps": 2,
        "compiled": "no",
        "quick": True,
        "sections": {"card": SECTIONS["card"].run(small_trial)},
    }
    paths = write(report, tmp_path / "out")
    assert json.loads(paths[0].read_text())["sections"]["card"]["size"] == 64
    assert "denoise_over_matmul_ratio" in paths[1].read_text()
    assert report["device"]["name"] in paths[1].read_text()
    assert paths[2].read_bytes().startswith(b"\x89PNG")
