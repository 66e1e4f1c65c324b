"""What the blind vote on the comparison tab shows and does.

Comes in: the voter and what was tapped. Goes out: one part of HTML: a question, or the result.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from zit_engine.compare.ballots import Ballot, Mode
from zit_engine.compare.tally import StyleTally, Tally
from zit_engine.compare.vote_desk import Question, VoteDesk
from zit_engine.compare.votes import REASONS
from zit_engine.errors import RequestError, ZitError
from zit_engine.store.files import owner_key
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded_once
from zit_engine.web.markup import both, escape, in_both, labelled
from zit_engine.web.present import error_status, status

LinkOf = Callable[[str, str, str], str]


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


class VoteHandlers:
    """`link_of(voter key, grid id, token)` is the address of a picture without a name."""

    def __init__(self, studio: Studio, desk: VoteDesk, link_of: LinkOf):
        self._studio = studio
        self._desk = desk
        self._link_of = link_of

    @guarded_once(_only_said)
    def start(self, owner: str, event: gr.EventData) -> str:
        """The next open question of a grid; the result once all are voted."""
        return self._next(owner, *_asked(event))

    @guarded_once(_only_said)
    def vote(self, owner: str, event: gr.EventData) -> str:
        """Keep a vote and show the next question."""
        grid_id, mode = _asked(event)
        data = event._data
        token = str(data.get("token") or "") or None
        reasons = [str(reason) for reason in data.get("reasons") or []][: len(REASONS)]
        self._desk.cast(grid_id, owner, mode, str(data.get("ballot", "")), token, reasons)
        return self._next(owner, grid_id, mode)

    @guarded_once(_only_said)
    def undo(self, owner: str, event: gr.EventData) -> str:
        """Take back the latest vote and ask again."""
        grid_id, mode = _asked(event)
        self._desk.undo(grid_id, owner)
        return self._next(owner, grid_id, mode)

    @guarded_once(_only_said)
    def result(self, owner: str, event: gr.EventData) -> str:
        """What everybody's votes on the grid say so far."""
        grid_id, _ = _asked(event)
        return self._result(grid_id)

    def _next(self, owner: str, grid_id: str, mode: Mode) -> str:
        asked = self._desk.question(grid_id, owner, mode)
        if asked.ballot is None:
            return self._result(grid_id, asked.can_undo, mode)
        return self._question(owner, grid_id, mode, asked, asked.ballot)

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
        return escape(self._link_of(owner_key(owner), grid_id, token))

    def _result(self, grid_id: str, can_undo: bool = False, mode: Mode = Mode.PAIR) -> str:
        counted, by_prompt, by_trade = self._desk.result(grid_id)
        parts = [self._table(both("vote.all"), counted)]
        parts += [self._table(escape(name), some) for name, some in by_prompt.items()]
        parts += [self._table(escape(name), some) for name, some in by_trade.items() if name]
        line = both("vote.counted", votes=counted.votes, undecided=counted.undecided)
        undo = f'<button type="button" data-vote="undo">{both("vote.undo")}</button>'
        tools = (undo if can_undo else "") + (
            f'<button type="button" data-vote="close">{both("vote.close")}</button>'
        )
        return (
            f'<section class="vote result" data-grid="{grid_id}" data-mode="{mode}">'
            f"<h2>{both('vote.result')}</h2>{status(line, 'ok')}"
            f'<div class="tools">{tools}</div>{"".join(parts)}</section>'
        )

    def _table(self, title: str, counted: Tally) -> str:
        heads = ("style", "shown", "rate", "range", "strength")
        head = "".join(f'<th scope="col">{both(f"vote.head_{name}")}</th>' for name in heads)
        ordered = sorted(counted.styles, key=lambda row: -(row.strength or -99.0))
        rows = "".join(self._row(row) for row in ordered)
        return (
            f'<h3>{title}</h3><div class="scroll-x" tabindex="0"><table><thead><tr>{head}</tr>'
            f"</thead><tbody>{rows}</tbody></table></div>"
        )

    def _row(self, row: StyleTally) -> str:
        style = self._studio.catalogue.get(row.style)
        name = in_both(style.ko, style.en) if style else escape(row.style)
        rate = interval = strength = "–"
        if row.rate is not None and row.low is not None and row.high is not None:
            rate = f"{row.rate:.0%}"
            interval = f"{row.low:.0%}–{row.high:.0%}"
        if row.strength is not None:
            strength = f"{row.strength:+.2f}"
        return (
            f'<tr><th scope="row">{name}</th><td>{row.wins}/{row.shown}</td><td>{rate}</td>'
            f"<td>{interval}</td><td>{strength}</td></tr>"
        )


def _asked(event: gr.EventData) -> tuple[str, Mode]:
    """(grid id, mode) the event names. Raises RequestError."""
    data = event._data if isinstance(event._data, dict) else {}
    try:
        return str(data.get("grid", "")), Mode(data.get("mode", Mode.PAIR))
    except ValueError as error:
        raise RequestError("error.vote_unknown", detail=str(error)) from error
