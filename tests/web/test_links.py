"""A picture's link holds still while a page is redrawn, and never outlives the set minutes."""

from urllib.parse import parse_qs, urlparse

from zit_engine.store.links import Signer
from zit_engine.web.links import Links

SIGNER = Signer(b"k" * 32)


def expiry(link: str) -> int:
    return int(parse_qs(urlparse(link).query)["exp"][0])


def test_redrawing_does_not_change_the_link() -> None:
    now = 3000.0
    links = Links(SIGNER, 15, clock=lambda: now)
    first = links.to("o" * 32, "a" * 32, "그림.png")
    now = 3299.0
    assert links.to("o" * 32, "a" * 32, "그림.png") == first


def test_a_link_lives_ten_to_fifteen_minutes() -> None:
    for second in range(0, 900, 7):
        now = 100_000.0 + second
        left = expiry(Links(SIGNER, 15, clock=lambda: now).to("o", "j", "n")) - now  # noqa: B023
        assert 600 <= left <= 900


def test_the_owner_is_not_in_the_link() -> None:
    owner = "0123456789abcdef0123456789abcdef"
    assert owner not in Links(SIGNER, 15).to(owner, "j", "n")
