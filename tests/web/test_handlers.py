"""What a press leads to, without a browser: the values the page's parts are given."""

import asyncio
import base64
import dataclasses
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from tests.fake_engine import FakeEngine
from zit_engine.messages import say
from zit_engine.request.subjects import load_vocabulary
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.build import POCKET
from zit_engine.web.handlers import MakeHandlers
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel
from zit_engine.web.shelf_handlers import ShelfHandlers

OWNER = "a" * 32
FORM: dict[str, Any] = {
    "prompt": "수박, 노란색 배경",
    "style": "realistic",
    "channel": "kakao-bizboard",
    "count": "2",
    "details": {"seed": "7", "adapter_weight": ""},
    "owner": OWNER,
}


def links() -> Links:
    return Links(Signer(b"k" * 32), 15)


@pytest.fixture
def panel(studio: Studio) -> Panel:
    return Panel(studio, links())


@pytest.fixture
def maker(studio: Studio, panel: Panel) -> MakeHandlers:
    return MakeHandlers(studio, panel, load_vocabulary(POCKET))


def event(**data: object) -> gr.EventData:
    return SimpleNamespace(_data=data)


def all_of(outputs: AsyncIterator[Any]) -> list[Any]:
    async def collect() -> list[Any]:
        return [values async for values in outputs]

    return asyncio.run(collect())


def shown(outputs: list[Any]) -> list[str]:
    """What each of the four parts shows in the end; a skipped part keeps what it had."""
    parts = ["", "", "", ""]
    for values in outputs:
        for place, value in enumerate(values):
            if isinstance(value, str):
                parts[place] = value
    return parts


def make(maker: MakeHandlers, **changes: object) -> list[str]:
    return shown(all_of(maker.paint(**{**FORM, **changes})))


def test_a_press_ends_with_two_tiles_and_an_idle_button(maker: MakeHandlers) -> None:
    outputs = all_of(maker.paint(**FORM))
    assert outputs[0][0] == "busy"
    action, status, hint, tiles = shown(outputs)
    assert action == "idle"
    assert "2장을 만들었어요" in status
    assert hint == ""
    assert tiles.count("<img") == 2
    assert 'download="수박-노란색-배경' in tiles


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"prompt": ""}, "무엇을 그릴지"),
        ({"prompt": "가" * 10_000_000}, "글이 너무 길어요"),
        ({"prompt": "수박\x07"}, "U+0007"),
        ({"prompt": "수박\u202e"}, "U+202E"),
        ({"prompt": "수박\ud800"}, "U+D800"),
        ({"details": {"seed": "-1"}}, "그림 번호"),
        ({"details": {"seed": "1e30"}}, "그림 번호"),
        ({"details": {"seed": "abc"}}, "그림 번호"),
        ({"style": "cubism"}, "모르는 스타일"),
        ({"channel": "billboard"}, "모르는 사용처"),
        ({"count": "0"}, "그림 수는"),
        ({"count": "99"}, "그림 수는"),
        ({"count": None}, "그림 수는"),
        ({"details": "nonsense", "count": "5"}, "그림 수는"),
    ],
)
def test_unusable_fields_are_explained_and_nothing_is_queued(
    maker: MakeHandlers, studio: Studio, changes: dict[str, Any], sentence: str
) -> None:
    action, status, _, _ = make(maker, **changes)
    assert action == "idle"
    assert sentence in status
    assert 'lang="en"' in status
    assert studio.queue.waiting() == 0
    assert studio.history.count(OWNER) == 0


def test_an_unknown_subject_is_told_before_anything_is_painted(
    maker: MakeHandlers, studio: Studio
) -> None:
    action, _, hint, _ = make(maker, prompt="우주 정거장의 회의실")
    assert action == "idle"
    assert "꼬마 모델이 모르는 물건" in hint
    assert hint.count("chip example") == 4
    assert studio.history.count(OWNER) == 0


def test_who_was_told_may_still_have_it(maker: MakeHandlers, studio: Studio) -> None:
    outputs = all_of(maker.paint_anyway(**{**FORM, "prompt": "우주 정거장의 회의실"}))
    assert shown(outputs)[2] == ""
    assert studio.history.count(OWNER) == 2


