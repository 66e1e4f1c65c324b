"""The main layers compiled in the background, once for every size, caption and style.

Comes in: an OwnForward that paints eagerly meanwhile. Goes out: its other Way, taken by the picture
after the compiler is done and has been found right; or nothing, told in the log and in health.

The 30 main layers only: the caption's refiners run once a picture, and kernels picked for both
lengths served neither (1.41 times slower than eager, sgl-project/sglang#35755). The number of
tokens and the rank of a style are left open, so that no size and no style compiles anew; a bucket
of fixed caption lengths would need more padding tokens, which the model sees.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
import torch

from zit_engine.engine.block import LowRank, Scales, Styled, block
from zit_engine.engine.forward import OwnForward, RunBlock, Way
from zit_engine.engine.health import Health
from zit_engine.engine.memory import look_past_loaded

log = structlog.get_logger(__name__)

# Tokens of caption beside those of the picture, in multiples of 32.
_CAPTION = 64
# How far the compiled block may lie from the eager one, as a share of its size: both round to
# bfloat16 (2^-8) a dozen times, in another order.
MOST_APART = {torch.bfloat16: 0.03, torch.float32: 1e-4}


def as_real(rope: torch.Tensor) -> torch.Tensor:
    """(2, tokens, head): for each feature the cosine, and the sine that its pair's other one is
    multiplied with. The compiler makes no code for complex numbers."""
    cos, sin = torch.view_as_real(rope).unbind(-1)
    return torch.stack([torch.stack([cos, cos], -1), torch.stack([-sin, sin], -1)]).flatten(-2)


def compile_beside(
    work: Sequence[Callable[[], None]], folder: Path, stop: threading.Event
) -> threading.Thread:
    """Do `work` one after the other on a thread of its own, until `stop`. `folder`: where compiled
    code is kept for the next start."""
    left = list(reversed(work))
    del work

    def run() -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)
        except OSError as error:  # then in torch's own place
            log.warning("compiled code is not kept", folder=str(folder), detail=repr(error))
        # Nothing of a model let go meanwhile may be held when what lives is frozen.
        while left and not stop.is_set():
            left.pop()()
        left.clear()
        look_past_loaded()  # a compiler leaves as many objects as a model has

    thread = threading.Thread(target=run, name="compiling", daemon=True)
    thread.start()
    return thread


class Compiling:
    """`tokens`: of a usual picture."""

    def __init__(self, forward: OwnForward, health: Health, tokens: int, stop: threading.Event):
        self._forward, self._health, self._tokens = forward, health, tokens
        self._stop = stop
        health.record(compiled="running")

    def run(self) -> None:
        try:
            compiled = torch.compile(block, fullgraph=True)
            apart = self._warm_up(compiled)
        except Exception as error:  # compilers raise whatever they like; eager pictures go on
            self._tell_failure(repr(error))
            return
        if not apart <= MOST_APART[self._forward.dtype]:  # NaN is refused too
            self._tell_failure(f"compiled numbers lie {apart:.2g} apart")
            return
        if self._stop.is_set():
            self._tell_failure("the model is no longer there")
            return
        self._forward.way = Way(compiled, as_real)
        self._health.record(compiled="on")
        log.info("main layers compiled", apart=f"{apart:.2g}")

    def _tell_failure(self, detail: str) -> None:
        self._health.record(compiled=f"failed: {detail[:200]}")
        log.error("not compiled, pictures are painted without", detail=detail)

    @torch.no_grad()
    def _warm_up(self, compiled: RunBlock) -> float:
        """Compile without and with a style; how far the numbers of another size lie apart."""
        apart = 0.0
        for tokens in (self._tokens + _CAPTION, self._tokens // 2 + _CAPTION // 2):
            for rank in (0, 32):
                apart = max(apart, self._apart(compiled, tokens, rank))
        return apart

    def _apart(self, compiled: RunBlock, tokens: int, rank: int) -> float:
        weights = self._forward.weights["layers.0"]
        dim, device = weights.out.shape[0], weights.out.device
        noise = torch.Generator("cpu").manual_seed(tokens)

        def numbers(*shape: int) -> torch.Tensor:
            made = torch.randn(shape, generator=noise)
            return made.to(device, weights.out.dtype)

        x, scales = numbers(tokens, dim), Scales(*numbers(4, dim).unbind(0))
        angles = torch.randn(tokens, weights.qk_norm.shape[-1] // 2, generator=noise)
        rope = torch.polar(torch.ones_like(angles), angles).to(device)
        real = as_real(rope)
        torch._dynamo.mark_dynamic(x, 0)
        torch._dynamo.mark_dynamic(real, 1)
        styled = None
        if rank:
            lows = [
                LowRank(numbers(parts, rank, each.shape[1]) / 64, numbers(each.shape[0], rank) / 64)
                for each, parts in zip(weights[:4], (3, 1, 2, 1), strict=True)
            ]
            for low in lows:
                torch._dynamo.mark_dynamic(low.down, 1)
                torch._dynamo.mark_dynamic(low.up, 1)
            styled = Styled(*lows)
        rest = (scales, weights, styled, self._forward.epsilons, self._forward.attend)
        wanted = block(x, rope, *rest).float()
        found = compiled(x, real, *rest).float()
        return float((found - wanted).norm() / wanted.norm())
