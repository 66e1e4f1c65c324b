"""The page: parts in order, then every event, one statement each, to be read like a table.

Comes in: a Studio. Goes out: gr.Blocks. Every event that accepts work goes through Gradio's queue
and only watches a job; order is kept by the studio's own queue.
"""

from typing import Any

import gradio as gr

from zit_engine.brand.brands import Brands
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.finishing import FinishingDesk
from zit_engine.messages import say
from zit_engine.request.subjects import load_vocabulary
from zit_engine.settings import ROOT
from zit_engine.store.links import Signer, load_secret
from zit_engine.studio import Studio
from zit_engine.web.api import Api
from zit_engine.web.brand_handlers import BrandHandlers
from zit_engine.web.grid_handlers import GridHandlers
from zit_engine.web.handlers import MakeHandlers
from zit_engine.web.header import banner, header
from zit_engine.web.lean_gradio import make_lean
from zit_engine.web.letter_handlers import LetterHandlers
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel
from zit_engine.web.proof_handlers import ProofHandlers
from zit_engine.web.room import Room
from zit_engine.web.shelf_handlers import ShelfHandlers
from zit_engine.web.status_handlers import StatusHandlers
from zit_engine.web.tabs.compare import CompareTab, compare_tab
from zit_engine.web.tabs.letters import LettersTab, letters_tab
from zit_engine.web.tabs.make import MakeTab, make_tab
from zit_engine.web.tabs.shelf import MineTab, mine_tab
from zit_engine.web.tabs.status import status_tab
from zit_engine.web.tickets import UploadTickets, ticket_holder
from zit_engine.web.vote_handlers import VoteHandlers
from zit_engine.web.words_handlers import WordsHandlers

POCKET = ROOT / "assets" / "pocket"
_PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "concurrency_limit": None,
    "show_progress": "hidden",
}
# While one letter is counted others are typed: only the newest text matters then.
_NEWEST: dict[str, Any] = {**_PRIVATE, "trigger_mode": "always_last"}
# Two presses from one page may overlap (again while painting); both only watch.
_MANY: dict[str, Any] = {**_PRIVATE, "trigger_mode": "multiple"}


def signer_of(studio: Studio) -> Signer:
    return Signer(load_secret(studio.settings.data_dir / "link-secret"))


def build(studio: Studio) -> gr.Blocks:
    """The whole page on top of `studio`; loads no model."""
    facts = studio.engine.facts
    signer = signer_of(studio)
    links = Links(signer, studio.settings.link_minutes)
    panel = Panel(studio, links)
    vocabulary = load_vocabulary(POCKET) if facts.base == "pocket" else None
    desk = VoteDesk(studio, signer.sign("ballots", "", "", 0).encode())
    with gr.Blocks(title=say("page.title"), analytics_enabled=False, fill_width=True) as demo:
        owner = gr.BrowserState(
            None, storage_key="zit-owner", secret=signer.sign("browser", "", "", 0)
        )
        header(studio.settings.staff_tab)
        banner(facts)
        make = make_tab(studio.catalogue, facts)
        letters = letters_tab()
        mine = mine_tab(studio.settings.keep_days)
        compare = compare_tab(studio.available_styles()) if studio.settings.staff_tab else None
        status = status_tab() if studio.settings.staff_tab else None
        timer = gr.Timer(links.resign_every_s)
        ticket, tickets = ticket_holder(), UploadTickets(signer)
        for renewed in (owner.change, timer.tick):
            renewed(tickets.show, owner, ticket, **_PRIVATE)
        maker = MakeHandlers(studio, panel, vocabulary)
        shelf = ShelfHandlers(studio, panel, links)
        _wire_make(demo, maker, make, owner, timer)
        _wire_room(Room(studio), make, compare)
        _wire_words(WordsHandlers(studio), make)
        _wire_mine(demo, maker, shelf, make, mine, owner)
        brands = Brands(studio.settings.data_dir)
        writer = LetterHandlers(FinishingDesk(studio, brands), panel, links)
        _wire_letters(writer, shelf, letters, [make.tiles, mine.shelf], mine, owner)
        _wire_brand(BrandHandlers(studio, brands), letters, owner)
        if compare is not None:
            _wire_compare(GridHandlers(studio, panel, links), compare, owner)
            _wire_vote(VoteHandlers(studio, desk, links), compare, owner)
            _wire_proof(demo, ProofHandlers(studio), compare)
        if status is not None:
            status.refresh(StatusHandlers(studio).refresh, None, status, **_PRIVATE)
        gr.api(Api(studio, links).make, api_name="make", concurrency_limit=None)
    demo.queue(api_open=False, max_size=None, default_concurrency_limit=None)
    make_lean(demo)
    return demo


