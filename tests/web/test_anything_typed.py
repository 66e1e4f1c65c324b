"""Whatever is typed or sent: an answer in two sentences or a picture, never a crash, a hang, a
traceback or a path."""

import asyncio
import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from zit_engine.host import Host
from zit_engine.jobs.rates import Rates
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.api import Api
from zit_engine.web.guard import Guard, Rules
from zit_engine.web.links import Links
from zit_engine.web.routes import routes
from zit_engine.web.safety_headers import safety_headers
from zit_engine.web.uploads import upload_ticket

OWNER = "a" * 32
SIGNER = Signer(b"k" * 32)
# A hang would be longer than any machine is slow.
LONGEST_S = 60
_INSIDE = re.compile(r"Traceback|site-packages|/home/|/root/|/tmp/|\.py\b|Error\(|object at 0x")
# The same folder and studio serve all cases of a test; none of them depends on another.
_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

odd_text = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "\x1b[31m",
        "\u202eevil",
        "\ud800",
        "\u200b" * 20,
        "\u1112\u1161\u11ab\u1100\u1173\u11af",
        "👩‍👩‍👧‍👦🇰🇷",
        "수박" * 1200,
        "{error_id}",
        "%s%n",
        "<script>alert(1)</script>",
        "'; DROP TABLE pictures; --",
        "../../etc/passwd",
        "수박, 노란색 배경",
    ]
)
text = st.one_of(odd_text, st.text(max_size=60), st.text(st.characters(), max_size=20))
number = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.sampled_from(["1024", "1e9", "²"]),
)
anything = st.one_of(
    st.none(),
    text,
    number,
    st.lists(text, max_size=3),
    st.dictionaries(st.text(max_size=5), number, max_size=3),
)


def or_any(usual: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Mostly the usual, so that some cases are wrong in one field only."""
    return st.integers(0, 15).flatmap(lambda drawn: usual if drawn else anything)


calls = st.fixed_dictionaries(
    {"prompt": st.one_of(st.just("수박, 노란색 배경"), or_any(text))},
    optional={
        "style": or_any(st.sampled_from(["realistic", "anime", "pixel-art"])),
        "channel": or_any(st.just("kakao-search-small")),
        "count": or_any(st.sampled_from([1, "1", 2])),
        "seed": st.one_of(or_any(st.integers(0, 2**32 - 1)), number),
        "adapter_weight": or_any(st.floats(0, 1.5)),
        "owner": or_any(st.just(OWNER)),
        "variety": or_any(st.just(None)),
        "label": or_any(st.sampled_from(["none", "bottom-right"])),
        "ticket": or_any(st.sampled_from(["", "0" * 32])),
    },
)


@pytest.fixture
def api(make_studio: Callable[..., Studio]) -> Api:
    return Api(make_studio(owner_per_minute=0, owner_mb=0), Links(SIGNER, 15))


def answered(api: Api, call: dict[str, object]) -> None:
    call = {"channel": "kakao-search-small", **call}
    try:
        made = asyncio.run(asyncio.wait_for(api.make(**call), LONGEST_S))
    except gr.Error as refused:
        said = str(refused.message)
        event("refused")
        assert " / " in said and "요" in said
        # What was typed may be repeated; nothing of ours may come with it.
        typed = " ".join(str(value) for value in call.values())
        assert not _INSIDE.search(said) or _INSIDE.search(typed), said
        return
    event("painted")
    assert made["files"] and all(file["url"].startswith("/r/") for file in made["files"])


@settings(max_examples=150, suppress_health_check=_SHARED)
@given(call=calls)
def test_any_call_is_answered(api: Api, call: dict[str, object]) -> None:
    answered(api, call)


@pytest.mark.slow
@settings(max_examples=2000, suppress_health_check=_SHARED)
@given(call=calls)
def test_two_thousand_calls_are_answered(api: Api, call: dict[str, object]) -> None:
    answered(api, call)


def saved(kind: str, mode: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert(mode).save(out, kind)
    return out.getvalue()


GOOD = [saved("PNG", "RGB"), saved("PNG", "RGBA"), saved("JPEG", "RGB"), saved("WEBP", "RGB")]
GOOD += [saved("JPEG", "CMYK"), saved("PNG", "P"), saved("GIF", "P"), saved("TIFF", "RGB")]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A picture that was cut, overwritten, stretched, doubled, or never was one."""
    data = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["cut", "write", "insert", "repeat", "head"])):
            case "cut":
                del data[place:]
            case "write":
                some = draw(st.binary(min_size=1, max_size=8))
                data[place : place + len(some)] = some
            case "insert":
                data[place:place] = draw(st.binary(max_size=64))
            case "repeat":
                data += data[:place]
            case "head":
                data[:12] = draw(st.sampled_from(GOOD))[:12]
    return bytes(data) if draw(st.integers(0, 9)) else draw(st.binary(max_size=300))


@pytest.fixture
def door(make_studio: Callable[..., Studio]) -> Iterator[TestClient]:
    studio = make_studio(owner_mb=0)
    rules = Rules(safety_headers(Host.LOCAL), Rates(0), lambda query: False)
    middleware = [Middleware(Guard, rules=rules)]
    app = Starlette(routes=routes(studio, SIGNER), middleware=middleware)
    with TestClient(app) as client:
        yield client


def taken_or_told(door: TestClient, folder: Path, kind: str, data: bytes) -> None:
    ticket = upload_ticket(SIGNER, OWNER, time.time())
    answer = door.post(f"/u?kind={kind}&{ticket}", content=data)
    event(f"{kind}: {answer.status_code}")
    assert answer.status_code in (200, 413, 422), answer.text
    told = answer.json()
    if answer.status_code == 200:
        assert re.fullmatch("upload-[0-9a-f]{32}", told["id"])
    else:
        assert "요" in told["error"]["ko"] and told["error"]["en"]
    assert not _INSIDE.search(answer.text) and str(folder) not in answer.text


@settings(max_examples=60, suppress_health_check=_SHARED)
@given(kind=st.sampled_from(["photo", "mask", "logo"]), data=mutated())
def test_any_upload_is_taken_or_told(
    door: TestClient, tmp_path: Path, kind: str, data: bytes
) -> None:
    taken_or_told(door, tmp_path, kind, data)


@pytest.mark.slow
@settings(max_examples=600, suppress_health_check=_SHARED)
@given(kind=st.sampled_from(["photo", "mask", "logo"]), data=mutated())
def test_six_hundred_uploads_are_taken_or_told(
    door: TestClient, tmp_path: Path, kind: str, data: bytes
) -> None:
    taken_or_told(door, tmp_path, kind, data)
