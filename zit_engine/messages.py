"""Every sentence a person can see, by id, in Korean and English.

Comes in: a message id, a language and values. Goes out: one sentence. The sentences live in
messages.toml and messages_*.toml beside this file, one line each: `id = ["Korean", "English"]`.
"""

import functools
import tomllib
from pathlib import Path

from zit_engine.errors import ZitError

LANGUAGES = ("ko", "en")
_HERE = Path(__file__).parent


@functools.cache
def sentences() -> dict[str, tuple[str, str]]:
    """All sentences as {"section.id": (Korean, English)}."""
    return {
        f"{section}.{key}": (pair[0], pair[1])
        for table in sorted(_HERE.glob("messages*.toml"))
        for section, entries in tomllib.loads(table.read_text(encoding="utf-8")).items()
        for key, pair in entries.items()
    }


def say(message_id: str, lang: str = "ko", **values: object) -> str:
    """The sentence `message_id` in `lang` ("ko" or "en") with `values` filled in.

    Raises KeyError for an unknown id, a missing value or an unknown language: those are bugs.
    """
    return sentences()[message_id][LANGUAGES.index(lang)].format(**values)


def explain(error: ZitError, lang: str = "ko") -> str:
    """The sentence a person reads when `error` happened; its id is in the log too."""
    values: dict[str, object] = {"error_id": error.error_id, **error.values}
    return say(error.message_id, lang, **values)


def explain_both(error: ZitError) -> str:
    """Korean and English, for callers without a language (API, command line)."""
    return " / ".join(explain(error, lang) for lang in LANGUAGES)
