"""One delivered picture into the store: original, file, row, in this order; and what a process that
died in between left there.

Comes in: what was made. Goes out: nothing but a picture that is whole or not there. It knows
neither how it was painted nor who asked.
"""

import contextlib
import logging

from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.request.ad_request import AdResult
from zit_engine.store.expiry import LONE_S
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.names import UPLOAD

_log = logging.getLogger(__name__)


def keep(
    files: Files,
    history: History,
    owner: str,
    result: AdResult,
    data: bytes,
    original: bytes | AdResult,
) -> None:
    """Keep `result` with its file `data`. `original`: the painted picture as a file, or an earlier
    picture whose original this one shares.

    The row comes last: a row always has its files, whenever the power fails. Raises SaveFailed, or
    JobNotFound when that earlier picture is gone; nothing is left behind then. Files of a process
    that was killed here go with `take_leftovers`.
    """
    place = result.job_id, result.name
    try:
        if isinstance(original, AdResult):
            files.link_master(owner, original.job_id, original.name, *place)
        else:
            files.save_master(owner, *place, original)
        files.save(owner, *place, data)
        history.add(owner, result)
    except BaseException:
        with contextlib.suppress(SaveFailed):
            _take_back(files, history, owner, result)
        raise


def _take_back(files: Files, history: History, owner: str, result: AdResult) -> None:
    """Unless there is a row: an earlier one of the same place, or this one, written by a disk that
    then failed to say so."""
    try:
        history.get(owner, result.job_id, result.name)
    except JobNotFound:
        files.delete(owner, result.job_id, result.name)


def take_leftovers(files: Files, history: History, now: float) -> int:
    """Delete the files for people that have had no row for an hour at `now` (seconds since 1970);
    returns how many. Uploads have an expiry of their own; what other processes are saving right
    now is younger. What is older than the history itself may be all that is left of a damaged one
    and stays until it is as old as any picture."""
    began, gone = history.began(), 0
    for key, places in files.settled(began, now - LONE_S).items():
        # The files first, then their rows: a row written meanwhile is seen.
        for job_id, name in places - history.places_by_key(key):
            if name != UPLOAD:
                with contextlib.suppress(SaveFailed):  # the next hour tries again
                    gone += files.delete_by_key(key, job_id, name)
    if gone:
        _log.info("%d files without a row were deleted", gone)
    return gone
