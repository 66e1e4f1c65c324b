"""The proof made once, when nobody is waiting.

Comes in: the studio, ready. Goes out: a proof in the data folder for the model and files in use.
"""

import logging
import time
from collections.abc import Callable

from zit_engine.compare.proof import keep, kept, proof_key, prove
from zit_engine.errors import ZitError
from zit_engine.studio import Studio

# The first visitors of a fresh start are not to meet it.
QUIET_S = 20.0
_LOOK_EVERY_S = 0.5

_log = logging.getLogger(__name__)


def prove_when_idle(
    studio: Studio, quiet_s: float = QUIET_S, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Prove the styles unless that was done for this model and these files; True when painted.

    Waits for `quiet_s` seconds without work, then gives way before every picture: whoever comes
    waits for one small picture at most.
    """
    found = kept(studio.settings.data_dir)
    if found is not None and found.key == proof_key(studio):
        return False
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < quiet_s:
        sleep(_LOOK_EVERY_S)
        if not studio.queue.is_idle():
            quiet_since = time.monotonic()

    def give_way() -> None:
        while not studio.queue.is_idle():
            sleep(_LOOK_EVERY_S)

    try:
        proof = prove(studio, give_way)
        keep(studio.settings.data_dir, proof)
    except (ZitError, OSError) as error:
        _log.warning("the styles could not be proved: %s", error)
        return False
    bad = [row.style for row in proof.rows if not row.is_good]
    if bad:
        _log.error("styles that leave a trace, do nothing or fail: %s", ", ".join(bad))
    elif not proof.skipped:
        _log.info("%d styles proved to leave no trace", len(proof.rows))
    return not proof.skipped
