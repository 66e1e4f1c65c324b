"""The tab «add text»: choose a picture, write, look, take along. Components only, no events."""

from dataclasses import dataclass

import gradio as gr

from zit_engine.web.brand_fields import brand_markup
from zit_engine.web.letters_fields import form_markup
from zit_engine.web.letters_view import empty_stage
from zit_engine.web.markup import both

_BRAND_JS = "zitBrand.form(element, props, trigger, watch); /* 'keep' 'logo' 'unlogo' 'forget' */"


@dataclass(frozen=True, slots=True)
class LettersTab:
    strip: gr.HTML
    form: gr.HTML
    brand: gr.HTML
    stage: gr.HTML
    frame: gr.HTML
    action: gr.HTML
    status: gr.HTML
    made: gr.HTML


def letters_tab() -> LettersTab:
    with gr.Column(elem_id="panel-letters"):
        strip = _part("letters-strip", "zitLetters.strip(element, trigger, watch); /* 'pick' */")
        with gr.Row(elem_id="letters-desk"):
            with gr.Column(elem_id="letters-side", min_width=280):
                form = _form()
                brand = _brand()
            with gr.Column(elem_id="letters-look", min_width=280):
                # One part on a phone stays in view: the picture and what is said about it.
                with gr.Column(elem_id="letters-top", min_width=280):
                    stage = _part(
                        "letters-stage", "zitLetters.stage(element, watch);", empty_stage()
                    )
                    status = _part("letters-status", "zitLetters.status(element, watch);")
                action = _part(
                    "letters-action",
                    "zitLetters.action(element, trigger); /* 'save' 'export' */",
                    _buttons(),
                )
                frame = _part("letters-frame", "zitLetters.frame(element, watch);")
        made = _part(
            "letters-made",
            "zit.tiles(element, trigger); /* 'letter' 'again' 'vary' 'reuse' 'delete' */",
        )
    return LettersTab(strip, form, brand, stage, frame, action, status, made)


def _part(elem_id: str, script: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, js_on_load=script, apply_default_css=False)


def _form() -> gr.HTML:
    return gr.HTML(
        {},
        html_template="${markup}",
        markup=form_markup(),
        js_on_load="zitLetters.form(element, props, trigger, watch); /* 'draft' */",
        apply_default_css=False,
        elem_id="letters-form",
    )


def _brand() -> gr.HTML:
    return gr.HTML(
        {},
        html_template="${markup}",
        markup=brand_markup(),
        js_on_load=_BRAND_JS,
        apply_default_css=False,
        elem_id="brand",
    )


def _buttons() -> str:
    return (
        f'<div class="takes"><button type="button" class="go" data-take="save">'
        f"{both('letters.save')}</button><button type='button' class='more-go' "
        f'data-take="export">{both("letters.export")}<b class="count-places"></b></button></div>'
    )
