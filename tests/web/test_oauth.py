"""Signing in with the hub: offered on a Space only, and one account is one owner."""

import pytest

from zit_engine.host import Host
from zit_engine.settings import load_settings
from zit_engine.store.links import Signer
from zit_engine.web.boundary import is_owner
from zit_engine.web.oauth import is_offered, person_by_oauth
from zit_engine.web.person import ANYBODY

PERSON_OF = person_by_oauth(Signer(b"k" * 32))


def session(**userinfo: object) -> dict[str, object]:
    return {"session": {"oauth_info": {"access_token": "x", "userinfo": userinfo}}}


def test_the_history_follows_the_account_and_not_its_name() -> None:
    anna = PERSON_OF(session(sub="6123", preferred_username="anna"))
    assert is_owner(anna.owner)
    assert PERSON_OF(session(sub="6123", preferred_username="new-name")) == anna
    assert PERSON_OF(session(sub="6124", preferred_username="anna")).owner != anna.owner


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"session": {}},
        {"session": {"oauth_info": None}},
        session(),
        session(sub=7),
        session(sub=""),
    ],
)
def test_who_did_not_sign_in_stays_as_they_are(scope: dict[str, object]) -> None:
    assert PERSON_OF(scope) == ANYBODY


def test_it_is_offered_where_the_hub_knows_the_page() -> None:
    wanted = load_settings(oauth=True)
    assert is_offered(wanted, Host.SPACE) and is_offered(wanted, Host.ZERO_GPU)
    assert not is_offered(wanted, Host.LOCAL)
    assert not is_offered(load_settings(), Host.SPACE)
    assert not is_offered(load_settings(oauth=True, login_file="x"), Host.SPACE)
