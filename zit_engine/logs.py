"""One log on standard error for our own code and the libraries: times, ids, no prompts.

Comes in: a level. Goes out: configured structlog and logging. Standard output stays free for
results.
"""

import logging
import sys

import structlog


def configure_logging(level: str = "info") -> None:
    """Send structlog and logging of at least `level` to standard error. Called by entry points."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=threshold,
        stream=sys.stderr,
        format="%(asctime)s [%(levelname)s] %(name)s: %(message)s",
        force=True,
    )
    # One line a request of ours is noise: the page asks for its own health every ten seconds.
    for chatty in ("httpx", "urllib3", "uvicorn.access", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        # Asked for each line: whoever redirects standard error later gets the lines too.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
