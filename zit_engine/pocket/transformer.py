"""Z-Image's transformer for training: initial weights, a batched forward, and a sampler.

diffusers' own forward takes lists and pads each caption by itself. Here captions of one
padded length run as one tensor; tests/pocket/test_transformer.py holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from diffusers import ZImageTransformer2DModel
from torch import Tensor, nn

from zit_engine.pocket.sizes import LATENT_CHANNELS, SHIFT, STEPS

PATCH = 2
TOKEN_MULTIPLE = 32  # picture and caption tokens are padded to this, as in diffusers
Rotation = tuple[Tensor, Tensor]  # cosine and sine, [1, tokens, 1, head width / 2]
Block = Callable[[nn.Module, Tensor, Rotation, "Tensor | None"], Tensor]


def initialise(model: ZImageTransformer2DModel) -> None:
    """Xavier matrices, quiet modulation with gates at 0.2, a final layer of zeros."""
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter)
    for name, module in model.named_modules():
        if "adaLN_modulation." in name and isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.002)
            nn.init.zeros_(module.bias)
    for final in model.all_final_layer.values():
        nn.init.zeros_(final.linear.weight)
        nn.init.zeros_(final.linear.bias)
    nn.init.normal_(model.x_pad_token, std=0.02)
    nn.init.normal_(model.cap_pad_token, std=0.02)
    for layer in (*model.layers, *model.noise_refiner):
        bias = layer.adaLN_modulation[0].bias.data.view(4, -1)
        bias[1] = bias[3] = 0.2  # the gates of attention and feed-forward


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """Rotary position embedding on neighbouring pairs; x [N, tokens, heads, width]."""
    cosine, sine = rotation
    even, odd = x.float()[..., 0::2], x.float()[..., 1::2]
    turned = torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1)
    return turned.flatten(-2).to(x.dtype)


def _attend(attention: nn.Module, x: Tensor, rotation: Rotation) -> Tensor:
    heads = attention.heads
    query = attention.norm_q(attention.to_q(x).unflatten(-1, (heads, -1)))
    key = attention.norm_k(attention.to_k(x).unflatten(-1, (heads, -1)))
    value = attention.to_v(x).unflatten(-1, (heads, -1))
    query, key = rotate(query, rotation).to(value.dtype), rotate(key, rotation).to(value.dtype)
    mixed = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (query, key, value)))
    return attention.to_out[0](mixed.transpose(1, 2).flatten(2))


def plain_block(layer: nn.Module, x: Tensor, rotation: Rotation, time: Tensor | None) -> Tensor:
    """A layer's work on tokens x [N, tokens, width]; `time` is none for the caption's own."""
    scale_in = gate_in = scale_out = gate_out = torch.ones((), device=x.device, dtype=x.dtype)
    if time is not None:
        parts = layer.adaLN_modulation(time).unsqueeze(1).chunk(4, 2)
        scale_in, gate_in = 1 + parts[0], parts[1].tanh()
        scale_out, gate_out = 1 + parts[2], parts[3].tanh()
    mixed = _attend(layer.attention, layer.attention_norm1(x) * scale_in, rotation)
    x = x + gate_in * layer.attention_norm2(mixed)
    widened = layer.feed_forward(layer.ffn_norm1(x) * scale_out)
    return x + gate_out * layer.ffn_norm2(widened)


def _rotation(model: ZImageTransformer2DModel, places: Tensor) -> Rotation:
    turns = model.rope_embedder(places)
    return turns.real[None, :, None].clone(), turns.imag[None, :, None].clone()


def _places(caption: int, rows: int, columns: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Positions (sequence, row, column) of picture tokens and of caption tokens."""
    axes = (torch.tensor([caption + 1]), torch.arange(rows), torch.arange(columns))
    picture = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).view(-1, 3)
    picture = F.pad(picture, (0, 0, 0, -len(picture) % TOKEN_MULTIPLE))
    words = F.pad(torch.arange(1, caption + 1)[:, None], (0, 2))
    return picture.to(device), words.to(device)


def forward(
    model: ZImageTransformer2DModel, latents: Tensor, time: Tensor, caption: Tensor,
    lengths: Tensor, block: Block = plain_block,
) -> Tensor:  # fmt: skip
    """Velocity [N, 16, H, W]. time [N] = 1 - noise level; caption [N, L, width], L % 32 == 0.

    `block` computes a layer; a compiled one may stand in for the plain one.
    """
    count, channels, height, width = latents.shape
    rows, columns = height // PATCH, width // PATCH
    places = _places(caption.shape[1], rows, columns, latents.device)
    at_picture, at_words = (_rotation(model, place) for place in places)
    signal = model.t_embedder(time * model.t_scale)
    x = latents.view(count, channels, rows, PATCH, columns, PATCH).permute(0, 2, 4, 3, 5, 1)
    x = model.all_x_embedder["2-1"](x.reshape(count, rows * columns, -1))
    padding = len(places[0]) - rows * columns
    x = torch.cat([x, model.x_pad_token.to(x.dtype).expand(count, padding, -1)], 1)
    signal = signal.to(x.dtype)
    for layer in model.noise_refiner:
        x = block(layer, x, at_picture, signal)
    words = model.cap_embedder(caption)
    said = torch.arange(words.shape[1], device=words.device)[None] < lengths[:, None]
    words = torch.where(said[..., None], words, model.cap_pad_token.to(words.dtype)).to(x.dtype)
    for layer in model.context_refiner:
        words = block(layer, words, at_words, None)
    both = torch.cat([x, words], 1)
    pairs = zip(at_picture, at_words, strict=True)
    cosine, sine = (torch.cat(pair, 1) for pair in pairs)
    for layer in model.layers:
        both = block(layer, both, (cosine, sine), signal)
    out = model.all_final_layer["2-1"](both, c=signal)[:, : rows * columns]
    out = out.view(count, rows, columns, PATCH, PATCH, channels).permute(0, 5, 1, 3, 2, 4)
    return out.reshape(latents.shape)


def noise_level(place: Tensor) -> Tensor:
    """Schedule place 0..1 to noise level 0..1, shifted as the scheduler does (shift 3)."""
    return SHIFT * place / (1 + (SHIFT - 1) * place)


def step_levels(steps: int = STEPS) -> list[float]:
    """Noise levels from 1 down to 0, one more than steps."""
    return [*noise_level(torch.linspace(1, 1 / steps, steps)).tolist(), 0.0]


@torch.no_grad()
def sample(
    model: ZImageTransformer2DModel, noise: Tensor, caption: Tensor, lengths: Tensor,
    block: Block = plain_block,
) -> Tensor:  # fmt: skip
    """Noise to latents in eight Euler steps without guidance."""
    latents, levels = noise, step_levels()
    for now, after in zip(levels, levels[1:], strict=False):
        time = torch.full((len(noise),), 1 - now, device=noise.device)
        velocity = forward(model, latents, time, caption, lengths, block)
        latents = latents + (now - after) * velocity.to(latents.dtype)
    return latents


def latent_shape(count: int, height: int, width: int) -> tuple[int, int, int, int]:
    """Latents of `count` pictures of height x width px."""
    return count, LATENT_CHANNELS, height // 8, width // 8
