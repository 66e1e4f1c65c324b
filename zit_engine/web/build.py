"""The page: parts in order, then every event, one statement each, to be read like a table.

Comes in: a Studio. Goes out: gr.Blocks. Every event that accepts work goes through Gradio's queue
and only watches a job; order is kept by the studio's own queue.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from zit_engine.brand.brands import Brands
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.finishing import FinishingDesk
from zit_engine.host import detect_host, set_temp_folder
from zit_engine.messages import say
from zit_engine.request.subjects import load_vocabulary
from zit_engine.settings import ROOT
from zit_engine.store.links import Signer, load_secret
from zit_engine.store.logins import Logins
from zit_engine.store.own_folder import own_folder
from zit_engine.studio import Studio
from zit_engine.web.api import Api
from zit_engine.web.brand_handlers import BrandHandlers
from zit_engine.web.events import MANY, NEWEST, PRIVATE
from zit_engine.web.handlers import MakeHandlers
from zit_engine.web.header import banner, header, role_holder, role_mark
from zit_engine.web.lean_gradio import make_lean
from zit_engine.web.letter_handlers import LetterHandlers
from zit_engine.web.links import Links
from zit_engine.web.oauth import is_offered
from zit_engine.web.panel import Panel
from zit_engine.web.person import calling_person
from zit_engine.web.quiet_gradio import quiet_gradio
from zit_engine.web.room import Room
from zit_engine.web.shelf_handlers import ShelfHandlers
from zit_engine.web.staff_events import StaffTabs, wire_staff
from zit_engine.web.tabs.compare import CompareTab, compare_tab
from zit_engine.web.tabs.letters import LettersTab, letters_tab
from zit_engine.web.tabs.make import MakeTab, make_tab
from zit_engine.web.tabs.shelf import MineTab, mine_tab
from zit_engine.web.tabs.status import status_tab
from zit_engine.web.tickets import UploadTickets, ticket_holder
from zit_engine.web.words_handlers import WordsHandlers

POCKET = ROOT / "assets" / "pocket"


def signer_of(studio: Studio) -> Signer:
    return Signer(load_secret(studio.settings.data_dir / "link-secret"))


def build(studio: Studio) -> gr.Blocks:
    """The whole page on top of `studio`; loads no model."""
    quiet_gradio()
    set_temp_folder(own_folder(studio.settings.data_dir / "temp"))
    facts, signer = studio.engine.facts, signer_of(studio)
    has_login = bool(studio.settings.login_file)
    if has_login:  # a file that cannot be used is told now, not to the first visitor
        Logins(Path(studio.settings.login_file))
    links = Links(signer, studio.settings.link_minutes)
    panel = Panel(studio, links)
    vocabulary = load_vocabulary(POCKET) if facts.base == "pocket" else None
    desk = VoteDesk(studio, signer.sign("ballots", "", "", 0).encode())
    with gr.Blocks(title=say("page.title"), analytics_enabled=False, fill_width=True) as demo:
        owner = gr.BrowserState(
            None, storage_key="zit-owner", secret=signer.sign("browser", "", "", 0)
        )
        header(studio.settings.staff_tab, has_login)
        role = role_holder(has_login)
        if has_login:
            demo.load(lambda: role_mark(calling_person().is_staff), None, role, **PRIVATE)
        if is_offered(studio.settings, detect_host()):
            gr.LoginButton(elem_id="hub-login")
        banner(facts)
        make = make_tab(studio.catalogue, facts, studio.settings.max_count)
        letters = letters_tab()
        mine = mine_tab(studio.settings.keep_days)
        compare = compare_tab(studio.available_styles()) if studio.settings.staff_tab else None
        status = status_tab() if studio.settings.staff_tab else None
        timer = gr.Timer(links.resign_every_s)
        ticket, tickets = ticket_holder(), UploadTickets(signer)
        for renewed in (owner.change, timer.tick):
            renewed(tickets.show, owner, ticket, **PRIVATE)
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
        wire_staff(demo, studio, StaffTabs(compare, status, owner), panel, links, desk)
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
    shown = _outputs(make)
    asked = {**_form(make), "owner": owner, "press": make.action}
    filled = [make.status, *_form(make).values()]
    demo.load(maker.identify, owner, owner, **PRIVATE).then(maker.resume, owner, shown, **MANY)
    timer.tick(maker.resume, owner, shown, **PRIVATE)
    make.status.wake(maker.resume, owner, shown, **PRIVATE)
    make.action.go(maker.paint, inputs_kwargs=asked, outputs=shown, **MANY)
    make.hint.anyway(maker.paint_anyway, inputs_kwargs=asked, outputs=shown, **MANY)
    make.hint.undo(maker.undo, owner, shown, **MANY)
    make.action.stop(maker.stop, owner, None, **MANY)
    make.tiles.again(maker.again, owner, shown, **MANY)
    make.tiles.vary(maker.vary, owner, shown, **MANY)
    make.tiles.delete(maker.delete, owner, shown, **MANY)
    make.tiles.reuse(maker.reuse, owner, filled, **MANY)
    make.form.details.restore(maker.restore, None, filled, **MANY)


def _wire_room(room: Room, make: MakeTab, compare: CompareTab | None) -> None:
    typed, style = make.form.prompt, make.form.style
    gr.on([typed.change, style.change], room.in_style, [typed, style], make.room, **NEWEST)
    if compare is not None:
        compare.prompt.change(room.in_every_style, compare.prompt, compare.room, **NEWEST)


def _wire_words(writer: WordsHandlers, make: MakeTab) -> None:
    tools, form = make.words.tools, make.words.form
    # Not NEWEST: the answers are numbered, and an event that waits there can be lost.
    tools.polish(writer.polish, make.form.style, tools, **MANY)
    form.preview(writer.preview, None, form, **MANY)


def _wire_mine(
    demo: gr.Blocks,
    maker: MakeHandlers,
    shelf: ShelfHandlers,
    make: MakeTab,
    mine: MineTab,
    owner: gr.BrowserState,
) -> None:
    shown, told, asked = _outputs(make), [mine.status, mine.shelf], [owner, mine.find]
    owner.change(shelf.show, asked, mine.shelf, **PRIVATE)
    make.tiles.change(shelf.show, asked, mine.shelf, **PRIVATE)
    mine.find.find(shelf.find, owner, mine.shelf, **NEWEST)
    mine.shelf.favourite(shelf.favourite, owner, told, **MANY)
    mine.shelf.zip(shelf.zip, owner, mine.status, **PRIVATE)
    for change, done in (
        (mine.shelf.delete, shelf.delete),
        (mine.shelf.delete_chosen, shelf.delete),
        (mine.status.undo, shelf.undo),
    ):
        change(done, asked, told, **PRIVATE).then(maker.resume, owner, shown, **MANY)
    mine.shelf.again(maker.again, owner, shown, **MANY)
    mine.shelf.vary(maker.vary, owner, shown, **MANY)
    mine.shelf.reuse(maker.reuse, owner, [make.status, *_form(make).values()], **MANY)


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
    owner.change(writer.strip, owner, letters.strip, **PRIVATE)
    for gallery in galleries:
        gallery.change(writer.strip, owner, letters.strip, **PRIVATE)
        gallery.letter(writer.open, owner, opened, **PRIVATE)
    letters.made.letter(writer.open, owner, opened, **PRIVATE)
    letters.strip.pick(writer.open, owner, opened, **PRIVATE)
    letters.form.draft(writer.draft, owner, [letters.status, letters.stage], **MANY)
    saved = letters.action.save(writer.save, owner, [*taken, letters.form], **PRIVATE)
    exported = letters.action.export(writer.export, owner, taken, **PRIVATE)
    for done in (saved, exported):
        done.then(shelf.show, owner, mine.shelf, **PRIVATE)


def _wire_brand(keeper: BrandHandlers, letters: LettersTab, owner: gr.BrowserState) -> None:
    brand = letters.brand
    owner.change(keeper.show, owner, brand, **PRIVATE)
    brand.keep(keeper.keep, owner, brand, **PRIVATE)
    brand.logo(keeper.logo, owner, brand, **PRIVATE)
    brand.unlogo(keeper.unlogo, owner, brand, **PRIVATE)
    brand.forget(keeper.forget, owner, brand, **PRIVATE)
