"""Names and shapes at random: whatever a header says, the answer is a report or a refusal."""

import random
from pathlib import Path

import pytest

from tests.engine.broken import link_pocket
from tests.engine.headers import write_hollow
from zit_engine.engine.repair import inspect
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused

NUMBERS = ["0", "1", "7", "99999", "9" * 5000, "٣", "-1", "1e9", ""]


def spoil(shapes: dict[str, tuple[int, ...]], choice: random.Random) -> dict[str, tuple[int, ...]]:
    """One to four changes to the table of a part."""
    table = dict(shapes)
    for _ in range(choice.randint(1, 4)):
        name = choice.choice(sorted(table))
        shape = table[name]
        kind = choice.randrange(6)
        if kind == 0:
            del table[name]
        elif kind == 1:
            table[name] = tuple(choice.choice([1, 3, n, n * 2, 2**20]) for n in shape)
        elif kind == 2:
            table[name] = shape[:-1] if choice.random() < 0.5 else (*shape, 2)
        elif kind == 3:
            parts = name.split(".")
            parts[choice.randrange(len(parts))] = choice.choice(NUMBERS)
            table[".".join(parts)] = shape
        elif kind == 4:
            table[name + choice.choice([".scale", "x", "", ".0.weight"])] = shape
        else:
            numbered = [each for each in table if ".0." in each]
            old = choice.choice(numbered)
            table[old.replace(".0.", f".{choice.choice(NUMBERS)}.", 1)] = table.pop(old)
    return table


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae"])
def test_any_header_ends_in_a_report_or_a_refusal(tmp_path: Path, part: str):
    folder = link_pocket(tmp_path / "model")
    (path,) = (folder / part).glob("*.safetensors")
    shapes = {name: entry.shape for name, entry in read_header(path).items()}
    refused = 0
    for seed in range(60):
        path.unlink()
        write_hollow(path, spoil(shapes, random.Random(seed)))
        try:
            inspect(folder)
        except CheckpointRefused as error:
            refused += 1
            assert str(error.values["file"]).startswith(part)
            assert error.values["key"]
    assert refused > 30


def test_a_number_in_a_name_cannot_ask_for_more_layers_than_there_are(tmp_path: Path):
    folder = link_pocket(tmp_path / "model")
    (path,) = (folder / "transformer").glob("*.safetensors")
    shapes = {name: entry.shape for name, entry in read_header(path).items()}
    path.unlink()
    write_hollow(path, shapes | {"layers.99999.attention.to_q.weight": (1, 1)})
    with pytest.raises(CheckpointRefused) as refused:
        inspect(folder)
    assert refused.value.values["key"] == "layers.8"
