"""The shop's own look as a form: name, phone, colours, address, logo. Markup only."""

from zit_engine.messages import LANGUAGES, say
from zit_engine.web.markup import both, escape, labelled

_TEXTS = (("name", "brand.name"), ("contact", "brand.contact"), ("link", "brand.link"))
_COLOURS = (("colour", "brand.colour"), ("accent", "brand.accent"))


def _if_empty() -> str:
    """What the script says when there is nothing to put in."""
    ko, en = (escape(say("brand.empty", lang)) for lang in LANGUAGES)
    return f'data-ko="{ko}" data-en="{en}"'


def brand_markup() -> str:
    """A closed section; letters.js fills it from the component's value."""
    texts = "".join(
        f'<label class="field"><span>{both(message_id)}</span>'
        f'<input data-brand="{field}" autocomplete="off" maxlength="200"></label>'
        for field, message_id in _TEXTS
    )
    colours = "".join(
        f'<label class="own"><span>{both(message_id)}</span>'
        f'<input type="color" data-brand="{field}" value="#1c1b1a"></label>'
        f'<button type="button" data-brand-clear="{field}">{both("brand.unset")}</button>'
        for field, message_id in _COLOURS
    )
    return (
        f'<details class="details" id="our-shop"><summary>{both("brand.title")}</summary>'
        f'<p class="note">{both("brand.help")}</p>{texts}<div class="colours">{colours}</div>'
        f'<label class="file">{both("brand.logo")}'
        '<input type="file" accept="image/png,image/jpeg,image/webp"></label>'
        f'<div class="logo-now" hidden><img {labelled("alt", "brand.logo_now")}>'
        f'<button type="button" data-brand-do="unlogo">{both("brand.logo_off")}</button></div>'
        f'<button type="button" data-brand-do="forget">{both("brand.forget")}</button>'
        '<p class="brand-told" role="status"></p></details>'
        f'<div class="tools"><button type="button" data-brand-do="use" {_if_empty()}>'
        f"{both('brand.use')}</button>"
        f'<button type="button" data-brand-do="keep">{both("brand.keep")}</button></div>'
    )