def _outputs(make: MakeTab) -> list[gr.HTML]:
    return [make.action, make.status, make.hint, make.tiles]


def _form(make: MakeTab) -> dict[str, Any]:
    form = make.form
    return {
        "prompt": form.prompt,
        "style": form.style,
        "channel": form.channel,
        "count": form.count,
        "details": form.details,
        "photo": form.photo,
    }


def _wire_make(
    demo: gr.Blocks, maker: MakeHandlers, make: MakeTab, owner: gr.BrowserState, timer: gr.Timer
) -> None:
    shown, asked = _outputs(make), {**_form(make), "owner": owner}
    filled = [make.status, *_form(make).values()]
    demo.load(maker.identify, owner, owner, **_PRIVATE).then(maker.resume, owner, shown, **_MANY)
    timer.tick(maker.resume, owner, shown, **_PRIVATE)
    make.status.wake(maker.resume, owner, shown, **_PRIVATE)
    make.action.go(maker.paint, inputs_kwargs=asked, outputs=shown, **_MANY)
    make.hint.anyway(maker.paint_anyway, inputs_kwargs=asked, outputs=shown, **_MANY)
    make.hint.undo(maker.undo, owner, shown, **_MANY)
    make.action.stop(maker.stop, owner, None, **_MANY)
    make.tiles.again(maker.again, owner, shown, **_MANY)
    make.tiles.vary(maker.vary, owner, shown, **_MANY)
    make.tiles.delete(maker.delete, owner, shown, **_MANY)
    make.tiles.reuse(maker.reuse, owner, filled, **_MANY)
    make.form.details.restore(maker.restore, None, filled, **_MANY)


def _wire_room(room: Room, make: MakeTab, compare: CompareTab | None) -> None:
    typed, style = make.form.prompt, make.form.style
    gr.on([typed.change, style.change], room.in_style, [typed, style], make.room, **_NEWEST)
    if compare is not None:
        compare.prompt.change(room.in_every_style, compare.prompt, compare.room, **_NEWEST)


def _wire_words(writer: WordsHandlers, make: MakeTab) -> None:
    tools, form = make.words.tools, make.words.form
    # Not _NEWEST: the answers are numbered, and an event that waits there can be lost.
    tools.polish(writer.polish, make.form.style, tools, **_MANY)
    form.preview(writer.preview, None, form, **_MANY)


def _wire_mine(
    demo: gr.Blocks,
    maker: MakeHandlers,
    shelf: ShelfHandlers,
    make: MakeTab,
    mine: MineTab,
    owner: gr.BrowserState,
) -> None:
    shown, told, asked = _outputs(make), [mine.status, mine.shelf], [owner, mine.find]
    owner.change(shelf.show, asked, mine.shelf, **_PRIVATE)
    make.tiles.change(shelf.show, asked, mine.shelf, **_PRIVATE)
    mine.find.find(shelf.find, owner, mine.shelf, **_NEWEST)
    mine.shelf.favourite(shelf.favourite, owner, told, **_MANY)
    mine.shelf.zip(shelf.zip, owner, mine.status, **_PRIVATE)
    for change, done in (
        (mine.shelf.delete, shelf.delete),
        (mine.shelf.delete_chosen, shelf.delete),
        (mine.status.undo, shelf.undo),
    ):
        change(done, asked, told, **_PRIVATE).then(maker.resume, owner, shown, **_MANY)
    mine.shelf.again(maker.again, owner, shown, **_MANY)
    mine.shelf.vary(maker.vary, owner, shown, **_MANY)
    mine.shelf.reuse(maker.reuse, owner, [make.status, *_form(make).values()], **_MANY)


