"""Results as HTML: the status line and the tiles.

Comes in: snapshots, results and a function that makes links. Goes out: HTML strings. It
starts nothing and knows neither the queue nor the disk.
"""

from collections.abc import Callable, Iterable, Mapping

from zit_engine.errors import ZitError
from zit_engine.jobs.job import Snapshot
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.channels import find_channel, load_channels
from zit_engine.styles.style import Style
from zit_engine.web.heart import heart
from zit_engine.web.markup import both, both_error, escape, in_both, labelled, labelled_text

# How ModelFacts names the embedded model; people read a name in their language.
POCKET_TITLE = "Pocket"

LinkOf = Callable[[AdResult], str]


def status(markup: str, kind: str = "quiet", fraction: float | None = None, short: str = "") -> str:
    """The status line: kind is quiet, busy, ok, warn or error; `fraction` adds a bar. `short`: what
    stands for it where there is little room."""
    brief = f'<span class="short" hidden>{short}</span>' if short else ""
    bar = "" if fraction is None else f'<i class="bar" style="--done:{fraction:.3f}"></i>'
    return f'<div class="status {kind}" data-kind="{kind}">{markup}{brief}{bar}</div>'


def file_status(link: str, name: str, text: str) -> str:
    """The status line of a file that is ready; the page saves it by itself. `text` is HTML."""
    return status(f'<a data-auto href="{escape(link)}" download="{escape(name)}">{text}</a>', "ok")


def error_status(error: ZitError) -> str:
    return status(both_error(error), "error")


def _note(result: AdResult) -> str:
    """What the owner should know about how this picture was made; mostly nothing."""
    if not result.note:
        return ""
    try:
        sentence = both(result.note, **result.note_values)
    except KeyError:  # the sentence of an old picture may be gone or ask for other values
        return ""
    return f'<small class="told">{sentence}</small>'


def _title(result: AdResult) -> str:
    """What an owner knows the picture by: its headline, else what was asked for."""
    headline = " ".join(str(result.lettering.get("headline") or "").split())
    prompt = escape(result.request.prompt)
    if not headline:
        return f"<b>{prompt}</b>"
    return f'<b>{escape(headline)}</b><small class="asked">{prompt}</small>'


class Tiles:
    """Turns results into tiles; holds the catalogue and the way to make links."""

    def __init__(self, catalogue: Mapping[str, Style], link_of: LinkOf):
        self._catalogue = catalogue
        self._link_of = link_of

    def grid(self, tiles: Iterable[str], kind: str = "") -> str:
        return f'<div class="tiles {kind}">{"".join(tiles)}</div>'

    def of_job(
        self,
        snapshot: Snapshot[AdResult],
        requests: Iterable[AdRequest],
    ) -> list[str]:
        """A tile a picture: finished, failed, being painted or waiting; a picture that was
        stopped before its turn has none."""
        return [
            self.tile(outcome)
            if isinstance(outcome, AdResult)
            else self._unfinished(request, outcome, snapshot, index)
            for index, (outcome, request) in enumerate(
                zip(snapshot.outcomes, requests, strict=True)
            )
            if outcome is not None or not snapshot.state.is_over
        ]

    def link(self, result: AdResult) -> str:
        """A signed link to the picture's file, not escaped."""
        return self._link_of(result)

    def tile(self, result: AdResult, *, is_selectable: bool = False) -> str:
        """One picture with its caption and what can be done with it."""
        link = escape(self._link_of(result))
        # A very wide picture is too low to carry a tick and a heart without losing its words.
        kind = "tile wide" if result.width > 2 * result.height else "tile"
        box = (
            f'<label class="select"><input type="checkbox" {labelled("aria-label", "tile.select")}>'
            f"</label>{heart(result.favourite)}"
            if is_selectable
            else ""
        )
        return (
            f'<figure class="{kind}" data-job="{escape(result.job_id)}" '
            f'data-name="{escape(result.name)}">{box}'
            f'<button type="button" class="picture" data-act="open" '
            f'style="aspect-ratio:{result.width}/{result.height}" '
            f"{labelled('aria-label', 'tile.enlarge')}>"
            f'<img src="{link}" width="{result.width}" height="{result.height}" '
            f"{self.alt(result.request)}></button>"
            f"<figcaption>{_title(result)}{_note(result)}"
            f"{self._caption(result)}</figcaption>{self._actions(link, result)}</figure>"
        )

    def _titles(self, request: AdRequest) -> tuple[tuple[str, str], tuple[str, str]]:
        """(Korean, English) of the style and of the channel; the bare id of one that is gone, for
        a catalogue may change while old pictures stay."""
        style = self._catalogue.get(request.style)
        channel = load_channels().get(request.channel)
        return (
            (style.ko, style.en) if style else (request.style, request.style),
            (channel.ko, channel.en) if channel else (request.channel, request.channel),
        )

    def _style_name(self, request: AdRequest) -> str:
        return in_both(*self._titles(request)[0])

    def alt(self, request: AdRequest) -> str:
        """The alt attribute of a picture: what was asked for, in which style, for which place."""
        style, channel = self._titles(request)
        return labelled_text(
            "alt",
            f"{request.prompt} ({style[0]}, {channel[0]})",
            f"{request.prompt} ({style[1]}, {channel[1]})",
        )

    def _caption(self, result: AdResult) -> str:
        style, channel = self._titles(result.request)
        size_kb = max(1, round(result.size_bytes / 1000))
        facts = both(
            "tile.facts",
            width=result.width,
            height=result.height,
            size_kb=size_kb,
            seconds=f"{result.seconds:.1f}",
        )
        model = both("model.name_pocket") if result.model == POCKET_TITLE else escape(result.model)
        return (
            f"<small>{in_both(*style)} · {in_both(*channel)} · "
            f'<span class="whole">{both("tile.number", seed=result.request.seed)}</span></small>'
            f'<small class="facts">{facts} · <span class="whole">{model}</span></small>'
        )

    @staticmethod
    def _actions(link: str, result: AdResult) -> str:
        def button(act: str, message_id: str) -> str:
            return f'<button type="button" data-act="{act}">{both(message_id)}</button>'

        return (
            f'<div class="acts"><a class="save" href="{link}" download="{escape(result.name)}">'
            f"{both('tile.save')}</a>{button('letter', 'letters.edit')}"
            f"{button('again', 'tile.again')}"
            f'<details class="menu"><summary {labelled("aria-label", "tile.more")}>⋯</summary>'
            f"<div>{button('vary', 'tile.vary')}{button('reuse', 'tile.reuse')}"
            f"{button('delete', 'tile.delete')}</div>"
            "</details></div>"
        )

    def _unfinished(
        self,
        request: AdRequest,
        outcome: AdResult | ZitError | None,
        snapshot: Snapshot[AdResult],
        index: int,
    ) -> str:
        channel = find_channel(request.channel)
        if isinstance(outcome, ZitError):
            state, text = "failed", f"{both('tile.failed')}<small>{both_error(outcome)}</small>"
        elif snapshot.is_at_work(index):
            state, text = "painting", both("tile.painting")
        else:
            state, text = "waiting", both("tile.waiting")
        return (
            f'<figure class="tile skeleton {state}"><div class="picture" '
            f'style="aspect-ratio:{channel.width}/{channel.height}"><span>{text}</span></div>'
            f"<figcaption><b>{escape(request.prompt)}</b><small>{self._style_name(request)} · "
            f"{in_both(channel.ko, channel.en)}</small></figcaption></figure>"
        )
