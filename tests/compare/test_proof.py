"""The proof finds a style that leaves a trace, one that does nothing, one that fails."""

import json
import threading
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import zit_engine.terminal as terminal
from tests.fake_engine import FakeEngine
from zit_engine.__main__ import app
from zit_engine.compare import proof as proof_module
from zit_engine.compare.proof import as_report, keep, kept, proof_key, prove
from zit_engine.compare.upkeep import prove_when_idle
from zit_engine.errors import StyleUnavailable
from zit_engine.host import Host
from zit_engine.request.ad_request import AdRequest


class LeakingEngine(FakeEngine):
    """After `style` one pixel of every base picture differs by one step."""

    def __init__(self, style: str):
        super().__init__()
        self.style = style
        self.has_leaked = False

    def paint(self, shot, on_step, cancelled):
        picture = super().paint(shot, on_step, cancelled)
        self.has_leaked = self.has_leaked or shot.style.id == self.style
        if self.has_leaked and shot.style.is_base:
            red, green, blue = picture.getpixel((0, 0))
            picture.putpixel((0, 0), (red ^ 1, green, blue))
        return picture


class TensorLeak(FakeEngine):
    """The tensors differ, the rounded pixels do not."""

    def paint(self, shot, on_step, cancelled):
        picture = super().paint(shot, on_step, cancelled)
        picture.info["latents"] = str(len(self.shots))
        return picture


class SilentStyle(FakeEngine):
    """One style paints what the base paints."""

    def paint(self, shot, on_step, cancelled):
        if shot.style.id == "anime":
            base = next(style for style in CATALOGUE.values() if style.is_base)
            shot = replace(shot, style=base)
        return super().paint(shot, on_step, cancelled)


CATALOGUE: dict = {}


@pytest.fixture(autouse=True)
def _known_styles(catalogue):
    CATALOGUE.update(catalogue)


def bad(proof) -> list[str]:
    return [row.style for row in proof.rows if not row.is_good]


def test_styles_without_a_trace_are_proved(studio):
    proof = prove(studio)
    styles = [style.id for style in studio.available_styles() if not style.is_base]
    assert [row.style for row in proof.rows] == styles and len(styles) >= 4
    assert proof.is_good and bad(proof) == []


def test_a_single_bit_of_the_base_is_enough(make_studio):
    proof = prove(make_studio(LeakingEngine("anime")))
    assert "anime" in bad(proof) and not proof.is_good
    assert not any(row.base_is_same for row in proof.rows)


def test_tensors_count_not_only_pixels(make_studio):
    assert not prove(make_studio(TensorLeak())).is_good


def test_a_style_that_does_nothing_is_found(make_studio):
    proof = prove(make_studio(SilentStyle()))
    assert bad(proof) == ["anime"]
    assert all(row.base_is_same and row.repeats for row in proof.rows)


def test_a_style_that_cannot_be_painted_is_told_and_the_others_go_on(make_studio):
    def fails(shot):
        return StyleUnavailable(style="애니") if shot.style.id == "anime" else None

    proof = prove(make_studio(FakeEngine(fails=fails)))
    assert bad(proof) == ["anime"]
    assert "애니" in next(row.error for row in proof.rows if row.style == "anime")


def test_the_pocket_model_is_proved(make_studio, catalogue, settings):
    from zit_engine.engine.z_image import ZImageEngine

    studio = make_studio(ZImageEngine(settings, catalogue))
    proof = prove(studio)
    assert proof.is_good and all(row.switch_s > 0 for row in proof.rows)
    shot_info = studio.engine.paint
    assert shot_info is not None and proof.side == 256


def test_the_proof_holds_for_its_model_and_files_only(make_studio, monkeypatch):
    studio = make_studio()
    folder = studio.settings.data_dir
    assert kept(folder) is None and as_report(studio, None) == {"state": "never"}
    keep(folder, prove(studio))
    report = as_report(studio, kept(folder))
    assert report["state"] == "proved" and len(report["styles"]) >= 4
    assert (folder / proof_module.FILE_NAME).stat().st_mode & 0o077 == 0
    anime = studio.catalogue["anime"]
    stronger = {**anime.files, "pocket": replace(anime.files["pocket"], adapter_weight=0.5)}
    changed = replace(anime, files=MappingProxyType(stronger))
    before = proof_key(studio)
    studio.catalogue = MappingProxyType({**studio.catalogue, "anime": changed})
    assert proof_key(studio) != before
    assert as_report(studio, kept(folder))["state"] == "outdated"
    (folder / proof_module.FILE_NAME).write_text("{ cut")
    assert kept(folder) is None


def test_on_zero_gpu_nothing_is_painted_and_it_says_so(make_studio, monkeypatch):
    monkeypatch.setattr(proof_module, "detect_host", lambda: Host.ZERO_GPU)
    engine = FakeEngine()
    studio = make_studio(engine)
    proof = prove(studio)
    assert engine.paints == 0 and not proof.is_good
    assert as_report(studio, proof)["state"] == "skipped"


def test_it_runs_once_when_idle(make_studio):
    engine = FakeEngine()
    studio = make_studio(engine)
    assert prove_when_idle(studio, quiet_s=0.0, sleep=lambda seconds: None) is True
    painted = engine.paints
    assert painted > 0 and kept(studio.settings.data_dir).is_good
    assert prove_when_idle(studio, quiet_s=0.0, sleep=lambda seconds: None) is False
    assert engine.paints == painted


def test_people_come_first(make_studio):
    """While somebody's pictures are painted the proof paints nothing."""
    go = threading.Event()
    engine = FakeEngine(at_step=lambda shot, step: go.wait(30))
    studio = make_studio(engine)
    job = studio.submit(AdRequest("수박", seed=1), "shop")
    while not engine.paints:
        pass
    naps = []

    def nap(seconds):
        naps.append(len(engine.shots))
        if len(naps) == 3:
            go.set()
        job.wait(0.05)

    assert prove_when_idle(studio, quiet_s=0.0, sleep=nap) is True
    assert naps[:3] == [1, 1, 1]


@pytest.mark.parametrize(("engine", "code"), [(FakeEngine(), 0), (LeakingEngine("anime"), 1)])
def test_the_command_line_says_it_with_its_exit_code(monkeypatch, make_studio, engine, code):
    monkeypatch.setattr(terminal, "build_studio", lambda settings: make_studio(engine))
    done = CliRunner().invoke(app, ["compare", "--self-test", "--json"])
    assert done.exit_code == code
    assert json.loads(done.stdout)["state"] == ("leaks" if code else "proved")
    doctor = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    assert doctor["style_proof"]["state"] == ("leaks" if code else "proved")


def test_differences_are_told_in_steps_of_255():
    one = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    other = Image.fromarray(np.full((4, 4, 3), 3, np.uint8))
    assert proof_module._difference(one, other) == 3.0
