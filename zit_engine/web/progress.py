"""How far a job is, as the status line.

Comes in: snapshots and outlooks. Goes out: HTML strings. It starts nothing and looks nothing up.
"""

from zit_engine.jobs.job import JobState, Snapshot
from zit_engine.jobs.job_queue import Outlook
from zit_engine.request.ad_request import AdResult
from zit_engine.web.markup import both, both_error
from zit_engine.web.present import error_status, status

_DONE_CLASS = {JobState.DONE: "ok", JobState.CANCELLED: "quiet", JobState.FAILED: "error"}
_LOADING = {
    "download": "status.loading_download",
    "load_transformer": "status.loading_painter",
    "load_text_encoder": "status.loading_text",
    "load_vae": "status.loading_developer",
}


def job_status(
    snapshot: Snapshot[AdResult], outlook: Outlook, loading: tuple[str, float] | None
) -> str:
    """Where the person stands: loading, place in line, step, or how it ended."""
    if snapshot.state.is_over:
        return _ended(snapshot)
    if loading is not None:
        stage, fraction = loading
        message_id = _LOADING.get(stage, "status.loading")
        percent = round(fraction * 100)
        short = both("status.short_loading", percent=percent)
        return status(both(message_id, percent=percent), "busy", fraction, short)
    if snapshot.current is None and not snapshot.results:
        if outlook.starts_s is None or outlook.people_ahead == 0:
            return status(both("status.waiting_next"), "busy")
        seconds = max(1, round(outlook.eta_s or 0))
        text = both("status.waiting", people=outlook.people_ahead, seconds=seconds)
        return status(text, "busy")
    return _painting(snapshot, outlook)


def _painting(snapshot: Snapshot[AdResult], outlook: Outlook) -> str:
    pictures = len(snapshot.outcomes)
    steps = snapshot.steps or 8
    fraction = (snapshot.done + snapshot.step / steps) / pictures
    values = {
        "picture": min(snapshot.done + 1, pictures),
        "pictures": pictures,
        "step": snapshot.step,
        "steps": steps,
    }
    if outlook.eta_s is None:
        short = both("status.short", picture=values["picture"], pictures=pictures)
        return status(both("status.painting", **values), "busy", fraction, short)
    seconds = max(1, round(outlook.eta_s))
    short = both("status.short_eta", picture=values["picture"], pictures=pictures, seconds=seconds)
    text = both("status.painting_eta", **values, seconds=seconds)
    return status(text, "busy", fraction, short)


def _ended(snapshot: Snapshot[AdResult]) -> str:
    made, failures = len(snapshot.results), snapshot.failures
    kind = _DONE_CLASS[snapshot.state]
    if snapshot.state is JobState.CANCELLED:
        return status(both("status.cancelled"), kind)
    if snapshot.state is JobState.FAILED:
        return error_status(failures[0])
    if failures:
        text = both("status.done_partly", count=made, failed=len(failures))
        return status(f"{text} {both_error(failures[0])}", "warn")
    return status(both("status.done", count=made), kind)
