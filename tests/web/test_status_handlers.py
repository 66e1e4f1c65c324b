"""Staff read numbers, reasons and fallbacks; of people they read nothing."""

import re

import pytest

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import LIMIT_S, ask
from tests.web.test_handlers import FORM, all_of, links
from zit_engine.errors import SaveFailed
from zit_engine.web.handlers import MakeHandlers
from zit_engine.web.panel import Panel
from zit_engine.web.status_handlers import StatusHandlers


def test_an_hour_of_work_is_told(make_studio):
    studio = make_studio(FakeEngine(fails=broken({8})), max_waiting=1)
    handlers = StatusHandlers(studio)
    job = studio.submit(ask("비밀 메뉴", count=1), "an-owner-id")
    job.wait(LIMIT_S)
    studio.submit(ask(seed=8), "b").wait(LIMIT_S)
    studio.engine.health.link("tiled", "taken", "not enough room")
    studio.queue.refuse("life.draining")
    with pytest.raises(Exception, match="draining"):
        studio.submit(ask(), "c")
    maker = MakeHandlers(studio, Panel(studio, links()), None)
    all_of(maker.paint(**{**FORM, "prompt": "누드 사진"}))
    markup = handlers.refresh()
    assert '<dt><span class="ko" lang="ko">돌려보냄</span>' in markup
    assert markup.partition("돌려보냄")[2].partition("<dd>")[2].startswith("2<")
    assert "성적인 그림은 만들지 않아요 («…»)" in markup
    assert re.search(r'lang="ko">\d+\.\d초<', markup) and re.search(r'"en">\d+\.\d s<', markup)
    assert "마무리 중" in markup and "tiled" in markup and "not enough room" in markup
    assert "그림이 제대로 나오지 않아 버렸어요" in markup and "새 그림은 잠깐 받지" in markup
    for private in ("비밀", "an-owner-id", job.owner, job.id):
        assert private not in markup


def test_a_disk_that_cannot_be_asked_is_no_reason_to_show_nothing(studio, monkeypatch):
    def gone() -> int:
        raise SaveFailed(detail="gone")

    monkeypatch.setattr(studio.files, "free_bytes", gone)
    markup = StatusHandlers(studio).refresh()
    assert "<dd>?</dd>" in markup and "status error" not in markup
