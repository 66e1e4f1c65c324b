"""Staff read numbers, reasons and fallbacks; of people they read nothing."""

import pytest

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import LIMIT_S, ask
from zit_engine.errors import SaveFailed
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
    markup = handlers.refresh()
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
