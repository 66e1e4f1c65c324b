"""What Gradio does for each call and each visitor that nobody here needs, left out.

Comes in: a built page with its queue. Goes out: the same page, quicker amid many people. Both parts
were found by sampling a server under fifty calls at once.
"""

from functools import partial

import gradio as gr


def make_lean(demo: gr.Blocks) -> None:
    """To be called once, when nothing more is added to the page."""
    _count_nothing(demo)
    _describe_once(demo)


def _count_nothing(demo: gr.Blocks) -> None:
    """Gradio sums up its last 10,000 calls with pandas after each call, for a monitoring page that
    is off here."""
    demo._queue.ANAYLTICS_CACHE_FREQUENCY = 10**12  # so spelt there
    demo._queue.ANALYTICS_MAX_EVENTS = 1


def _describe_once(demo: gr.Blocks) -> None:
    """Gradio describes every part anew, from its constructor's signature, for each visitor's first
    call: half of that call's time, though parts never change once the page is built."""
    for part in demo.blocks.values():
        part.get_config = partial(dict, part.get_config())
