"""Z-Image's transformer trained fast: bfloat16 arithmetic beside float32 weights, fused blocks.

In: a float32 transformer. Out: a Net whose velocity is the transformer's. A block is a function of
tensors alone, so one compiled form serves every layer. Without a compiler the same function runs
as it is. tests/pocket/budget/test_fast.py holds it equal to diffusers' own forward.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from diffusers import ZImageTransformer2DModel
from torch import Tensor, nn

from zit_engine.pocket.transformer import PATCH, _places, _rotation

log = logging.getLogger(__name__)
EPSILON = 1e-5
NAMES = (
    "attention_norm1", "attention.to_q", "attention.to_k", "attention.to_v", "attention.norm_q",
    "attention.norm_k", "attention.to_out.0", "attention_norm2", "ffn_norm1", "feed_forward.w1",
    "feed_forward.w3", "feed_forward.w2", "ffn_norm2",
)  # fmt: skip
Weights = tuple[Tensor, ...]  # in the order of NAMES
BlockFunction = Callable[[Tensor, Tensor, Tensor, Tensor | None, Weights, int], Tensor]


def _norm(x: Tensor, weight: Tensor) -> Tensor:
    return F.rms_norm(x, weight.shape, weight, EPSILON)


def _turn(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1)
    return turned.flatten(-2).to(x.dtype)


def block(
    x: Tensor, cosine: Tensor, sine: Tensor, modulation: Tensor | None, weights: Weights, heads: int
) -> Tensor:
    """One layer. x [N, tokens, width]; modulation [N, 4 * width], None in the context refiner."""
    n_in, q, k, v, n_q, n_k, out, n_mixed, n_ffn, w1, w3, w2, n_out = weights
    inner = _norm(x, n_in)
    gate_in: Tensor | float = 1.0
    gate_out: Tensor | float = 1.0
    scale_out: Tensor | float = 1.0
    if modulation is not None:
        scale_in, gate_in, scale_out, gate_out = modulation.unsqueeze(1).chunk(4, 2)
        gate_in, gate_out, scale_out = gate_in.tanh(), gate_out.tanh(), 1 + scale_out
        inner = inner * (1 + scale_in)
    query = _turn(_norm(F.linear(inner, q).unflatten(-1, (heads, -1)), n_q), cosine, sine)
    key = _turn(_norm(F.linear(inner, k).unflatten(-1, (heads, -1)), n_k), cosine, sine)
    value = F.linear(inner, v).unflatten(-1, (heads, -1))
    mixed = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (query, key, value)))
    x = x + gate_in * _norm(F.linear(mixed.transpose(1, 2).flatten(2), out), n_mixed)
    inner = _norm(x, n_ffn) * scale_out
    inner = F.linear(F.silu(F.linear(inner, w1)) * F.linear(inner, w3), w2)
    return x + gate_out * _norm(inner, n_out)


class Runner:
    """Runs blocks compiled; the first failure of the compiler turns it off for good."""

    def __init__(self, compiled: bool, backend: str = "inductor") -> None:
        self.function: BlockFunction = block
        if compiled:
            torch._dynamo.config.recompile_limit = 64  # a form for every shape
            self.function = torch.compile(block, dynamic=False, backend=backend)

    def __call__(
        self, x: Tensor, cosine: Tensor, sine: Tensor, modulation: Tensor | None,
        weights: Weights, heads: int, rare: bool = False,
    ) -> Tensor:  # fmt: skip
        """`rare` shapes are not worth compiling."""
        if rare or self.function is block:
            return block(x, cosine, sine, modulation, weights, heads)
        try:
            return self.function(x, cosine, sine, modulation, weights, heads)
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception:
            # whatever a compiler raises on a machine never seen before, the run must go on
            log.exception("the compiler failed, going on without")
            self.function = block
            return block(x, cosine, sine, modulation, weights, heads)


def layer_weights(layer: nn.Module) -> Weights:
    return tuple(layer.get_submodule(name).weight for name in NAMES)


def every_layer(model: ZImageTransformer2DModel) -> Iterator[tuple[str, nn.Module]]:
    """Noise refiner, context refiner, main layers, with their names in the model."""
    for group in ("noise_refiner", "context_refiner", "layers"):
        for i, layer in enumerate(getattr(model, group)):
            yield f"{group}.{i}", layer


class Net:
    """A transformer and its copy to compute with; `refresh` brings the copy up to date."""

    def __init__(
        self, model: ZImageTransformer2DModel, runner: Runner, kind: torch.dtype, train: bool = True
    ) -> None:
        self.master, self.runner, self.kind = model, runner, kind
        model.requires_grad_(train)
        self.work = copy.deepcopy(model)
        nn.Module.to(self.work, kind)  # diffusers' own `to` warns each time
        self.work.requires_grad_(train)
        self.heads = model.config.n_heads
        self.weights = {name: layer_weights(layer) for name, layer in every_layer(self.work)}
        self._turns: dict[tuple[int, int, int], tuple[Tensor, ...]] = {}
        self._pairs = list(zip(self.master.parameters(), self.work.parameters(), strict=True))

    @torch.no_grad()
    def refresh(self) -> None:
        masters, works = (list(column) for column in zip(*self._pairs, strict=True))
        torch._foreach_copy_(works, masters)

    def backward(self, loss: Tensor) -> None:
        """Gradients of `loss` on the float32 weights."""
        for _, work in self._pairs:
            work.grad = None
        loss.backward()
        with torch.no_grad():
            for master, work in self._pairs:
                if work.grad is None:
                    master.grad = torch.zeros_like(master)
                else:
                    master.grad = work.grad if work is master else work.grad.float()

    def _rotations(self, tokens: int, rows: int, columns: int, device: torch.device) -> tuple:
        key = (tokens, rows, columns)
        if key not in self._turns:
            places = _places(tokens, rows, columns, device)
            turns = [_rotation(self.master, place) for place in places]
            both = tuple(torch.cat(pair, 1) for pair in zip(*turns, strict=True))
            self._turns[key] = (*turns[0], *turns[1], *both)
        return self._turns[key]

    def velocity(
        self, latents: Tensor, time: Tensor, caption: Tensor, lengths: Tensor,
        weights: dict[str, Weights] | None = None, rare: bool = False,
    ) -> Tensor:  # fmt: skip
        """Velocity [N, 16, H, W] in float32; arguments as of transformer.forward.

        `weights` stand for the layers' own.
        """
        model, kind, weights = self.work, self.kind, weights or self.weights
        count, channels, height, width = latents.shape
        rows, columns, tokens = height // PATCH, width // PATCH, caption.shape[1]
        turns = self._rotations(tokens, rows, columns, latents.device)
        signal = model.t_embedder(time.float() * model.t_scale)
        x = latents.to(kind).view(count, channels, rows, PATCH, columns, PATCH)
        x = x.permute(0, 2, 4, 3, 5, 1).reshape(count, rows * columns, -1)
        x = model.all_x_embedder["2-1"](x)
        padding = turns[0].shape[1] - rows * columns
        if padding:
            x = torch.cat([x, model.x_pad_token.expand(count, padding, -1)], 1)
        words = model.cap_embedder(caption.to(kind))
        said = torch.arange(tokens, device=words.device)[None] < lengths[:, None]
        words = torch.where(said[..., None], words, model.cap_pad_token)

        def run(name: str, layer: nn.Module, x: Tensor, first: int) -> Tensor:
            timed = None if name.startswith("context") else layer.adaLN_modulation(signal)
            turn = turns[first], turns[first + 1]
            return self.runner(x, *turn, timed, weights[name], self.heads, rare)

        layers = list(every_layer(model))
        for name, layer in layers:
            if name.startswith("noise"):
                x = run(name, layer, x, 0)
            elif name.startswith("context"):
                words = run(name, layer, words, 2)
        both = torch.cat([x, words], 1)
        for name, layer in layers:
            if name.startswith("layers"):
                both = run(name, layer, both, 4)
        out = model.all_final_layer["2-1"](both[:, : rows * columns], c=signal)
        out = out.view(count, rows, columns, PATCH, PATCH, channels).permute(0, 5, 1, 3, 2, 4)
        return out.reshape(latents.shape).float()
