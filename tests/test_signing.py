"""With a certificate every way out of the program is signed, last and within the limit."""

import io
import json

import c2pa
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.fake_engine import FakeEngine
from tests.finish.certificates import write_pair
from zit_engine.__main__ import app
from zit_engine.brand.brands import Brands
from zit_engine.finishing import FinishingDesk
from zit_engine.request.ad_request import AdRequest

KIND = {"png": "image/png", "jpg": "image/jpeg"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return tuple(map(str, write_pair(tmp_path_factory.mktemp("pair"))))


def state(data: bytes, extension: str) -> str:
    return str(c2pa.Reader(KIND[extension], io.BytesIO(data)).get_validation_state())


def test_painted_set_and_exported_files_are_signed(make_studio, pair):
    studio = make_studio(FakeEngine(render_area=128 * 128), c2pa_cert=pair[0], c2pa_key=pair[1])
    request = AdRequest("수박", channel="kakao-bizboard", seed=1)
    (painted,) = studio.submit(request, "shop").wait(60).results
    desk = FinishingDesk(studio, Brands(studio.settings.data_dir))
    wishes = [desk.wish({"headline": "신메뉴"}, c, None) for c in ("kakao-bizboard", "mms")]
    set_one = desk.save("shop", painted.job_id, painted.name, wishes[0]).result
    exported = desk.export("shop", painted.job_id, painted.name, wishes).results
    for result in (painted, set_one, *exported):
        data = studio.files.path_of("shop", result.job_id, result.name).read_bytes()
        assert state(data, result.format) == "Valid"
        assert result.width != 1029 or len(data) <= 300_000


@pytest.mark.parametrize("command", ["text", "export"])
def test_the_command_line_signs_too(tmp_path, monkeypatch, pair, command):
    monkeypatch.setenv("ZIT_C2PA_CERT", pair[0])
    monkeypatch.setenv("ZIT_C2PA_KEY", pair[1])
    Image.effect_noise((600, 400), 60).convert("RGB").save(tmp_path / "a.png")
    place = ["--channel", "mms"] if command == "text" else ["--channels", "mms"]
    out = str(tmp_path / "out")
    asked = [
        command,
        str(tmp_path / "a.png"),
        "--headline",
        "신메뉴",
        *place,
        "--out",
        out,
        "--json",
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    json.loads(done.stdout)
    (made,) = (tmp_path / "out").iterdir()
    assert state(made.read_bytes(), made.suffix.lstrip(".")) == "Valid"


def test_half_a_pair_is_told_before_anything_is_made(make_studio, pair):
    from zit_engine.errors import SettingsError

    with pytest.raises(SettingsError):
        make_studio(FakeEngine(), c2pa_cert=pair[0])
