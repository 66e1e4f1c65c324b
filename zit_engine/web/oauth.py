"""Signing in with the hub on a Space, for who wants the history on every device.

Comes in: the session Gradio keeps after a visit to the hub. Goes out: a Person. Nobody has to sign
in; it is offered on Spaces only, because only there the hub knows the page.
"""

from collections.abc import Callable, Mapping
from typing import Any

from zit_engine.host import Host
from zit_engine.settings import Settings
from zit_engine.store.links import Signer
from zit_engine.web.person import ANYBODY, Person


def is_offered(settings: Settings, host: Host) -> bool:
    """A login of our own comes first."""
    return settings.oauth and host is not Host.LOCAL and not settings.login_file


def person_by_oauth(signer: Signer) -> Callable[[Mapping[str, Any]], Person]:
    """Who signed in with the hub gets the owner id of their account; all others stay as they are.
    The account's number stays the same when its name changes."""

    def person_of(scope: Mapping[str, Any]) -> Person:
        session = scope.get("session") or {}
        info = (session.get("oauth_info") or {}).get("userinfo") or {}
        number = info.get("sub")
        if not isinstance(number, str) or not number:
            return ANYBODY
        return Person(signer.sign("oauth", number, "", 0)[:32])

    return person_of
