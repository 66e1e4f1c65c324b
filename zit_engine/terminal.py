"""What every command shares: a Studio for its time, a bar to watch, errors as sentences.

Comes in: what a command does. Goes out: files, text or JSON, and an exit code.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from zit_engine.assembly import build_studio
from zit_engine.errors import (
    Cancelled,
    InvalidRequest,
    RequestError,
    SettingsError,
    StyleUnavailable,
    UnreadableFile,
    ZitError,
)
from zit_engine.finish.intake import MAX_BYTES
from zit_engine.finish.metadata import read_settings
from zit_engine.finish.sign import ContentSigner, load_signer
from zit_engine.logs import configure_logging
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.request.ad_request import AdResult
from zit_engine.settings import load_settings
from zit_engine.studio import Studio, StudioJob

# Pictures made here belong to one owner: the command line of this data folder.
OWNER = "command-line"
# What the person at the keyboard can put right: exit code 2, as for a wrong option.
_MENDABLE = (RequestError, SettingsError, StyleUnavailable)


@contextmanager
def telling(as_json: bool) -> Iterator[None]:
    """A failure inside becomes a sentence in both languages and an exit code."""
    configure_logging("warning")
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ZitError as error:
        fail(error, as_json)
    except OSError as error:
        fail(ZitError("error.out_folder", path=error.filename, detail=repr(error)), as_json)


@contextmanager
def open_studio(as_json: bool) -> Iterator[Studio]:
    """A Studio of this process; failures are told as in `telling`."""
    with telling(as_json):
        # Whoever types here owns the disk: the share is for people who come through the page.
        studio = build_studio(load_settings(owner_mb=0, owner_per_minute=0))
        try:
            yield studio
        finally:
            studio.close()


def fail(error: ZitError, as_json: bool) -> NoReturn:
    for lang in LANGUAGES:
        print(explain(error, lang), file=sys.stderr)
    if as_json:
        sentences = {lang: explain(error, lang) for lang in LANGUAGES}
        print(json.dumps({"error": error.message_id, **sentences}, ensure_ascii=False))
    raise SystemExit(2 if isinstance(error, _MENDABLE) else 1)


def watch(studio: Studio, job: StudioJob) -> list[AdResult]:
    """Wait for `job` with a bar on a terminal, then tell what the pictures come with. Raises the
    first failure when nothing was made."""
    is_terminal = sys.stderr.isatty()
    try:
        while not job.wait(0.2).state.is_over:
            if is_terminal:
                _show(job)
    except KeyboardInterrupt:
        studio.queue.cancel(job)
        raise
    if is_terminal:
        print(file=sys.stderr)
    snapshot = job.snapshot()
    for failure in snapshot.failures:
        if snapshot.results:
            print(explain(failure, "ko"), explain(failure, "en"), sep="\n", file=sys.stderr)
    if not snapshot.results:
        raise snapshot.failures[0] if snapshot.failures else Cancelled()
    # Four pictures of one press mostly carry the same sentence: once is enough.
    for sentence in dict.fromkeys(s for r in snapshot.results for s in note_of(r).values()):
        print(sentence, file=sys.stderr)
    return snapshot.results


def note_of(result: AdResult) -> dict[str, str]:
    """The picture's note as {language: sentence}; empty without one."""
    if not result.note:
        return {}
    return {lang: say(result.note, lang, **result.note_values) for lang in LANGUAGES}


def _show(job: StudioJob) -> None:
    snapshot = job.snapshot()
    total = len(snapshot.outcomes) * (snapshot.steps or 8)
    settled = sum(outcome is not None for outcome in snapshot.outcomes)
    done = snapshot.done * (snapshot.steps or 8) + snapshot.step
    filled = round(30 * done / total)
    bar = "█" * filled + "·" * (30 - filled)
    print(f"\r{bar} {settled}/{len(snapshot.outcomes)}", end="", file=sys.stderr, flush=True)


def report_made(
    studio: Studio, results: Sequence[AdResult], out: Path, started: float
) -> dict[str, Any]:
    """Copies of `results` in `out`, and what is told of them; `started` by the monotonic clock."""
    files = [copy_result(studio, result, out) for result in results]
    request = results[0].request
    return {
        "files": [str(path) for path in files],
        "seed": request.seed,
        "seeds": [result.request.seed for result in results],
        "style": request.style,
        "channel": request.channel,
        "model": studio.engine.facts.title,
        "seconds": round(time.monotonic() - started, 3),
        "picture_seconds": [result.seconds for result in results],
        "notes": [
            {"file": str(path), "id": result.note, **note_of(result)}
            for path, result in zip(files, results, strict=True)
            if result.note
        ],
    }


def signer() -> ContentSigner | None:
    """What signs files for the person at the keyboard; None without a certificate."""
    settings = load_settings()
    return load_signer(settings.c2pa_cert, settings.c2pa_key)


def copy_result(studio: Studio, result: AdResult, out: Path) -> Path:
    return copy_file(studio.files.path_of(OWNER, result.job_id, result.name), out)


def copy_file(source: Path, out: Path) -> Path:
    """`source` copied into `out` under its own name; never over a file of that name."""
    return write_file(source.read_bytes(), source.name, out)


def write_file(data: bytes, name: str, out: Path) -> Path:
    """`data` as a file in `out`; never over another, so that one gets a number."""
    out.mkdir(parents=True, exist_ok=True)
    target, number = out / name, 1
    while target.exists():
        number += 1
        target = out / f"{Path(name).stem} ({number}){Path(name).suffix}"
    target.write_bytes(data)
    return target


def print_report(report: Any, as_json: bool, text: str) -> None:
    print(json.dumps(report, ensure_ascii=False, indent=2) if as_json else text)


def as_lines(data: Any, indent: str = "") -> str:
    """Nested data as indented lines a person reads from top to bottom."""
    lines = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{key}", as_lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ("  ".join(f"{k}={v}" for k, v in row.items() if v != "") for row in value)
            lines += [f"{indent}{key}", *(f"{indent}  {row}" for row in rows)]
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            lines.append(f"{indent}{key:<16} {shown}")
    return "\n".join(lines)


def file_bytes(path: Path) -> bytes:
    """The file's bytes, one more than are taken at most. Raises InvalidRequest where there is
    none."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest("image", "export.file_missing", path=path) from error


def settings_of(data: bytes) -> dict[str, Any] | None:
    """What the picture was made from; None for one that was not made here."""
    try:
        return read_settings(data)
    except UnreadableFile:
        return None
