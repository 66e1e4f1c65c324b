"""Every key of every small file, missing or wrong: mended with equal pictures, or refused."""

import inspect as signatures
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.engine.broken import (
    CONFIGS,
    change,
    check_mended,
    check_mended_or_refused,
    link_pocket,
    read_json,
)
from zit_engine.engine.config_keys import MAY_BE_ABSENT, TRAINED
from zit_engine.engine.layouts import LAYOUTS, POCKET
from zit_engine.engine.placement import POCKET_FOLDER

KEYS = [(file, key) for file in sorted(CONFIGS) for key in read_json(POCKET_FOLDER / file)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return link_pocket(tmp_path / "model")


@pytest.mark.parametrize(("file", "key"), KEYS, ids=[f"{file}:{key}" for file, key in KEYS])
def test_a_missing_key(folder: Path, tmp_path: Path, file, key):
    change(folder / file, lambda data: data.pop(key))
    changed = check_mended(folder, tmp_path / "overlays")
    free = {"_class_name", *MAY_BE_ABSENT.get(file.partition("/")[0], ()), "_diffusers_version"}
    if key not in free and changed:
        assert any(each.startswith(file) for each in changed)


def other(value: Any) -> Any:
    """A value of the same type that is not the same."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 2 + 1
    if isinstance(value, str):
        return value + "X"
    if isinstance(value, list):
        return [*value, *value] or ["x"]
    return {"x": 1} if value is None or isinstance(value, dict) else None


@pytest.mark.parametrize(("file", "key"), KEYS, ids=[f"{file}:{key}" for file, key in KEYS])
def test_a_wrong_value(folder: Path, tmp_path: Path, file, key):
    change(folder / file, lambda data: data.update({key: other(data[key])}))
    assert check_mended_or_refused(folder, tmp_path / "overlays") is None


@pytest.mark.parametrize("value", ["nonsense", None, -1, [[]], {"x": {}}], ids=repr)
@pytest.mark.parametrize("file", sorted(CONFIGS - {"model_index.json"}))
def test_nonsense_at_every_key_at_once(folder: Path, tmp_path: Path, file, value):
    (folder / file).write_text(json.dumps(dict.fromkeys(read_json(folder / file), value)))
    assert check_mended_or_refused(folder, tmp_path / "overlays") is None


@pytest.mark.parametrize("seed", range(12))
def test_keys_removed_and_spoilt_at_random(folder: Path, tmp_path: Path, seed):
    choice = random.Random(seed)
    for file, key in choice.sample(KEYS, choice.randint(2, 12)):
        spoilt = choice.choice([None, "?", 0, -3, True, [], [1, 2, 3], {}, 1e30])
        if choice.random() < 0.5:
            change(folder / file, lambda data, key=key: data.pop(key))
        else:
            change(folder / file, lambda data, key=key, v=spoilt: data.update({key: v}))
    assert check_mended_or_refused(folder, tmp_path / "overlays") is None


def test_every_key_the_classes_know_is_judged():
    """A new version of a library that adds a key must be looked at before it is used."""
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        ZImageTransformer2DModel,
    )

    classes = {
        "transformer": ZImageTransformer2DModel,
        "vae": AutoencoderKL,
        "scheduler": FlowMatchEulerDiscreteScheduler,
    }
    for part, kind in classes.items():
        known = set(signatures.signature(kind.__init__).parameters) - {"self"}
        judged = POCKET.proven.get(part, {}).keys() | TRAINED[part].keys() | MAY_BE_ABSENT[part]
        assert known <= judged, part


def test_the_layout_is_that_of_the_shipped_model():
    for part in ("transformer", "vae"):
        config = read_json(POCKET_FOLDER / part / "config.json")
        for values in (POCKET.proven[part], POCKET.trained[part]):
            assert {key: config[key] for key in values} == values
    encoder = read_json(POCKET_FOLDER / "text_encoder" / "config.json")
    flat = encoder | {"rope_theta": encoder["rope_parameters"]["rope_theta"]}
    for values in (POCKET.proven["text_encoder"], POCKET.trained["text_encoder"]):
        assert {key: flat[key] for key in values} == values
    for layout in LAYOUTS:
        axes = layout.trained["transformer"]["axes_dims"]
        proven = layout.proven["transformer"]
        assert sum(axes) == proven["dim"] // proven["n_heads"]
