"""The events of what staff see: comparison, blind vote, proof of the styles, status.

Comes in: a Studio, the tabs that are there. Goes out: wired events, one statement each.
"""

from dataclasses import dataclass

import gradio as gr

from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.studio import Studio
from zit_engine.web.events import MANY, PRIVATE
from zit_engine.web.grid_handlers import GridHandlers
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel
from zit_engine.web.proof_handlers import ProofHandlers
from zit_engine.web.status_handlers import StatusHandlers
from zit_engine.web.tabs.compare import CompareTab
from zit_engine.web.vote_handlers import VoteHandlers


@dataclass(frozen=True, slots=True)
class StaffTabs:
    """None: not on this page. `owner`: whose comparisons and votes they are."""

    compare: CompareTab | None
    status: gr.HTML | None
    owner: gr.BrowserState


def wire_staff(
    demo: gr.Blocks, studio: Studio, tabs: StaffTabs, panel: Panel, links: Links, desk: VoteDesk
) -> None:
    """Every event of the tabs that are there."""
    if tabs.compare is not None:
        _wire_compare(GridHandlers(studio, panel, links), tabs.compare, tabs.owner)
        _wire_vote(VoteHandlers(studio, desk, links), tabs.compare, tabs.owner)
        _wire_proof(demo, ProofHandlers(studio), tabs.compare)
    if tabs.status is not None:
        tabs.status.refresh(StatusHandlers(studio).refresh, None, tabs.status, **PRIVATE)


def _wire_compare(comparer: GridHandlers, compare: CompareTab, owner: gr.BrowserState) -> None:
    shown = [compare.action, compare.status, compare.grid, compare.past]
    asked = {"prompt": compare.prompt, "options": compare.options, "owner": owner}
    asked["press"] = compare.action
    compare.action.go(comparer.compare, inputs_kwargs=asked, outputs=shown, **MANY)
    compare.action.stop(comparer.stop, owner, None, **MANY)
    compare.options.table(comparer.table, None, [compare.status, compare.prompt], **PRIVATE)
    owner.change(comparer.resume, owner, shown, **PRIVATE)
    compare.grid.go_on(comparer.go_on, owner, shown, **MANY)
    for part in (compare.grid, compare.past):
        part.show(comparer.show, owner, shown, **MANY)
    compare.grid.sheet(comparer.sheet, owner, compare.status, **PRIVATE)
    compare.grid.zip(comparer.zip, owner, compare.status, **PRIVATE)
    compare.grid.csv(comparer.csv, owner, compare.status, **PRIVATE)


def _wire_vote(voter: VoteHandlers, compare: CompareTab, owner: gr.BrowserState) -> None:
    shown = [compare.vote, compare.grid]
    owner.change(voter.invited, owner, shown, **PRIVATE)
    compare.vote.start(voter.start, owner, shown, **PRIVATE)
    compare.vote.vote(voter.vote, owner, shown, **PRIVATE)
    compare.vote.undo(voter.undo, owner, shown, **PRIVATE)
    compare.vote.result(voter.result, owner, shown, **PRIVATE)
    compare.vote.table(voter.table, owner, compare.status, **PRIVATE)
    for part in (compare.vote, compare.grid):
        part.report(voter.report, owner, compare.status, **PRIVATE)


def _wire_proof(demo: gr.Blocks, prover: ProofHandlers, compare: CompareTab) -> None:
    demo.load(prover.show, None, compare.proof, **PRIVATE)
    compare.proof.prove(prover.prove, None, compare.proof, **PRIVATE)
