"""The tabs «my pictures» and «compare styles». Components only, no events."""

from dataclasses import dataclass

import gradio as gr

from zit_engine.web.markup import both
from zit_engine.web.tabs.make import action_button, prompt_box

_SHELF_JS = (
    "zit.shelf(element, trigger, watch);"
    " /* 'again' 'vary' 'reuse' 'delete' 'zip' 'delete_chosen' 'load_more' */"
)
_SEED_JS = """
const field = element.querySelector('input');
field.addEventListener('input', () => { props.value = field.value; });
"""


@dataclass(frozen=True, slots=True)
class MineTab:
    status: gr.HTML
    shelf: gr.HTML


@dataclass(frozen=True, slots=True)
class CompareTab:
    prompt: gr.Textbox
    room: gr.HTML
    seed: gr.HTML
    action: gr.HTML
    status: gr.HTML
    tiles: gr.HTML


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


def compare_tab() -> CompareTab:
    seed_field = (
        f'<label class="field"><span>{both("make.seed")}</span>'
        '<input inputmode="numeric" autocomplete="off" maxlength="20">'
        f"<small>{both('make.seed_help')}</small></label>"
    )
    with gr.Column(elem_id="panel-compare"):
        with gr.Column(elem_id="compare-form"):
            prompt, room = prompt_box("compare-prompt", "compare.title")
            gr.HTML(f"<p class='note'>{both('compare.note')}</p>", apply_default_css=False)
            seed = gr.HTML(
                "",
                html_template="${markup}",
                markup=seed_field,
                js_on_load=_SEED_JS,
                apply_default_css=False,
                elem_id="compare-seed",
            )
            action = action_button("compare.go", "compare-action")
        status = gr.HTML(elem_id="compare-status", apply_default_css=False)
        tiles = gr.HTML(
            f'<div class="empty small"><p>{both("compare.empty")}</p></div>',
            elem_id="compare-tiles",
            js_on_load="zit.tiles(element, trigger); /* 'again' 'vary' 'reuse' 'delete' */",
            apply_default_css=False,
        )
    return CompareTab(prompt, room, seed, action, status, tiles)
