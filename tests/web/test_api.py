"""The public endpoint's answer, without a server."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine
from zit_engine.engine.base import IsCancelled, OnStep, Shot
from zit_engine.messages import say
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.api import Api
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel

CUT = {"limit": 77, "kept": 61, "first_dropped": "<b>창가</b>", "dropped": 9}


class Cutting(FakeEngine):
    """Reads only the beginning, and says so."""

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        picture = super().paint(shot, on_step, cancelled)
        picture.info |= {"note": "note.words_cut", "note_values": CUT}
        return picture


def links() -> Links:
    return Links(Signer(b"k" * 32), 15)


def made(studio: Studio, **fields: Any) -> dict[str, Any]:
    return asyncio.run(Api(studio, links()).make("수박", channel="kakao-search-small", **fields))


@pytest.mark.parametrize("count", [1, 2])
def test_a_call_gives_a_file_for_each_picture(studio: Studio, count: int) -> None:
    answer = made(studio, count=count, seed=7)
    assert [file["seed"] for file in answer["files"]] == list(range(7, 7 + count))
    assert {file["note"] for file in answer["files"]} == {""}
    assert answer["model"] == "Fake"


def test_a_note_comes_in_both_languages_with_its_values(
    make_studio: Callable[..., Studio],
) -> None:
    (file,) = made(make_studio(Cutting()))["files"]
    both = (say("note.words_cut", lang, **CUT) for lang in ("ko", "en"))
    assert file["note"] == " / ".join(both)


def test_a_notes_values_cannot_become_markup(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(Cutting())
    owner = made(studio)["owner"]
    tiles = Panel(studio, links()).making(owner, []).tiles
    assert "61단어" in tiles and "&lt;b&gt;창가" in tiles and "<b>창가" not in tiles
