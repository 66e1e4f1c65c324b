"""The first tab: say what, choose how and where, press, watch. Components only, no events."""

from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr

from zit_engine.engine.base import ModelFacts
from zit_engine.messages import say
from zit_engine.styles.style import Style
from zit_engine.web import pickers
from zit_engine.web.details import details_fields
from zit_engine.web.markup import both
from zit_engine.web.panel import empty
from zit_engine.web.photo_fields import photo_fields
from zit_engine.web.words import Words, refine_tools, trade_chips, words_form

_ACTION_JS = "zit.action(element, props, trigger, watch); /* 'go' 'stop' */"
_TILES_JS = "zit.tiles(element, trigger); /* 'letter' 'again' 'vary' 'reuse' 'delete' 'anyway' */"

_HINT_JS = (
    "zit.tiles(element, trigger); zitShelf.undo(element, trigger, watch); /* 'anyway' 'undo' */"
)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a request; names are those the handlers take."""

    prompt: gr.Textbox
    style: gr.HTML
    channel: gr.HTML
    count: gr.HTML
    details: gr.HTML
    photo: gr.HTML


@dataclass(frozen=True, slots=True)
class MakeTab:
    form: Form
    action: gr.HTML
    status: gr.HTML
    hint: gr.HTML
    tiles: gr.HTML
    room: gr.HTML
    words: Words


def make_tab(styles: Mapping[str, Style], facts: ModelFacts, most: int) -> MakeTab:
    with gr.Column(elem_id="panel-make"):
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="form", min_width=280):
                form, room, words = _form(styles, facts, most)
                action = action_button("make.go", "action", has_brief=True)
            with gr.Column(elem_id="results", min_width=280):
                status = gr.HTML(
                    elem_id="status",
                    js_on_load="zit.wake(element, trigger); /* 'wake' */",
                    apply_default_css=False,
                )
                hint = gr.HTML(elem_id="hint", js_on_load=_HINT_JS, apply_default_css=False)
                tiles = gr.HTML(
                    empty(), elem_id="tiles", js_on_load=_TILES_JS, apply_default_css=False
                )
    return MakeTab(form, action, status, hint, tiles, room, words)


def action_button(message_id: str, elem_id: str, *, has_brief: bool = False) -> gr.HTML:
    """One button that starts, and while something runs is the one that stops. `has_brief`: on a
    phone the status line is repeated beside it."""
    brief = '<button type="button" class="brief"></button>' if has_brief else ""
    markup = (
        f"{brief}"
        f'<button type="button" class="go">{both(message_id)}</button>'
        f'<button type="button" class="stop">{both("make.stop")}</button>'
    )
    return gr.HTML(
        "idle",
        html_template="${markup}",
        markup=markup,
        js_on_load=_ACTION_JS,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="action",
    )


def prompt_box(elem_id: str, heading: str) -> tuple[gr.Textbox, gr.HTML]:
    """A heading and the text field it labels; the line below that tells how full it is."""
    return prompt_field(elem_id, heading), room_line(elem_id)


def prompt_field(elem_id: str, heading: str) -> gr.Textbox:
    """A heading and the text field it labels; `room_line` belongs below it."""
    labels = ", ".join(f"'{say('make.placeholder', lang)}'" for lang in ("ko", "en"))
    gr.HTML(
        f'<h2 id="{elem_id}-label">{both(heading)}</h2>',
        js_on_load=f"zit.dressPrompt('{elem_id}', {labels});",
        apply_default_css=False,
    )
    return gr.Textbox(
        label="\u00a0",  # the heading names it; left out, Gradio would say "Textbox"
        show_label=False,
        container=False,
        lines=3,
        max_lines=8,
        elem_id=elem_id,
        elem_classes="ask",
    )


def room_line(elem_id: str) -> gr.HTML:
    """How full the text field of that id is; empty while there is nothing to tell."""
    return gr.HTML("", apply_default_css=False, elem_id=f"{elem_id}-room", elem_classes="room-line")


def _form(styles: Mapping[str, Style], facts: ModelFacts, most: int) -> tuple[Form, gr.HTML, Words]:
    is_pocket = facts.base == "pocket"
    prompt = prompt_field("prompt", "make.what")
    tools, room = refine_tools(), room_line("prompt")
    trade_chips(is_pocket)
    words = Words(tools, words_form(is_pocket))
    gr.HTML(f"<h2>{both('make.look')}</h2>", apply_default_css=False)
    style = pickers.style_picker(styles, facts, "style")
    gr.HTML(f"<h2>{both('make.place')}</h2>", apply_default_css=False)
    channel = pickers.channel_picker()
    gr.HTML(f"<h2>{both('make.how_many')}</h2>", apply_default_css=False)
    count = pickers.count_picker(most)
    photo = photo_fields()
    details = details_fields()
    return Form(prompt, style, channel, count, details, photo), room, words
