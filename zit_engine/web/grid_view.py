"""A grid as HTML: styles across, prompts and seeds down, and what can be done with it.

Comes in: a grid, its finished pictures, the job painting it. Goes out: HTML strings. It starts
nothing and reads no file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from zit_engine.compare.grid import CellKey, Grid, cell_key, titles
from zit_engine.errors import ZitError
from zit_engine.jobs.job import Snapshot
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.studio import Studio, StudioJob
from zit_engine.styles.style import Style
from zit_engine.web.markup import both, both_error, escape, in_both, labelled, labelled_text

LinkOf = Callable[[AdResult], str]
# What the whole grid can be taken along as; each is an event of the same name.
_TAKE = (
    ("sheet", "compare.sheet"),
    ("zip", "compare.zip"),
    ("csv", "compare.csv"),
    ("report", "compare.report"),
)


class GridView:
    """Draws one owner's grids."""

    def __init__(self, studio: Studio, link_of: LinkOf):
        self._studio = studio
        self._link_of = link_of

    def table(
        self, grid: Grid, cells: Mapping[CellKey, AdResult], job: StudioJob | None = None
    ) -> str:
        """The grid with its tools; `job` paints what is missing."""
        snapshot = job.snapshot() if job is not None else None
        running = job is not None and not job.state.is_over
        states = _states(job, snapshot)
        names = titles(self._studio, grid.styles)
        head = "".join(f'<th scope="col">{in_both(*name)}</th>' for name in names)
        rows = []
        for prompt, seed in grid.rows:
            shown = (
                self._cell((prompt, style, seed), name, cells, states, running)
                for style, name in zip(grid.styles, names, strict=True)
            )
            number = both("tile.number", seed=seed)
            rows.append(
                f'<tr><th scope="row"><b>{escape(prompt)}</b><small>{number}</small></th>'
                f"{''.join(shown)}</tr>"
            )
        label = labelled("aria-label", "compare.table")
        return (
            f"{self._tools(grid, cells, running)}"
            f'<div class="grid-scroll" role="region" tabindex="0" {label}>'
            f'<table class="grid" data-grid="{grid.id}"><thead><tr><td></td>{head}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>"
            f'<div class="pair-bar" hidden><span>{both("compare.picked_one")}</span>'
            f'<button type="button" class="pair">{both("compare.pair")}</button></div>'
        )

    def past(self, grids: Sequence[Grid], shown: Grid | None) -> str:
        """Earlier grids to open again; nothing when there is none but the one shown."""
        others = [grid for grid in grids if shown is None or grid.id != shown.id]
        if not others:
            return ""
        entries = "".join(
            f'<li><button type="button" data-take="show" data-grid="{grid.id}">'
            f"<b>{escape(grid.prompts[0])}</b> {_size(grid)}</button></li>"
            for grid in others
        )
        title = both("compare.past")
        return f'<details class="past"><summary>{title}</summary><ul>{entries}</ul></details>'

    def _tools(self, grid: Grid, cells: Mapping[CellKey, AdResult], running: bool) -> str:
        takes = [] if not cells else [_button(act, text, grid) for act, text in _TAKE]
        if not running and len(cells) < len(grid.requests()):
            takes.insert(0, _button("go_on", "compare.go_on", grid))
        if not running and len(grid.styles) > 1 and len(cells) > 1:
            takes += [
                _button("vote_pair", "vote.pair", grid),
                _button("vote_best", "vote.best", grid),
                _button("link", "vote.link", grid),
            ]
        return f'<div class="tools">{"".join(takes)}</div>'

    def _cell(
        self,
        key: CellKey,
        name: tuple[str, str],
        cells: Mapping[CellKey, AdResult],
        states: Mapping[CellKey, tuple[str, ZitError | None]],
        running: bool,
    ) -> str:
        if key in cells:
            return f"<td>{self._picture(cells[key], name)}</td>"
        state, error = states.get(key, ("waiting" if running else "missing", None))
        text = {
            "painting": both("tile.painting"),
            "waiting": both("tile.waiting"),
            "missing": both("compare.missing"),
        }.get(state, both("tile.failed"))
        told = f"<small>{both_error(error)}</small>" if error is not None else ""
        return (
            f'<td><div class="cell skeleton {state}"><div class="picture">'
            f"<span>{text}{told}</span></div></div></td>"
        )

    def _picture(self, result: AdResult, name: tuple[str, str]) -> str:
        link = escape(self._link_of(result))
        alt = labelled_text(
            "alt", f"{result.request.prompt} ({name[0]})", f"{result.request.prompt} ({name[1]})"
        )
        seconds = both("compare.seconds", seconds=f"{result.seconds:.1f}")
        return (
            f'<figure class="tile cell" data-job="{escape(result.job_id)}" '
            f'data-name="{escape(result.name)}" data-ko="{escape(name[0])}" '
            f'data-en="{escape(name[1])}"><button type="button" class="picture" data-act="open" '
            f"{labelled('aria-label', 'tile.enlarge')}>"
            f'<img src="{link}" width="{result.width}" height="{result.height}" loading="lazy" '
            f"{alt}></button><figcaption>"
            f'<label class="pick"><input type="checkbox" data-pick> {both("compare.pick")}</label>'
            f"<small>{seconds}</small></figcaption></figure>"
        )


def _states(
    job: StudioJob | None, snapshot: Snapshot[AdResult] | None
) -> dict[CellKey, tuple[str, ZitError | None]]:
    """What the job is doing about each cell it has not finished."""
    if job is None or snapshot is None:
        return {}
    states: dict[CellKey, tuple[str, ZitError | None]] = {}
    requests: list[AdRequest] = [item.request for item in job.items]
    for index, (request, outcome) in enumerate(zip(requests, snapshot.outcomes, strict=True)):
        if isinstance(outcome, ZitError):
            states[cell_key(request)] = ("failed", outcome)
        elif outcome is None and snapshot.is_at_work(index):
            states[cell_key(request)] = ("painting", None)
    return states


def _button(act: str, message_id: str, grid: Grid) -> str:
    return (
        f'<button type="button" data-take="{act}" data-grid="{grid.id}">{both(message_id)}</button>'
    )


def empty_grid() -> str:
    """What stands where no grid is shown yet."""
    return f'<div class="empty small"><p>{both("compare.empty")}</p></div>'


def _size(grid: Grid) -> str:
    return f"<small>{len(grid.rows)} × {len(grid.styles)}</small>"


def style_boxes(styles: Iterable[Style]) -> str:
    """A tick box a style, all ticked, the base first."""
    boxes = "".join(
        f'<label class="box"><input type="checkbox" data-style="{style.id}" checked>'
        f"<span>{in_both(style.ko, style.en)}</span></label>"
        for style in styles
    )
    return (
        f'<fieldset class="boxes"><legend>{both("compare.styles")}</legend>{boxes}'
        f'<button type="button" class="all-styles">{both("compare.all_styles")}</button></fieldset>'
    )
