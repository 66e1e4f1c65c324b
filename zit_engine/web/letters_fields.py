"""The form of «add text» as HTML: words, layout, typeface, colours, marks, AI mark, places.

Comes in: the data files of layouts, fonts and places. Goes out: markup that never depends on what
was chosen, so choosing keeps the focus; letters.js fills it from the component's value.
"""

from collections.abc import Iterable

from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import load_layouts
from zit_engine.request.channels import Channel, load_channels, load_groups
from zit_engine.request.lettering import CORNERS, NO_LABEL
from zit_engine.web.markup import both, in_both, labelled, labelled_text, shape_icon
from zit_engine.web.pickers import place_notes

# What each text holds at most is told by the request; the browser only stops obvious mistakes.
_TEXTS = (
    ("headline", "letters.headline", "letters.headline_hint", 2),
    ("subline", "letters.subline", "letters.subline_hint", 1),
    ("price", "letters.price", "letters.price_hint", 1),
    ("contact", "letters.contact", "letters.contact_hint", 1),
)


def form_markup() -> str:
    """The whole form."""
    return (
        f"<h2>{both('letters.words')}</h2>{''.join(_text(*row) for row in _TEXTS)}"
        f"<h3>{both('letters.shape')}</h3>{_layouts()}"
        f"<h3>{both('letters.font')}</h3>{_fonts()}"
        f"<h3>{both('letters.colours')}</h3>{_colours()}"
        f"<h3>{both('letters.marks')}</h3>{_marks()}"
        f"<h3>{both('letters.label')}</h3>{_labels()}"
        f"<h2>{both('letters.places')}</h2><p class='note'>{both('letters.places_help')}</p>"
        f"{_places()}"
    )


def _text(field: str, label: str, hint: str, rows: int) -> str:
    shared = f'data-letter="{field}" autocomplete="off" {labelled("placeholder", hint)}'
    box = f'<textarea rows="{rows}" {shared}></textarea>' if rows > 1 else f"<input {shared}>"
    return f'<label class="field"><span>{both(label)}</span>{box}</label>'


def _radios(choice: str, label: str, buttons: str, kind: str) -> str:
    return (
        f'<div class="{kind}" role="radiogroup" data-choice="{choice}" '
        f"{labelled('aria-label', label)}>{buttons}</div>"
    )


def _radio(value: str, inside: str, kind: str) -> str:
    return (
        f'<button type="button" class="{kind}" role="radio" aria-checked="false" tabindex="-1" '
        f'data-id="{value}">{inside}</button>'
    )


def _layouts() -> str:
    cards = "".join(
        _radio(
            layout.id,
            f'<img src="/z/layouts/{layout.id}.webp" alt="" loading="lazy" width="96" height="96">'
            f"<span>{in_both(layout.ko, layout.en)}</span>",
            "card",
        )
        for layout in load_layouts().values()
    )
    return _radios("template", "letters.shape", cards, "cards")


def _fonts() -> str:
    own = _radio("", both("letters.font_own"), "face")
    faces = "".join(
        _radio(
            font.id,
            f'<img src="/z/layouts/font-{font.id}.webp" loading="lazy" height="24" '
            f"{labelled_text('alt', font.ko, font.en)}>",
            "face",
        )
        for font in load_fonts().values()
    )
    return _radios("font", "letters.font", own + faces, "faces")


def _colours() -> str:
    return "".join(
        f'<div class="colours" role="group" data-colour="{field}" '
        f"{labelled('aria-label', message_id)}><span>{both(message_id)}</span>"
        f'<button type="button" class="chip" data-auto aria-pressed="true">'
        f"{both('letters.colour_auto')}</button><span class='swatches'></span>"
        f'<label class="own"><input type="color" value="#e4572e" '
        f"{labelled('aria-label', 'letters.colour_own')}></label></div>"
        for field, message_id in (("colour", "letters.colour"), ("accent", "letters.accent"))
    )


def _marks() -> str:
    return (
        f'<label class="box"><input type="checkbox" data-letter="logo">{both("letters.logo")}'
        f'</label><p class="note no-logo" hidden>{both("letters.logo_missing")}</p>'
        f'<label class="field"><span>{both("letters.qr")}</span>'
        f'<input data-letter="qr" autocomplete="off" '
        f"{labelled('placeholder', 'letters.qr_hint')}></label>"
    )


def _labels() -> str:
    options = "".join(
        _radio(corner, both(f"letters.label_{corner.replace('-', '_')}"), "corner")
        for corner in (*CORNERS, NO_LABEL)
    )
    return (
        f"{_radios('label', 'letters.label', options, 'corners')}"
        f'<p class="note">{both("letters.label_help")}</p>'
    )


def _places() -> str:
    channels = load_channels()
    common = [channel for channel in channels.values() if channel.common]
    rest = "".join(
        f"<h4>{in_both(group.ko, group.en)}</h4>"
        f'<div class="places">{_boxes(c for c in channels.values() if _is_rest(c, group.id))}</div>'
        for group in load_groups().values()
        if any(_is_rest(channel, group.id) for channel in channels.values())
    )
    return (
        f'<div class="places">{_boxes(common)}</div>'
        f'<details class="more"><summary>{both("make.place_more")}</summary>{rest}</details>'
    )


def _is_rest(channel: Channel, group: str) -> bool:
    return channel.group == group and not channel.common


def _boxes(channels: Iterable[Channel]) -> str:
    return "".join(
        f'<label class="place"><input type="checkbox" data-channel="{channel.id}">'
        f"{shape_icon(channel.width, channel.height)}"
        f'<span class="name">{in_both(channel.ko, channel.en)}</span>'
        f'<span class="notes">{place_notes(channel)}</span></label>'
        for channel in channels
    )
