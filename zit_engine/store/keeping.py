"""One delivered picture into the store: original, file, row, in this order.

Comes in: what was made. Goes out: nothing but a picture that is whole or not there. It knows
neither how it was painted nor who asked.
"""

from zit_engine.request.ad_request import AdResult
from zit_engine.store.files import Files
from zit_engine.store.history import History


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
    JobNotFound when that earlier picture is gone; nothing is left behind then but what the next
    sweep takes.
    """
    place = result.job_id, result.name
    if isinstance(original, AdResult):
        files.link_master(owner, original.job_id, original.name, *place)
    else:
        files.save_master(owner, *place, original)
    files.save(owner, *place, data)
    history.add(owner, result)
