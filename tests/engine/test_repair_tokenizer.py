"""The tokenizer of a checkpoint: mended where its vocabulary is right, else refused."""

from pathlib import Path

import pytest

from tests.engine.broken import change, check_mended, link_pocket, refuse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return link_pocket(tmp_path / "model")


TOKENIZER = "tokenizer/tokenizer.json"


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": {"type": "BPE"', "\x00\x01"])
def test_a_tokenizer_that_cannot_be_read(folder: Path, content):
    (folder / TOKENIZER).unlink()
    if content is not None:
        (folder / TOKENIZER).write_text(content)
    told = refuse(folder)
    assert (told["file"], told["key"]) == (TOKENIZER, "file")


def test_a_tokenizer_with_a_mark_before_it(folder: Path, tmp_path: Path):
    text = (folder / TOKENIZER).read_text(encoding="utf-8")
    (folder / TOKENIZER).write_text(text, encoding="utf-8-sig")
    assert check_mended(folder, tmp_path / "overlays") == (f"{TOKENIZER}:file",)


def test_a_tokenizer_of_a_larger_model(folder: Path):
    def grow(data: dict) -> None:
        data["added_tokens"].append(data["added_tokens"][-1] | {"id": 6000, "content": "<more>"})

    change(folder / TOKENIZER, grow)
    assert (refuse(folder)["key"], refuse(folder)["found"]) == ("highest id", "6000")


def test_a_tokenizer_of_another_family(folder: Path):
    text = (folder / TOKENIZER).read_text(encoding="utf-8")
    (folder / TOKENIZER).write_text(text.replace("<|im_start|>", "[START]"), encoding="utf-8")
    assert refuse(folder)["key"] == "<|im_start|>"


TEMPLATES = {
    "missing": None,
    "empty": "",
    "broken": "{% for m in messages %}",
    "failing": "{{ raise_exception('no') }}",
    "wordless": "hello",
    "another model's": "{% for m in messages %}[INST]{{ m['content'] }}[/INST]{% endfor %}",
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_words_reach_the_encoder_as_in_training(folder: Path, tmp_path: Path, kind):
    path = folder / "tokenizer" / "chat_template.jinja"
    path.unlink()
    if TEMPLATES[kind] is not None:
        path.write_text(TEMPLATES[kind])
    (key,) = check_mended(folder, tmp_path / "overlays")
    assert key == "tokenizer/chat_template.jinja:chat_template"


def test_a_template_inside_the_config_is_as_good(folder: Path, tmp_path: Path):
    path = folder / "tokenizer" / "chat_template.jinja"
    file = folder / "tokenizer" / "tokenizer_config.json"
    change(file, lambda data: data.update(chat_template=path.read_text()))
    path.unlink()
    assert check_mended(folder, tmp_path / "overlays") == ()


@pytest.mark.parametrize("name", ["special_tokens_map.json", "added_tokens.json", "vocab.json"])
def test_further_files_that_would_stop_the_tokenizer(folder: Path, tmp_path: Path, name):
    (folder / "tokenizer" / name).write_text("{cut of")
    assert check_mended(folder, tmp_path / "overlays") == (f"tokenizer/{name}:file",)
