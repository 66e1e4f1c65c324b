"""A refusal over plain HTTP. Comes in: a typed error. Goes out: JSON with its sentence in Korean
and English; `detail` holds both for clients that show only that."""

from starlette.responses import JSONResponse

from zit_engine.errors import ZitError
from zit_engine.messages import LANGUAGES, explain, explain_both


def refusal(error: ZitError, status: int) -> JSONResponse:
    """{error: {ko, en}, detail}. Nothing of what was asked is repeated."""
    told = {lang: explain(error, lang) for lang in LANGUAGES}
    headers = {"Cache-Control": "no-store"}
    if "seconds" in error.values:
        headers["Retry-After"] = str(error.values["seconds"])
    return JSONResponse({"error": told, "detail": explain_both(error)}, status, headers)
