"""Configurations of the parts: the shipped size, and a tiny one for tests."""

from __future__ import annotations

from dataclasses import dataclass

from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImageTransformer2DModel
from transformers import Qwen3Config, Qwen3Model

LATENT_CHANNELS = 16
SHIFT = 3.0  # of the noise schedule, as in Z-Image Turbo's scheduler configuration
STEPS = 8


@dataclass(frozen=True)
class Size:
    """What differs between sizes; the rest is fixed in the functions below."""

    width: int = 384
    heads: int = 6
    layers: int = 8
    text_width: int = 256
    vae_widths: tuple[int, ...] = (32, 64, 128, 128)


POCKET = Size()
TINY = Size(width=128, heads=2, layers=2, text_width=64, vae_widths=(8, 8, 16, 16))


def new_vae(size: Size) -> AutoencoderKL:
    """An untrained VAE, 8 px to a cell, 16 channels."""
    return AutoencoderKL(
        in_channels=3, out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=size.vae_widths, layers_per_block=1, norm_num_groups=4,
        latent_channels=LATENT_CHANNELS, sample_size=512, force_upcast=False,
        use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False,
        scaling_factor=1.0, shift_factor=0.0,
    )  # fmt: skip


def new_text_encoder(size: Size, vocabulary: int, pad: int) -> Qwen3Model:
    """An untrained five-layer encoder; the pipeline reads the layer before the last."""
    width = size.text_width
    config = Qwen3Config(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=width * 3,
        num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2, head_dim=width // 4,
        max_position_embeddings=2048, rope_theta=10000.0, tie_word_embeddings=True,
        attention_dropout=0.0, bos_token_id=None, eos_token_id=pad, pad_token_id=pad,
    )  # fmt: skip
    return Qwen3Model(config)


def new_transformer(size: Size) -> ZImageTransformer2DModel:
    """A transformer of Z-Image's own class, weights not yet initialised for training."""
    return ZImageTransformer2DModel(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=LATENT_CHANNELS,
        dim=size.width, n_layers=size.layers, n_refiner_layers=1, n_heads=size.heads,
        n_kv_heads=size.heads, norm_eps=1e-5, qk_norm=True, cap_feat_dim=size.text_width,
        rope_theta=256.0, t_scale=1000.0, axes_dims=[16, 24, 24], axes_lens=[1024, 512, 512],
    )  # fmt: skip


def new_scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(
        num_train_timesteps=1000, shift=SHIFT, use_dynamic_shifting=False
    )
