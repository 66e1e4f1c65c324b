"""`login add`: give somebody a name and a password for the page.

Comes in: a name, a password from a hidden prompt or standard input. Goes out: a line in the file
of ZIT_LOGIN_FILE, which holds a hash and no password.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zit_engine.errors import SettingsError
from zit_engine.messages import LANGUAGES, say
from zit_engine.settings import load_settings
from zit_engine.store.logins import add_login
from zit_engine.terminal import print_report, telling

app = typer.Typer(no_args_is_help=True, help="Who may sign in to the page.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.callback()
def login() -> None:
    """Who may sign in to the page."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Small letters, digits, dots and dashes.")],
    staff: Annotated[bool, typer.Option("--staff", help="Sees comparison and statistics.")] = False,
    as_json: Json = False,
) -> None:
    """Add a login, or give one a new password. The password is asked for, or read from standard
    input."""
    with telling(as_json):
        path = load_settings().login_file
        if not path:
            raise SettingsError("login.no_file")
        is_changed = add_login(Path(path), name, _password(), is_staff=staff)
        kind = "login.changed" if is_changed else "login.added"
        report = {"name": name, "staff": staff, "file": path, "changed": is_changed}
        print_report(report, as_json, " / ".join(say(kind, lang, name=name) for lang in LANGUAGES))


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked = " / ".join(say("login.password", lang) for lang in LANGUAGES)
    return str(typer.prompt(asked, hide_input=True, confirmation_prompt=True, err=True))
