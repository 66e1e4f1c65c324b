"""The plot: a bar for each ratio and one for the stages, as long as their numbers say."""

from PIL import Image

from zit_engine.bench.plot import plot


def report(**sections: dict[str, object]) -> dict[str, object]:
    device = {"name": "Card", "cores": 2}
    return {
        "device": device,
        "model": "Pocket",
        "dtype": "float32",
        "size": 256,
        "steps": 8,
        "sections": sections,
    }


def count(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    return sum(number for number, each in picture.getcolors(1 << 20) or [] if each == colour)


BLUE, YELLOW = (0x42, 0x69, 0xD0), (0xEF, 0xB1, 0x18)


def test_a_bar_is_as_long_as_its_ratio():
    whole = count(plot(report(one={"a_ratio": 1.0})), BLUE)
    half = count(plot(report(one={"inner": {"a_ratio": 0.5}})), BLUE)
    assert whole / half == 2 or abs(whole / half - 2) < 0.05


def test_stages_share_one_bar():
    stages = {"median_s": {"a": 0.3, "b": 0.1}, "share_ratio": {"a": 0.75, "b": 0.25}}
    picture = plot(report(stages=stages))
    assert 2.5 < count(picture, BLUE) / count(picture, YELLOW) < 3.2


def test_more_ratios_make_a_higher_picture_and_none_still_makes_one():
    few, many = (plot(report(one={f"x{n}_ratio": 1.0 for n in range(each)})) for each in (1, 9))
    assert many.height > few.height and many.width == few.width
    assert plot(report()).mode == "RGB"
