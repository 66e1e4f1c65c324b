"""What Gradio prints when a call fails: where it happened, not what somebody typed.

Gradio writes the whole traceback of every failed call to standard error. Its last line holds the
error's own text, and that of a malformed call repeats the call's values. Here the same places
write to our log: the error's class, an id, and the lines of code.
"""

import logging
import sys
import traceback
from typing import Any

from gradio import queueing, route_utils, routes, utils

from zit_engine.errors import ZitError

_log = logging.getLogger("gradio.call")
_PLACES = (queueing, route_utils, routes, utils)


class _Quiet:
    """Stands for the module `traceback` where Gradio asks for it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    @staticmethod
    def print_exc(*_: Any, **__: Any) -> None:
        kind, _error, trace = sys.exc_info()
        failure = ZitError(detail=kind.__name__ if kind is not None else "")
        _log.warning("%s\n%s", failure, "".join(traceback.format_tb(trace)).rstrip())


def quiet_gradio() -> None:
    """Harmless twice."""
    for place in _PLACES:
        place.traceback = _Quiet()
