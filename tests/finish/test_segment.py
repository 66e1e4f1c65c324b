"""A segmentation model of one's own is used where it is there, and its absence harms nothing."""

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.finish.products import cup, photographed
from zit_engine.errors import UploadRefused
from zit_engine.finish import segment
from zit_engine.finish.cutout import cut_by_itself
from zit_engine.finish.segment import find_segmenter

CUP = cup(500)
SHAPE = np.asarray(CUP.getchannel("A")) >= 128
PHOTO = photographed(CUP, (120, 130, 150))


def test_without_a_file_there_is_no_segmenter(tmp_path: Path) -> None:
    assert find_segmenter("") is None
    assert find_segmenter(str(tmp_path / "no.onnx")) is None
    assert find_segmenter(str(tmp_path)) is None


def test_without_the_extra_there_is_none_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    path = tmp_path / "model.onnx"
    path.write_bytes(b"model")
    assert find_segmenter(str(path)) is None


@pytest.mark.parametrize(
    ("name", "side", "squashed"),
    [("u2net.onnx", 320, True), ("isnet-general-use.onnx", 64, True), ("birefnet.onnx", 0, False)],
)
def test_a_model_that_sees_red_cuts_out_the_red_cup(
    tmp_path: Path, name: str, side: int, squashed: bool
) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / name
    path.write_bytes(model([8.0, -4.0, -4.0], side, squashed))
    find = find_segmenter(str(path))
    assert find is not None
    cut, how = cut_by_itself(PHOTO, find)
    found = np.asarray(cut.getchannel("A")) >= 128
    assert how == "photo.cut_by_model"
    assert (found & SHAPE).sum() / (found | SHAPE).sum() > 0.75  # red, not the dark inside
    assert set(np.unique(np.asarray(find(PHOTO)))) == {0, 255}
    deep = np.asarray(cut)[200:300, 150:200]
    assert (deep[..., :3] == np.asarray(PHOTO)[200:300, 150:200]).all()


def test_a_model_that_sees_nothing_is_told(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "u2net.onnx"
    path.write_bytes(model([0.0, 0.0, 0.0], 320, True))
    with pytest.raises(UploadRefused) as refused:
        cut_by_itself(PHOTO, find_segmenter(str(path)))
    assert refused.value.message_id == "photo.nothing_found"


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    segment._session.cache_clear()
    path = tmp_path / "u2net.onnx"
    path.write_bytes(b"a text somebody renamed")
    with pytest.raises(UploadRefused) as refused:
        cut_by_itself(PHOTO, find_segmenter(str(path)))
    assert refused.value.message_id == "photo.segmenter_broken"


def model(weights: list[float], side: int, squashed: bool) -> bytes:
    """An ONNX file: each pixel's colours times `weights`, through a sigmoid where `squashed`.
    side 0: an input of any size."""
    size = [1, 3, side, side]
    tensor = b"".join(_number(1, d) for d in (1, 3, 1, 1)) + _number(2, 1) + _bytes(8, b"w")
    tensor += _bytes(9, struct.pack("<3f", *weights))
    last = b"s" if squashed else b"y"
    nodes = _bytes(1, _bytes(1, b"x") + _bytes(1, b"w") + _bytes(2, last) + _bytes(4, b"Conv"))
    if squashed:
        nodes += _bytes(1, _bytes(1, b"s") + _bytes(2, b"y") + _bytes(4, b"Sigmoid"))
    graph = nodes + _bytes(2, b"g") + _bytes(5, tensor) + _bytes(11, _value(b"x", size))
    graph += _bytes(12, _value(b"y", [1, 1, side, side]))
    return _number(1, 8) + _bytes(8, _bytes(1, b"") + _number(2, 17)) + _bytes(7, graph)


def _value(name: bytes, size: list[int]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, each) if each else _bytes(2, b"any")) for each in size)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, dims)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])
