"""A line of text cut into runs: stretches that one font file sets in one go.

Comes in: a line and a typeface. Goes out: runs, and the signs no file holds. It knows which files
hold what, but no sizes and no pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from zit_engine.finish.clusters import TEXT_STYLE, asks_for_emoji, bases, clusters, visible
from zit_engine.finish.fonts import (
    FACES,
    drawn_as,
    emoji_file,
    file_chain,
    holds,
    load_fonts,
    no_flag,
    opened,
)

# Shaping is judged at this size; any would do.
_SHAPED = 100
# Blocks drawn as tall as Hangul: jamo, arrows to dingbats, CJK and its marks, full-width forms.
_TALL = ((0x1100, 0x11FF), (0x2190, 0x2BFF), (0x2E80, 0xD7FF), (0xF900, 0xFFEF))


@dataclass(frozen=True, slots=True)
class Run:
    """`text` set in `file`. `kind`: the font's own letters, or which of its letters those from
    another file stand beside."""

    text: str
    file: str
    kind: Literal["own", "hangul", "digits", "emoji"]


def runs(text: str, font_id: str) -> tuple[Run, ...]:
    """The line in order; signs that no file holds are left out (`unsupported` names them)."""
    files = file_chain(font_id)
    found: list[Run] = []
    for cluster in clusters(text):
        for run in _placed(cluster, files):
            last = found[-1] if found else None
            # Emoji stay apart: two flags in a row would be shaped as other flags.
            if last and (last.file, last.kind) == (run.file, run.kind) and run.kind != "emoji":
                found[-1] = replace(last, text=last.text + run.text)
            else:
                found.append(run)
    return tuple(found)


def unsupported(text: str) -> list[str]:
    """Signs of the text that no typeface can show, each once, in order."""
    files = file_chain(next(iter(load_fonts())))
    seen = (cluster for cluster in clusters(text) if visible(cluster))
    return list(dict.fromkeys(cluster for cluster in seen if not _placed(cluster, files)))


def _placed(cluster: str, files: Sequence[str]) -> tuple[Run, ...]:
    letters = visible(cluster)
    if not letters:
        return ()
    own, emoji = files[0], files[-1]
    if letters.isspace():
        return (Run(letters if letters.isprintable() and holds(own, letters) else " ", own, "own"),)
    if drawn := drawn_as(letters):
        cluster = letters = drawn
    if asks_for_emoji(cluster) and TEXT_STYLE not in cluster:
        pictures = _pictures(cluster, emoji)
        if pictures:
            return pictures
    for file in files:
        if holds(file, letters):
            return (Run(letters, file, _kind(letters, file, own)),)
    return ()


def _kind(letters: str, file: str, own: str) -> Literal["own", "hangul", "digits", "emoji"]:
    if file == own:
        return "own"
    if file == emoji_file():
        return "emoji"
    code = ord(letters[0])
    return "hangul" if any(first <= code <= last for first, last in _TALL) else "digits"


def _pictures(sequence: str, file: str) -> tuple[Run, ...]:
    """The glyph of the sequence; where the file has none, its pictures one by one."""
    singles = bases(sequence)
    if not singles or not holds(file, "".join(singles)):
        return ()
    texts = [sequence] if _is_joined(sequence, singles[0], file) else singles
    return tuple(Run(text, file, "emoji") for text in texts)


def _is_joined(sequence: str, single: str, file: str) -> bool:
    """Whether the sequence has a glyph of its own, and not the one for flags the file lacks."""
    with FACES:
        face = opened(file, _SHAPED)
        if face.getlength(sequence) > face.getlength(single) * 1.5:
            return False
        return _drawn(sequence, face) != _drawn(no_flag(), face)


def _drawn(text: str, face: ImageFont.FreeTypeFont) -> bytes:
    drawn = Image.new("L", (2 * _SHAPED, 2 * _SHAPED))
    ImageDraw.Draw(drawn).text((0, _SHAPED * 1.5), text, 255, face, anchor="ls")
    return drawn.tobytes()