def _wire_letters(
    writer: LetterHandlers,
    shelf: ShelfHandlers,
    letters: LettersTab,
    galleries: list[gr.HTML],
    mine: MineTab,
    owner: gr.BrowserState,
) -> None:
    opened = [letters.status, letters.form, letters.stage, letters.frame, letters.strip]
    taken = [letters.status, letters.made]
    owner.change(writer.strip, owner, letters.strip, **_PRIVATE)
    for gallery in galleries:
        gallery.change(writer.strip, owner, letters.strip, **_PRIVATE)
        gallery.letter(writer.open, owner, opened, **_PRIVATE)
    letters.made.letter(writer.open, owner, opened, **_PRIVATE)
    letters.strip.pick(writer.open, owner, opened, **_PRIVATE)
    letters.form.draft(writer.draft, owner, [letters.status, letters.stage], **_MANY)
    saved = letters.action.save(writer.save, owner, [*taken, letters.form], **_PRIVATE)
    exported = letters.action.export(writer.export, owner, taken, **_PRIVATE)
    for done in (saved, exported):
        done.then(shelf.show, owner, mine.shelf, **_PRIVATE)


def _wire_brand(keeper: BrandHandlers, letters: LettersTab, owner: gr.BrowserState) -> None:
    brand = letters.brand
    owner.change(keeper.show, owner, brand, **_PRIVATE)
    brand.keep(keeper.keep, owner, brand, **_PRIVATE)
    brand.logo(keeper.logo, owner, brand, **_PRIVATE)
    brand.unlogo(keeper.unlogo, owner, brand, **_PRIVATE)
    brand.forget(keeper.forget, owner, brand, **_PRIVATE)


def _wire_compare(comparer: GridHandlers, compare: CompareTab, owner: gr.BrowserState) -> None:
    shown = [compare.action, compare.status, compare.grid, compare.past]
    asked = {"prompt": compare.prompt, "options": compare.options, "owner": owner}
    compare.action.go(comparer.compare, inputs_kwargs=asked, outputs=shown, **_MANY)
    compare.action.stop(comparer.stop, owner, None, **_MANY)
    compare.options.table(comparer.table, None, [compare.status, compare.prompt], **_PRIVATE)
    owner.change(comparer.resume, owner, shown, **_PRIVATE)
    compare.grid.go_on(comparer.go_on, owner, shown, **_MANY)
    for part in (compare.grid, compare.past):
        part.show(comparer.show, owner, shown, **_MANY)
    compare.grid.sheet(comparer.sheet, owner, compare.status, **_PRIVATE)
    compare.grid.zip(comparer.zip, owner, compare.status, **_PRIVATE)
    compare.grid.csv(comparer.csv, owner, compare.status, **_PRIVATE)


def _wire_vote(voter: VoteHandlers, compare: CompareTab, owner: gr.BrowserState) -> None:
    shown = [compare.vote, compare.grid]
    owner.change(voter.invited, owner, shown, **_PRIVATE)
    compare.vote.start(voter.start, owner, shown, **_PRIVATE)
    compare.vote.vote(voter.vote, owner, shown, **_PRIVATE)
    compare.vote.undo(voter.undo, owner, shown, **_PRIVATE)
    compare.vote.result(voter.result, owner, shown, **_PRIVATE)
    compare.vote.table(voter.table, owner, compare.status, **_PRIVATE)
    for part in (compare.vote, compare.grid):
        part.report(voter.report, owner, compare.status, **_PRIVATE)


def _wire_proof(demo: gr.Blocks, prover: ProofHandlers, compare: CompareTab) -> None:
    demo.load(prover.show, None, compare.proof, **_PRIVATE)
    compare.proof.prove(prover.prove, None, compare.proof, **_PRIVATE)
