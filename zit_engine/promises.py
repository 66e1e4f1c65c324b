"""Accepted pictures outlive the process: written down when accepted, taken up by the next one.

Comes in: a studio, the moments of its jobs. Goes out: rows, and after a restart jobs back in line
in their order, or told as interrupted when too much time went by. It starts no thread.
"""

import dataclasses
import logging
import time
from collections.abc import Callable

from zit_engine.engine.base import Shot
from zit_engine.errors import Interrupted, SaveFailed, ZitError
from zit_engine.job_book import StudioJob
from zit_engine.jobs.job import Job
from zit_engine.jobs.lines import Turn
from zit_engine.jobs.watching import AnyJob, Watcher
from zit_engine.plan import PlannedShot, plan
from zit_engine.request.ad_request import AdResult
from zit_engine.store.accepted import Accepted, AcceptedJob, Wish, accepted_job
from zit_engine.studio import Studio

# A job that so many processes in a row died with, no picture of it coming, takes them with it.
MOST_TRIES = 3
# The make tab tells its owner; a grid shows its empty cells and a button to go on.
_TOLD_KIND = "make"
_log = logging.getLogger(__name__)


class Promises(Watcher):
    """The ledger of one studio. `clock`: seconds since 1970."""

    def __init__(self, studio: Studio, clock: Callable[[], float] = time.time):
        self._studio = studio
        self._clock = clock
        self.ledger = Accepted(studio.settings.data_dir)
        studio.watchers.add(self)

    def accepted(self, job: AnyJob) -> None:
        wishes = tuple(Wish(item.request, item.number) for item in job.items)
        at = self._clock()
        self.ledger.add(accepted_job(job.id, job.owner, job.kind, job.counted, at, wishes))

    def dropped(self, job: AnyJob) -> None:
        self.ledger.remove(job.id)

    def begun(self, job: AnyJob, index: int) -> None:
        self.ledger.begin(job.id, index)

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        self.ledger.settle(job.id, index)

    def over(self, job: AnyJob) -> None:
        self.ledger.remove(job.id)

    def catch_up(self) -> None:
        """Write down what a full disk refused before, as far as there is room now."""
        try:
            self.ledger.catch_up()
        except SaveFailed as error:
            _log.error("what became of accepted pictures could not be written: %s", error)

    def take_up(self) -> int:
        """Put what dead processes left back in line, oldest first; returns how many jobs. To be
        called once, before anybody new is let in."""
        try:
            left = self.ledger.take_up()
        except SaveFailed as error:
            _log.error("accepted pictures could not be read: %s", error)
            return 0
        restored = (self._restore(kept) for kept in left)
        self._studio.queue.put_back([turn for turn in restored if turn is not None])
        return len(left)

    def _restore(self, kept: AcceptedJob) -> Turn | None:
        """Its next turn; None where nothing is painted any more."""
        age = self._clock() - kept.accepted_at
        if age > self._studio.settings.keep_days * 86400:
            self.ledger.remove(kept.job_id)
            return None
        made, missing = self._made_and_missing(kept)
        if not missing:
            self.ledger.remove(kept.job_id)
            return None
        outcomes: list[tuple[PlannedShot, AdResult | ZitError | None]]
        outcomes = [(self._for_show(wish), result) for wish, result in made]
        is_given_up = age > self._studio.settings.resume_minutes * 60 or kept.tries >= MOST_TRIES
        outcomes += [self._planned(wish, is_given_up) for wish in missing]
        # Settled ones first: the line knows one next picture of a job.
        outcomes.sort(key=lambda pair: pair[1] is None)
        return self._put_back(kept, outcomes)

    def _put_back(
        self, kept: AcceptedJob, outcomes: list[tuple[PlannedShot, AdResult | ZitError | None]]
    ) -> Turn | None:
        items = tuple(planned for planned, _ in outcomes)
        job: StudioJob = Job(
            kept.key, items, kept.kind, min(kept.counted, len(items)), job_id=kept.job_id
        )
        for index, (_, outcome) in enumerate(outcomes):
            if outcome is not None:
                job.settle(index, outcome)
        first = sum(outcome is not None for _, outcome in outcomes)
        if first < len(items):
            self._rewrite(kept, job, first)
            self._studio.book.remember(job)
            _log.info("job %s is taken up again: %d to paint", job.id, len(items) - first)
            return job, first
        job.finish()
        _log.warning("job %s was interrupted", job.id)
        if kept.kind == _TOLD_KIND:
            self._studio.book.tell_later(job, lambda: self.over(job))
        else:
            self.over(job)
        return None

    def _rewrite(self, kept: AcceptedJob, job: StudioJob, first: int) -> None:
        """The row counts pictures as the job now does."""
        wishes = tuple(Wish(item.request, item.number) for item in job.items)
        done = frozenset(range(first))
        self.ledger.rewrite(dataclasses.replace(kept, wishes=wishes, done=done))

    def _made_and_missing(
        self, kept: AcceptedJob
    ) -> tuple[list[tuple[Wish, AdResult]], list[Wish]]:
        """What has a row in the history, and what is still owed. What was settled without leaving a
        row failed and was told, or was deleted by its owner."""
        rows = self._studio.history.of_jobs(kept.key, [kept.job_id])
        by_request = {repr(row.request): row for row in rows}
        made, missing = [], []
        for index, wish in enumerate(kept.wishes):
            row = by_request.get(repr(wish.request))
            if row is not None:
                made.append((wish, row))
            elif index not in kept.done:
                missing.append(wish)
        return made, missing

    def _planned(
        self, wish: Wish, is_given_up: bool
    ) -> tuple[PlannedShot, AdResult | ZitError | None]:
        """To be painted, or the error in its place: the model or the styles may be others now."""
        if is_given_up:
            return self._for_show(wish), Interrupted()
        try:
            engine, catalogue = self._studio.engine, self._studio.catalogue
            (planned,) = plan(wish.request, engine, catalogue, is_counted=True)
        except ZitError as error:
            return self._for_show(wish), error
        return dataclasses.replace(planned, number=wish.number), None

    def _for_show(self, wish: Wish) -> PlannedShot:
        """Stands in a job for a picture that is not painted in it any more."""
        style = next(iter(self._studio.catalogue.values()))
        shot = Shot("", 16, 16, wish.request.seed or 0, style, 0.0)
        return PlannedShot(wish.request, shot, wish.number)
