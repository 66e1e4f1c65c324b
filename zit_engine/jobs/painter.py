"""One picture from its turn to its outcome, whatever happens on the way.

Comes in: a job and which picture. Goes out: what was made, or the error in its place. It knows no
line and never raises: the threads it runs on must outlive any bug.
"""

import contextvars
import logging
from collections.abc import Callable
from typing import Any

from zit_engine.errors import Cancelled, ZitError
from zit_engine.jobs.watching import AnyJob

_log = logging.getLogger(__name__)


class Painter:
    """`prepare` (loading the model) runs before each `run`; `finish` makes the outcome of what
    `run` gave, on another thread."""

    def __init__(
        self,
        run: Callable[[AnyJob, int], Any],
        finish: Callable[[AnyJob, int, Any], Any],
        prepare: Callable[[], None],
    ):
        self._run, self._finish, self._prepare = run, finish, prepare

    def paint(self, job: AnyJob, index: int, on_start: Callable[[], None]) -> Any:
        """Picture `index` painted, or the error; `on_start` is called when the model is there."""

        def work(context: contextvars.Context) -> Any:
            if job.is_cancelled():
                return Cancelled()
            context.run(self._prepare)
            on_start()
            return context.run(self._run, job, index)

        return _outcome(job, index, work)

    def finish(self, job: AnyJob, index: int, painted: Any) -> Any:
        """The outcome of picture `index`."""
        return _outcome(job, index, lambda context: context.run(self._finish, job, index, painted))


def _outcome(job: AnyJob, index: int, work: Callable[[contextvars.Context], Any]) -> Any:
    try:
        return work(job.context.copy())  # two threads cannot be in one and the same
    except ZitError as error:
        if not isinstance(error, Cancelled):
            _log.warning("job %s picture %d: %s", job.id, index, error)
        return error
    except Exception as error:
        # An unexpected error fails one picture, with its id.
        failure = ZitError(detail=repr(error))
        _log.exception("job %s picture %d: %s", job.id, index, failure)
        return failure
