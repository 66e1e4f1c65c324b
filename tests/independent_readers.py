"""What ImageMagick and ExifTool, which share no code with us, say of our files."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Seen:
    """`magick`: (width, height, format) of ImageMagick; `tags`: ExifTool's, by plain name."""

    magick: tuple[int, int, str]
    tags: dict[str, Any]


def read_all(folder: Path) -> dict[str, Seen]:
    """Every file in `folder` by name. One process each, or hundreds of files take minutes."""
    paths = [str(path) for path in sorted(folder.iterdir())]
    exif = ["exiftool", "-json", "-n", "-charset", "utf8", "-charset", "filename=utf8", *paths]
    rows = json.loads(_output(exif))
    tags = {Path(row["SourceFile"]).name: row for row in rows}
    # -ping reads the header only.
    magick = _output(["identify", "-ping", "-format", "%w %h %m %f\n", *paths])
    seen = {}
    for line in magick.splitlines():
        width, height, format, name = line.split(" ", 3)
        seen[name] = Seen((int(width), int(height), format), tags[name])
    return seen


def decodes(path: Path) -> bool:
    """Whether ImageMagick reads every pixel without a complaint."""
    done = subprocess.run(["identify", "-regard-warnings", str(path)], capture_output=True)
    return done.returncode == 0 and not done.stderr


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
