"""«Add text» without a browser: what is shown, what is refused, what is kept."""

import re
from types import SimpleNamespace

import gradio as gr
import pytest

from tests.fake_engine import FakeEngine
from zit_engine.brand.brands import Brands
from zit_engine.finishing import FinishingDesk
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.links import Signer
from zit_engine.web.letter_handlers import LetterHandlers
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel

OWNER, OTHER = "a" * 32, "b" * 32
SKIP = gr.skip()


@pytest.fixture
def studio(make_studio):
    return make_studio(FakeEngine(render_area=128 * 128))


@pytest.fixture
def writer(studio) -> LetterHandlers:
    links = Links(Signer(b"s" * 32), 15)
    desk = FinishingDesk(studio, Brands(studio.settings.data_dir))
    return LetterHandlers(desk, Panel(studio, links), links)


@pytest.fixture
def place(studio) -> dict[str, str]:
    request = AdRequest("수박", channel="kakao-search-small", seed=7)
    (result,) = studio.submit(request, OWNER).wait(60).results
    return {"job": result.job_id, "name": result.name}


def event(**data: object) -> gr.EventData:
    return SimpleNamespace(_data=data)


def state(place: dict[str, str], **changes: object) -> dict[str, object]:
    shown = {"channels": ["kakao-search-small"], "shown": "kakao-search-small"}
    return {**place, **shown, **changes}


def test_a_picture_opens_with_its_fields_and_its_look(writer, place):
    line, form, stage, frame, strip = writer.open(OWNER, event(**place))
    assert form["shown"] == "kakao-search-small" and form["label"] == "bottom-right"
    assert "data:image/jpeg;base64," in stage and "framer" in frame
    assert 'aria-pressed="true"' in strip and "error" not in line


def test_another_owners_picture_does_not_open(writer, place):
    line, *rest = writer.open(OTHER, event(**place))
    assert "error" in line and rest == [SKIP] * 4
    for act in (writer.draft, writer.save, writer.export):
        line, *kept = act(OTHER, event(**state(place)))
        assert "error" in line and all(each == SKIP for each in kept)


def test_words_change_the_look(writer, place):
    _, bare = writer.draft(OWNER, event(**state(place)))
    _, worded = writer.draft(OWNER, event(**state(place, headline="오늘만 반값")))
    urls = [re.search('src="([^"]+)"', stage)[1] for stage in (bare, worded)]
    assert urls[0] != urls[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"headline": "가" * 500},
        {"colour": "red"},
        {"template": "nope"},
        {"shown": "nowhere"},
        {"shown": 7},
        {"framings": {"kakao-search-small": {"x": 9}}},
        {"label": "everywhere"},
        {"headline": ["list"]},
        {"qr": "x" * 5000},
        {"name": "../../x.png"},
        {"job": None},
    ],
)
def test_what_cannot_be_used_is_told_and_the_look_stays(writer, place, changes):
    line, stage = writer.draft(OWNER, event(**state(place, **changes)))
    assert stage == SKIP and re.search("[가-힣]", line)
    assert "/" not in re.sub("<[^>]*>", "", line) and "Traceback" not in line


def test_an_overtaken_question_is_not_answered(writer, place):
    later = state(place, page="p", turn=5)
    assert writer.draft(OWNER, event(**later))[1] != SKIP
    earlier = state(place, page="p", turn=4, headline="늦은 답")
    assert writer.draft(OWNER, event(**earlier)) == (SKIP, SKIP)


def test_saving_gives_a_link_that_works_and_a_tile(writer, place, studio):
    line, made, _ = writer.save(OWNER, event(**state(place, headline="오늘만 반값")))
    assert 'data-auto href="/r/' in line and "KB" in line
    assert made.count('class="tile"') == 1
    assert len(studio.history.list(OWNER, 9)) == 2


def test_no_place_at_all_is_told(writer, place):
    line, _ = writer.export(OWNER, event(**state(place, channels=[])))
    assert "error" in line


def test_several_places_give_tiles_and_one_archive(writer, place):
    chosen = ["kakao-search-small", "kakao-message", "kakao-search-small"]
    line, made = writer.export(OWNER, event(**state(place, channels=chosen)))
    assert made.count('class="tile"') == 2 and ".zip" in line


def test_saving_again_and_again_goes_on_from_the_saved_picture(writer, place, studio):
    form = state(place, headline="첫 문구")
    for words in ("둘째 문구", "셋째 문구"):
        line, _, form = writer.save(OWNER, event(**form))
        assert "error" not in line
        form["headline"] = words
        assert writer.draft(OWNER, event(**form))[1] != SKIP
    assert len(studio.history.list(OWNER, 9)) == 2


def test_what_was_left_out_stands_beside_the_files(writer, place):
    words = {"headline": "신메뉴", "qr": "https://example.com", "contact": "02-123-4567"}
    chosen = ["kakao-bizboard", "baemin-menu"]
    _, made = writer.export(OWNER, event(**state(place, channels=chosen, **words)))
    remarks = made.split("</ul>")[0]
    assert "카카오 비즈보드" in remarks and "QR" in remarks
    assert "배민 메뉴" in remarks and "글자를 빼고" in remarks
