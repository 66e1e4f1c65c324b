"""A line in the log for each moment of a job: ids and numbers, nothing a person wrote.

Comes in: moments of jobs. Goes out: structured log lines.
"""

import structlog

from zit_engine.errors import ZitError
from zit_engine.jobs.watching import AnyJob, Watcher

log = structlog.get_logger(__name__)


class JobLog(Watcher):
    """Add it to a studio's watchers."""

    def accepted(self, job: AnyJob) -> None:
        log.info("job accepted", job=job.id, kind=job.kind, pictures=len(job.items))

    def dropped(self, job: AnyJob) -> None:
        log.info("job dropped", job=job.id)

    def begun(self, job: AnyJob, index: int) -> None:
        log.info("picture begun", job=job.id, picture=index)

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        if isinstance(outcome, ZitError):
            kind = type(outcome).__name__
            log.warning("picture failed", job=job.id, picture=index, kind=kind, id=outcome.error_id)
        else:
            log.info("picture made", job=job.id, picture=index, seconds=round(seconds, 3))

    def over(self, job: AnyJob) -> None:
        log.info("job over", job=job.id, state=str(job.state))

    def refused(self, error: ZitError) -> None:
        log.info("refused", reason=error.message_id, id=error.error_id)
