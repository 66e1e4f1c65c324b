"""What one part of the page shows of an owner: action button, status line, tiles.

Comes in: an owner and the jobs being followed. Goes out: the View. It reads the studio and starts
nothing, so any number of pages may look at the same jobs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from zit_engine.request.ad_request import AdResult
from zit_engine.settings import ROOT
from zit_engine.studio import Studio, StudioJob
from zit_engine.web.links import Links
from zit_engine.web.markup import both, escape, in_both
from zit_engine.web.present import Tiles, status
from zit_engine.web.progress import job_status

RECENT = 8
_SAMPLES = ROOT / "assets" / "samples" / "samples.json"


@dataclass(frozen=True, slots=True)
class View:
    action: str
    status: str
    tiles: str


class Panel:
    def __init__(self, studio: Studio, links: Links):
        self._studio = studio
        self._links = links

    def tiles(self, owner: str) -> Tiles:
        return Tiles(self._studio.catalogue, self._links.of(owner))

    def making(self, owner: str, jobs: Sequence[StudioJob]) -> View:
        """The make tab while `jobs` (oldest first) are followed; without jobs, recent pictures."""
        followed = {job.id for job in jobs}
        tiles = self.tiles(owner)
        current = [tile for job in reversed(jobs) for tile in self._job_tiles(tiles, job)]
        recent = [
            tiles.tile(result)
            for result in self.newest(owner, RECENT + 4 * len(followed))
            if result.job_id not in followed
        ][:RECENT]
        if not current and not recent:
            return View(*self.state_of(jobs), empty())
        parts = [tiles.grid(current, "current")] if current else []
        if recent:
            parts.append(f"<h3>{both('make.recent')}</h3>{tiles.grid(recent)}")
        return View(*self.state_of(jobs), "".join(parts))

    def newest(
        self, owner: str, limit: int, *, search: str = "", favourites: bool = False
    ) -> list[AdResult]:
        """Newest jobs first, the pictures of one job in the order they were asked for."""
        rows = self._studio.history.list(owner, limit, search=search, favourites=favourites)
        groups: dict[str, list[AdResult]] = {}
        for result in rows:
            groups.setdefault(result.job_id, []).insert(0, result)
        return [result for group in groups.values() for result in group]

    def _job_tiles(self, tiles: Tiles, job: StudioJob) -> list[str]:
        return tiles.of_job(job.snapshot(), [item.request for item in job.items])

    def state_of(self, jobs: Sequence[StudioJob]) -> tuple[str, str]:
        """(action, status line) while `jobs` are followed."""
        if not jobs:
            return "idle", status("")
        unfinished = [job for job in jobs if not job.state.is_over]
        job = unfinished[0] if unfinished else jobs[-1]
        if self._studio.queue.is_kept(job):
            return "busy", status(both("life.kept"), "warn")
        loading = None if self._studio.engine.is_ready else self._studio.loading
        line = job_status(job.snapshot(), self._studio.outlook(job), loading)
        return ("busy" if unfinished else "idle"), line


def empty() -> str:
    """The first visit: what will appear here, shown with pictures this model painted before."""
    samples = json.loads(_SAMPLES.read_text(encoding="utf-8")) if _SAMPLES.exists() else []
    pictures = "".join(
        f'<img src="/z/samples/{escape(sample["file"])}" alt="" loading="lazy" width="256" '
        'height="256">'
        for sample in samples
    )
    note = f"<small>{both('make.sample_note')}</small>" if samples else ""
    return (
        f'<div class="empty"><h3>{both("make.empty_title")}</h3><p>{both("make.empty_text")}</p>'
        f'<div class="samples" aria-hidden="true">{pictures}</div>{note}</div>'
    )


def unknown_subject(near: Sequence[tuple[str, str]]) -> str:
    """The pocket model's gentle word about a subject it does not know; `near` is (ko, en)."""
    chips = "".join(
        f'<button type="button" class="chip example" data-ko="{escape(ko)}" '
        f'data-en="{escape(en)}">{in_both(ko, en)}</button>'
        for ko, en in near
    )
    return (
        f'<div class="hint"><b>{both("make.unknown_title")}</b>'
        f"<p>{both('make.unknown_text')}</p>"
        f'<div class="chips">{chips}</div>'
        f'<button type="button" class="anyway">{both("make.unknown_anyway")}</button></div>'
    )
