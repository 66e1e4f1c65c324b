"""The styles a person added to this machine, beside the shipped ones.

Comes in: the data folder. Goes out: Styles whose files lie in it, each with the SHA-256 it was
added with. Whether a file fits the model is the engine's business.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zit_engine.errors import RequestError, SettingsError
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import LoraFile, Style

FOLDER, LIST_NAME = "styles", "added.json"
# Where files wait to be added by `styles rescan`.
NEW = "new"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_TITLE_CHARS, MOST_ID_CHARS = 30, 40
MOST_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class NewStyle:
    """What a person tells of a style file. Empty: `style_id` and `en` follow from the rest."""

    ko: str
    en: str = ""
    style_id: str = ""
    trigger: str = ""
    trigger_ko: str = ""
    adapter_weight: float = 1.0
    licence: str = "unstated"


def all_styles(shipped: Path, data_dir: Path) -> Mapping[str, Style]:
    """The shipped styles, then those added. Raises SettingsError for a broken list."""
    own = load_catalogue(shipped)
    more = {key: style for key, style in load_added(data_dir).items() if key not in own}
    return MappingProxyType({**own, **more})


def load_added(data_dir: Path) -> dict[str, Style]:
    """Raises SettingsError for a list that cannot be read: nobody's styles vanish silently."""
    return {row["id"]: _style(data_dir, row) for row in _rows(data_dir)}


def add(data_dir: Path, base: str, source: Path, sha256: str, told: NewStyle) -> Style:
    """Copy `source` into the data folder and put the style in the list, for the model `base`.

    Raises RequestError for words that cannot be used or an id that is taken, OSError.
    """
    style_id = told.style_id or _id_of(source.stem)
    _check(told, style_id)
    rows = _rows(data_dir)
    if any(row["id"] == style_id for row in rows):
        raise RequestError("error.style_taken", style=style_id)
    row = {
        "id": style_id,
        "ko": told.ko,
        "en": told.en or told.ko,
        "base": base,
        "trigger": told.trigger,
        "trigger_ko": told.trigger_ko or told.trigger,
        "adapter_weight": told.adapter_weight,
        "licence": told.licence,
        "sha256": sha256,
    }
    files = data_dir / FOLDER
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = files / f".{secrets.token_hex(8)}.part"
    try:
        shutil.copyfile(source, part)
        os.chmod(part, 0o600)
        os.replace(part, files / f"{style_id}.safetensors")
    finally:
        part.unlink(missing_ok=True)
    _write(data_dir, [*rows, row])
    return _style(data_dir, row)


def remove(data_dir: Path, style_id: str) -> None:
    """Take an added style out of the list and delete its copy. Raises RequestError, OSError."""
    rows = _rows(data_dir)
    kept = [row for row in rows if row["id"] != style_id]
    if len(kept) == len(rows):
        raise RequestError("error.style_not_added", style=style_id)
    _write(data_dir, kept)
    (data_dir / FOLDER / f"{style_id}.safetensors").unlink(missing_ok=True)


def waiting(data_dir: Path) -> list[Path]:
    """Files somebody dropped to be added."""
    return sorted((data_dir / FOLDER / NEW).glob("*.safetensors"))


def _check(told: NewStyle, style_id: str) -> None:
    if not _ID.fullmatch(style_id) or len(style_id) > MOST_ID_CHARS:
        raise RequestError("error.style_id", style=style_id)
    for title in (told.ko, told.en or told.ko):
        if not title.strip() or len(title) > MOST_TITLE_CHARS or not title.isprintable():
            raise RequestError("error.style_title", title=title[:40], limit=MOST_TITLE_CHARS)
    if not 0 < told.adapter_weight <= MOST_WEIGHT:
        raise RequestError("error.style_weight", weight=told.adapter_weight, limit=MOST_WEIGHT)


def _id_of(stem: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:MOST_ID_CHARS].strip("-")
    return plain or f"style-{secrets.token_hex(3)}"


def _style(data_dir: Path, row: Mapping[str, Any]) -> Style:
    lora_file = LoraFile(
        row["trigger"],
        row["trigger_ko"],
        row["adapter_weight"],
        row["licence"],
        path=str((data_dir / FOLDER / f"{row['id']}.safetensors").absolute()),
        sha256=row["sha256"],
    )
    files = MappingProxyType({row["base"]: lora_file})
    return Style(row["id"], row["ko"], row["en"], "", files)


def _rows(data_dir: Path) -> list[dict[str, Any]]:
    path = data_dir / FOLDER / LIST_NAME
    try:
        if not path.exists():
            return []
        rows = json.loads(path.read_text(encoding="utf-8"))
        for row in rows:
            _style(data_dir, row)
        return list(rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        hint = "the list of added styles cannot be read"
        raise SettingsError(name=LIST_NAME, value="", hint=hint, detail=repr(error)) from error


def _write(data_dir: Path, rows: list[dict[str, Any]]) -> None:
    part = data_dir / FOLDER / f".{LIST_NAME}.part"
    part.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    os.chmod(part, 0o600)
    os.replace(part, data_dir / FOLDER / LIST_NAME)
