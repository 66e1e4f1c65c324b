"""How much of what the machine can compute does denoising use?

Comes in: a Trial. Goes out: a dict for JSON: the rate of a plain matrix product in the model's
type, measured before and after, the rate of the denoising steps between, and their ratio; the
card's name and clocks.

Work is counted from the configuration of the stock forward (diffusers 0.42.1,
models/transformers/transformer_z_image.py: ZImageTransformer2DModel, ZImageTransformerBlock), two
operations a multiply-add: every linear layer and both products of attention, at token counts padded
to SEQ_MULTI_OF; norms, rotations and softmax are not counted. Work saved by reading a prompt once
for all steps still counts, so that rates before and after such a change compare.
"""

import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import psutil
import torch

from zit_engine.bench.paired import clocked, middle
from zit_engine.bench.trial import Trial
from zit_engine.bench.watched_engine import Watched

_PAD = 32  # SEQ_MULTI_OF
# Large enough to reach a card's best rate; a CPU takes 0.1 s for a smaller one.
_SIDE = {"cuda": 8192, "mps": 4096, "cpu": 1024}
_PRODUCTS = 20
_CLOCKS = "clocks.sm,clocks.max.sm,clocks.mem,power.draw,power.limit,temperature.gpu"


def run(trial: Trial) -> dict[str, Any]:
    """Three pictures quickly, else twelve."""
    facts = trial.engine.facts
    trial.warm()
    before = matmul_rate(facts.device, facts.dtype)
    prompt = trial.prompt(1)
    painted = [
        trial.paint_watching(Watched.ENDS, trial.shot(number, model_prompt=prompt))
        for number in range(3 if trial.quick else 12)
    ]
    clocks = read_clocks()
    after = matmul_rate(facts.device, facts.dtype)
    step_s = middle([moments.denoise_s / len(moments.steps) for moments in painted], 9)
    resident: Any = trial.engine._get_resident(lambda stage, fraction: None)
    tokens = trial.engine.count_tokens(prompt)
    pipeline, side = resident.pipeline, trial.side
    flops = forward_flops(pipeline.transformer.config, side, side, tokens, facts.size_step)
    rate = (before + after) / 2
    return {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else facts.device,
        "clocks": clocks,
        "dtype": facts.dtype,
        "matmul_tflop_per_s": round(rate / 1e12, 3),
        "matmul_after_over_before_ratio": round(after / before, 3),
        "size": trial.side,
        "caption_tokens": tokens,
        "forward_tflop": round(flops / 1e12, 4),
        "step_s": round(step_s, 5),
        "denoise_tflop_per_s": round(flops / step_s / 1e12, 3),
        "denoise_over_matmul_ratio": round(flops / step_s / rate, 4),
    }


def forward_flops(
    config: Any, width: int, height: int, caption_tokens: int, size_step: int = 16
) -> int:
    """Operations of one denoising step of a picture of `width` x `height` pixels, `size_step` of
    them a side behind one token."""
    dim = int(config.dim)
    pixels = int(config.in_channels) * 4  # a patch of 2 x 2
    picture = _padded((width // size_step) * (height // size_step))
    caption = _padded(caption_tokens)
    modulation = 2 * min(dim, 256) * 4 * dim
    main = _block(dim, picture + caption) + modulation
    refiners = _block(dim, picture) + modulation + _block(dim, caption)
    ends = 2 * picture * pixels * dim * 2 + 2 * caption * int(config.cap_feat_dim) * dim
    return int(config.n_layers) * main + int(config.n_refiner_layers) * refiners + ends


def _block(dim: int, tokens: int) -> int:
    """Four projections and three of the gated feed-forward of 8/3 dim, then attention."""
    linear = 2 * (4 * dim * dim + 3 * dim * (dim * 8 // 3))
    return linear * tokens + 4 * tokens * tokens * dim


def _padded(tokens: int) -> int:
    return -(-tokens // _PAD) * _PAD


def matmul_rate(device: str, dtype: str) -> float:
    """Operations a second of a square product, the middle of several."""
    side = _SIDE[device]
    a, b = (torch.randn(side, side, device=device).to(getattr(torch, dtype)) for _ in range(2))
    for _ in range(3):
        a @ b
    times = [clocked(lambda: a @ b)[0] for _ in range(_PRODUCTS)]
    return 2 * side**3 / middle(times, 9)


def read_clocks() -> Mapping[str, str]:
    """The card's clocks, power and heat as its tool tells them; else the processor's clock."""
    tool = shutil.which("nvidia-smi")
    if tool is None or not torch.cuda.is_available():
        frequency = psutil.cpu_freq()
        return {"cpu_mhz": f"{frequency.current:.0f}" if frequency else ""}
    command = [tool, f"--query-gpu={_CLOCKS}", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    values = answer.stdout.splitlines()[0].split(",") if answer.stdout else []
    return dict(zip(_CLOCKS.split(","), (each.strip() for each in values), strict=False))
