"""How one picture is written as a row, and what of it can be searched.

Comes in: an AdResult or a row. Goes out: the other. It knows no file and no owner.
"""

import dataclasses
import json
import unicodedata
from typing import Any

from zit_engine.request.ad_request import AdRequest, AdResult

COLUMNS = (
    "job_id, name, request, model, width, height, format, size_bytes, seconds, created_at, note, "
    "lettering, favourite"
)
_REQUEST_FIELDS = frozenset(field.name for field in dataclasses.fields(AdRequest))
# Of a lettering: what a person reads on the picture. The rest is ids, colours and marks.
_TEXTS = ("headline", "subline", "price", "contact", "qr")


def values_of(result: AdResult) -> tuple[Any, ...]:
    """The values of COLUMNS, then the searchable words."""
    return (
        result.job_id,
        result.name,
        json.dumps(result.request.as_fields(), ensure_ascii=True),
        result.model,
        result.width,
        result.height,
        result.format,
        result.size_bytes,
        result.seconds,
        result.created_at,
        _note_text(result),
        json.dumps(dict(result.lettering), default=str) if result.lettering else "",
        int(result.favourite),
        words_of(result),
    )


def result_of(row: tuple[Any, ...]) -> AdResult:
    """The picture of a row of COLUMNS."""
    job_id, name, request, *rest, note, lettering, favourite = row
    sentence, values = json.loads(note) if note else ("", {})
    set_over = json.loads(lettering) if lettering else {}
    facts = [*rest, sentence, values, set_over, bool(favourite)]
    return AdResult(job_id, name, request_of(json.loads(request)), *facts)


def request_of(fields: dict[str, Any]) -> AdRequest:
    """A request read from a file; fields of a newer program are left out."""
    known = {field: value for field, value in fields.items() if field in _REQUEST_FIELDS}
    return AdRequest(**known)


def words_of(result: AdResult) -> str:
    """What a search looks through, a line each. The file name is in it because it says the style
    and the channel in Korean."""
    request = result.request
    texts = [str(result.lettering.get(name, "")) for name in _TEXTS]
    name = result.name.rpartition(".")[0].replace("-", " ").replace("_", "\n")
    lines = (request.prompt, *texts, request.style, request.channel, name)
    words = folded("\n".join(line for line in lines if line))
    # SQLite takes no lone surrogates; nobody can type one to look for it.
    return words.encode("utf-8", "replace").decode("utf-8")


def folded(text: str) -> str:
    """`text` without the differences a searching person does not mean: upper and lower case, full
    and half width, Hangul composed or in letters. Spaces of any kind are one space."""
    lines = unicodedata.normalize("NFKC", text).casefold().split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)


def _note_text(result: AdResult) -> str:
    """The note as one JSON text, "" for none. A value is shown as text anyway: what JSON does not
    know is kept as its text."""
    if not result.note:
        return ""
    return json.dumps([result.note, dict(result.note_values)], default=str)
