"""A line of text cut into runs: stretches that one font file sets in one go.

Comes in: a line and the files to ask, in order. Goes out: runs, and the signs no file holds. It
knows sequences of emoji but no sizes and no pixels.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zit_engine.finish.fonts import covered, emoji_file, file_chain

_JOINER = "\u200d"
_TEXT_STYLE, _EMOJI_STYLE = "\ufe0e", "\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"
_TAGS = "\U000e0020-\U000e007f"
_ELEMENT = f"[^\\s{_JOINER}][{_EMOJI_STYLE}{_TONES}]*[{_TAGS}]*"
# Flags, keycaps, then what joiners, tones and style selectors hang on to.
_CLUSTER = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    f"|[0-9#*]{_EMOJI_STYLE}?\u20e3"
    f"|{_ELEMENT}(?:{_JOINER}{_ELEMENT})+"
    f"|.{_TEXT_STYLE}|.[{_EMOJI_STYLE}{_TONES}{_TAGS}]+|.",
    re.DOTALL,
)
_DRESS = re.compile(f"[{_JOINER}{_TEXT_STYLE}{_EMOJI_STYLE}{_TONES}{_TAGS}]")


@dataclass(frozen=True, slots=True)
class Run:
    """`text` set in `file`; `rank`: how far down the chain the file stands, 0 for the font asked
    for."""

    text: str
    file: str
    rank: int


def runs(text: str, font_id: str) -> tuple[Run, ...]:
    """The line in order; signs that no file holds are left out (see `unsupported`)."""
    files = file_chain(font_id)
    found: list[Run] = []
    for cluster in clusters(text):
        run = _placed(cluster, files)
        if run is None:
            continue
        last = found[-1] if found else None
        if last and last.file == run.file and run.file != emoji_file():
            found[-1] = Run(last.text + run.text, run.file, run.rank)
        else:
            found.append(run)
    return tuple(found)


def unsupported(text: str, font_id: str) -> list[str]:
    """Signs of the text that cannot be shown in this font or its fallbacks, each once, in order."""
    files = file_chain(font_id)
    missing = (c for c in clusters(text) if not _invisible(c) and _placed(c, files) is None)
    return list(dict.fromkeys(missing))


def clusters(text: str) -> Iterator[str]:
    """What a person takes for one sign: a letter, or an emoji with all that hangs on it."""
    for match in _CLUSTER.finditer(unicodedata.normalize("NFC", text)):
        yield match.group()


def _placed(cluster: str, files: Sequence[str]) -> Run | None:
    if _invisible(cluster):
        return None
    if cluster[0].isspace() and len(cluster) == 1:
        return Run(cluster if ord(cluster) in covered(files[0]) else " ", files[0], 0)
    wants_emoji = len(cluster) > 1 and _TEXT_STYLE not in cluster
    order = [*range(len(files))]
    if wants_emoji:
        order.insert(0, order.pop())
    base = _DRESS.sub("", cluster)[:1]
    for rank in order:
        if base and ord(base) in covered(files[rank]):
            shown = cluster if files[rank] == emoji_file() else base
            return Run(shown, files[rank], rank)
    return None


def _invisible(cluster: str) -> bool:
    return all(unicodedata.category(letter) in ("Cf", "Cc", "Mn") for letter in cluster) and (
        not cluster.isspace()
    )
