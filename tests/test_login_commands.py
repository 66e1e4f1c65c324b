"""`login add` on the command line: a line in the file, and never a password."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zit_engine.__main__ import app
from zit_engine.store.logins import Logins

PASSWORD = "correct horse 1"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "logins"
    monkeypatch.setenv("ZIT_LOGIN_FILE", str(path))
    return path


def add(*words: str, password: str = PASSWORD):
    return CliRunner().invoke(app, ["login", "add", *words], input=f"{password}\n")


def test_a_login_is_added_and_changed(file: Path) -> None:
    done = add("anna", "--staff", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "name": "anna",
        "staff": True,
        "file": str(file),
        "changed": False,
    }
    logins = Logins(file)
    anna = logins.check("anna", PASSWORD)
    assert anna is not None and anna.is_staff
    assert logins.check("anna", "wrong horse 1") is None
    assert logins.check("ben", PASSWORD) is None
    again = add("anna", password="another horse 1")
    assert "바꿨어요" in again.stdout and "Changed" in again.stdout
    changed = logins.check("anna", "another horse 1")
    assert changed is not None and not changed.is_staff
    assert logins.check("anna", PASSWORD) is None
    for output in (done.output, again.output, file.read_text()):
        assert "horse" not in output


@pytest.mark.parametrize(
    ("name", "password"),
    [("Anna", PASSWORD), ("../x", PASSWORD), ("a:b", PASSWORD), ("anna", "short"), ("anna", "")],
)
def test_what_cannot_be_a_login_is_told(file: Path, name: str, password: str) -> None:
    done = add(name, password=password)
    assert done.exit_code == 2 and not file.exists()
    assert len(done.stderr.strip().splitlines()) == 2


def test_without_a_place_for_the_file_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done = add("anna")
    assert done.exit_code == 2 and "ZIT_LOGIN_FILE" in done.stderr
