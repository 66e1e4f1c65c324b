"""Which model a table of tensors belongs to, told by names alone.

Comes in: tensor names. Goes out: a family's name for the error that refuses it, or "". Only what
people really put in the wrong folder is listed.
"""

import re
from collections.abc import Iterable

# The first family one of whose patterns matches any name. Names as the families' own code stores
# them: diffusers, transformers, and the single files of their authors.
_FAMILIES = {
    "a LoRA adapter": r"\.lora_[AB]\.|\.lora_(down|up)\.|\.hada_w1|\.lokr_w1",
    "Flux": r"(^|\.)single_transformer_blocks\.|(^|\.)double_blocks\.",
    "Stable Diffusion 3": r"(^|\.)joint_blocks\.|(^|\.)transformer_blocks\.\d+\.ff_context\.",
    "Qwen-Image": r"(^|\.)transformer_blocks\.\d+\.img_mod\.",
    "Stable Diffusion (a UNet)": r"(^|\.)input_blocks\.|^down_blocks\.\d+\.(resnets|attentions)\.",
    "Z-Image in one file, not in the diffusers layout": r"(^|\.)layers\.\d+\.attention\.qkv\.",
    "Lumina": r"^time_caption_embed\.",
    "T5": r"^(encoder\.)?block\.\d+\.layer\.\d+\.(SelfAttention|DenseReluDense)\.",
    "CLIP": r"^(text_model|vision_model)\.",
    "ViT or DeiT": r"(^|\.)embeddings\.(cls_token|patch_embeddings)",
    "BERT": r"(^|\.)embeddings\.word_embeddings\.",
    "Qwen-VL": r"^(model\.)?(visual|language_model)\.",
    "a mixture of experts": r"\.mlp\.experts\.",
    "Gemma": r"\.pre_feedforward_layernorm\.",
    "Qwen2": r"\.self_attn\.q_proj\.bias$",
    "Llama or Mistral": r"^(model\.)?layers\.\d+\.self_attn\.q_proj\.weight$",
    "a tiny VAE": r"^(encoder|decoder)\.layers\.",
    "Z-Image transformer": r"^all_x_embedder\.",
    "a VAE": r"^decoder\.conv_in\.",
}


def looks_like(names: Iterable[str]) -> str:
    """The family of a model other than the one that was expected, or ""."""
    table = list(names)
    for family, pattern in _FAMILIES.items():
        if any(re.search(pattern, name) for name in table):
            return family
    return ""
