"""The tab «my pictures». Components only, no events."""

from dataclasses import dataclass

import gradio as gr

from zit_engine.web.markup import both
from zit_engine.web.shelf_view import find_bar

_FIND_JS = "zitShelf.find(element, props, trigger); /* 'find' */"
_STATUS_JS = (
    "zit.autoDownload(element, watch); zitShelf.undo(element, trigger, watch); /* 'undo' */"
)
_SHELF_JS = (
    "zitShelf.shelf(element, trigger, watch);"
    " /* 'again' 'vary' 'reuse' 'letter' 'delete' 'zip' 'delete_chosen' 'favourite' */"
)


@dataclass(frozen=True, slots=True)
class MineTab:
    find: gr.HTML
    status: gr.HTML
    shelf: gr.HTML


def mine_tab(keep_days: int) -> MineTab:
    with gr.Column(elem_id="panel-mine"):
        gr.HTML(
            f"<h2>{both('mine.title')}</h2><p class='note'>{both('mine.note', days=keep_days)}</p>"
            f"<p class='heard' id='mine-search-label'>{both('shelf.search')}</p>",
            apply_default_css=False,
        )
        find = gr.HTML(
            {},
            html_template="${markup}",
            markup=find_bar(),
            elem_id="mine-find",
            js_on_load=_FIND_JS,
            apply_default_css=False,
        )
        status = gr.HTML(elem_id="mine-status", js_on_load=_STATUS_JS, apply_default_css=False)
        shelf = gr.HTML(elem_id="shelf", js_on_load=_SHELF_JS, apply_default_css=False)
    return MineTab(find, status, shelf)
