"""What a denoising step multiplies the tokens of every block with. Comes in: the step's time.
Goes out: Scales for each block, made in a few passes for all blocks at once.

It knows the stock transformer's layers and an active style; nothing of tokens.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn.functional import linear, silu

from zit_engine.engine.block import LowRank, Scales, add_style
from zit_engine.engine.fusing import base_layer, fused

_FINAL = "all_final_layer.2-1.adaLN_modulation.1"
_NORMS = ("attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2")


def product(
    transformer: Any, styles: Mapping[str, LowRank], path: str, x: torch.Tensor
) -> torch.Tensor:
    """The linear layer at `path` with the active style on it."""
    layer = base_layer(transformer, path)
    y = linear(x, layer.weight, layer.bias)
    return add_style(y, x, styles[path]) if path in styles else y


class Modulation:
    """Of the blocks at `paths`, in that order."""

    def __init__(self, transformer: Any, paths: list[str]):
        self._transformer = transformer
        self._names = [f"{path}.adaLN_modulation.0" for path in paths]
        self._weight = fused(transformer, self._names)
        biases = [base_layer(transformer, name).bias.data for name in self._names]
        self._bias = torch.cat(biases)
        self._norms = torch.stack([norm_weights(transformer, path) for path in paths])

    def time(self, t: torch.Tensor, styles: Mapping[str, LowRank], dtype: Any) -> torch.Tensor:
        """(1, features) of the times `t` (1,)."""
        embedder = self._transformer.t_embedder
        frequencies = embedder.timestep_embedding(
            t * self._transformer.t_scale, embedder.frequency_embedding_size
        )
        hidden = frequencies.to(base_layer(self._transformer, "t_embedder.mlp.0").weight.dtype)
        hidden = product(self._transformer, styles, "t_embedder.mlp.0", hidden)
        hidden = product(self._transformer, styles, "t_embedder.mlp.2", silu(hidden))
        return hidden.to(dtype)

    def scales(self, time: torch.Tensor, styles: Mapping[str, LowRank]) -> list[Scales]:
        """One for each block."""
        told = linear(time, self._weight, self._bias)
        for name, each in zip(self._names, told.chunk(len(self._names), -1), strict=True):
            if name in styles:
                add_style(each, time, styles[name])
        told = told.view(len(self._names), 4, -1)
        # In the order of the stock block: scale, gate, scale, gate.
        factors = torch.stack(
            (1 + told[:, 0], told[:, 1].tanh(), 1 + told[:, 2], told[:, 3].tanh()), 1
        )
        return [Scales(*each.unbind(0)) for each in (factors * self._norms).unbind(0)]

    def final(self, time: torch.Tensor, styles: Mapping[str, LowRank]) -> torch.Tensor:
        """(dim,) for the last layer."""
        return 1 + product(self._transformer, styles, _FINAL, silu(time))[0]


def norm_weights(transformer: Any, path: str) -> torch.Tensor:
    """(4, dim): the weights of a block's norms in the order of Scales."""
    block = transformer.get_submodule(path)
    return torch.stack([getattr(block, name).weight.data for name in _NORMS])
