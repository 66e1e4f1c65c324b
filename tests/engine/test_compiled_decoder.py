"""A compiled decoder: taken where it is right and faster, for every size, else the stock one."""

import threading
import time

import pytest
import torch
from diffusers import AutoencoderKL
from torch._dynamo.utils import counters

from zit_engine.engine import compiled_decoder
from zit_engine.engine.compiled_decoder import CompiledDecoder
from zit_engine.engine.health import Health
from zit_engine.engine.placement import POCKET_FOLDER


@pytest.fixture
def vae():
    torch._dynamo.reset()
    made = AutoencoderKL.from_pretrained(POCKET_FOLDER / "vae", dtype=torch.float32)
    yield made.eval().requires_grad_(False)
    torch._dynamo.reset()


def tried(vae, backend, monkeypatch, side: int = 64, stop=None) -> str:
    """What health tells of the decoder afterwards."""
    real = torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda module, **options: real(module, backend=backend, **options)
    )
    health = Health()
    CompiledDecoder(vae, side, health, stop or threading.Event()).run()
    return str(health.as_dict()["decoder"])


def decoded(vae, width: int, height: int) -> torch.Tensor:
    noise = torch.Generator().manual_seed(width)
    latents = torch.randn((1, 16, height, width), generator=noise)
    with torch.no_grad():
        return vae.decode(latents, return_dict=False)[0]


def test_one_graph_decodes_every_size_as_before(vae, monkeypatch):
    # Below 36 x 36 a CPU takes other convolutions, and torch a graph for them.
    sizes = ((40, 40), (64, 36), (33, 45))
    before = [decoded(vae, *size) for size in sizes]
    monkeypatch.setattr(compiled_decoder, "_WORTH", 100.0)  # aot_eager is no faster
    counters.clear()
    assert tried(vae, "aot_eager", monkeypatch, side=896) == "compiled"
    known = counters["stats"]["unique_graphs"]
    after = [decoded(vae, *size) for size in sizes]
    assert counters["stats"]["unique_graphs"] == known <= 2  # the other half of the usual size
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(after, before, strict=True))


def _wrong(graph, inputs):
    return lambda *given: [each * 1.1 for each in graph.forward(*given)]


def _broken(graph, inputs):
    raise RuntimeError("no compiler on this machine")


def _slow(graph, inputs):
    def run(*given):
        time.sleep(0.2)
        return graph.forward(*given)

    return run


@pytest.mark.parametrize(
    ("backend", "told"),
    [(_wrong, "apart"), (_broken, "no compiler on this machine"), (_slow, "of its time")],
)
def test_else_the_stock_one_stays(vae, monkeypatch, backend, told):
    before = decoded(vae, 8, 8)
    state = tried(vae, backend, monkeypatch)
    assert state.startswith("stock") and told in state
    assert torch.equal(decoded(vae, 8, 8), before)


def test_a_decoder_moved_meanwhile_is_not_replaced(vae, monkeypatch):
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(compiled_decoder, "_WORTH", 100.0)
    assert "moved" in tried(vae, "aot_eager", monkeypatch, stop=stop)
    assert "forward" not in vars(vae.decoder)
