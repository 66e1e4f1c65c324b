"""Jobs and results as HTML: the status line and the tiles.

Comes in: snapshots, outlooks, results and a function that makes links. Goes out: HTML strings. It
starts nothing and knows neither the queue nor the disk.
"""

from collections.abc import Callable, Iterable, Mapping

from zit_engine.errors import ZitError
from zit_engine.jobs.job import JobState, Snapshot
from zit_engine.jobs.job_queue import Outlook
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.channels import find_channel, load_channels
from zit_engine.styles.style import Style
from zit_engine.web.heart import heart
from zit_engine.web.markup import both, both_error, escape, in_both, labelled, labelled_text

# How ModelFacts names the embedded model; people read a name in their language.
POCKET_TITLE = "Pocket"

LinkOf = Callable[[AdResult], str]
_DONE_CLASS = {JobState.DONE: "ok", JobState.CANCELLED: "quiet", JobState.FAILED: "error"}


def status(markup: str, kind: str = "quiet", fraction: float | None = None) -> str:
    """The status line: kind is quiet, busy, ok, warn or error; `fraction` adds a bar."""
    bar = "" if fraction is None else f'<i class="bar" style="--done:{fraction:.3f}"></i>'
    return f'<div class="status {kind}" data-kind="{kind}">{markup}{bar}</div>'


def file_status(link: str, name: str, text: str) -> str:
    """The status line of a file that is ready; the page saves it by itself. `text` is HTML."""
    return status(f'<a data-auto href="{escape(link)}" download="{escape(name)}">{text}</a>', "ok")


def error_status(error: ZitError) -> str:
    return status(both_error(error), "error")


_LOADING = {
    "download": "status.loading_download",
    "load_transformer": "status.loading_painter",
    "load_text_encoder": "status.loading_text",
    "load_vae": "status.loading_developer",
}


def job_status(
    snapshot: Snapshot[AdResult], outlook: Outlook, loading: tuple[str, float] | None
) -> str:
    """Where the person stands: loading, place in line, step, or how it ended."""
    if snapshot.state.is_over:
        return _ended(snapshot)
    if loading is not None:
        stage, fraction = loading
        message_id = _LOADING.get(stage, "status.loading")
        return status(both(message_id, percent=round(fraction * 100)), "busy", fraction)
    if snapshot.current is None and not snapshot.results:
        if outlook.starts_s is None or outlook.people_ahead == 0:
            return status(both("status.waiting_next"), "busy")
        seconds = max(1, round(outlook.eta_s or 0))
        text = both("status.waiting", people=outlook.people_ahead, seconds=seconds)
        return status(text, "busy")
    return _painting(snapshot, outlook)


def _painting(snapshot: Snapshot[AdResult], outlook: Outlook) -> str:
    pictures = len(snapshot.outcomes)
    settled = sum(outcome is not None for outcome in snapshot.outcomes)
    steps = snapshot.steps or 8
    fraction = (settled + snapshot.step / steps) / pictures
    values = {
        "picture": min(settled + 1, pictures),
        "pictures": pictures,
        "step": snapshot.step,
        "steps": steps,
    }
    if outlook.eta_s is None:
        return status(both("status.painting", **values), "busy", fraction)
    seconds = max(1, round(outlook.eta_s))
    return status(both("status.painting_eta", **values, seconds=seconds), "busy", fraction)


def _ended(snapshot: Snapshot[AdResult]) -> str:
    made, failures = len(snapshot.results), snapshot.failures
    kind = _DONE_CLASS[snapshot.state]
    if snapshot.state is JobState.CANCELLED:
        return status(both("status.cancelled"), kind)
    if snapshot.state is JobState.FAILED:
        return error_status(failures[0])
    if failures:
        text = both("status.done_partly", count=made, failed=len(failures))
        return status(f"{text} {both_error(failures[0])}", "warn")
    return status(both("status.done", count=made), kind)


def _note(result: AdResult) -> str:
    """What the owner should know about how this picture was made; mostly nothing."""
    if not result.note:
        return ""
    try:
        sentence = both(result.note, **result.note_values)
    except KeyError:  # the sentence of an old picture may be gone or ask for other values
        return ""
    return f'<small class="told">{sentence}</small>'


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
        box = (
            f'<label class="select"><input type="checkbox" {labelled("aria-label", "tile.select")}>'
            f"</label>{heart(result.favourite)}"
            if is_selectable
            else ""
        )
        return (
            f'<figure class="tile" data-job="{escape(result.job_id)}" '
            f'data-name="{escape(result.name)}">{box}'
            f'<button type="button" class="picture" data-act="open" '
            f'style="aspect-ratio:{result.width}/{result.height}" '
            f"{labelled('aria-label', 'tile.enlarge')}>"
            f'<img src="{link}" width="{result.width}" height="{result.height}" '
            f"{self.alt(result.request)}></button>"
            f"<figcaption><b>{escape(result.request.prompt)}</b>{_note(result)}"
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
        elif snapshot.current == index:
            state, text = "painting", both("tile.painting")
        else:
            state, text = "waiting", both("tile.waiting")
        return (
            f'<figure class="tile skeleton {state}"><div class="picture" '
            f'style="aspect-ratio:{channel.width}/{channel.height}"><span>{text}</span></div>'
            f"<figcaption><b>{escape(request.prompt)}</b><small>{self._style_name(request)} · "
            f"{in_both(channel.ko, channel.en)}</small></figcaption></figure>"
        )
