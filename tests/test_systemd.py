"""The unit file is one systemd accepts, closed as far as the work allows, and fits the program."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zit_engine.engine.health import EXIT_DEFUNCT
from zit_engine.settings import ROOT, Settings, setting_table

UNIT = ROOT / "assets" / "systemd" / "zit.service"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def entries() -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT)
    return dict(parser["Service"])


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The unit with programs and folders that exist on this machine."""
    text = UNIT.read_text(encoding="utf-8")
    text = text.replace("/opt/zit/.venv/bin/python", sys.executable).replace("/opt/zit", str(ROOT))
    path = tmp_path / "zit.service"
    path.write_text(text, encoding="utf-8")
    return path


@needs_systemd
def test_systemd_accepts_it(here: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


@needs_systemd
def test_little_is_exposed(here: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(here)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    level = re.search(r"Overall exposure level for zit\.service: ([\d.]+)", done.stdout)
    assert level is not None and float(level[1]) <= 2.5, done.stdout[-400:]


def test_it_waits_as_long_as_the_program_drains_and_knows_its_codes() -> None:
    unit = entries()
    drain_s = Settings.model_fields["drain_s"].default
    assert int(unit["TimeoutStopSec"]) >= drain_s + 5
    assert unit["KillMode"] == "mixed" and unit["KillSignal"] == "SIGTERM"
    assert unit["RestartForceExitStatus"] == str(EXIT_DEFUNCT)


def test_it_sets_only_settings_there_are() -> None:
    names = {name for name, _, _ in setting_table()}
    assert set(re.findall(r"\bZIT_\w+(?==)", entries()["Environment"])) <= names
