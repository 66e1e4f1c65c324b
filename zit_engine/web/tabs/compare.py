"""The tab «compare styles»: texts, styles and numbers, and the grid. Components only, no events."""

from collections.abc import Iterable
from dataclasses import dataclass

import gradio as gr

from zit_engine.styles.style import Style
from zit_engine.web.grid_view import empty_grid, style_boxes
from zit_engine.web.markup import both, file_button
from zit_engine.web.tabs.make import action_button, prompt_box

_OPTIONS_JS = "zitCompare.options(element, props, trigger); /* 'table' */"
_GRID_JS = (
    "zit.tiles(element, trigger); zitCompare.grid(element, trigger, watch);"
    " /* 'again' 'vary' 'reuse' 'sheet' 'zip' 'csv' 'report' 'go_on' 'show' */"
)


@dataclass(frozen=True, slots=True)
class CompareTab:
    prompt: gr.Textbox
    room: gr.HTML
    options: gr.HTML
    action: gr.HTML
    status: gr.HTML
    grid: gr.HTML
    past: gr.HTML
    proof: gr.HTML
    vote: gr.HTML


def compare_tab(styles: Iterable[Style]) -> CompareTab:
    styles = list(styles)
    with gr.Column(elem_id="panel-compare"):
        with gr.Column(elem_id="compare-form"):
            prompt, room = prompt_box("compare-prompt", "compare.title")
            gr.HTML(f"<p class='note'>{both('compare.note')}</p>", apply_default_css=False)
            options = gr.HTML(
                {"styles": [style.id for style in styles], "seeds": ""},
                html_template="${markup}",
                markup=_options_markup(styles),
                js_on_load=_OPTIONS_JS,
                apply_default_css=False,
                elem_id="compare-options",
            )
            action = action_button("compare.go", "compare-action")
        status = gr.HTML(
            elem_id="compare-status",
            js_on_load="zit.autoDownload(element, watch);",
            apply_default_css=False,
        )
        grid = gr.HTML(
            empty_grid(),
            elem_id="compare-grid",
            js_on_load=_GRID_JS,
            apply_default_css=False,
        )
        vote = gr.HTML(
            "",
            elem_id="compare-vote",
            js_on_load="zitCompare.vote(element, trigger, watch);"
            " /* 'start' 'vote' 'undo' 'result' 'report' 'table' */",
            apply_default_css=False,
        )
        past = gr.HTML(
            "",
            elem_id="compare-past",
            js_on_load="zitCompare.grid(element, trigger, watch); /* 'show' */",
            apply_default_css=False,
        )
        proof = gr.HTML(
            "",
            elem_id="compare-proof",
            js_on_load="zitCompare.proof(element, trigger); /* 'prove' */",
            apply_default_css=False,
        )
    return CompareTab(prompt, room, options, action, status, grid, past, proof, vote)


def _options_markup(styles: Iterable[Style]) -> str:
    return (
        f"{style_boxes(styles)}"
        f'<label class="field"><span>{both("compare.seeds")}</span>'
        '<input data-seeds inputmode="numeric" autocomplete="off" maxlength="100">'
        f"<small>{both('compare.seeds_help')}</small></label>"
        f"{file_button('compare.table_file', '.csv,.txt,text/csv,text/plain')}"
    )
