"""Requests nobody should get a picture for: fields, and the sentence that tells why."""

from typing import Any

GOOD: dict[str, Any] = {"prompt": "딸기 케이크", "channel": "kakao-search-small", "seed": "7"}

# (name, what replaces fields of GOOD, message id)
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("empty prompt", {"prompt": ""}, "error.prompt_empty"),
    ("blank prompt", {"prompt": " \n\t\u3000"}, "error.prompt_empty"),
    ("ten megabytes", {"prompt": "케" * 3_500_000}, "error.prompt_long"),
    ("more words than the model reads", {"prompt": "a " * 900}, "error.prompt_tokens"),
    ("control character", {"prompt": "케이크\x00"}, "error.prompt_characters"),
    ("escape sequence", {"prompt": "\x1b[31m빨강"}, "error.prompt_characters"),
    ("right-to-left override", {"prompt": "케이크\u202egnp.exe"}, "error.prompt_characters"),
    ("lone surrogate", {"prompt": "케이크\ud83d"}, "error.prompt_characters"),
    ("seed below zero", {"seed": "-1"}, "error.seed_range"),
    ("seed far too large", {"seed": "1e30"}, "error.seed_range"),
    ("seed in letters", {"seed": "abc"}, "error.seed_range"),
    ("unknown style", {"style": "cubism"}, "error.style_unknown"),
    ("unknown channel", {"channel": "fax"}, "error.channel_unknown"),
    ("no pictures", {"count": "0"}, "error.count_range"),
    ("99 pictures", {"count": "99"}, "error.count_range"),
    ("variety beyond all", {"variety": "9"}, "error.variety_range"),
    ("strength beyond all", {"adapter_weight": "9"}, "error.weight_range"),
]
BAD_NAMES = [name for name, _, _ in BAD]
