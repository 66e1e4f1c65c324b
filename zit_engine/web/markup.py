"""Small pieces of HTML every tab uses: both languages at once, escaped text, icons.

Comes in: message ids and values. Goes out: HTML strings. The page shows one language and hides
the other with CSS, so switching needs no server and loses nothing that was typed.
"""

import html
from collections.abc import Iterable

from zit_engine.errors import ZitError
from zit_engine.messages import LANGUAGES, explain, say


def escape(text: object) -> str:
    """`text` safe inside HTML text and quoted attributes."""
    return html.escape(str(text), quote=True)


def both(message_id: str, **values: object) -> str:
    """The sentence in both languages, escaped; CSS shows one."""
    return in_both(*(say(message_id, lang, **values) for lang in LANGUAGES))


def both_error(error: ZitError) -> str:
    """What to tell a person about `error`, in both languages."""
    return in_both(explain(error, "ko"), explain(error, "en"))


def in_both(ko: str, en: str) -> str:
    if ko == en:
        return escape(ko)
    return "".join(
        f'<span class="{lang}" lang="{lang}">{escape(text)}</span>'
        for lang, text in zip(LANGUAGES, (ko, en), strict=True)
    )


def labelled(attribute: str, message_id: str, **values: object) -> str:
    """An attribute (aria-label, alt, placeholder, title) that follows the page language."""
    return labelled_text(attribute, *(say(message_id, lang, **values) for lang in LANGUAGES))


def labelled_text(attribute: str, ko: str, en: str) -> str:
    return (
        f'{attribute}="{escape(ko)}" data-i18n="{attribute}" '
        f'data-ko="{escape(ko)}" data-en="{escape(en)}"'
    )


def file_button(message_id: str, accept: str) -> str:
    """A file input that looks like a button and tells the chosen file in the page's words; the
    browser's own speaks the browser's language. The style sheet lays the input over the label."""
    return (
        f'<label class="file"><span>{both(message_id)}</span>'
        f'<input type="file" accept="{escape(accept)}">'
        f'<small class="file-name" hidden>{both("page.file_chosen")}: <bdi></bdi></small></label>'
    )


def table(heads: Iterable[str], body: str) -> str:
    """A table that scrolls sideways where it is too wide; `heads` and `body` are HTML."""
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f'<div class="scroll-x" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def shape_icon(width: int, height: int) -> str:
    """An outline of the ratio width:height inside a 24 px square."""
    scale = 20 / max(width, height)
    w, h = max(4.0, width * scale), max(4.0, height * scale)
    return (
        '<svg class="shape" viewBox="0 0 24 24" aria-hidden="true">'
        f'<rect x="{12 - w / 2:.1f}" y="{12 - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="2"/>'
        "</svg>"
    )
