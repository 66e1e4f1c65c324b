"""Loading on a thread of its own changes nothing for who asks, and no thread stays."""

import contextvars
import gc
import threading
import weakref

import pytest

from zit_engine.engine.brief_thread import on_brief_thread
from zit_engine.errors import OutOfMemory

PERSON: contextvars.ContextVar[str] = contextvars.ContextVar("person", default="nobody")


def test_the_result_comes_back_and_the_thread_is_gone():
    thread = on_brief_thread(threading.current_thread)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_an_error_is_raised_where_it_was_asked_for():
    def work():
        raise OutOfMemory(detail="full")

    with pytest.raises(OutOfMemory, match="full"):
        on_brief_thread(work)


def test_the_work_knows_for_whom_it_is():
    PERSON.set("somebody")
    assert on_brief_thread(PERSON.get) == "somebody"


def test_the_model_is_loaded_where_no_thread_stays(engine, paint, shot):
    paint(shot(side=64))
    assert "loader" not in [thread.name for thread in threading.enumerate()]


def test_a_failure_holds_nothing_afterwards():
    class Part:
        pass

    held = []

    def load():
        part = Part()
        held.append(weakref.ref(part))
        raise ValueError("the last part is broken")

    gc.disable()
    try:
        with pytest.raises(ValueError):
            on_brief_thread(load)
        assert held[0]() is None
    finally:
        gc.enable()