def test_again_gives_a_new_seed_and_vary_keeps_it(maker: MakeHandlers, studio: Studio) -> None:
    make(maker, count="1")
    (first,) = studio.history.list(OWNER, 9)
    tile = event(job=first.job_id, name=first.name)
    all_of(maker.again(OWNER, tile))
    all_of(maker.vary(OWNER, tile))
    varied, again, _ = studio.history.list(OWNER, 9)
    assert again.request.seed != 7 and again.request.variation_seed is None
    assert varied.request.seed == 7 and varied.request.variation_seed is not None


def test_words_of_the_old_picture_are_said_to_be_missing_on_the_new(
    maker: MakeHandlers, studio: Studio
) -> None:
    make(maker, count="1")
    plain = studio.history.list(OWNER, 1)[0]
    words = {"headline": "딸기의\n계절", "label": "bottom-right"}
    lettered = dataclasses.replace(plain, name="b.jpg", lettering=words)
    studio.history.add(OWNER, lettered)
    for result, is_told in ((plain, False), (lettered, True)):
        press = event(job=result.job_id, name=result.name)
        for handler in (maker.again, maker.vary):
            hints = [values[2] for values in all_of(handler(OWNER, press))]
            assert ("글자가 아직 없어요" in hints[0]) is is_told
            assert ("글자가 아직 없어요" in hints[1]) is is_told, "progress leaves it"
        assert ("글자가 아직 없어요" in maker.reuse(OWNER, press)[0]) is is_told


def test_a_picture_with_words_goes_by_its_headline(maker: MakeHandlers, studio: Studio) -> None:
    tiles = make(maker, count="1")[3]
    assert "<figcaption><b>수박, 노란색 배경</b>" in tiles
    plain = studio.history.list(OWNER, 1)[0]
    studio.history.add(
        OWNER, dataclasses.replace(plain, name="b.jpg", lettering={"headline": "딸기의\n<계절>"})
    )
    tiles = shown(all_of(maker.resume(OWNER)))[3]
    assert "<b>딸기의 &lt;계절&gt;</b>" in tiles and 'class="asked">수박, 노란색 배경<' in tiles


def test_reuse_and_restore_put_every_field_back(maker: MakeHandlers, studio: Studio) -> None:
    typed = {"seed": "41", "adapter_weight": "0.7", "label": "top-left"}
    make(maker, count="1", style="anime", details=typed)
    (result,) = studio.history.list(OWNER, 1)
    wanted = (
        "수박, 노란색 배경",
        "anime",
        "kakao-bizboard",
        "1",
        {"seed": "41", "adapter_weight": "0.7", "variety": "", "label": "top-left"},
        {"photo": "", "photo_mode": "mood", "photo_strength": "some", "photo_mask": ""},
    )
    assert maker.reuse(OWNER, event(job=result.job_id, name=result.name))[1:] == wanted
    data = studio.files.path_of(OWNER, result.job_id, result.name).read_bytes()
    head = base64.b64encode(data[:524288]).decode()
    assert maker.restore(event(data=head))[1:] == wanted


@pytest.mark.parametrize("data", ["", "%%%", "aGVsbG8=", None])
def test_a_file_that_is_not_ours_is_explained(maker: MakeHandlers, data: object) -> None:
    status, *fields = maker.restore(event(data=data))
    assert "그림 설정이 없어요" in status
    assert not any(isinstance(field, str) for field in fields)


def test_another_owners_picture_does_not_exist(
    maker: MakeHandlers, studio: Studio, panel: Panel
) -> None:
    make(maker, count="1")
    (result,) = studio.history.list(OWNER, 1)
    tile, ben = event(job=result.job_id, name=result.name), "b" * 32
    assert "찾을 수 없어요" in maker.reuse(ben, tile)[0]
    assert "찾을 수 없어요" in shown(all_of(maker.again(ben, tile)))[1]
    shelf = ShelfHandlers(studio, panel, links())
    shelf.delete(ben, None, event(items=[{"job": result.job_id, "name": result.name}]))
    assert studio.history.count(OWNER) == 1
    assert "수박" not in shelf.show(ben)


@pytest.mark.parametrize("owner", ["command-line", "", None, 7, "A" * 32, ["a" * 32]])
def test_ids_the_page_never_gave_are_refused(
    maker: MakeHandlers, studio: Studio, panel: Panel, owner: Any
) -> None:
    assert "찾을 수 없어요" in make(maker, owner=owner)[1]
    assert "찾을 수 없어요" in ShelfHandlers(studio, panel, links()).show(owner)
    assert studio.queue.waiting() == 0


