"""The styles on offer. Comes in: the style_loras folder. Goes out: an ordered mapping id -> Style.

Reads catalogue.toml and nothing else: whether an adapter file exists and fits is the engine's
business, because a missing file must hide one style, not stop the shop.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zit_engine.errors import SettingsError, UnknownStyle
from zit_engine.styles.style import LoraFile, Style

FILE_NAME = "catalogue.toml"
BASES = ("pocket", "z-image-turbo")

# Ids become adapter names, and a dot would split a module path inside PEFT.
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STYLE_KEYS = {"ko", "en", "thumb", "is_base", "files", "legacy_checkpoint", "mix"}
_FILE_KEYS = set(LoraFile.__dataclass_fields__)
_TYPES: dict[str, tuple[type, ...]] = {"is_base": (bool,), "adapter_weight": (int, float)}
_FILE_NEEDS = {"trigger", "adapter_weight", "licence"}


def load_catalogue(folder: Path) -> Mapping[str, Style]:
    """The styles of `folder`/catalogue.toml in file order.

    Raises SettingsError naming the file, the style and the offending key.
    """
    path = folder / FILE_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise _broken(path, "", str(error)) from error
    styles = {key: _style(path, key, table) for key, table in document.items()}
    for key, table in document.items():
        if "mix" in table:
            styles[key] = _mixed(path, styles, key, table["mix"])
    bases = [style.id for style in styles.values() if style.is_base]
    if len(bases) != 1:
        raise _broken(path, "is_base", f"exactly one style must be the base, found {bases}")
    return MappingProxyType(styles)


def find(catalogue: Mapping[str, Style], style_id: str) -> Style:
    """The style with this id. Raises UnknownStyle listing the known ids."""
    try:
        return catalogue[style_id]
    except KeyError:
        raise UnknownStyle(style_id, ", ".join(catalogue)) from None


def _style(path: Path, style_id: str, table: Any) -> Style:
    if not _ID.fullmatch(style_id):
        raise _broken(path, style_id, "an id is lower-case words joined by '-'")
    if not isinstance(table, dict):
        raise _broken(path, style_id, "a style is a table")
    _check_keys(path, style_id, table, allowed=_STYLE_KEYS, needed={"ko", "en", "thumb"})
    files = table.get("files", {})
    _check_keys(path, f"{style_id}.files", files, allowed=set(BASES), needed=set())
    is_base = bool(table.get("is_base", False))
    if is_base == bool(files or table.get("mix")) or (files and "mix" in table):
        raise _broken(path, style_id, "the base has no files, every other style has files or a mix")
    legacy = table.get("legacy_checkpoint", "")
    if legacy and not _REPO.fullmatch(legacy):
        raise _broken(path, style_id, f"'legacy_checkpoint' is owner/name on the hub: {legacy!r}")
    return Style(
        id=style_id,
        ko=table["ko"],
        en=table["en"],
        thumb=table["thumb"],
        files=MappingProxyType(
            {base: _lora_file(path, f"{style_id}.{base}", entry) for base, entry in files.items()}
        ),
        is_base=is_base,
        legacy_checkpoint=legacy,
    )


def _mixed(path: Path, styles: Mapping[str, Style], style_id: str, mix: Any) -> Style:
    """The style `style_id` as a mix of others: it runs where all of them do, with all their
    words, each at its weight times the strength asked for."""
    where = f"{style_id}.mix"
    if not isinstance(mix, dict) or len(mix) < 2:
        raise _broken(path, where, "a mix is a table of two or more styles and their weights")
    parts = []
    for part, weight in mix.items():
        if part not in styles or not styles[part].files or styles[part].parts:
            raise _broken(path, where, f"{part!r} is not a style with files of its own")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 2:
            raise _broken(path, where, f"the weight of {part!r} must be above 0 and at most 2")
        parts.append((styles[part], float(weight)))
    shared = [base for base in BASES if all(base in part.files for part, _ in parts)]
    if not shared:
        raise _broken(path, where, "these styles share no model")
    files = {base: _words_of([part.files[base] for part, _ in parts]) for base in shared}
    return replace(styles[style_id], files=MappingProxyType(files), parts=tuple(parts))


def _words_of(files: list[LoraFile]) -> LoraFile:
    """The words of several adapters one after the other; no adapter of its own."""
    return LoraFile(
        trigger=", ".join(file.trigger for file in files if file.trigger),
        trigger_ko=", ".join(file.trigger_ko for file in files if file.trigger_ko),
        adapter_weight=1.0,
        licence=" + ".join(dict.fromkeys(file.licence for file in files)),
    )


def _lora_file(path: Path, where: str, entry: Any) -> LoraFile:
    _check_keys(path, where, entry, allowed=_FILE_KEYS, needed=_FILE_NEEDS)
    lora_file = LoraFile(**{"trigger_ko": entry["trigger"], **entry})
    hub = (lora_file.repo, lora_file.filename, lora_file.revision)
    if any(hub) and (not all(hub) or lora_file.path):
        raise _broken(path, where, "give either path, or repo, filename and revision together")
    parts = Path(lora_file.path).parts
    if Path(lora_file.path).is_absolute() or ".." in parts:
        raise _broken(path, where, "path must stay inside the style_loras folder")
    if lora_file.sha256 and not _SHA256.fullmatch(lora_file.sha256):
        raise _broken(path, where, "sha256 is 64 lower-case hexadecimal digits")
    # 2 is twice the strongest weight any published card of these adapters advises.
    if not 0.0 < lora_file.adapter_weight <= 2.0:
        raise _broken(path, where, "adapter_weight must be above 0 and at most 2")
    return lora_file


def _check_keys(path: Path, where: str, table: Any, allowed: set[str], needed: set[str]) -> None:
    """Unknown keys are refused, so a typing slip is not silently ignored; texts must be filled."""
    if not isinstance(table, dict):
        raise _broken(path, where, "must be a table")
    if unknown := sorted(set(table) - allowed):
        raise _broken(path, where, f"unknown key {unknown[0]!r}; known: {sorted(allowed)}")
    if missing := sorted(key for key in needed if table.get(key) in (None, "")):
        # A prompt-only or self-explaining adapter states an empty trigger on purpose.
        missing = [key for key in missing if not (key == "trigger" and key in table)]
        if missing:
            raise _broken(path, where, f"{missing[0]!r} is missing or empty")
    for key, value in table.items():
        if not isinstance(value, _TYPES.get(key, (str, dict))):
            raise _broken(path, where, f"{key!r} has the wrong type: {value!r}")


def _broken(path: Path, where: str, hint: str) -> SettingsError:
    return SettingsError(name=path.name, value=where, hint=hint, detail=str(path))
