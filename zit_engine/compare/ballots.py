"""Blind ballots of a grid: pictures in a shuffled order under names that mean nothing.

Comes in: a grid, its finished pictures, a voter. Goes out: Ballots, and which picture a token
stands for. Order and tokens come from a keyed hash, so a reopened page shows the same ballots and
nobody can tell a style from either. It knows nothing of pages or stored votes.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from zit_engine.compare.grid import CellKey, Grid


class Mode(StrEnum):
    """PAIR: two pictures of a row. BEST: all pictures of a row."""

    PAIR = "pair"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One question: which of these? `tokens` in the order shown; all of one prompt and seed."""

    id: str
    prompt: str
    seed: int
    tokens: tuple[str, ...]


class Ballots:
    """The ballots of one voter on one grid."""

    def __init__(self, secret: bytes, grid: Grid, voter: str):
        self._secret = secret
        self._grid = grid
        self._voter = voter

    def ballots(self, mode: Mode, cells: Iterable[CellKey]) -> list[Ballot]:
        """In this voter's own order. A row with fewer than two pictures gives none.

        Of a row's pairs those along a circle are asked: as many as styles, each style in exactly
        two, whoever its neighbours are for this voter.
        """
        there = set(cells)
        asked = []
        for prompt, seed in self._grid.rows:
            row = [key for style in self._grid.styles if (key := (prompt, style, seed)) in there]
            circle = sorted(row, key=lambda key: self._hash("circle", mode, *key))
            for shown in _shown(mode, circle):
                order = sorted(shown, key=lambda key: self._hash("order", mode, *shown[0], *key))
                tokens = tuple(self.token(key) for key in order)
                asked.append(Ballot(self._hash("ballot", mode, *tokens)[:32], prompt, seed, tokens))
        return sorted(asked, key=lambda ballot: self._hash("turn", ballot.id))

    def token(self, key: CellKey) -> str:
        """32 hexadecimal digits that stand for a picture, for this voter only."""
        return self._hash("token", *key)[:32]

    def by_token(self, cells: Iterable[CellKey]) -> Mapping[str, CellKey]:
        return {self.token(key): key for key in cells}

    def _hash(self, *parts: object) -> str:
        encoded = [str(part).encode("utf-8", "surrogatepass") for part in (*self._about(), *parts)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def _about(self) -> tuple[str, str]:
        return self._grid.id, self._voter


def _shown(mode: Mode, circle: list[CellKey]) -> list[tuple[CellKey, ...]]:
    if len(circle) < 2:
        return []
    if mode is Mode.BEST:
        return [tuple(circle)]
    pairs = list(zip(circle, [*circle[1:], circle[0]], strict=True))
    return [*pairs[:1]] if len(circle) == 2 else [*pairs]
