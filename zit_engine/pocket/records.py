"""What one picture holds, as plain records: objects in place, and the scene around them."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Placed:
    """An object in place: centre and size in units of the picture's shorter side."""

    concept: int
    x: float
    y: float
    size: float
    turn: float  # radians
    mirrored: bool
    colour: int | None = None  # of its main part, in COLOUR_NAMES; None: as it came
    row: int | None = None  # of its sprite; None: the concept's first


@dataclass(frozen=True)
class Scene:
    """What one picture holds; `contents` is (concept, how many), at most three."""

    backdrop: int
    first: Colour  # 0..1, jittered around the named colour
    second: Colour
    placed: tuple[Placed, ...]
    chance: tuple[float, float, float, float]  # free choices of the backdrop, 0..1
    first_name: str
    second_name: str
    contents: tuple[tuple[int, int], ...]
    side: int  # -1 left, 0 middle, 1 right
    small: bool  # drawn small with room around it
    colours: tuple[int | None, ...] = ()  # of each of `contents`, where any has one
    prop: int = 0  # in PROPS
    relation: int = 0  # in RELATIONS, of the first of `contents` to the second
