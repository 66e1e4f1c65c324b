"""Style adapters by pairs: the model's own pictures, filtered, become what it should paint.

In: an assembled pipeline, a filter's name. Out: a LoRA file for load_lora_weights. Each pair
is a noise and the filtered picture the model paints from it, so the target is exact: the
straight path from that noise to that picture. No outside pictures are used.

Prompts carry no trigger words: this small text encoder reads unknown words as one more object,
and an adapter that is switched on needs no word to act.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import ZImagePipeline
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.filters import stylize
from zit_engine.pocket.free_captions import FreeWriter
from zit_engine.pocket.lora_names import ON_SCHEDULE, PREFIX, TARGETS
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.sizes import STEPS
from zit_engine.pocket.text_encoder import hidden_states
from zit_engine.pocket.tokenizer import TOKENS, encode
from zit_engine.pocket.transformer import (
    TOKEN_MULTIPLE,
    Block,
    forward,
    latent_shape,
    noise_level,
    plain_block,
    sample,
)
from zit_engine.pocket.vae import to_bytes, to_latents, to_pictures

log = logging.getLogger(__name__)
SIDE_PX = 256
ROOM_FOR = "pencil sketch style, "  # captions leave this much of 32 tokens free


@dataclass(frozen=True)
class Pairs:
    """captions, noise [N, 16, 32, 32], the model's pictures from it, uint8."""

    captions: list[str]
    noise: Tensor
    pictures: Tensor


def prompt_states(pipe: ZImagePipeline, prompts: list[str]) -> list[Tensor]:
    """Unpadded caption states [L, width], one per prompt."""
    with torch.no_grad():
        ids = [torch.tensor([encode(pipe.tokenizer, prompt)]) for prompt in prompts]
        return [hidden_states(pipe.text_encoder, each)[0] for each in ids]


def pair_captions(
    pipe: ZImagePipeline, concepts: list[Concept], count: int, seed: int
) -> list[str]:
    """Square scenes' captions that fit 32 tokens with room to spare, every other in free words."""
    maker = SceneMaker(concepts, seed)
    captions: list[str] = []
    writers = CaptionWriter(concepts, maker.random), FreeWriter(concepts, maker.random)
    while len(captions) < count:
        text = writers[len(captions) % 2].write(maker.scene()).text
        if len(encode(pipe.tokenizer, ROOM_FOR + text)) <= TOKENS:
            captions.append(text)
    return captions


def padded(states: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Caption states in one tensor, and their lengths."""
    lengths = torch.tensor([len(each) for each in states])
    room = -(-int(lengths.max()) // TOKEN_MULTIPLE) * TOKEN_MULTIPLE
    return torch.stack([F.pad(each, (0, 0, 0, room - len(each))) for each in states]), lengths


def _velocity(
    pipe: ZImagePipeline, latents: Tensor, time: Tensor, states: list[Tensor], block: Block
) -> Tensor:
    with autocast():
        return forward(pipe.transformer, latents, time, *padded(states), block).float()


def painted_latents(
    pipe: ZImagePipeline, noise: Tensor, states: list[Tensor], block: Block = plain_block
) -> Tensor:
    """What eight steps without guidance make of each noise, all at once."""
    with autocast():
        return sample(pipe.transformer, noise, *padded(states), block)


@torch.no_grad()
def make_pairs(
    pipe: ZImagePipeline, concepts: list[Concept], count: int, side: int = SIDE_PX,
    seed: int = 77, block: Block = plain_block,
) -> Pairs:  # fmt: skip
    """Let the base model paint `count` captions, eight at a time, remembering the noise."""
    captions = pair_captions(pipe, concepts, count, seed)
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(latent_shape(count, side, side), generator=generator)
    pictures = []
    for i in range(0, count, 8):
        states = prompt_states(pipe, captions[i : i + 8])
        latents = painted_latents(pipe, noise[i : i + 8], states, block)
        pictures.append(to_bytes(to_pictures(pipe.vae, latents)))
        log.info("pairs %d of %d", i + len(latents), count)
    return Pairs(captions, noise, torch.cat(pictures))


def save_pairs(pairs: Pairs, file: Path) -> None:
    """Keep pairs for the next style; noise and pictures as tensors, captions beside them."""
    captions = {"captions": json.dumps(pairs.captions, ensure_ascii=False)}
    save_file({"noise": pairs.noise, "pictures": pairs.pictures}, str(file), metadata=captions)


def load_pairs(file: Path) -> Pairs:
    """Read what `save_pairs` wrote."""
    with safe_open(file, "pt") as tensors:
        captions = json.loads(tensors.metadata()["captions"])
        return Pairs(captions, tensors.get_tensor("noise"), tensors.get_tensor("pictures"))


def _places(count: int) -> Tensor:
    grid = torch.randint(1, STEPS + 1, (count,)) / STEPS
    return torch.where(torch.rand(count) < ON_SCHEDULE, grid, torch.rand(count) * 0.98 + 0.02)


def train_adapter(
    pipe: ZImagePipeline, style: str, pairs: Pairs, pace: Pace, *, rank: int = 8,
    rate: float = 1.5e-3, batch: int = 8, start: Path | None = None,
    block: Block = plain_block,
) -> float:  # fmt: skip
    """Add an adapter named `style` to the pipeline and train it; returns the running loss.

    `start` continues from a file that `save_adapter` wrote.
    """
    plain = pairs.pictures.float() / 127.5 - 1
    targets = to_latents(pipe.vae, stylize(plain, style))
    states = prompt_states(pipe, pairs.captions)
    config = LoraConfig(
        r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=TARGETS
    )
    pipe.transformer.requires_grad_(False)
    pipe.transformer.add_adapter(config, adapter_name=style)
    if start:
        set_peft_model_state_dict(pipe.transformer, _without_prefix(start), adapter_name=style)
    parameters = [p for p in pipe.transformer.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, rate, betas=(0.9, 0.98), weight_decay=0.0)
    mean = RunningMean(0.95)
    for step, share in pace.progress():
        chosen = torch.randint(len(targets), (batch,))
        level = noise_level(_places(batch)).view(-1, 1, 1, 1)
        mixed = (1 - level) * targets[chosen] + level * pairs.noise[chosen]
        picked = [states[i] for i in chosen.tolist()]
        velocity = _velocity(pipe, mixed, 1 - level.view(-1), picked, block)
        loss = F.mse_loss(velocity, targets[chosen] - pairs.noise[chosen])
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 20) * max(0.03, 1 - share)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        mean.add(loss.item())
        if step % 20 == 0:
            log.info("%s step %d loss %.4f", style, step, mean.value)
    return mean.value


def _without_prefix(file: Path) -> dict[str, Tensor]:
    return {key.removeprefix(PREFIX): value.float() for key, value in load_file(file).items()}


def save_adapter(pipe: ZImagePipeline, style: str, file: Path) -> None:
    """Write the adapter as load_lora_weights reads it: "transformer." keys, bfloat16."""
    state = get_peft_model_state_dict(pipe.transformer, adapter_name=style)
    halves = {PREFIX + key: value.to(torch.bfloat16).contiguous() for key, value in state.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(halves, str(file), metadata={"format": "pt"})
