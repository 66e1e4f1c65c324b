"""The VAE's decoder compiled in the background, taken where it is right and clearly faster.

Comes in: the pipeline's VAE. Goes out: a decoder beside its own, in place of whose forward it
stands; or nothing, told in the log and in health. Convolutions want their channels last and torch's
group norm wants them first: eagerly either order loses (on an H100 92 ms and 143 ms at 1024 px), a
compiler joins what lies between two convolutions. It knows no transformer.
"""

import copy
import threading
import time
from typing import Any

import structlog
import torch

from zit_engine.engine.health import Health

log = structlog.get_logger(__name__)

# Decoders of bfloat16 add up in another order; a picture has 8 bits.
MOST_APART = {torch.bfloat16: 0.03, torch.float32: 1e-3}
# It must take at most this share of the stock one's time.
_WORTH = 0.97
_REPEATS = 3


class CompiledDecoder:
    """`side`: pixels of a usual square picture."""

    def __init__(self, vae: Any, side: int, health: Health, stop: threading.Event):
        self._vae, self._side, self._health = vae, side, health
        self._stop = stop  # when the VAE is let go or moved
        health.record(decoder="running")

    def run(self) -> None:
        """Compile, compare, take or leave."""
        try:
            compiled = self._compiled()
            apart = max(self._apart(compiled, side) for side in (self._side, self._side // 2))
            share = self._share(compiled)
        except Exception as error:  # compilers raise whatever they like; the stock one goes on
            self._tell(f"stock: {error!r}"[:200])
            return
        if not apart <= MOST_APART[self._vae.dtype]:  # NaN is refused too
            self._tell(f"stock: compiled numbers lie {apart:.2g} apart")
        elif share > _WORTH:
            self._tell(f"stock: compiled takes {share:.2f} of its time")
        elif self._stop.is_set():
            self._tell("stock: the model was moved")
        else:
            self._vae.decoder.forward = compiled
            self._health.record(decoder="compiled")
            log.info("decoder compiled", apart=f"{apart:.2g}", share=f"{share:.2f}")

    def _tell(self, state: str) -> None:
        self._health.record(decoder=state)
        log.warning("the decoder is not compiled", detail=state)

    def _compiled(self) -> Any:
        """A copy, so that a picture being decoded meanwhile meets no weights in motion."""
        decoder = copy.deepcopy(self._vae.decoder).to(memory_format=torch.channels_last)
        run = torch.compile(decoder, fullgraph=True)

        def decode(sample: torch.Tensor, *_: None) -> torch.Tensor:
            sample = sample.contiguous(memory_format=torch.channels_last)
            for side in (2, 3):
                torch._dynamo.maybe_mark_dynamic(sample, side)
            made: torch.Tensor = run(sample)
            return made

        return decode

    @torch.no_grad()
    def _apart(self, compiled: Any, side: int) -> float:
        """As a share of the numbers' size."""
        # Not square: two sides of one length could be taken for one unknown.
        latents = self._latents(side, side // 2)
        wanted, found = (each(latents).float() for each in (self._vae.decoder, compiled))
        return float((found - wanted).norm() / wanted.norm())

    @torch.no_grad()
    def _share(self, compiled: Any) -> float:
        """Of the stock decoder's time that the compiled one takes, in turns."""
        latents = self._latents(self._side, self._side)
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(1 + _REPEATS):
            for each, work in zip(times, (self._vae.decoder, compiled), strict=True):
                _wait(latents)
                started = time.perf_counter()
                work(latents)
                _wait(latents)
                each.append(time.perf_counter() - started)
        # The first ones tune; a picture painted beside can only add to the others.
        stock, ours = (min(each[1:]) for each in times)
        return ours / stock

    def _latents(self, width: int, height: int) -> torch.Tensor:
        noise = torch.Generator("cpu").manual_seed(width)
        scale = 2 ** (len(self._vae.config.block_out_channels) - 1)  # pixels behind one latent
        shape = (1, self._vae.config.latent_channels, height // scale, width // scale)
        return torch.randn(shape, generator=noise).to(self._vae.device, self._vae.dtype)


def _wait(tensor: torch.Tensor) -> None:
    if tensor.device.type == "cuda":
        torch.cuda.synchronize(tensor.device)
