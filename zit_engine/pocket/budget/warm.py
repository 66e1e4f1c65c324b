"""The compiler's trial in a process of its own, while words are taught.

In: the start folder. Out: warm.json, whether compiled blocks agree with plain ones and are faster;
and the compiler's cache on disk, from which the training process then takes its kernels. Whatever
goes wrong here costs the run nothing.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import torch
import typer
from torch import Tensor

from zit_engine.pocket.budget.fast import Net, Runner, block
from zit_engine.pocket.budget.kit import TOY, Amounts
from zit_engine.pocket.budget.stages import WARM
from zit_engine.pocket.budget.starting import open_parts
from zit_engine.pocket.budget.styles import merged, new_adapter
from zit_engine.pocket.stage_log import log_to

log = logging.getLogger(__name__)
APART = 0.05  # of the velocity's spread; two bfloat16 forms differ by 0.01


def _inputs(count: int, tokens: int, width: int, device: str) -> tuple[Tensor, ...]:
    latents = torch.randn(count, 16, 32, 32, device=device)
    caption = torch.randn(count, tokens, width, device=device)
    lengths = torch.full((count,), tokens - 4, device=device)
    return latents, torch.rand(count, device=device), caption, lengths


def _milliseconds(net: Net, inputs: tuple[Tensor, ...], times: int) -> float:
    def one() -> None:
        net.backward(net.velocity(*inputs).square().mean())

    one()
    _wait()
    begun = time.monotonic()
    for _ in range(times):
        one()
    _wait()
    return (time.monotonic() - begun) / times * 1000


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def main(start: Path, work: Path, device: str = "cuda", toy: bool = False) -> None:
    """The trial; what fails in it is told too, so that nobody waits for its end."""
    log_to(work / "logs" / "warm.log")
    try:
        _try_out(start, work, device, toy)
    except Exception as error:
        log.exception("the trial failed")
        if not (work / WARM).exists():
            _tell(work, {"good": False, "failed": repr(error)[:300]})


def _tell(work: Path, told: dict) -> None:
    log.info("%s", told)
    partial = work / "warm.part"
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.replace(work / WARM)


def _try_out(start: Path, work: Path, device: str, toy: bool) -> None:
    """Compile the shapes of flow, judge them, then those of distillation and of adapters."""
    torch.set_float32_matmul_precision("high")
    amounts, kind = (TOY if toy else Amounts()), torch.bfloat16
    model = open_parts(start).transformer.to(device).train()
    width, times = model.config.cap_feat_dim, 1 if toy else 5
    plain, runner = Net(model, Runner(False), kind), Runner(True)
    net = Net(model, runner, kind)
    inputs = _inputs(amounts.flow, 32, width, device)
    slow = _milliseconds(plain, inputs, times)
    with torch.no_grad():
        wanted = plain.velocity(*inputs)
    begun = time.monotonic()
    fast = _milliseconds(net, inputs, times)
    said = net.velocity(*inputs).detach()  # not under no_grad, which would be another form
    apart = ((said - wanted).std() / wanted.std()).item()
    _tell(work, {
        "plain_ms": slow, "compiled_ms": fast, "apart": apart,
        "seconds": time.monotonic() - begun,
        "good": runner.function is not block and apart < APART and fast < slow,
    })  # fmt: skip
    del plain
    _milliseconds(net, _inputs(amounts.flow, 64, width, device), 1)
    guide = Net(model.eval(), runner, kind, train=False)
    with torch.no_grad():
        for tokens in (32, 64):
            guide.velocity(*_inputs(2 * amounts.distil, tokens, width, device))
    weights = merged(guide, new_adapter(guide))
    latents, level, caption, lengths = _inputs(amounts.style, 32, width, device)
    said = guide.velocity(latents, level, caption, lengths, weights)
    said.square().mean().backward()
    _wait()
    log.info("all shapes warm after %.0f s", time.monotonic() - begun)


if __name__ == "__main__":
    typer.run(main)
