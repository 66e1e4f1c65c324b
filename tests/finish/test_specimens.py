"""The pictures by which people choose a layout or a typeface are there, and can be made anew."""

from PIL import Image, ImageChops

from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.specimens import CARD_SIDE, write_specimens
from zit_engine.settings import ROOT

SHIPPED = ROOT / "assets" / "layouts"


def test_every_layout_and_typeface_has_its_picture_and_no_other_lies_there(tmp_path):
    names = {f"{layout}.webp" for layout in load_layouts()}
    names |= {f"font-{font}.webp" for font in load_fonts()}
    assert {path.name for path in SHIPPED.iterdir()} == names
    with Image.open(ROOT / "assets" / "samples" / "sample-0.webp") as sample:
        made = write_specimens(sample, tmp_path)
    assert {path.name for path in made} == names


def test_cards_look_different_from_each_other():
    cards = [Image.open(SHIPPED / f"{layout}.webp").convert("RGB") for layout in load_layouts()]
    assert {card.size for card in cards} == {(CARD_SIDE, CARD_SIDE)}
    for number, card in enumerate(cards):
        for other in cards[number + 1 :]:
            assert ImageChops.difference(card, other).getbbox() is not None


def test_samples_of_typefaces_have_clear_ground():
    for font in load_fonts():
        with Image.open(SHIPPED / f"font-{font}.webp") as sample:
            assert sample.mode == "RGBA" and sample.getchannel("A").getextrema() == (0, 255)
