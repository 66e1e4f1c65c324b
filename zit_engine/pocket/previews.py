"""A picture of what a stage has learnt, made when it ends.

In: the stage's model. Out: one contact sheet. No guidance is used, so that a teacher's sheet
shows less than its student's.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL, ZImageTransformer2DModel
from PIL import Image
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket.bank import caption_states
from zit_engine.pocket.look import PROMPTS
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode
from zit_engine.pocket.transformer import latent_shape, sample
from zit_engine.pocket.vae import there_and_back, to_bytes, to_pictures


def _sheet(rows: list[Tensor]) -> Image.Image:
    """uint8 pictures [N, 3, H, W] a row."""
    lines = [torch.cat(list(row), 2) for row in rows]
    whole = torch.cat(lines, 1).permute(1, 2, 0).cpu().contiguous()
    return Image.fromarray(whole.numpy())


def before_and_after(vae: AutoencoderKL, pictures: Tensor) -> Image.Image:
    """Pictures in -1..1 above what the VAE makes of them."""
    again = there_and_back(vae, pictures)
    return _sheet([to_bytes(pictures), to_bytes(again)])


@torch.no_grad()
def prompts_sheet(
    model: ZImageTransformer2DModel, vae: AutoencoderKL, encoder: Qwen3Model,
    tokens: PreTrainedTokenizerFast, side: int, prompts: tuple[str, ...] = PROMPTS,
) -> Image.Image:  # fmt: skip
    """The usual eight prompts, eight steps each, in two rows."""
    device, pad = next(model.parameters()).device, tokens.convert_tokens_to_ids(PAD)
    ids = [encode(tokens, prompt) for prompt in prompts]
    room = -(-max(map(len, ids)) // TOKENS) * TOKENS
    padded = torch.tensor([each + [pad] * (room - len(each)) for each in ids], device=device)
    lengths = torch.tensor([len(each) for each in ids], device=device)
    noise = torch.randn(
        latent_shape(len(ids), side, side), generator=torch.Generator().manual_seed(7)
    ).to(device)
    latents = sample(model, noise, caption_states(encoder, padded), lengths)
    pictures = to_bytes(to_pictures(vae, latents))
    return _sheet(list(pictures.chunk(2)))
