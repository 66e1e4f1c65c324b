"""Is the own forward right on this machine? Asked once at load, before anybody sees a picture.

Comes in: a loaded transformer. Goes out: its OwnForward, or None with the reason told: the stock
one then paints. Another card, driver or version of a library is found out here.
"""

from typing import Any

import structlog
import torch

from zit_engine.engine.forward import OwnForward
from zit_engine.engine.health import Health

log = structlog.get_logger(__name__)

# As a share of the numbers' size. Thirty blocks in bfloat16 come 2-3 % apart when their sums are
# made in another order (bench-h100: the encoder's 36 layers did); a wrong one lies 100 % apart.
MOST_APART = {torch.bfloat16: 0.1, torch.float16: 0.1, torch.float32: 1e-3}
_TOKENS, _LATENTS = 20, 16  # a caption with padding, 128 px


def own_forward(transformer: Any, health: Health) -> OwnForward | None:
    """In place of the stock forward where both agree."""
    stock = transformer.forward
    try:
        own, apart = _compared(transformer)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        reason = repr(error)
    else:
        if apart <= MOST_APART[transformer.dtype]:  # NaN is refused too
            health.record(forward="own")
            own.open()
            return own
        reason = f"{apart:.2g} apart"
    transformer.forward = stock
    health.record(forward=f"stock: {reason[:200]}")
    log.error("the own forward is not used", detail=reason)
    return None


@torch.no_grad()
def _compared(transformer: Any) -> tuple[OwnForward, float]:
    """An OwnForward, closed, and how far its step of noise lies from the stock forward's."""
    noise = torch.Generator("cpu").manual_seed(1)
    device, dtype = transformer.x_pad_token.device, transformer.dtype

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=noise).to(device, dtype)

    latents = [numbers(transformer.in_channels, 1, _LATENTS, _LATENTS)]
    caption = [numbers(_TOKENS, transformer.config.cap_feat_dim)]
    time = torch.full((1,), 0.5, device=device)
    wanted = transformer(latents, time, caption, return_dict=False)[0][0].float()
    own = OwnForward(transformer)
    found = own(latents, time, caption, return_dict=False)[0][0].float()
    own.close()
    return own, float((found - wanted).norm() / wanted.norm())
