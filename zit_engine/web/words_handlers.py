"""What the help with the words does: fields and typed text in, a text and a sentence about it out.

Each answer is a dict for the part that asked: `text` to write or to show, `told` as HTML, and
`turn`, the number of the press it answers, so that equal answers are told apart.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from zit_engine.errors import ZitError
from zit_engine.messages import LANGUAGES, say
from zit_engine.plan import composed
from zit_engine.request.form_fields import checked_form
from zit_engine.request.forms import write
from zit_engine.request.polish import Polished, polish
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import find
from zit_engine.styles.style import Style
from zit_engine.web.boundary import guarded_once
from zit_engine.web.markup import both, both_error, in_both

Answer = dict[str, object]


def _not_written(_: "WordsHandlers", error: ZitError, owner: str) -> Answer:
    # No `turn`: whatever was asked, this is about it.
    return {"text": None, "told": both_error(error)}


class WordsHandlers:
    """Its methods take milliseconds: no model is asked, at most the words are counted."""

    def __init__(self, studio: Studio):
        self._studio = studio

    @guarded_once(_not_written)
    def preview(self, event: gr.EventData) -> Answer:
        """The text the form's fields make, in the language of the page."""
        asked = _data(event)
        form = checked_form(asked)
        lang = "en" if asked.get("lang") == "en" else "ko"
        written = write(form, lang, pocket=self._is_pocket)
        is_filled = any((form.trade, form.product, form.mood, form.occasion, form.background))
        told = ""
        if not written.text:
            told = both("words.preview_thing") if is_filled else both("words.preview_empty")
        elif written.left_out:
            told = both("words.left_out", words=", ".join(written.left_out))
        return {"text": written.text, "told": told, "turn": asked.get("turn")}

    @guarded_once(_not_written)
    def polish(self, style: str, event: gr.EventData) -> Answer:
        """The typed text made fuller for the style of that id, and what was added."""
        asked, chosen = _data(event), find(self._studio.catalogue, style)
        polished = polish(
            str(asked.get("text") or "")[: self._studio.settings.max_prompt_chars],
            trade=str(asked.get("trade") or ""),
            style=chosen.id,
            pocket=self._is_pocket,
            fits=lambda text: self._fits(text, chosen),
        )
        told = _told(polished)
        if polished.added:
            told += self._style_words(polished.text, chosen)
        text = polished.text if polished.added else None
        return {"text": text, "told": told, "turn": asked.get("turn")}

    @property
    def _is_pocket(self) -> bool:
        return self._studio.engine.facts.base == "pocket"

    def _fits(self, text: str, style: Style) -> bool:
        engine = self._studio.engine
        if not engine.is_ready:  # counting might have to download first; the length alone is safe
            return True
        return engine.count_tokens(composed(text, style, engine.facts.base)) <= (
            engine.facts.token_limit
        )

    def _style_words(self, text: str, style: Style) -> str:
        """What the style puts in front, so that the owner knows all that will be sent."""
        sent = composed(text, style, self._studio.engine.facts.base)
        words = sent.removesuffix(text).rstrip(", ")
        return f" {both('words.style_adds', words=words)}" if words else ""


def _told(polished: Polished) -> str:
    if not polished.added:
        return both(polished.told)
    parts = {
        "ko": "·".join(p.ko for p in polished.added),
        "en": ", ".join(p.en for p in polished.added),
    }
    return in_both(*(say(polished.told, lang, parts=parts[lang]) for lang in LANGUAGES))


def _data(event: gr.EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, dict) else {}
