"""Checkpoints whose weights are holes: right headers, any size, next to nothing on the disk."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine.broken import link_pocket, read_json
from zit_engine.bench.random_checkpoint import FULL
from zit_engine.engine.loader import build_from

BYTES = {"BF16": 2, "F16": 2, "F32": 4}
# As the hub's own files say it, in the form of 2025.
PUBLISHED_ENCODER = {
    "architectures": ["Qwen3ForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 151643,
    "eos_token_id": 151645,
    "head_dim": 128,
    "hidden_act": "silu",
    "hidden_size": 2560,
    "initializer_range": 0.02,
    "intermediate_size": 9728,
    "max_position_embeddings": 40960,
    "max_window_layers": 36,
    "model_type": "qwen3",
    "num_attention_heads": 32,
    "num_hidden_layers": 36,
    "num_key_value_heads": 8,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.51.0",
    "use_cache": True,
    "use_sliding_window": False,
    "vocab_size": 151936,
}
_ADDED = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "<think>")
PUBLISHED_TOKENIZER = {
    "add_bos_token": False,
    "add_prefix_space": False,
    "added_tokens_decoder": {
        str(151643 + number): {
            "content": token,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": token.startswith("<|"),
        }
        for number, token in enumerate(_ADDED)
    },
    "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
    "bos_token": None,
    "clean_up_tokenization_spaces": False,
    "eos_token": "<|im_end|>",
    "errors": "replace",
    "model_max_length": 131072,
    "pad_token": "<|endoftext|>",
    "split_special_tokens": False,
    "tokenizer_class": "Qwen2Tokenizer",
    "unk_token": None,
}


def write_hollow(path: Path, shapes: Mapping[str, tuple[int, ...]], dtype: str = "BF16") -> None:
    """A safetensors file of these tensors, all zeros that take no room."""
    header, place = {}, 0
    for name, shape in shapes.items():
        end = place + BYTES[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, end]}
        place = end
    raw = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        file.truncate(8 + len(raw) + place)


def hollow_full(folder: Path) -> Path:
    """The layout of the published Z-Image Turbo with its small files as published, but for the
    tokenizer's vocabulary, which is the pocket model's."""
    link_pocket(folder)
    for part, changed in FULL.items():
        config = read_json(folder / part / "config.json") | changed
        shapes: dict[str, Any] = {
            name: tuple(tensor.shape)
            for name, tensor in build_from(part, config).state_dict().items()
        }
        for path in (folder / part).glob("*.safetensors"):
            path.unlink()
        stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
        names = list(shapes)
        weight_map = {}
        for number in range(3):
            file = f"{stem}-{number + 1:05}-of-00003.safetensors"
            held = {name: shapes[name] for name in names[number::3]}
            write_hollow(folder / part / file, held, "F32" if part == "transformer" else "BF16")
            weight_map |= dict.fromkeys(held, file)
        index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
        (folder / part / f"{stem}.safetensors.index.json").write_text(json.dumps(index))
        if part == "text_encoder":
            config = PUBLISHED_ENCODER
        elif part == "transformer":
            config.pop("norm_type")
            config.pop("siglip_feat_dim")
        (folder / part / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer" / "tokenizer_config.json").write_text(json.dumps(PUBLISHED_TOKENIZER))
    schedule = {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "_diffusers_version": "0.36.0.dev0",
        "num_train_timesteps": 1000,
        "use_dynamic_shifting": False,
        "shift": 3.0,
    }
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(schedule))
    return folder
