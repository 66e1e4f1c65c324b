"""The report as text: every figure stands in it, in words people read."""

from zit_engine.bench.table import table

REPORT = {
    "device": {"name": "Card", "cores": 2, "threads": 2, "load_average": 0.5, "torch": "2"},
    "model": "Pocket",
    "dtype": "float32",
    "size": 256,
    "steps": 8,
    "compiled": "no",
    "sections": {
        "one": {
            "some_ratio": 0.97531,
            "inner": {"is_good": True, "latents": None},
            "opened": [],
            "each": [{"size": "16x32", "step_s": 0.25}, {"size": "1024x64", "step_s": 0.0012}],
        },
        "two": {"pictures": 3, "many": 123456.7},
    },
}


def test_every_figure_is_there_under_its_section():
    lines = table(REPORT).splitlines()
    assert lines[0] == "Pocket, float32, 256 px, 8 steps, compiled: no"
    assert lines[1].startswith("Card, 2 cores")
    words = [line.split() for line in lines]
    one, two = words.index(["one"]), words.index(["two"])
    assert one < words.index(["some_ratio", "0.9753"]) < two
    for figure in (["inner.is_good", "yes"], ["inner.latents", "unknown"], ["opened", "none"]):
        assert one < words.index(figure) < two
    assert ["1024x64", "0.001200"] in words and ["many", "123457"] in words[two:]


def test_rows_stand_in_columns():
    rows = [line for line in table(REPORT).splitlines() if "16x32" in line or "1024x64" in line]
    assert len({len(row) for row in rows}) == 1
