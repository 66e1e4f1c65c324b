"""The shipped catalogue is whole; a slip in one is refused by name."""

import hashlib

import pytest

from zit_engine.errors import SettingsError, UnknownStyle
from zit_engine.settings import ROOT
from zit_engine.styles.catalogue import find, load_catalogue

SHIPPED = ROOT / "style_loras"
BASE = '[plain]\nko = "기본"\nen = "Plain"\nthumb = "t.webp"\nis_base = true\n'
STYLE = '[ink]\nko = "먹"\nen = "Ink"\nthumb = "t.webp"\n'
FILE = '[ink.files.pocket]\npath = "ink.safetensors"\ntrigger = "ink"\nadapter_weight = 1.0\n'
LICENCE = 'licence = "MIT"\n'


def test_shipped_order_starts_with_the_base():
    styles = load_catalogue(SHIPPED)
    assert list(styles)[:7] == [
        "realistic",
        "semi-realistic",
        "anime",
        "pencil-sketch",
        "pixel-art",
        "oil-painting",
        "paper-cut-out",
    ]
    assert styles["realistic"].is_base and styles["realistic"].runs_on("pocket")


def test_shipped_styles_are_whole():
    for style in load_catalogue(SHIPPED).values():
        assert style.thumb == f"assets/thumbs/{style.id}.webp"
        # no adapter of paper cuts for the full model was found
        assert style.is_base or style.runs_on("z-image-turbo") or style.id == "paper-cut-out"
        for base, lora_file in style.files.items():
            assert lora_file.licence
            # The pocket model never learned trigger words; the full model's adapters need them.
            assert bool(lora_file.trigger) == (base == "z-image-turbo"), style.id
            assert not lora_file.path or (SHIPPED / lora_file.path).is_file(), lora_file.path


def test_every_shipped_adapter_is_listed():
    listed = {f.path for s in load_catalogue(SHIPPED).values() for f in s.files.values()}
    for style in ("anime", "pencil-sketch", "oil-painting", "paper-cut-out"):
        assert f"pocket/{style}.safetensors" in listed


def test_find(tmp_path):
    styles = load_catalogue(SHIPPED)
    assert find(styles, "anime") is styles["anime"]
    with pytest.raises(UnknownStyle) as unknown:
        find(styles, "Anime")
    assert "pencil-sketch" in str(unknown.value.values["known"])


def test_the_korean_trigger_defaults_to_the_other(tmp_path):
    (tmp_path / "catalogue.toml").write_text(BASE + STYLE + FILE + LICENCE, encoding="utf-8")
    assert load_catalogue(tmp_path)["ink"].files["pocket"].trigger_ko == "ink"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "exactly one"),
        (BASE + BASE, "twice"),
        (BASE + STYLE, "ink"),
        (BASE.replace("plain", "Plain.x"), "Plain"),
        (BASE.replace("plain", '"a.b"'), "a.b"),
        (BASE.replace("ko =", "kr ="), "kr"),
        (BASE.replace('"기본"', '""'), "ko"),
        (BASE.replace('"기본"', "3"), "ko"),
        (BASE + BASE.replace("plain", "other"), "exactly one"),
        (BASE + STYLE + FILE, "licence"),
        (BASE + STYLE + FILE + LICENCE + 'colour = "red"\n', "colour"),
        (BASE + STYLE + FILE.replace("1.0", "0.0") + LICENCE, "adapter_weight"),
        (BASE + STYLE + FILE.replace("1.0", '"1"') + LICENCE, "adapter_weight"),
        (BASE + STYLE + FILE.replace("ink.s", "../ink.s") + LICENCE, "inside"),
        (BASE + STYLE + FILE.replace("ink.s", "/ink.s") + LICENCE, "inside"),
        (BASE + STYLE + FILE.replace("path", "repo") + LICENCE, "together"),
        (BASE + STYLE + FILE.replace("pocket", "sdxl") + LICENCE, "sdxl"),
        ("plain = 3", "table"),
        ("not toml", "catalogue.toml"),
    ],
)
def test_a_slip_is_refused_by_name(tmp_path, text, told):
    (tmp_path / "catalogue.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_catalogue(tmp_path)
    assert told in str(refused.value)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("mix", "hint"),
    [
        ("{ anime = 1.0 }", "two or more"),
        ("{ anime = 1.0, nothing = 1.0 }", "nothing"),
        ("{ anime = 1.0, realistic = 1.0 }", "realistic"),
        ("{ anime = 1.0, pencil-sketch = 9 }", "pencil-sketch"),
        ("{ anime = 1.0, pencil-sketch = true }", "pencil-sketch"),
        ('"anime"', "two or more"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(tmp_path, mix, hint):
    shipped = (ROOT / "style_loras" / "catalogue.toml").read_text(encoding="utf-8")
    added = f'\n[cosy]\nko = "포근"\nen = "Cosy"\nthumb = "x"\nmix = {mix}\n'
    (tmp_path / "catalogue.toml").write_text(shipped + added, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_catalogue(tmp_path)
    assert hint in str(refused.value)


def test_a_mix_has_the_words_of_its_parts_and_runs_where_both_do(tmp_path):
    shipped = (ROOT / "style_loras" / "catalogue.toml").read_text(encoding="utf-8")
    added = (
        '\n[cosy]\nko = "포근"\nen = "Cosy"\nthumb = "x"\nmix = { anime = 0.5, film-photo = 1 }\n'
    )
    (tmp_path / "catalogue.toml").write_text(shipped + added, encoding="utf-8")
    cosy = load_catalogue(tmp_path)["cosy"]
    assert [(part.id, weight) for part, weight in cosy.parts] == [("anime", 0.5), ("film-photo", 1)]
    assert cosy.runs_on("z-image-turbo") and not cosy.runs_on("pocket")
    assert cosy.files["z-image-turbo"].trigger.startswith("Anime-Z, ")


def test_every_shipped_file_is_the_registered_one(catalogue):
    shipped = [lora for s in catalogue.values() for lora in s.files.values() if lora.path]
    assert len(shipped) >= 5
    for lora in shipped:
        data = (ROOT / "style_loras" / lora.path).read_bytes()
        assert lora.sha256 == hashlib.sha256(data).hexdigest(), lora.path
