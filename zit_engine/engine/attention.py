"""The attention kernel that is fastest on this card, found at load by trying.

Comes in: heads, features and tokens of a usual picture. Goes out: the name of one of KERNELS. Torch
chooses by rules made for cards it knew; another card, driver or version is found out here. It knows
no model.
"""

import statistics
import time
from collections.abc import Callable, Mapping

import structlog
import torch
from torch.nn.functional import scaled_dot_product_attention

log = structlog.get_logger(__name__)

# (1, heads, tokens, features) of queries, keys and values; goes out: as the queries.
Kernel = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
NATIVE = "native"
# Another one must take at most this share of the native choice's time: timing is that noisy.
_WORTH = 0.97
# Two kernels add up in another order: bfloat16 keeps 8 bits of a sum of thousands.
_MOST_APART = 0.02
_REPEATS = 7


def _cudnn(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    seen: torch.Tensor = torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, False)[0]
    return seen


def _flash(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    seen: torch.Tensor = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v)[0]
    return seen


def _efficient(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    seen: torch.Tensor = torch.ops.aten._scaled_dot_product_efficient_attention(
        q, k, v, None, False
    )[0]
    return seen


KERNELS: Mapping[str, Kernel] = {
    NATIVE: scaled_dot_product_attention,
    "cudnn": _cudnn,
    "flash": _flash,
    "efficient": _efficient,
}


@torch.no_grad()
def fastest(heads: int, features: int, tokens: int, device: str, dtype: torch.dtype) -> str:
    """A name of KERNELS; NATIVE wherever no other is clearly faster and right."""
    noise = torch.Generator("cpu").manual_seed(1)
    # As the block makes them: tokens first in memory.
    made = torch.randn((tokens, 3, heads, features), generator=noise).to(device, dtype)
    q, k, v = (each.transpose(0, 1)[None] for each in made.unbind(1))
    wanted = KERNELS[NATIVE](q, k, v)
    times = {}
    for name, kernel in KERNELS.items():
        try:
            apart = float((kernel(q, k, v) - wanted).norm() / wanted.norm())
            if apart <= _MOST_APART:  # NaN is refused too
                times[name] = _seconds(kernel, q, k, v)
        except RuntimeError:  # NotImplementedError too: not on this card, or not for these shapes
            continue
    name = min(times, key=lambda each: times[each])
    if times[name] > _WORTH * times[NATIVE]:
        name = NATIVE
    log.info("attention", kernel=name, ms={n: round(1000 * s, 3) for n, s in times.items()})
    return name


def _seconds(kernel: Kernel, *given: torch.Tensor) -> float:
    """The middle of a few."""
    times = []
    for _ in range(_REPEATS):
        _wait(given[0])
        started = time.perf_counter()
        kernel(*given)
        _wait(given[0])
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _wait(tensor: torch.Tensor) -> None:
    if tensor.device.type == "cuda":
        torch.cuda.synchronize(tensor.device)
