"""The tab «my pictures». Components only, no events."""

from dataclasses import dataclass

import gradio as gr

from zit_engine.web.markup import both

_SHELF_JS = (
    "zit.shelf(element, trigger, watch);"
    " /* 'again' 'vary' 'letter' 'reuse' 'delete' 'zip' 'delete_chosen' 'load_more' */"
)


@dataclass(frozen=True, slots=True)
class MineTab:
    status: gr.HTML
    shelf: gr.HTML


def mine_tab(keep_days: int) -> MineTab:
    with gr.Column(elem_id="panel-mine"):
        gr.HTML(
            f"<h2>{both('mine.title')}</h2><p class='note'>{both('mine.note', days=keep_days)}</p>",
            apply_default_css=False,
        )
        status = gr.HTML(
            elem_id="mine-status",
            js_on_load="zit.autoDownload(element, watch);",
            apply_default_css=False,
        )
        shelf = gr.HTML(elem_id="shelf", js_on_load=_SHELF_JS, apply_default_css=False)
    return MineTab(status, shelf)
