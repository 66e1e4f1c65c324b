"""SDXL checkpoints of toy size with random weights, for measuring and testing the archived engine.

Comes in: a folder, a seed and common words. Goes out: a diffusers folder of the real classes and
the real layout, some hundred kilobytes large. Its pictures mean nothing.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from zit_engine.styles.style import Style

_WIDTH, _LATENTS = 32, 16  # 16 latents are 128 px
_START, _END = "<|startoftext|>", "<|endoftext|>"
_WORD_END = "</w>"


def build_checkpoints(
    root: Path, catalogue: Mapping[str, Style], words: Iterable[str] = ()
) -> None:
    """`root`/<style id>, one checkpoint with weights of its own for each archived style."""
    archived = [style for style in catalogue.values() if style.legacy_checkpoint]
    for seed, style in enumerate(archived):
        build_checkpoint(root / style.id, seed, words)


def build_checkpoint(folder: Path, seed: int, words: Iterable[str] = ()) -> None:
    """One checkpoint; `words` become one token each, all else is read byte by byte."""
    import torch
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline

    words = list(words)
    tokenizer, tokenizer_2 = clip_tokenizer(words), clip_tokenizer(words, pad="!")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        text_encoder, text_encoder_2 = _text_encoders(tokenizer)
        pipeline = StableDiffusionXLPipeline(
            vae=_vae(),
            text_encoder=text_encoder,
            text_encoder_2=text_encoder_2,
            tokenizer=tokenizer,
            tokenizer_2=tokenizer_2,
            unet=_unet(),
            # Published SDXL checkpoints are painted with it (Euler a) and have these betas.
            scheduler=EulerAncestralDiscreteScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
            ),
            add_watermarker=False,
        )
    pipeline.save_pretrained(str(folder), safe_serialization=True)
    for part in ("tokenizer", "tokenizer_2"):
        _as_published(folder / part)


def _unet() -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=_LATENTS,
        block_out_channels=(_WIDTH, 2 * _WIDTH),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1),
        # Six numbers of size and crop, and the second encoder's summary of the prompt.
        projection_class_embeddings_input_dim=6 * 8 + _WIDTH,
        cross_attention_dim=2 * _WIDTH,
    )


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),  # four blocks shrink by 8, as the real one does
        norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        sample_size=8 * _LATENTS,
    )


def _text_encoders(tokenizer: Any) -> tuple[Any, Any]:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        intermediate_size=_WIDTH,
        projection_dim=_WIDTH,
        num_attention_heads=4,
        num_hidden_layers=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config), CLIPTextModelWithProjection(config)


def clip_tokenizer(words: Iterable[str] = (), pad: str = _END) -> Any:
    """A CLIPTokenizer: 256 bytes inside a word, 256 at its end, and merges for `words`."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    merges: list[tuple[str, str]] = []
    for word in dict.fromkeys(words):
        pieces = _pieces(word, merges)
        while len(pieces) > 1:
            merges.append((pieces[0], pieces[1]))
            pieces[:2] = [pieces[0] + pieces[1]]
    joined = [left + right for left, right in merges]
    known = [*letters, *(letter + _WORD_END for letter in letters), *joined, _START, _END]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(known))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad, model_max_length=77)


def _pieces(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """What the merges so far make of `word`, the oldest applied first. Joining these pieces by
    newer merges leaves every word of before as it was."""
    pieces = [*word[:-1], word[-1] + _WORD_END]
    while found := [pair for pair in pairwise(pieces) if pair in merges]:
        left, right = min(found, key=merges.index)
        place = next(i for i, pair in enumerate(pairwise(pieces)) if pair == (left, right))
        pieces[place : place + 2] = [left + right]
    return pieces


def _as_published(part: Path) -> None:
    """The two files of published SDXL tokenizers instead of the one of today."""
    model = json.loads((part / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    merges = "".join(f"{left} {right}\n" for left, right in model["merges"])
    (part / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    (part / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")
    (part / "tokenizer.json").unlink()