def test_a_refusal_while_painting_leaves_the_progress(maker: MakeHandlers) -> None:
    async def press_twice() -> list[Any]:
        first = maker.paint(**{**FORM, "count": "4"})
        await anext(first)
        await anext(first)
        second = [values async for values in maker.paint(**{**FORM, "prompt": ""})]
        async for _ in first:
            pass
        return second

    ((action, line, hint, _),) = asyncio.run(press_twice())
    assert action == "busy"
    assert not isinstance(line, str)
    assert "무엇을 그릴지" in hint


def test_pictures_of_a_style_that_is_gone_are_still_shown(
    maker: MakeHandlers, studio: Studio, panel: Panel
) -> None:
    make(maker, count="1", style="anime")
    studio.catalogue = {key: s for key, s in studio.catalogue.items() if key != "anime"}
    assert "<img" in ShelfHandlers(studio, panel, links()).show(OWNER)
    (result,) = studio.history.list(OWNER, 1)
    again = maker.again(OWNER, event(job=result.job_id, name=result.name))
    assert "모르는 스타일" in shown(all_of(again))[1]


def test_a_stop_before_the_first_picture_is_said(maker: MakeHandlers, studio: Studio) -> None:
    async def press_and_stop() -> list[Any]:
        outputs = []
        async for values in maker.paint(**{**FORM, "count": "4"}):
            outputs.append(values)
            maker.stop(OWNER)
        return outputs

    status = shown(asyncio.run(press_and_stop()))[1]
    assert "멈췄어요" in status or "만들었어요" in status


def test_a_pictures_note_stands_on_its_tile_and_stays(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(FakeEngine(note="note.painted_in_tiles"))
    maker = MakeHandlers(studio, Panel(studio, links()), None)
    said = say("note.painted_in_tiles")
    assert make(maker)[3].count(said) == 2
    assert shown(all_of(maker.resume(OWNER)))[3].count(said) == 2
    shelf = ShelfHandlers(studio, Panel(studio, links()), links())
    assert shelf.show(OWNER).count(say("note.painted_in_tiles", "en")) == 2


def test_a_deleted_picture_can_be_had_back(maker: MakeHandlers, studio: Studio) -> None:
    make(maker)
    first = studio.history.list(OWNER, 9)[0]
    tile = {"job": first.job_id, "name": first.name}
    _, _, hint, tiles = shown(all_of(maker.delete(OWNER, event(**tile))))
    assert "1장을 지웠어요" in hint and "되돌리기" in hint and tiles.count("<img") == 1
    _, _, hint, tiles = shown(all_of(maker.undo(OWNER, event(items=[tile]))))
    assert "1장을 되살렸어요" in hint and tiles.count("<img") == 2
    assert "되돌릴 수 없어요" in shown(all_of(maker.undo(OWNER, event(items=[tile]))))[2]
    assert shown(all_of(maker.delete("b" * 32, event(**tile))))[2] == ""
    assert studio.history.count(OWNER) == 2


def test_a_full_shelf_is_told_with_the_numbers(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(owner_mb=1)
    maker = MakeHandlers(studio, Panel(studio, links()), None)
    studio.files.save(OWNER, "before", "a.png", b"x" * 1_200_000)
    action, status, _, _ = make(maker)
    assert action == "idle" and "1MB 가운데 1MB" in status and "내 그림" in status
    assert studio.history.count(OWNER) == 0


def test_a_picture_without_a_note_has_no_empty_line(maker: MakeHandlers) -> None:
    assert "told" not in make(maker)[3]


def test_an_old_picture_whose_sentence_is_gone_is_still_shown(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(FakeEngine(note="note.of_another_time"))
    tiles = make(MakeHandlers(studio, Panel(studio, links()), None))[3]
    assert tiles.count("<img") == 2 and "note." not in tiles


def test_a_page_opened_later_shows_what_was_made(maker: MakeHandlers, studio: Studio) -> None:
    request = studio.request({"prompt": "수박, 노란색 배경", "seed": 7})
    studio.submit(request, OWNER).wait(30)
    assert shown(all_of(maker.resume(OWNER)))[3].count("<img") == 1


def test_a_prompt_cannot_become_markup(maker: MakeHandlers) -> None:
    nasty = '수박 <img src=x onerror="alert(1)">'
    assert "<img src=x" not in make(maker, prompt=nasty)[3]
