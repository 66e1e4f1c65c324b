"""A signed file says who made it and how, and is otherwise the file it was."""

import builtins
import io
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import c2pa
import numpy as np
import pytest
from PIL import Image

from tests.finish.certificates import key_pem, new_key, write_pair
from zit_engine.errors import SettingsError, SigningFailed
from zit_engine.finish.encode import encode
from zit_engine.finish.metadata import AI_LABEL, read_settings
from zit_engine.finish.sign import load_signer
from zit_engine.messages import explain

MIME = {"png": "image/png", "jpg": "image/jpeg"}
SETTINGS = {"prompt": "따뜻한 라떼", "style": "anime", "seed": 7}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return write_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def signer(pair):
    return load_signer(*pair)


def encoded(format: str, side: int = 64, limit_kb: int | None = None) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return encode(Image.fromarray(pixels), format, limit_kb, SETTINGS).data


def xmp(data: bytes) -> bytes:
    return data[data.index(b"<?xpacket begin") : data.index(b'end="w"?>')]


@pytest.mark.parametrize("format", ["png", "jpg"])
def test_a_signed_file_is_valid_and_otherwise_the_same(signer, format):
    data = encoded(format)
    signed = signer.sign(data, format, "Z-Image Turbo")
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(signed)) as after:
        assert before.tobytes() == after.tobytes() and before.mode == after.mode
    assert xmp(signed) == xmp(data) and AI_LABEL.encode() in xmp(signed)
    assert read_settings(signed)["prompt"] == "따뜻한 라떼"
    reader = c2pa.Reader(MIME[format], io.BytesIO(signed))
    assert reader.get_validation_state() == "Valid"
    manifest = reader.get_active_manifest()
    (actions,) = [a["data"]["actions"] for a in manifest["assertions"] if "actions" in a["label"]]
    assert [(a["action"], a["digitalSourceType"]) for a in actions] == [("c2pa.created", AI_LABEL)]
    assert actions[0]["softwareAgent"]["name"] == "Z-Image Turbo"
    assert manifest["signature_info"]["common_name"] == "shop"
    assert "thumbnail" not in manifest and "라떼" not in reader.json()


@pytest.mark.parametrize("format", ["png", "jpg"])
@pytest.mark.parametrize(
    "software", ["", "Pocket", "가" * 500, "😀" * 80], ids=["none", "usual", "long", "emoji"]
)
def test_a_signature_takes_no_more_than_was_told(signer, format, software):
    for side in (8, 300):
        data = encoded(format, side)
        signed = signer.sign(data, format, software)
        assert 0 < len(signed) - len(data) <= signer.overhead_bytes() < 8_000


@pytest.mark.parametrize("format", ["png", "jpg"])
def test_with_room_left_for_it_the_limit_is_kept(signer, format):
    limit_kb = 100
    room_kb = -(-signer.overhead_bytes() // 1000)
    data = encoded(format, 400, limit_kb - room_kb)
    assert len(signer.sign(data, format, "Z-Image Turbo")) <= limit_kb * 1000


def test_a_changed_pixel_is_noticed(signer):
    signed = bytearray(signer.sign(encoded("jpg"), "jpg", "Pocket"))
    signed[-100] ^= 1
    reader = c2pa.Reader("image/jpeg", io.BytesIO(bytes(signed)))
    assert reader.get_validation_state() == "Invalid"


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")
@pytest.mark.parametrize("format", ["png", "jpg"])
def test_another_reader_finds_both_labels(signer, tmp_path, format):
    path = tmp_path / f"signed.{format}"
    path.write_bytes(signer.sign(encoded(format), format, "Pocket"))
    told = subprocess.run(
        ["exiftool", "-a", "-G1", "-s", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "trainedAlgorithmicMedia" in told and "c2pa" in told.lower()
    assert "Warning" not in told and "Error" not in told


@pytest.mark.parametrize("kind", ["p384", "ed25519"])
def test_other_kinds_of_keys(tmp_path, kind):
    signed = load_signer(*write_pair(tmp_path, kind)).sign(encoded("png"), "png", "Pocket")
    assert c2pa.Reader("image/png", io.BytesIO(signed)).get_validation_state() == "Valid"


def test_a_key_in_the_older_form_is_taken(tmp_path):
    cert, key = write_pair(tmp_path)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    with open(key, "rb+") as file:
        old = key_pem(load_pem_private_key(file.read(), None), form="TraditionalOpenSSL")
        file.seek(0)
        file.truncate()
        file.write(old)
    assert load_signer(cert, key) is not None


def test_many_threads(signer):
    data = encoded("png", 200)
    with ThreadPoolExecutor(6) as pool:
        signed = list(pool.map(lambda _: signer.sign(data, "png", "Pocket"), range(24)))
    for each in signed:
        assert c2pa.Reader("image/png", io.BytesIO(each)).get_validation_state() == "Valid"


def test_not_asked_for_is_off():
    assert load_signer("", "") is None


def refusal(cert: str, key: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_signer(cert, key)
    assert explain(caught.value, "ko") != explain(caught.value, "en")
    return caught.value


def test_what_cannot_sign_is_told_at_start(pair, tmp_path):
    cert, key = pair
    assert refusal(cert, "").message_id == refusal("", key).message_id == "signing.half"
    assert refusal(str(tmp_path / "missing"), key).values["name"] == "ZIT_C2PA_CERT"
    assert refusal(cert, str(tmp_path)).values["name"] == "ZIT_C2PA_KEY"
    assert refusal(key, key).values["name"] == "ZIT_C2PA_CERT"
    assert refusal(cert, cert).values["name"] == "ZIT_C2PA_KEY"


def test_pairs_that_do_not_sign_are_told_at_start(pair, tmp_path):
    cert, key = pair
    other, _ = write_pair(tmp_path / "other")
    assert refusal(other, key).message_id == "signing.refused"
    expired = write_pair(tmp_path / "expired", days=-1)
    assert refusal(*expired).message_id == "signing.refused"
    for name, pem in (("locked", key_pem(new_key(), b"pass")), ("odd", key_pem(new_key("k1")))):
        (tmp_path / name).write_bytes(pem)
        assert refusal(cert, str(tmp_path / name)).values["name"] == "ZIT_C2PA_KEY"


def test_the_missing_package_is_told_at_start(pair, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "c2pa":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert refusal(*pair).message_id == "signing.package"
    assert load_signer("", "") is None


def test_a_certificate_about_to_end_is_in_the_log(tmp_path, caplog):
    load_signer(*write_pair(tmp_path, days=10))
    assert "certificate ends" in caplog.text


def test_what_is_no_picture_is_not_signed(signer):
    for data in (b"", b"nonsense", encoded("png")[:50]):
        with pytest.raises(SigningFailed):
            signer.sign(data, "png", "Pocket")
    with pytest.raises(SigningFailed):
        signer.sign(encoded("png"), "jpg", "Pocket")
