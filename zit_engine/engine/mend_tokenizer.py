"""Mending the tokenizer's small files; its vocabulary itself is either right or refused.

Comes in: the tokenizer folder, the encoder's vocabulary size, the layout. Goes out: drafts to be
written beside tokenizer.json, files to be left out, a template. Nothing is run from the folder
but the chat template, in the sandbox transformers has for it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.engine.config_files import Draft, Repair, decode, read_draft, read_small, show
from zit_engine.engine.layouts import POCKET, Layout
from zit_engine.engine.tokenizer_probe import unusable_keys
from zit_engine.errors import CheckpointRefused

VOCABULARY = "tokenizer/tokenizer.json"
CONFIG = "tokenizer/tokenizer_config.json"
TEMPLATE = "tokenizer/chat_template.jinja"
# These take tokenizer.json as it stands; the others rebuild it by Qwen2's rules.
VERBATIM = ("TokenizersBackend", "PreTrainedTokenizerFast")
QWEN = ("Qwen2Tokenizer", "Qwen2TokenizerFast")
# Both known encoders read one turn of ChatML, the form their captions had in training.
CHATML = """\
{% for m in messages %}<|im_start|>{{ m['role'] }}
{{ m['content'] }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
_ASKED = [{"role": "user", "content": "Hello café"}]
_RENDERED = "<|im_start|>user\nHello café<|im_end|>\n<|im_start|>assistant\n"
_TURN_TOKENS = ("<|im_start|>", "<|im_end|>")
_PAD_TOKEN = "<|endoftext|>"


@dataclass(frozen=True, slots=True)
class MendedTokenizer:
    """`texts`: whole files to be written; `left_out`: files not to be linked."""

    config: Draft
    repairs: tuple[Repair, ...]
    texts: Mapping[str, str]
    left_out: frozenset[str]


def mend_tokenizer(folder: Path, rows: int, layout: Layout | None) -> MendedTokenizer:
    """`rows`: tokens the text encoder has a row for. Raises CheckpointRefused."""
    repairs: list[Repair] = []
    texts: dict[str, str] = {}
    tokens = _check_vocabulary(folder, rows, repairs, texts)
    config = read_draft(folder, CONFIG)
    correct_tokenizer_class(config, layout)
    correct_padding(config, layout, tokens)
    drop_unusable(config, layout)
    add_chat_template(folder, config, layout, repairs, texts)
    left_out = drop_unreadable(folder, repairs)
    return MendedTokenizer(config, tuple(repairs), texts, left_out)


def _check_vocabulary(
    folder: Path, rows: int, repairs: list[Repair], texts: dict[str, str]
) -> Mapping[str, int]:
    """{token: id} of tokenizer.json, which must fit the encoder and know where a turn begins."""
    from tokenizers import Tokenizer

    raw = read_small(folder / VOCABULARY, VOCABULARY)
    if raw is None:
        raise CheckpointRefused(VOCABULARY, "file", "missing", "the tokenizer")
    text, odd = decode(raw)
    try:
        tokens: Mapping[str, int] = Tokenizer.from_str(text).get_vocab(with_added_tokens=True)
    except Exception as error:  # the library raises nothing narrower
        found = f"unreadable: {error}"[:100]
        raise CheckpointRefused(VOCABULARY, "file", found, "a tokenizer") from error
    if odd:
        why = "its reader takes plain UTF-8 only"
        repairs.append(Repair(VOCABULARY, "file", odd, "UTF-8 JSON", why, "_check_vocabulary"))
        texts[VOCABULARY] = text
    highest = max(tokens.values(), default=-1)
    if highest >= rows:
        expected = f"below {rows}, the rows of the text encoder"
        raise CheckpointRefused(VOCABULARY, "highest id", str(highest), expected)
    for token in _TURN_TOKENS:
        if token not in tokens:
            raise CheckpointRefused(VOCABULARY, token, "missing", "a token of the Qwen family")
    return tokens


def correct_tokenizer_class(config: Draft, layout: Layout | None) -> None:
    """A class that reads tokenizer.json as the model was trained with it."""
    allowed = VERBATIM if layout is POCKET else VERBATIM + QWEN
    if config.data.get("tokenizer_class") not in allowed:
        why = "tokenizer.json is all it takes"
        config.set("tokenizer_class", VERBATIM[0], why, "correct_tokenizer_class")


def correct_padding(config: Draft, layout: Layout | None, tokens: Mapping[str, int]) -> None:
    """Prompts are filled up to one length; the filling is masked, but it must be a token."""
    step = "correct_padding"
    pad = config.data.get("pad_token")
    pad = pad.get("content") if isinstance(pad, dict) else pad
    side = config.data.get("padding_side", "right")
    if layout is not None:
        if pad != _PAD_TOKEN:
            config.set("pad_token", _PAD_TOKEN, f"{layout.name} was trained with it", step)
        if side != "right":
            config.set("padding_side", "right", f"{layout.name} was trained with it", step)
        return
    if not isinstance(pad, str) or pad not in tokens:
        raise config.refuse("pad_token", "a token of tokenizer.json")
    if side not in ("left", "right"):
        raise config.refuse("padding_side", "left or right")


def drop_unusable(config: Draft, layout: Layout | None) -> None:
    """Keys that stop the tokenizer, or make it hear other words than a known model's."""
    for key in unusable_keys(config.data, strict=layout is not None):
        config.drop(key, "not needed, and it breaks the tokenizer", "drop_unusable")


def add_chat_template(
    folder: Path,
    config: Draft,
    layout: Layout | None,
    repairs: list[Repair],
    texts: dict[str, str],
) -> None:
    """Captions reach the encoder as one turn of a conversation, written by a template."""
    found, problem = _find_template(folder, config)
    problem = problem or _judge(found, strict=layout is not None)
    if not problem:
        return
    if layout is None:
        raise CheckpointRefused(TEMPLATE, "chat_template", problem, "a template for one turn")
    why = f"{layout.name} was trained with it"
    repairs.append(Repair(TEMPLATE, "chat_template", problem, "ChatML", why, "add_chat_template"))
    texts[TEMPLATE] = CHATML


def _find_template(folder: Path, config: Draft) -> tuple[Any, str]:
    """(the template transformers would take, what is wrong with it or "")."""
    raw = read_small(folder / TEMPLATE, TEMPLATE)
    if raw is None:
        found = config.data.get("chat_template")
        return found, "" if found else "missing"
    text, odd = decode(raw)
    return text, odd or ("" if text else "empty")


def _judge(template: Any, strict: bool) -> str:
    """What is wrong with a template, or "". strict: it must write ChatML exactly."""
    if not isinstance(template, str):
        return show(template)
    from transformers.utils.chat_template_utils import render_jinja_template

    try:
        written, _ = render_jinja_template(
            conversations=[_ASKED],
            chat_template=template,
            add_generation_prompt=True,
            enable_thinking=True,
        )
    except Exception as error:  # a template may fail in any way a program can
        return f"fails: {error}"[:80]
    if strict and written[0] != _RENDERED:
        return f"writes {show(written[0])}"
    return "" if _ASKED[0]["content"] in written[0] else "leaves the words out"


def drop_unreadable(folder: Path, repairs: list[Repair]) -> frozenset[str]:
    """Further JSON that cannot be read and would stop the loader; tokenizer.json says the same."""
    left_out = set()
    for path in sorted((folder / "tokenizer").glob("*.json")):
        file = f"tokenizer/{path.name}"
        if file in (VOCABULARY, CONFIG):
            continue
        try:
            json.loads((read_small(path, file) or b"").decode("utf-8"))
        except (ValueError, RecursionError) as error:
            why, found = "tokenizer.json says the same", f"{type(error).__name__}: {error}"[:80]
            repairs.append(Repair(file, "file", found, "left out", why, "drop_unreadable"))
            left_out.add(file)
    return frozenset(left_out)
