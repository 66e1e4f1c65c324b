"""Words and ornaments stacked and ranged into one block, at a given size.

Comes in: a node of a layout, the texts, a width. Goes out: a block of lines and ornaments with its
own origin, or NoRoom. It knows nothing of colours or of where the block will stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import ORNAMENTS, Group, Leaf, Node, Row, Stack, kinds_in
from zit_engine.finish.lines import Line, height_of, set_lines

# In units. A rule is as long as a short word and as thick as a stroke of the headline.
_RULE = (0.085, 0.0085)
_HAIRLINE = 0.0022
_GUTTER = 0.05
# A natural-width child never takes more than this much of its row.
_MOST_NATURAL = 0.62
_LEAST_DOTS = 1.6
_SECOND = ("subline", "contact")
# The second voice stays this much below the first, down to the legible minimum.
_HIERARCHY = 1.9


class NoRoom(Exception):
    """A text does not fit; `kind` says which. Never leaves this package."""

    def __init__(self, kind: str):
        self.kind = kind
        super().__init__(kind)


@dataclass(frozen=True, slots=True)
class Ornament:
    """rule, line, vline, dash or dots in left, top, right, bottom."""

    kind: str
    box: tuple[float, float, float, float]

    def moved(self, dx: float, dy: float) -> "Ornament":
        left, top, right, bottom = self.box
        return Ornament(self.kind, (left + dx, top + dy, right + dx, bottom + dy))


@dataclass(frozen=True, slots=True)
class Block:
    """Lines and ornaments within width × height pixels from (0, 0). `voice`: the height of its
    largest Hangul, which rules the distance to its neighbours."""

    width: float
    height: float
    lines: tuple[Line, ...]
    ornaments: tuple[Ornament, ...]
    voice: float = 0.0

    def moved(self, dx: float, dy: float) -> "Block":
        return Block(
            self.width,
            self.height,
            tuple(line.moved(dx, dy) for line in self.lines),
            tuple(ornament.moved(dx, dy) for ornament in self.ornaments),
            self.voice,
        )


@dataclass(frozen=True, slots=True)
class Way:
    """`whole`: the contact stays on one line. `stacked`: words meant to stand side by side stand
    below one another. `cut`: words wider than their line may be cut."""

    whole: bool = False
    stacked: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Setter:
    """Sets a group's words. `fonts` by kind; `unit`: pixels of one unit; `floors`: the least height
    of Hangul in pixels by kind; `first`, `second`: how much of the largest size headline and price,
    and the rest, get; `each`: room for a plate around every line, in heights of Hangul; `way`:
    what may be given up for room."""

    group: Group
    texts: Mapping[str, str]
    fonts: Mapping[str, str]
    unit: float
    floors: Mapping[str, float]
    first: float = 1.0
    second: float = 1.0
    each: float = 0.0
    way: Way = Way()

    def block(self, node: Node, width: float, align: str) -> Block | None:
        """None where nothing of it is there. Raises NoRoom."""
        if isinstance(node, Leaf):
            return self._leaf(node.kind, width, align)
        if isinstance(node, Row):
            if self.way.stacked:
                return self._stack(Stack(node.children), width, align)
            return self._row(node, width, align)
        return self._stack(node, width, node.align or align)

    def height(self, kind: str) -> float:
        """Pixels of Hangul for this kind of words."""
        largest = self.group.sizes[kind] * self.unit
        if kind not in _SECOND:
            as_large = load_fonts()[self.fonts[kind]].size
            return max(self.floors[kind], largest * self.first * as_large)
        heads = [self.height(k) for k in ("headline", "price") if self.texts.get(k)]
        heads = [height for height in heads if height] or [largest * _HIERARCHY]
        return max(self.floors[kind], min(largest * self.second, max(heads) / _HIERARCHY))

    def _leaf(self, kind: str, width: float, align: str) -> Block | None:
        if kind == "line":
            return Block(
                width, 0.0, (), (Ornament(kind, (0.0, 0.0, width, _HAIRLINE * self.unit)),)
            )
        if kind == "rule":
            long, thick = (value * self.unit for value in _RULE)
            left = _shift(align, width - long)
            return Block(width, thick, (), (Ornament(kind, (left, 0.0, left + long, thick)),))
        text = self.texts.get(kind, "")
        if not text:
            return None
        height = self.height(kind)
        pad = self.each * height
        room = width - 2 * pad
        most = 1 if self.way.whole and kind == "contact" else self.group.lines.get(kind, 1)
        lines = set_lines(kind, text, self.fonts[kind], height, room, most, self.way.cut)
        if lines is None:
            raise NoRoom(kind)
        tall = height_of(lines)
        widest = max(line.ink[2] for line in lines)
        set_ = tuple(line.moved(pad + _shift(align, room - line.ink[2]), pad) for line in lines)
        return Block(widest + 2 * pad, tall + 2 * pad, set_, (), height)

    def _stack(self, stack: Stack, width: float, align: str) -> Block | None:
        parts: list[Block] = []
        pending: list[Block] = []
        for child in stack.children:
            block = self.block(child, width, align)
            if block is None:
                continue
            if isinstance(child, Leaf) and child.kind in ORNAMENTS:
                # A line parts two things; a rule leads one in. Neither stands alone.
                if parts or child.kind == "rule":
                    pending = [block]
                continue
            parts += [*pending, block]
            pending = []
        if not parts:
            return None
        y, moved = 0.0, []
        for index, part in enumerate(parts):
            if index:
                y += self._distance(parts[index - 1], part)
            moved.append(part.moved(0.0, y))
            y += part.height
        return _joined(moved, y)

    def _distance(self, above: Block, below: Block) -> float:
        voice = max(above.voice, below.voice)
        quiet = min(above.voice, below.voice) or voice * 0.6
        return self.group.gap * (0.6 * voice + 0.4 * quiet) + 0.012 * self.unit

    def _row(self, row: Row, width: float, align: str) -> Block | None:
        there = [
            (child, share)
            for child, share in zip(row.children, row.shares, strict=True)
            if any(self.texts.get(kind) for kind in kinds_in(child))
        ]
        if len(there) < 2:
            return self.block(there[0][0], width, align) if there else None
        gutter = _GUTTER * self.unit * (2 if row.between in ("line", "dash") else 1)
        widths, blocks = self._ranged(there, width - gutter * (len(there) - 1))
        tall = max(block.height for block in blocks)
        x, moved, ornaments = 0.0, [], []
        for index, (block, wide) in enumerate(zip(blocks, widths, strict=True)):
            spare = tall - block.height
            y = {"middle": spare / 2, "bottom": spare, "top": 0.0}[row.level]
            moved.append(block.moved(x, y))
            end = x + wide
            if index < len(blocks) - 1 and row.between:
                between = self._between(row.between, moved[-1], end, gutter, tall)
                ornaments += [between] if _is_seen(between, block) else []
            x = end + gutter
        joined = _joined(moved, tall)
        return Block(width, tall, joined.lines, joined.ornaments + tuple(ornaments), joined.voice)

    def _ranged(
        self, there: list[tuple[Node, float]], room: float
    ) -> tuple[list[float], list[Block]]:
        """Widths and blocks of a row's children: the natural ones first, the rest by share."""
        natural = {
            index: self._present(child, room * _MOST_NATURAL)
            for index, (child, share) in enumerate(there)
            if share == 0
        }
        rest = room - sum(block.width for block in natural.values())
        total = sum(share for _, share in there) or 1.0
        widths, blocks = [], []
        for index, (child, share) in enumerate(there):
            wide = natural[index].width if index in natural else rest * share / total
            widths.append(wide)
            blocks.append(natural.get(index) or self._present(child, wide))
        return widths, blocks

    def _present(self, child: Node, width: float) -> Block:
        block = self.block(child, width, "left")
        if block is None:
            raise ValueError("a child of a row without words")
        return block

    def _between(self, kind: str, left: Block, end: float, gutter: float, tall: float) -> Ornament:
        thick = _HAIRLINE * self.unit
        if kind == "dots":
            last = max(left.lines, key=lambda line: line.y)
            start, step = last.ink[2] + gutter * 0.3, thick * 2
            return Ornament("dots", (start, last.y - step, end + gutter * 0.7, last.y))
        middle = end + gutter / 2
        name = "vline" if kind == "line" else "dash"
        return Ornament(name, (middle - thick / 2, 0.0, middle + thick / 2, tall))


def _is_seen(between: Ornament, words: Block) -> bool:
    """Three dots between a name and its price look like a slip."""
    return between.kind != "dots" or between.box[2] - between.box[0] >= _LEAST_DOTS * words.voice


def _joined(blocks: list[Block], height: float) -> Block:
    return Block(
        max(block.width for block in blocks),
        height,
        tuple(line for block in blocks for line in block.lines),
        tuple(ornament for block in blocks for ornament in block.ornaments),
        max(block.voice for block in blocks),
    )


def _shift(align: str, spare: float) -> float:
    return {"left": 0.0, "center": spare / 2, "right": spare}[align]
