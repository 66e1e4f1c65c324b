"""Blind voting on a grid: the next question, the vote, the pictures without a name, the result.

Comes in: a grid's id and a voter. Goes out: questions, bytes of pictures, a Tally. What is shown
of a picture is painted anew from its pixels, because its file's name and text name the style.
"""

import hashlib
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from zit_engine.compare.ballots import Ballot, Ballots, Mode
from zit_engine.compare.grid import CellKey, Grid, cells_of
from zit_engine.compare.grids import Grids
from zit_engine.compare.report import grid_report
from zit_engine.compare.sheet import vote_table
from zit_engine.compare.tally import Choice, Tally, by, tally
from zit_engine.compare.trades import trade_of
from zit_engine.compare.votes import Vote, Votes
from zit_engine.errors import JobNotFound, RequestError
from zit_engine.request.ad_request import AdResult
from zit_engine.store.files import owner_key
from zit_engine.studio import Studio

VOTES_NAME = "votes.sqlite3"
# Large enough to judge on any screen; all of one size and quality, so that neither tells a style.
_SIDE, _QUALITY = 768, 90


@dataclass(frozen=True, slots=True)
class Question:
    """The next ballot, None when all are voted; `done` of `total`; `can_undo` after a vote."""

    ballot: Ballot | None
    done: int
    total: int
    can_undo: bool


class VoteDesk:
    """Voting on the grids of this data folder. `secret` keeps tokens from being guessed."""

    def __init__(self, studio: Studio, secret: bytes):
        self._studio = studio
        self._grids = Grids(studio.settings.data_dir)
        self._votes = Votes(studio.settings.data_dir / VOTES_NAME)
        # Never the signing key itself: what is published must not be made with it.
        self._secret = hashlib.sha256(b"ballots" + secret).digest()

    def question(self, grid_id: str, voter: str, mode: Mode) -> Question:
        """Raises JobNotFound for an unknown grid."""
        asked = self._asked(grid_id, voter, mode)
        voted = {vote.ballot_id for vote in self._votes.of_voter(grid_id, voter)}
        open_ballots = [ballot for ballot in asked if ballot.id not in voted]
        done = len(asked) - len(open_ballots)
        return Question(open_ballots[0] if open_ballots else None, done, len(asked), bool(voted))

    def cast(
        self,
        grid_id: str,
        voter: str,
        mode: Mode,
        ballot_id: str,
        token: str | None,
        reasons: Sequence[str],
    ) -> None:
        """Keep a vote; `token` None: none of them. Raises RequestError for one that was not asked
        for, JobNotFound, SaveFailed."""
        asked = {ballot.id: ballot for ballot in self._asked(grid_id, voter, mode)}
        ballot = asked.get(ballot_id)
        if ballot is None or (token is not None and token not in ballot.tokens):
            raise RequestError("error.vote_unknown", detail=f"ballot {ballot_id!r}")
        _, grid, cells = self._found(grid_id)
        keys = self._ballots(grid, voter).by_token(cells)
        shown = tuple(keys[each][1] for each in ballot.tokens)
        chosen = keys[token][1] if token is not None else None
        vote = Vote(
            ballot_id,
            str(mode),
            shown,
            chosen,
            tuple(reasons),
            ballot.prompt,
            trade_of(ballot.prompt),
            ballot.seed,
            time.time(),
        )
        try:
            self._votes.cast(grid_id, voter, vote)
        except ValueError as error:
            raise RequestError("error.vote_unknown", detail=str(error)) from error

    def undo(self, grid_id: str, voter: str) -> bool:
        """Take back the voter's latest vote on that grid; False without one."""
        return self._votes.undo(grid_id, voter) is not None

    def picture(self, grid_id: str, voter_key: str, token: str) -> bytes:
        """The picture behind a voter's token as WebP without any text. Raises JobNotFound."""
        key_of_owner, grid, cells = self._found(grid_id)
        found = Ballots(self._secret, grid, voter_key).by_token(cells).get(token)
        if found is None:
            raise JobNotFound(detail=f"token {token!r}")
        result = cells[found]
        path = self._studio.files.path_by_key(key_of_owner, result.job_id, result.name)
        return bare(path)

    def result(self, grid_id: str) -> tuple[Tally, dict[str, Tally], dict[str, Tally]]:
        """(all votes, by prompt, by trade) of a grid. Raises JobNotFound."""
        _, grid, _ = self._found(grid_id)
        base = next(style.id for style in self._studio.catalogue.values() if style.is_base)
        choices = [
            Choice(vote.shown, vote.chosen, vote.prompt, vote.trade, vote.reasons)
            for vote in self._votes.of_grid(grid_id)
        ]
        grouped = [
            {name: tally(some, grid.styles, base) for name, some in by(choices, what).items()}
            for what in ("prompt", "trade")
        ]
        return tally(choices, grid.styles, base), grouped[0], grouped[1]

    def report(self, grid_id: str) -> str:
        """The grid with its votes as one HTML file. Raises JobNotFound."""
        key_of_owner, grid, cells = self._found(grid_id)
        return grid_report(self._studio, key_of_owner, grid, cells, self.result(grid_id))

    def table(self, grid_id: str) -> str:
        """All votes on the grid as CSV. Raises JobNotFound."""
        self._found(grid_id)
        return vote_table(self._votes.of_grid(grid_id))

    def close(self) -> None:
        self._votes.close()

    def _asked(self, grid_id: str, voter: str, mode: Mode) -> list[Ballot]:
        _, grid, cells = self._found(grid_id)
        return self._ballots(grid, voter).ballots(mode, cells)

    def _ballots(self, grid: Grid, voter: str) -> Ballots:
        # By the voter's key, which a picture's link carries; the id is the voter's secret.
        return Ballots(self._secret, grid, owner_key(voter))

    def _found(self, grid_id: str) -> tuple[str, Grid, dict[CellKey, AdResult]]:
        key_of_owner, grid = self._grids.shared(grid_id)
        results = self._studio.history.of_jobs_by_key(key_of_owner, grid.jobs)
        return key_of_owner, grid, cells_of(grid, results)


def bare(path: Path) -> bytes:
    """The pixels of the picture at `path` as WebP of 768 px, nothing else of the file."""
    with Image.open(path) as stored:
        picture = Image.new("RGB", stored.size)
        picture.paste(stored.convert("RGB"))
    if max(picture.size) > _SIDE:
        picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()
