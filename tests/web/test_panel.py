"""What a page shows of jobs that a restart touches."""

import asyncio

import gradio as gr
import pytest

from tests.fake_engine import FakeEngine
from tests.test_promises import die, restarted, stopped_studio
from tests.test_studio import LIMIT_S, Stop, ask
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.api import Api
from zit_engine.web.handlers import MakeHandlers
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel

ANNA, BEN = "a" * 32, "b" * 32


def panel(studio: Studio) -> Panel:
    return Panel(studio, Links(Signer(b"k" * 32), 15))


def resumed(studio: Studio, owner: str) -> list[tuple]:
    handlers = MakeHandlers(studio, panel(studio), None)

    async def follow() -> list[tuple]:
        return [outputs async for outputs in handlers.resume(owner)]

    return asyncio.run(follow())


def test_a_job_kept_for_the_next_process_is_told_so(make_studio):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop))
    running, waiting = studio.submit(ask(), ANNA), studio.submit(ask(), BEN)
    assert stop.reached.wait(LIMIT_S)
    studio.queue.refuse("life.draining")
    studio.queue.hold()
    action, told = panel(studio).state_of([waiting])
    assert action == "busy" and "이어서 만드니" in told
    assert "이어서 만드니" not in panel(studio).state_of([running])[1]
    with pytest.raises(gr.Error) as refused:
        asyncio.run(Api(studio, Links(Signer(b"k" * 32), 15)).make("수박", owner=BEN))
    assert "새 그림은 잠깐 받지 않아요" in str(refused.value)
    stop.go.set()


def test_a_job_taken_up_again_is_followed_to_its_picture(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    first.submit(ask(), ANNA)
    die(first, promises)
    second, _ = restarted(make_studio)
    assert "1장을 만들었어요" in resumed(second, ANNA)[-1][1] or second.history.count(ANNA) == 1
    stop.go.set()


def test_an_interrupted_job_is_told_when_its_owner_comes_back(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    job = first.submit(ask(), ANNA)
    die(first, promises)
    late = job.created_at + 5 * 3600
    second, promises = restarted(make_studio, clock=lambda: late)
    (shown,) = resumed(second, ANNA)
    assert shown[0] == "idle" and "(중단됨)" in shown[1] and "(중단됨)" in shown[3]
    assert promises.ledger.count() == 0
    assert all("중단됨" not in str(outputs) for outputs in resumed(second, BEN))
    stop.go.set()
