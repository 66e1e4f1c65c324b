"""`checkpoint inspect | repair | convert`: what lies in a model folder, mended and made smaller.

Comes in: words of a command line. Goes out: text or JSON, progress on standard error, an exit
code. It does not know how any of it is done (zit_engine.engine).
"""

import contextlib
import dataclasses
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zit_engine.errors import RequestError, ZitError
from zit_engine.logs import configure_logging
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.settings import load_settings
from zit_engine.terminal import fail, print_report

if TYPE_CHECKING:
    from zit_engine.engine.config_files import Repair
    from zit_engine.engine.repair import PartReport, Report

GB, GIB = 10**9, 2**30
BF16_BYTES = 2
_DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_BAR_CHARS = 30

app = typer.Typer(no_args_is_help=True, help="Look at, mend and convert a model folder.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Source = Annotated[str, typer.Argument(help="A model folder, or a hub repo already downloaded.")]


@app.command("inspect")
def inspect_command(path: Source, as_json: Json = False) -> None:
    """What the folder holds, what would be mended, and what it takes on the card."""
    with _telling(as_json):
        from zit_engine.engine.repair import inspect

        report = inspect(_folder(path))
        numbers = sum(part.numbers for part in report.parts)
        shown = _plain(report) | {"card_gib": round(numbers * BF16_BYTES / GIB, 2)}
        print_report(shown, as_json, "\n".join(_report_lines(report)))


@app.command("repair")
def repair_command(
    path: Source,
    out: Annotated[
        str, typer.Option(help="Folder for the mended copy; empty: in ZIT_DATA_DIR.")
    ] = "",
    as_json: Json = False,
) -> None:
    """A mended folder beside the original, which stays as it is; weights are linked."""
    with _telling(as_json):
        from zit_engine.engine.repair import mended

        overlays = Path(out).expanduser() if out else load_settings().data_dir / "checkpoints"
        folder, repairs = mended(_folder(path), overlays)
        shown = {"folder": str(folder), "repairs": [_plain(repair) for repair in repairs]}
        print_report(shown, as_json, "\n".join([str(folder), *_repair_lines(repairs)]))


@app.command("convert")
def convert_command(
    source: Source,
    target: Annotated[str, typer.Argument(help="The new folder.")],
    dtype: Annotated[str, typer.Option(help="bf16, fp16 or fp32.")] = "bf16",
    # Text, so that a sentence in both languages explains what is wrong with it.
    shard_gb: Annotated[str, typer.Option(help="Largest file in GB (10⁹ bytes).")] = "2",
    as_json: Json = False,
) -> None:
    """Write the model anew in smaller files of another number type; goes on where it stopped."""
    with _telling(as_json), _kept_is_told(Path(target)), _bar() as on_progress:
        from zit_engine.engine.convert import convert

        if dtype not in _DTYPES:
            raise RequestError("error.dtype_unknown", dtype=dtype, known=", ".join(_DTYPES))
        started = time.monotonic()
        limit = _number(shard_gb)
        made = convert(_folder(source), Path(target), _DTYPES[dtype], limit, on_progress)
        seconds = round(time.monotonic() - started, 1)
        size = {"before": _gb(made.source_bytes), "after": _gb(made.size_bytes)}
        told = _both("checkpoint.converted", shards=made.shards, seconds=seconds, **size)
        print_report(_plain(made) | {"seconds": seconds}, as_json, f"{made.folder}\n{told}")


def _folder(path: str) -> Path:
    """The folder itself, or the cached one of a hub repo. Raises RequestError."""
    folder = Path(path).expanduser()
    if os.path.isdir(folder):  # Path.is_dir raises on a name too long for the file system
        return folder
    if _REPO.fullmatch(path):
        from zit_engine.engine.hub import cached_snapshot

        cached = cached_snapshot(path, load_settings().model_revision)
        if cached is not None:
            return cached
    raise RequestError("error.checkpoint_missing", path=path)


def _number(text: str) -> float:
    """NaN for what is no number: `convert` refuses it with its limits."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


@contextlib.contextmanager
def _telling(as_json: bool) -> Iterator[None]:
    """A failure becomes a sentence in both languages and an exit code; as JSON with its values
    (file, key, found, expected) besides."""
    configure_logging("warning")
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ZitError as error:
        _fail(error, as_json)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        told = ZitError("error.file_failed", path=error.filename, reason=reason, detail=repr(error))
        _fail(told, as_json)


def _fail(error: ZitError, as_json: bool) -> None:
    if as_json:
        values = {name: str(value) for name, value in error.values.items()}
        sentences = {lang: explain(error, lang) for lang in LANGUAGES}
        print_report({"error": error.message_id, **values, **sentences}, True, "")
    fail(error, as_json=False)


@contextlib.contextmanager
def _kept_is_told(target: Path) -> Iterator[None]:
    """Gigabytes in a hidden folder are not left behind without a word."""
    try:
        yield
    except BaseException as error:
        from zit_engine.engine.unfinished import work_folder

        work = work_folder(target.expanduser())
        is_anothers = isinstance(error, ZitError) and error.message_id == "error.convert_busy"
        if (work / "folder").is_dir() and not is_anothers:
            typer.echo(_both("checkpoint.kept", path=work), err=True)
        raise


@contextlib.contextmanager
def _bar() -> Iterator[Any]:
    """A callback that shows bytes: a bar on a terminal, else a line for each tenth."""
    is_terminal = sys.stderr.isatty()
    last: tuple[str, int] = ("", -1)

    def show(stage: str, done: int, total: int) -> None:
        nonlocal last
        filled = done * (_BAR_CHARS if is_terminal else 10) // max(1, total)
        if is_terminal:
            bar = "█" * filled + "·" * (_BAR_CHARS - filled)
            typer.echo(f"\r{bar} {_gb(done)}/{_gb(total)} GB ", err=True, nl=False)
        elif (stage, filled) != last:
            values = {"done": _gb(done), "total": _gb(total)}
            typer.echo(_both(f"checkpoint.{stage}", **values), err=True)
        last = (stage, filled)

    try:
        yield show
    finally:
        if is_terminal and last[0]:
            typer.echo("", err=True)


def _report_lines(report: "Report") -> Iterator[str]:
    size = sum(part.size_bytes for part in report.parts)
    card = sum(part.numbers for part in report.parts) * BF16_BYTES / GIB
    yield str(report.folder)
    yield f"{_both('checkpoint.model')}: {report.base}"
    yield from (f"  {_part_line(part)}" for part in report.parts)
    yield _both("checkpoint.total", size=_gb(size))
    yield _both("checkpoint.on_card", card=f"{card:.2f}")
    yield from _repair_lines(report.repairs)
    yield from (f"- {note}" for note in report.notes)


def _part_line(part: "PartReport") -> str:
    counts = _both("checkpoint.part", files=len(part.files), tensors=part.tensors)
    return f"{part.name:<14} {_gb(part.size_bytes):>8} GB  {', '.join(part.dtypes):<10} {counts}"


def _repair_lines(repairs: Iterable["Repair"]) -> list[str]:
    """What would be or was mended, and why; one sentence where nothing needs it."""
    lines = []
    for repair in repairs:
        lines.append(f"- {repair.file} {repair.key}: {repair.found} → {repair.became}")
        lines.append(f"    {repair.why}")
    return [_both("checkpoint.repairs", count=len(lines) // 2), *lines]


def _both(message_id: str, **values: object) -> str:
    return " · ".join(say(message_id, lang, **values) for lang in LANGUAGES)


def _gb(count: int) -> str:
    return f"{count / GB:.2f}"


def _plain(record: Any) -> dict[str, Any]:
    """A dataclass as JSON knows it; paths become text."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(record), default=str))
    return plain
