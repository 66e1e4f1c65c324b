"""The front door tells the truth: commands, settings, files, the Space's card."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.readme import README, with_parts
from zit_engine.settings import ROOT

START = (
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python app.py"
)


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def card(text: str) -> dict[str, object]:
    front_matter: dict[str, object] = yaml.safe_load(text.split("---\n")[1])
    return front_matter


def test_the_two_commands_are_there(text: str) -> None:
    assert f"\n{START}\n" in text
    assert "\nbash tests/run.sh\n" in text


def test_settings_and_tree_are_as_in_the_code(text: str) -> None:
    assert with_parts(text) == text, "run: python -m tests.readme"


def test_the_space_uses_what_was_tested(card: dict[str, object]) -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M))
    assert card["sdk_version"] == pins["gradio"]
    assert card["python_version"] == "3.12"
    assert card["sdk"] == "gradio"
    assert (ROOT / str(card["app_file"])).is_file()
    assert len(str(card["short_description"])) <= 60


def test_every_linked_file_exists(text: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def named_in_the_map(text: str) -> list[str]:
    table = text.split("## Specification map")[1].split("\n## ")[0]
    return re.findall(r"`([\w/.]+\.py(?:::?\w+)?)`", table)


def test_every_place_in_the_specification_map_exists(text: str) -> None:
    places = named_in_the_map(text)
    assert len(places) > 50
    for place in places:
        file, _, name = place.partition(":")
        source = (ROOT / file).read_text(encoding="utf-8")
        if name:
            kind = "def" if name.startswith(":") else "(?:def|class)"
            assert re.search(rf"^{kind} {name.lstrip(':')}\b", source, re.M), place


def test_every_row_of_the_specification_map_has_a_proof(text: str) -> None:
    table = text.split("## Specification map")[1].split("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("|")][2:]
    for row in rows:
        assert "tests/" in row[3] and "zit_engine/" in row[2], row[1]


COMMANDS = [
    "make",
    "text",
    "export",
    "photo",
    "prompt",
    "trades",
    "compare",
    "styles",
    "channels",
    "doctor",
    "cards",
    "checkpoint",
    "bench",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown_and_exists(text: str, command: str) -> None:
    assert f"-m zit_engine {command}" in text
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine", command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
