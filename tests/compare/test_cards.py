"""Style cards: one a style, the same words and seed for all; a stale one is known."""

import shutil
from dataclasses import replace
from types import MappingProxyType

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine, broken
from zit_engine.compare import cards as cards_module
from zit_engine.compare.cards import CARD_SEED, LIST_NAME, make_cards, own_cards, stale_cards
from zit_engine.errors import BrokenImage


@pytest.fixture(autouse=True)
def no_shipped_cards(monkeypatch, tmp_path):
    monkeypatch.setattr(cards_module, "SHIPPED", tmp_path / "shipped")


def test_every_style_has_a_card_of_the_same_words_and_seed(make_studio):
    engine = FakeEngine()
    studio = make_studio(engine)
    folder = own_cards(studio.settings.data_dir)
    written = make_cards(studio, folder)
    styles = [style.id for style in studio.available_styles()]
    assert [path.stem for path in written] == styles
    assert {(shot.seed, shot.width, shot.height) for shot in engine.shots} == {(CARD_SEED, 64, 64)}
    with Image.open(written[0]) as card:
        assert card.format == "WEBP" and card.size == (192, 192)
    assert stale_cards(studio) == []


def test_another_file_strength_or_model_makes_a_card_stale(make_studio):
    studio = make_studio()
    folder = own_cards(studio.settings.data_dir)
    assert len(stale_cards(studio)) == len(studio.available_styles())
    make_cards(studio, folder)
    anime = studio.catalogue["anime"]
    weaker = replace(anime.files["pocket"], adapter_weight=0.4)
    changed = replace(anime, files=MappingProxyType({**anime.files, "pocket": weaker}))
    studio.catalogue = MappingProxyType({**studio.catalogue, "anime": changed})
    assert stale_cards(studio) == ["anime"]
    make_cards(studio, folder, only=stale_cards(studio))
    assert stale_cards(studio) == []
    (folder / "anime.webp").unlink()
    assert stale_cards(studio) == ["anime"]
    studio.engine.facts = replace(studio.engine.facts, revision="2")
    assert len(stale_cards(studio)) == len(studio.available_styles())


def test_shipped_cards_count_until_they_are_stale(make_studio, tmp_path):
    studio = make_studio()
    make_cards(studio, tmp_path / "shipped")
    assert stale_cards(studio) == []
    shutil.rmtree(tmp_path / "shipped")
    assert stale_cards(studio) != []


def test_after_an_interruption_only_the_rest_is_stale(make_studio):
    studio = make_studio()
    folder = own_cards(studio.settings.data_dir)
    studio.engine.fails = lambda shot: (
        BrokenImage(kind="black") if shot.style.id == "anime" else None
    )
    with pytest.raises(BrokenImage):
        make_cards(studio, folder)
    left = stale_cards(studio)
    assert "realistic" not in left and "anime" in left
    studio.engine.fails = broken(set())
    make_cards(studio, folder, only=left)
    (folder / LIST_NAME).write_text("[1]")
    assert len(stale_cards(studio)) == len(studio.available_styles())
