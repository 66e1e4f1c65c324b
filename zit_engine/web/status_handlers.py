"""What the status tab shows, asked for while somebody looks at it.

Comes in: the studio. Goes out: one part of HTML.
"""

import contextlib
from typing import Any

from zit_engine.errors import SaveFailed, ZitError
from zit_engine.last_hour import LastHour
from zit_engine.meters import rss_bytes
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded_once
from zit_engine.web.present import error_status
from zit_engine.web.status_view import Facts, status_markup


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


class StatusHandlers:
    """Remembers the last hour from when it was made."""

    for_staff = True

    def __init__(self, studio: Studio):
        self._studio = studio
        self._last_hour = LastHour(studio.queue.waiting)
        studio.watchers.add(self._last_hour)

    @guarded_once(_only_said)
    def refresh(self) -> str:
        """The tab as of now."""
        return status_markup(self._facts(), self._last_hour.hour())

    def _facts(self) -> Facts:
        studio, free = self._studio, None
        with contextlib.suppress(SaveFailed):
            free = float(studio.files.free_bytes())
        told = studio.engine.health.as_dict()
        facts = studio.engine.facts
        return Facts(
            state=str(studio.state),
            waiting=studio.queue.waiting(),
            disk_free=free,
            rss=rss_bytes(),
            model=facts.title,
            device=facts.device,
            residency=str(told.get("residency", "")),
            chain=told["chain"],
        )
