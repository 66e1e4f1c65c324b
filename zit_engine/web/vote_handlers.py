"""What the blind vote on the comparison tab shows and does.

Comes in: the voter and what was tapped. Goes out: (a question or the result, the grid). While a
question is open the grid is taken off the page: its labels would tell which style is which.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from zit_engine.compare.ballots import Ballot, Mode
from zit_engine.compare.grid import KIND, finished_cells, titles
from zit_engine.compare.grids import Grids
from zit_engine.compare.tally import StyleTally, Tally, signed, worth_showing
from zit_engine.compare.trades import trade_title
from zit_engine.compare.vote_desk import Question, VoteDesk
from zit_engine.compare.votes import REASONS
from zit_engine.errors import JobNotFound, RequestError, ZitError
from zit_engine.store.files import owner_key
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded_once
from zit_engine.web.grid_view import GridView, empty_grid
from zit_engine.web.links import Links
from zit_engine.web.markup import both, escape, in_both, labelled, table
from zit_engine.web.present import error_status, file_status, status

Outputs = tuple[Any, Any]


def _not_voted(handlers: "VoteHandlers", error: ZitError, owner: str) -> Outputs:
    return error_status(error), handlers.grid_again(owner, "") if owner else gr.skip()


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


class VoteHandlers:
    """Questions, votes and results of the grids whose id a voter knows."""

    for_staff = True

    def __init__(self, studio: Studio, desk: VoteDesk, links: Links):
        self._studio = studio
        self._desk = desk
        self._links = links
        self._grids = Grids(studio.settings.data_dir)

    @guarded_once(_not_voted)
    def invited(self, owner: str, request: gr.Request) -> Outputs:
        """The first open question when the page was opened by a link to a vote."""
        grid_id = request.query_params.get("vote", "")
        return self._next(owner, grid_id, Mode.PAIR) if grid_id else (gr.skip(), gr.skip())

    @guarded_once(_not_voted)
    def start(self, owner: str, event: gr.EventData) -> Outputs:
        """The next open question of a grid; the result once all are voted."""
        return self._next(owner, *_asked(event))

    @guarded_once(_not_voted)
    def vote(self, owner: str, event: gr.EventData) -> Outputs:
        """Keep a vote and show the next question."""
        grid_id, mode = _asked(event)
        data = event._data
        token = str(data.get("token") or "") or None
        reasons = [str(reason) for reason in data.get("reasons") or []][: len(REASONS)]
        self._desk.cast(grid_id, owner, mode, str(data.get("ballot", "")), token, reasons)
        return self._next(owner, grid_id, mode)

    @guarded_once(_not_voted)
    def undo(self, owner: str, event: gr.EventData) -> Outputs:
        """Take back the latest vote and ask again."""
        grid_id, mode = _asked(event)
        self._desk.undo(grid_id, owner)
        return self._next(owner, grid_id, mode)

    @guarded_once(_not_voted)
    def result(self, owner: str, event: gr.EventData) -> Outputs:
        """What everybody's votes on the grid say so far."""
        grid_id, _ = _asked(event)
        return self._result(owner, grid_id), self.grid_again(owner, grid_id)

    @guarded_once(_only_said)
    def report(self, owner: str, event: gr.EventData) -> str:
        """The owner's grid with its votes as HTML, as a status line that downloads it."""
        grid_id, _ = _asked(event)
        return self._saved(owner, grid_id, f"compare-{grid_id[:8]}.html", self._desk.report)

    @guarded_once(_only_said)
    def table(self, owner: str, event: gr.EventData) -> str:
        """All votes on the owner's grid as CSV, likewise."""
        grid_id, _ = _asked(event)
        return self._saved(owner, grid_id, f"votes-{grid_id[:8]}.csv", self._desk.table)

    def grid_again(self, owner: str, grid_id: str) -> str:
        """The labelled grid for who owns it, else the owner's newest; shown after a vote."""
        try:
            grid = self._grids.get(owner, grid_id)
        except JobNotFound:
            newest = self._grids.newest(owner, 1)
            if not newest:
                return empty_grid()
            grid = newest[0]
        cells = finished_cells(self._studio, owner, grid)
        return GridView(self._studio, self._links.of(owner)).table(grid, cells)

    def _saved(self, owner: str, grid_id: str, name: str, make: Callable[[str], str]) -> str:
        self._grids.get(owner, grid_id)  # its owner takes it along, nobody else
        folder = f"grid-{grid_id}"
        self._studio.files.save(owner, folder, name, make(grid_id).encode("utf-8"))
        link = self._links.to(owner, folder, name)
        return file_status(link, name, both("compare.file_ready"))

    def _next(self, owner: str, grid_id: str, mode: Mode) -> Outputs:
        # A grid that is still painted would come back on the page cell by cell, with its labels.
        if self._studio.open_jobs(owner, KIND):
            raise RequestError("error.vote_running")
        asked = self._desk.question(grid_id, owner, mode)
        if asked.ballot is None:
            told = self._result(owner, grid_id, asked.can_undo, mode)
            return told, self.grid_again(owner, grid_id)
        return self._question(owner, grid_id, mode, asked, asked.ballot), ""

    def _question(
        self, owner: str, grid_id: str, mode: Mode, asked: Question, ballot: Ballot
    ) -> str:
        pictures = "".join(
            f'<button type="button" class="choice" data-token="{token}" '
            f'aria-keyshortcuts="{number}"><img src="{self._link(owner, grid_id, token)}" '
            f'{labelled("alt", "vote.picture", number=number)} width="768" height="768">'
            f"<b>{number}</b></button>"
            for number, token in enumerate(ballot.tokens, start=1)
        )
        reasons = "".join(
            f'<label class="box"><input type="checkbox" data-reason="{reason}">'
            f"<span>{both(f'vote.reason_{reason}')}</span></label>"
            for reason in REASONS
        )
        undo = "" if asked.can_undo else " disabled"
        line = both("vote.progress", done=asked.done + 1, total=asked.total)
        return (
            f'<section class="vote" data-grid="{grid_id}" data-mode="{mode}" '
            f'data-ballot="{ballot.id}"><h2>{both(f"vote.ask_{mode}")}</h2>'
            f'<p class="note"><b>{escape(ballot.prompt)}</b> · '
            f'<span role="status">{line}</span></p>'
            f'<div class="choices {mode}">{pictures}</div>'
            f'<fieldset class="boxes"><legend>{both("vote.reasons")}</legend>{reasons}</fieldset>'
            f'<div class="tools">'
            f'<button type="button" data-vote="none">{both("vote.none")}</button>'
            f'<button type="button" data-vote="undo"{undo}>{both("vote.undo")}</button>'
            f'<button type="button" data-vote="result">{both("vote.stop")}</button></div>'
            f'<p class="note">{both(f"vote.keys_{mode}")}</p></section>'
        )

    def _link(self, owner: str, grid_id: str, token: str) -> str:
        return escape(self._links.to_ballot(owner_key(owner), grid_id, token))

    def _result(
        self, owner: str, grid_id: str, can_undo: bool = False, mode: Mode = Mode.PAIR
    ) -> str:
        counted, by_prompt, by_trade = self._desk.result(grid_id)
        shown = worth_showing(counted, by_prompt, by_trade)
        parts = [self._table(_title(kind, name), some) for kind, name, some in shown]
        line = both("vote.counted", votes=counted.votes, undecided=counted.undecided)
        undo = f'<button type="button" data-vote="undo">{both("vote.undo")}</button>'
        files = (("report", "compare.report"), ("table", "vote.table"))
        takes = "".join(
            f'<button type="button" data-vote="{act}">{both(text)}</button>' for act, text in files
        )
        tools = "".join(
            (
                undo if can_undo else "",
                takes if self._owns(owner, grid_id) else "",
                f'<button type="button" data-vote="close">{both("vote.close")}</button>',
            )
        )
        return (
            f'<section class="vote result" data-grid="{grid_id}" data-mode="{mode}">'
            f"<h2>{both('vote.result')}</h2>{status(line, 'ok')}"
            f'<div class="tools">{tools}</div>{"".join(parts)}</section>'
        )

    def _owns(self, owner: str, grid_id: str) -> bool:
        try:
            self._grids.get(owner, grid_id)
        except JobNotFound:
            return False
        return True

    def _table(self, title: str, counted: Tally) -> str:
        heads = ("style", "shown", "rate", "range", "strength")
        ordered = sorted(
            counted.styles, key=lambda row: (row.strength is None, -(row.strength or 0))
        )
        rows = "".join(self._row(row) for row in ordered)
        return f"<h3>{title}</h3>{table((both(f'vote.head_{name}') for name in heads), rows)}"

    def _row(self, row: StyleTally) -> str:
        name = in_both(*titles(self._studio, [row.style])[0])
        rate = interval = strength = "–"
        if row.rate is not None and row.low is not None and row.high is not None:
            rate = f"{row.rate:.0%}"
            interval = f"{row.low:.0%}–{row.high:.0%}"
        if row.strength is not None:
            strength = signed(row.strength)
        return (
            f'<tr><th scope="row">{name}</th><td>{row.wins}/{row.shown}</td><td>{rate}</td>'
            f"<td>{interval}</td><td>{strength}</td></tr>"
        )


def _title(kind: str, name: str) -> str:
    if kind == "all":
        return both("vote.all")
    return in_both(*trade_title(name)) if kind == "trade" else escape(name)


def _asked(event: gr.EventData) -> tuple[str, Mode]:
    """(grid id, mode) the event names. Raises RequestError."""
    data = event._data if isinstance(event._data, dict) else {}
    try:
        return str(data.get("grid", "")), Mode(data.get("mode", Mode.PAIR))
    except ValueError as error:
        raise RequestError("error.vote_unknown", detail=str(error)) from error
