"""One picture from its turn to its outcome, whatever happens on the way.

Comes in: a job and which picture. Goes out: what was made, or the error in its place. It knows no
line and never raises: the thread it runs on must outlive any bug.
"""

import logging
from collections.abc import Callable
from typing import Any

from zit_engine.errors import Cancelled, ZitError
from zit_engine.jobs.watching import AnyJob

_log = logging.getLogger(__name__)


class Painter:
    """`prepare` (loading the model) runs before each `run`."""

    def __init__(self, run: Callable[[AnyJob, int], Any], prepare: Callable[[], None]):
        self._run, self._prepare = run, prepare

    def paint(self, job: AnyJob, index: int, on_start: Callable[[], None]) -> Any:
        """The outcome of picture `index`; `on_start` is called when the model is there."""
        try:
            if job.is_cancelled():
                return Cancelled()
            context = job.context.copy()  # two threads cannot be in one and the same
            context.run(self._prepare)
            on_start()
            return context.run(self._run, job, index)
        except ZitError as error:
            if not isinstance(error, Cancelled):
                _log.warning("job %s picture %d: %s", job.id, index, error)
            return error
        except Exception as error:
            # An unexpected error fails one picture, with its id.
            failure = ZitError(detail=repr(error))
            _log.exception("job %s picture %d: %s", job.id, index, failure)
            return failure
