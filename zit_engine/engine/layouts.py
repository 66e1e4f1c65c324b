"""The two models whose numbers are known beyond what shapes prove.

Comes in: what the weights of a part prove. Goes out: the layout they belong to, with the values
the weights were trained with. Shapes show neither a rotary base nor a schedule's shift, so only
these two models have such values filled or corrected.

Sources: the configurations published with Tongyi-MAI/Z-Image-Turbo, and assets/pocket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zit_engine.engine.config_files import same

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """`proven` and `trained`: part -> key -> value. What the scheduler needs follows from the
    transformer. rope_theta of the text encoder stands here flat, whatever file form it takes."""

    name: str
    proven: Mapping[str, Values]
    trained: Mapping[str, Values]


# The schedule Z-Image Turbo was distilled with, and the pocket model after it.
_SCHEDULER = {"num_train_timesteps": 1000, "shift": 3.0, "use_dynamic_shifting": False}
_TRANSFORMER = {"norm_eps": 1e-5, "rope_theta": 256.0, "t_scale": 1000.0}
_PATCHES = {
    "all_patch_size": [2],
    "all_f_patch_size": [1],
    "in_channels": 16,
    "qk_norm": True,
    "siglip_feat_dim": None,
}
_VAE = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 16,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}

FULL = Layout(
    "z-image-turbo",
    proven={
        "transformer": _PATCHES
        | {
            "dim": 3840,
            "n_layers": 30,
            "n_refiner_layers": 2,
            "n_heads": 30,
            "n_kv_heads": 30,
            "cap_feat_dim": 2560,
        },
        "text_encoder": {
            "vocab_size": 151936,
            "hidden_size": 2560,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "intermediate_size": 9728,
            "attention_bias": False,
        },
        "vae": _VAE
        | {
            "block_out_channels": [128, 256, 512, 512],
            "layers_per_block": 2,
            "mid_block_add_attention": True,
        },
    },
    trained={
        "transformer": _TRANSFORMER | {"axes_dims": [32, 48, 48], "axes_lens": [1536, 512, 512]},
        "text_encoder": {"rms_norm_eps": 1e-6, "hidden_act": "silu", "rope_theta": 1_000_000.0},
        "vae": {
            "act_fn": "silu",
            "norm_num_groups": 32,
            "scaling_factor": 0.3611,
            "shift_factor": 0.1159,
        },
        "scheduler": _SCHEDULER,
    },
)

POCKET = Layout(
    "pocket",
    proven={
        "transformer": _PATCHES
        | {
            "dim": 384,
            "n_layers": 8,
            "n_refiner_layers": 1,
            "n_heads": 6,
            "n_kv_heads": 6,
            "cap_feat_dim": 256,
        },
        "text_encoder": {
            "vocab_size": 6000,
            "hidden_size": 256,
            "num_hidden_layers": 5,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 64,
            "intermediate_size": 768,
            "attention_bias": False,
        },
        "vae": _VAE
        | {
            "block_out_channels": [32, 32, 64, 128, 128],
            "down_block_types": ["DownEncoderBlock2D"] * 5,
            "up_block_types": ["UpDecoderBlock2D"] * 5,
            "layers_per_block": 1,
            "mid_block_add_attention": False,
        },
    },
    trained={
        "transformer": _TRANSFORMER | {"axes_dims": [16, 24, 24], "axes_lens": [1024, 512, 512]},
        "text_encoder": {"rms_norm_eps": 1e-6, "hidden_act": "silu", "rope_theta": 10_000.0},
        "vae": {
            "act_fn": "silu",
            "norm_num_groups": 4,
            "scaling_factor": 0.7974621475350148,
            "shift_factor": 0.008330314420163631,
        },
        "scheduler": _SCHEDULER,
    },
)

LAYOUTS = (FULL, POCKET)


def find_layout(part: str, proven: Values) -> Layout | None:
    """The layout whose part has exactly these proven values."""
    matching = (layout for layout in LAYOUTS if same(layout.proven[part], proven))
    return next(matching, None)
