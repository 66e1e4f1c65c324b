"""How full the room for words is, in people's words, while somebody types.

Comes in: the typed text and a style. Goes out: one line of HTML, "" while there is nothing to tell.
It counts what would really be sent, the style's own words included, and never fetches anything.
"""

import math
from collections.abc import Iterable

from zit_engine.errors import ZitError
from zit_engine.plan import composed
from zit_engine.request.channels import load_channels
from zit_engine.request.validate import checked
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import find
from zit_engine.styles.style import Style
from zit_engine.web.boundary import guarded_once
from zit_engine.web.markup import both

# An owner's line fills a tenth: below a quarter the page stays calm, from four fifths it warns.
_QUIET_BELOW = 0.25
_NEARLY_FROM = 0.8
# So much is counted to say how much has to go; what follows has to go anyway.
_COUNTED_TIMES = 4
# "About 40 characters" is read; 37 would be counted.
_ROUND_TO = 10


def _nothing(_: "Room", error: ZitError, owner: str) -> str:
    """Whatever is wrong with the text is told when the button is pressed, not while typing."""
    return ""


class Room:
    """Its methods take milliseconds, and may be called at every letter."""

    def __init__(self, studio: Studio):
        self._studio = studio

    @guarded_once(_nothing)
    def in_style(self, prompt: str, style: str) -> str:
        """The line for `prompt` painted in the style of that id."""
        return self._line(prompt, [find(self._studio.catalogue, style)])

    @guarded_once(_nothing)
    def in_every_style(self, prompt: str) -> str:
        """The line for the fullest style, for a text that will be painted in all of them."""
        return self._line(prompt, self._studio.available_styles())

    def _line(self, prompt: str, styles: Iterable[Style]) -> str:
        engine, longest = self._studio.engine, self._studio.settings.max_prompt_chars
        if not engine.is_ready:  # counting might have to download first
            return ""
        typed = str(prompt or "")
        counted = typed[: longest * _COUNTED_TIMES]
        text, limit = self._as_sent(counted), engine.facts.token_limit
        if limit > longest:  # never refused: the archived engine cuts, and the picture says where
            return ""
        tokens, fixed = max((self._tokens(text, s), self._tokens("", s)) for s in styles)
        full = max(tokens / limit, len(text) / longest)
        if full <= 1:
            return _within(full)
        # Only what was typed can be cut, not the style's words around it.
        spare = (tokens - limit) / max(tokens - fixed, 1) * len(text)
        return _over(max(spare, len(text) - longest) + len(typed) - len(counted))

    def _tokens(self, text: str, style: Style) -> int:
        engine = self._studio.engine
        return engine.count_tokens(composed(text, style, engine.facts.base))

    def _as_sent(self, prompt: str) -> str:
        """`prompt` as the request will carry it. Raises InvalidRequest."""
        return checked(
            {"prompt": prompt},
            styles=self._studio.catalogue,
            channels=load_channels(),
            max_prompt_chars=len(prompt),
        ).prompt


def _within(full: float) -> str:
    if full < _QUIET_BELOW:
        return ""
    state = "nearly" if full >= _NEARLY_FROM else "plenty"
    # Only the words are read aloud when they change; the number would be read at every letter.
    share = both("make.room_share", percent=math.floor(full * 100))
    return _shown(
        state, full, f'{both(f"make.room_{state}")}<span aria-hidden="true"> · {share}</span>'
    )


def _over(characters: float) -> str:
    rounded = math.ceil(characters / _ROUND_TO) * _ROUND_TO
    return _shown("over", 1, both("make.room_over", chars=f"{rounded:,}"))


def _shown(state: str, full: float, words: str) -> str:
    return (
        f'<p class="room {state}"><i aria-hidden="true" style="--full:{full:.2f}"></i>'
        f"<span>{words}</span></p>"
    )
