"""Which keys of a tokenizer_config.json stop the tokenizer or change the words it hears.

Comes in: the keys. Goes out: those to leave out. A tokenizer of 260 tokens stands in for the real
one, whose 11 MB would take half a second for each try.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Judged before, each on its own.
_NEEDED = frozenset({"tokenizer_class", "pad_token", "padding_side", "chat_template"})
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_TEXT = "<|im_start|>user\nTwo Cakes, <b>café</b> .<|im_end|>\n"
_LENGTHS = (12, 96)  # cut off, and filled up


def unusable_keys(config: Mapping[str, Any], strict: bool) -> list[str]:
    """Keys that cannot stay. strict: also those that change the token ids."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_small_tokenizer(folder / "tokenizer.json")
        kept = {
            "tokenizer_class": "TokenizersBackend",
            "pad_token": _SPECIAL[0],
            "padding_side": config.get("padding_side", "right"),
        }
        plain = _ids(folder, kept)
        others = {key: value for key, value in config.items() if key not in _NEEDED}
        if _is_fine(_ids(folder, kept | others), plain, strict):
            return []
        left_out = []
        for key, value in others.items():
            if _is_fine(_ids(folder, kept | {key: value}), plain, strict):
                kept[key] = value
            else:
                left_out.append(key)
        return left_out


def _is_fine(ids: object, plain: object, strict: bool) -> bool:
    return ids is not None and (ids == plain or not strict)


def _ids(folder: Path, config: Mapping[str, Any]) -> list[Any] | None:
    """What the tokenizer makes of a text, called as the pipeline calls it; None: it failed."""
    from transformers import AutoTokenizer

    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return [
            tokenizer([_TEXT], padding="max_length", max_length=length, truncation=True).data
            for length in _LENGTHS
        ]
    except Exception:  # whatever it says of a value it does not expect
        return None


def _write_small_tokenizer(path: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {char: number for number, char in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in _SPECIAL])
    tokenizer.save(str(path))
