"""The designed layouts: where words stand on a picture of each shape, and on what.

Comes in: layouts.toml beside this file. Goes out: frozen data in fractions of the picture. It knows
nothing of pixels, fonts' letters or the words themselves.
"""

import dataclasses
import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

_TABLE = Path(__file__).with_name("layouts.toml")
TEXTS = ("headline", "subline", "price", "contact")
# rule: a short bar in the accent colour; line: a hairline over the whole width.
ORNAMENTS = ("rule", "line")
ROUND = ("circle", "seal")
# (least width over height, class), widest first.
SHAPES = ((2.2, "banner"), (1.15, "landscape"), (0.87, "square"), (0.62, "portrait"), (0.0, "tall"))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One of TEXTS or ORNAMENTS."""

    kind: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Children below one another. `align`: "" for that of what holds it."""

    children: tuple["Node", ...]
    align: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Children side by side over the whole width. A share of 0: as wide as its words. `between`:
    "", "line", "dash" or "dots"."""

    children: tuple["Node", ...]
    shares: tuple[float, ...]
    between: str = ""
    level: str = "middle"


Node = Leaf | Stack | Row


@dataclass(frozen=True, slots=True)
class Plate:
    """What is painted beneath words. `fill`: accent, paper or deep. `pad`: (x, y) in units.
    `span`: hug the words, or take the zone's width ("x"), height ("y") or all of it ("zone").
    `bleed`: edges of the picture it runs to. `splits`: the picture is fitted beside it instead of
    being covered. `tail`: where along a bubble its tail hangs. `fills`: a plate of its own around
    every line, by kind of words."""

    shape: str = "rect"
    fill: str = "paper"
    pad: tuple[float, float] = (0.05, 0.05)
    span: str = "hug"
    bleed: frozenset[str] = frozenset()
    splits: bool = False
    radius: float = 0.0
    tail: float = 0.5
    fills: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Words that belong together. `zone`: left, top, right, bottom as fractions of the safe area.
    `covers`: what may make bare words readable, gentlest first. `sizes`: height of Hangul in units,
    as large as the words may get. `lines`: at most so many. `needs`, `lacks`: it is there only with
    or without these words."""

    zone: tuple[float, float, float, float]
    anchor: tuple[str, str]
    body: Stack
    align: str
    plate: Plate | None
    covers: tuple[str, ...]
    inks: Mapping[str, str]
    sizes: Mapping[str, float]
    lines: Mapping[str, int]
    gap: float
    needs: frozenset[str]
    lacks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A layout for one shape of picture. `logo`, `qr`: their corners. `frame`: "", "line" inside
    the safe area or "mat" around the picture. `flips`: "x", "y": may stand mirrored where the
    picture is calmer there."""

    groups: tuple[Group, ...]
    logo: str
    qr: str
    frame: str
    flips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A design. `font` for the headline, `price_font` for the price, `text_font` for the rest."""

    id: str
    ko: str
    en: str
    font: str
    text_font: str
    price_font: str
    shapes: Mapping[str, Arrangement]

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en

    def fonts(self, chosen: str) -> dict[str, str]:
        """The font of every kind of words: the person's for headline and price, where chosen."""
        loud, quiet = chosen or self.font, self.text_font
        price = chosen or self.price_font
        return {"headline": loud, "price": price, "subline": quiet, "contact": quiet}


@functools.cache
def load_layouts() -> Mapping[str, Layout]:
    """Layouts by id, in file order; the first is the default."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    defaults = table["defaults"]
    return MappingProxyType({row["id"]: _layout(row, defaults) for row in table["layout"]})


def shape_of(width: float, height: float) -> str:
    """The class of picture: banner, landscape, square, portrait or tall."""
    return next(name for least, name in SHAPES if width / height >= least)


def kinds_in(node: Node) -> Iterator[str]:
    """Texts and ornaments below `node`, in order."""
    if isinstance(node, Leaf):
        yield node.kind
        return
    for child in node.children:
        yield from kinds_in(child)


def _layout(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Layout:
    names = [name for _, name in SHAPES]
    shapes = {}
    for name in names:
        spec = row[name]
        shapes[name] = _arrangement({**row[spec["like"]], **spec} if "like" in spec else spec)
    sized = {name: _sized(shapes[name], defaults[name]) for name in names}
    price_font = row.get("price_font", row["font"])
    return Layout(row["id"], row["ko"], row["en"], row["font"], row["text_font"], price_font, sized)


def _arrangement(spec: Mapping[str, Any]) -> Arrangement:
    return Arrangement(
        groups=tuple(_group(row) for row in spec["group"]),
        logo=spec.get("logo", "top-left"),
        qr=spec.get("qr", "bottom-right"),
        frame=spec.get("frame", ""),
        flips=tuple(spec.get("flips", ())),
    )


def _sized(arrangement: Arrangement, sizes: Mapping[str, float]) -> Arrangement:
    """The arrangement with the sizes of its shape where a group has none of its own."""
    groups = (
        dataclasses.replace(group, sizes=MappingProxyType({**sizes, **group.sizes}))
        for group in arrangement.groups
    )
    return dataclasses.replace(arrangement, groups=tuple(groups))


def _group(row: Mapping[str, Any]) -> Group:
    vertical, horizontal = row["anchor"].split("-")
    horizontals = {"left": "left", "right": "right", "middle": "center"}
    plate = _plate(row["plate"]) if "plate" in row else None
    align = "center" if plate and plate.shape in ROUND else horizontals[horizontal]
    return Group(
        zone=tuple(row["zone"]),
        anchor=(horizontal, vertical),
        body=Stack(tuple(_node(item) for item in row["body"])),
        align=row.get("align", align),
        plate=plate,
        covers=tuple(row.get("covers", ("bare", "shadow", "scrim"))),
        inks=MappingProxyType(row.get("inks", {})),
        sizes=row.get("sizes", {}),
        lines=MappingProxyType({"headline": 2, "subline": 2, "contact": 2, **row.get("lines", {})}),
        gap=row.get("gap", 0.4),
        needs=frozenset(row.get("needs", ())),
        lacks=frozenset(row.get("lacks", ())),
    )


def _node(item: Any) -> Node:
    if isinstance(item, str):
        return Leaf(item)
    if isinstance(item, list):
        return Stack(tuple(_node(child) for child in item))
    if "stack" in item:
        return Stack(tuple(_node(child) for child in item["stack"]), item.get("align", ""))
    children = tuple(_node(child) for child in item["row"])
    return Row(
        children,
        tuple(item.get("shares", (1.0,) * len(children))),
        item.get("between", ""),
        item.get("level", "middle"),
    )


def _plate(row: Mapping[str, Any]) -> Plate:
    return Plate(
        shape=row.get("shape", "rect"),
        fill=row.get("fill", "paper"),
        pad=tuple(row.get("pad", (0.05, 0.05))),
        span=row.get("span", "hug"),
        bleed=frozenset(row.get("bleed", ())),
        splits=row.get("splits", False),
        radius=row.get("radius", 0.0),
        tail=row.get("tail", 0.5),
        fills=MappingProxyType(row.get("fills", {})),
    )
