"""«With a photo of my own» as a section of the make form. Markup only."""

import gradio as gr

from zit_engine.messages import say
from zit_engine.web.markup import both, escape, file_button, labelled

_MODES = (("mood", "own.mood"), ("background", "own.background"))
_STRENGTHS = (("little", "own.little"), ("some", "own.some"), ("much", "own.much"))


def photo_fields() -> gr.HTML:
    """A gr.HTML whose value is the photo's fields of a request."""
    return gr.HTML(
        {"photo": "", "photo_mode": "mood", "photo_strength": "some", "photo_mask": ""},
        html_template="${markup}",
        markup=_markup(),
        js_on_load="zitPhoto.form(element, props, trigger, watch);",
        apply_default_css=False,
        elem_id="photo",
    )


def _markup() -> str:
    sending = (
        f'data-sending-ko="{escape(say("own.sending", "ko"))}" '
        f'data-sending-en="{escape(say("own.sending", "en"))}"'
    )
    return (
        f'<details class="details" id="own-photo"><summary>{both("own.title")}</summary>'
        f'<p class="note">{both("own.help")}</p>'
        f"{file_button('own.choose', 'image/png,image/jpeg,image/webp,image/heic')}"
        f'<p class="photo-told" role="status" {sending}></p>'
        f'<div class="photo-now" hidden><div class="easel"></div>'
        f'<p class="note again-note" hidden>{both("own.again")}</p>'
        f'<div class="tools"><button type="button" data-photo="remove">{both("own.remove")}'
        f"</button></div>{_radios('photo_mode', 'own.mode', _MODES, 'modes')}"
        f'<div class="mood-only"><p class="note">{both("own.mood_help")}</p>'
        f"{_radios('photo_strength', 'own.strength', _STRENGTHS, 'modes three')}</div>"
        f'<div class="background-only" hidden><p class="note">{both("own.background_help")}</p>'
        f'<p class="note clear-note" hidden>{both("own.clear")}</p>{_brush()}</div></div></details>'
    )


def _brush() -> str:
    return (
        f'<div class="brush"><p class="note">{both("own.brush_help")}</p>'
        f"<label>{both('own.size')} <input type='range' min='2' max='30' value='10' "
        f"data-photo='size'></label>"
        f'<button type="button" data-photo="erase" aria-pressed="false">{both("own.erase")}'
        f'</button><button type="button" data-photo="clear">{both("own.clear_all")}</button></div>'
    )


def _radios(choice: str, label: str, options: tuple[tuple[str, str], ...], kind: str) -> str:
    buttons = "".join(
        f'<button type="button" role="radio" aria-checked="false" tabindex="-1" '
        f'data-id="{value}">{both(message_id)}</button>'
        for value, message_id in options
    )
    return (
        f'<p class="choice-title">{both(label)}</p>'
        f'<div class="{kind}" role="radiogroup" data-choice="{choice}" '
        f"{labelled('aria-label', label)}>{buttons}</div>"
    )
