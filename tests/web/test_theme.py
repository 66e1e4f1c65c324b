"""The design tokens reach the contrast people need, in light and dark."""

import itertools

import pytest

from zit_engine.web.theme import TOKENS, head, style_sheet

TEXT_PAIRS = [
    *itertools.product(("ink", "quiet", "accent-text"), ("paper", "card")),
    ("accent-text", "accent-wash"),
    ("ink", "busy-wash"),
    ("quiet", "busy-wash"),
    ("warn", "card"),
    ("warn", "busy-wash"),
    ("error", "card"),
    ("error", "accent-wash"),
    ("ok", "paper"),
    ("on-accent", "accent-button"),
]
EDGE_PAIRS = [("edge", "paper"), ("edge", "card"), ("accent", "card"), ("accent", "paper")]


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance of "#RRGGBB"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT_PAIRS)
def test_text_contrast(front: str, back: str, shade: int) -> None:
    assert contrast(TOKENS[front][shade], TOKENS[back][shade]) >= 4.5


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), EDGE_PAIRS)
def test_edge_contrast(front: str, back: str, shade: int) -> None:
    assert contrast(TOKENS[front][shade], TOKENS[back][shade]) >= 3.0


def test_nothing_comes_from_another_host() -> None:
    page = style_sheet() + head()
    assert "http://" not in page
    assert "https://" not in page


def test_both_shades_define_every_token() -> None:
    sheet = style_sheet()
    for name in TOKENS:
        assert sheet.count(f"--{name}:") == 2
