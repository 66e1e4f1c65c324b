"""One transformer block as a function of its numbers, so that it can be compiled once for all.

Comes in: tokens of one picture, weights, what the step multiplies them with. Goes out: tokens. The
arithmetic is that of diffusers' ZImageTransformerBlock (0.42.1) with fewer passes: query, key and
value come of one product, as do the two halves of the feed-forward; norms and modulations are
multiplied beforehand. It knows no module, style or picture size.
"""

from typing import NamedTuple

import torch
from torch.nn.functional import linear, rms_norm, silu

from zit_engine.engine.attention import KERNELS, NATIVE, Kernel

# Up to so many tokens a CPU attends by plain products: 0.6-0.7 of the time of torch's kernel for
# bfloat16, which multiplies in float32 there. The scores of 6 heads take 50 MB at 2,048.
MOST_PRODUCT_TOKENS = 2048


class LowRank(NamedTuple):
    """A style on one product of `parts` layers: `down` (parts, rank, in), `up` (parts * out,
    rank) with the style's weight inside."""

    down: torch.Tensor
    up: torch.Tensor


class Weights(NamedTuple):
    """Of one block: `qkv` (3 dim, dim), `out` (dim, dim), `w13` (2 hidden, dim), `w2` (dim,
    hidden), `qk_norm` (2, 1, features of a head)."""

    qkv: torch.Tensor
    out: torch.Tensor
    w13: torch.Tensor
    w2: torch.Tensor
    qk_norm: torch.Tensor


class Styled(NamedTuple):
    """A style on one block, zeros where it leaves a product alone."""

    qkv: LowRank
    out: LowRank
    w13: LowRank
    w2: LowRank


class Scales(NamedTuple):
    """(dim,) each: what the tokens are multiplied with before and after the attention, and
    before and after the feed-forward. The norms' own weights are inside."""

    before_attention: torch.Tensor
    after_attention: torch.Tensor
    before_feed: torch.Tensor
    after_feed: torch.Tensor


class Epsilons(NamedTuple):
    """Of the block's norms and of those on queries and keys."""

    block: float
    head: float


def block(
    x: torch.Tensor,
    rope: torch.Tensor,
    scales: Scales,
    weights: Weights,
    styled: Styled | None,
    epsilons: Epsilons,
    attend: Kernel = KERNELS[NATIVE],
) -> torch.Tensor:
    """`x` (tokens, dim) after the block. `rope`: (tokens, head / 2) complex, or as
    `compiling.as_real` makes it, which a compiler can read. `attend`: see `_attend`."""
    shape, eps = (x.shape[-1],), epsilons.block
    h = rms_norm(x, shape, None, eps) * scales.before_attention
    h = _attention(h, rope, weights, styled, epsilons.head, attend)
    x = x + rms_norm(h, shape, None, eps) * scales.after_attention
    h = rms_norm(x, shape, None, eps) * scales.before_feed
    gate, value = _product(h, weights.w13, styled and styled.w13).chunk(2, -1)
    h = _product(silu(gate) * value, weights.w2, styled and styled.w2)
    return x + rms_norm(h, shape, None, eps) * scales.after_feed


def _attention(
    x: torch.Tensor,
    rope: torch.Tensor,
    weights: Weights,
    styled: Styled | None,
    eps: float,
    attend: Kernel,
) -> torch.Tensor:
    features = weights.qk_norm.shape[-1]
    qkv = _product(x, weights.qkv, styled and styled.qkv)
    qkv = qkv.view(x.shape[0], 3, -1, features)
    # (1, heads, tokens, features): the kernels for one sequence want a batch.
    q, k = (each.transpose(0, 1)[None] for each in _turned(qkv, rope, weights.qk_norm, eps))
    v = qkv[:, 2].transpose(0, 1)[None]
    seen = _attend(q, k, v, attend)[0]
    return _product(seen.transpose(0, 1).flatten(1), weights.out, styled and styled.out)


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, attend: Kernel) -> torch.Tensor:
    """(1, heads, tokens, features), as the queries."""
    is_small = q.shape[2] <= MOST_PRODUCT_TOKENS
    if q.device.type != "cpu" or q.dtype is not torch.bfloat16 or not is_small:
        return attend(q, k, v)
    scores = torch.bmm(q[0] * q.shape[-1] ** -0.5, k[0].transpose(1, 2))
    return torch.bmm(scores.softmax(-1), v[0])[None]


def _turned(
    qkv: torch.Tensor, rope: torch.Tensor, norm: torch.Tensor, eps: float
) -> tuple[torch.Tensor, ...]:
    """Queries and keys, (tokens, heads, features) each, normed and turned by their place."""
    shape = qkv.shape[-1:]
    if rope.is_complex():
        return rotated(rms_norm(qkv[:, :2], shape, None, eps) * norm, rope).unbind(1)
    # One by one a compiler writes each where the attention reads it, without a copy between.
    return tuple(
        rotated(rms_norm(qkv[:, each], shape, None, eps) * norm[each], rope) for each in (0, 1)
    )


def rotated(x: torch.Tensor, rope: torch.Tensor) -> torch.Tensor:
    """`x` (tokens, ..., features), each pair of features turned by its angle, in float32."""
    pairs = x.float().unflatten(-1, (-1, 2))
    between = (slice(None), *[None] * (x.ndim - 2))
    if rope.is_complex():
        turned = torch.view_as_real(torch.view_as_complex(pairs) * rope[between]).flatten(-2)
    else:
        cos, sin = (table[between] for table in rope)
        turned = pairs.flatten(-2) * cos + pairs.flip(-1).flatten(-2) * sin
    return turned.type_as(x)


def _product(x: torch.Tensor, weight: torch.Tensor, low: LowRank | None) -> torch.Tensor:
    y = linear(x, weight)
    return y if low is None else add_style(y, x, low)


def add_style(y: torch.Tensor, x: torch.Tensor, low: LowRank) -> torch.Tensor:
    """`y` (tokens, parts * out) with the style added, in place where nothing is compiled: each
    part reads its own `down`."""
    inner = linear(x, low.down.flatten(0, 1))
    if torch.compiler.is_compiling():
        # Compiled, slices written in place are copied once more: a step took 121 ms instead of 110.
        up = torch.block_diag(*low.up.chunk(len(low.down)))
        return torch.addmm(y, inner, up.t())
    wide = y.shape[-1] // len(low.down)
    pieces = inner.split(low.down.shape[1], -1)
    for each, out, up in zip(pieces, y.split(wide, -1), low.up.split(wide), strict=True):
        out.addmm_(each, up.t())
    return y
