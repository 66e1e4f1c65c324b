"""The judge of styles: which filter a picture looks as if it went through, or none.

In: concepts and their sprites, a VAE; pictures. Out: a StyleJudge; a style's number a picture.
It looks at 256 px, where lines and strokes can still be seen. It learns from renders, plain and
filtered, a quarter of them through the model's VAE so that softness tells nothing. No picture a
model painted is among them.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.filters import blur, kuwahara, stylize
from zit_engine.pocket.judge.material import FILTER_PX, LEARNT, STYLES
from zit_engine.pocket.judge.network import Residual, conv_layer
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker

log = logging.getLogger(__name__)
Coder = Callable[[Tensor], Tensor]  # pictures through a VAE and back
TRAIN_SEED, CHECK_SEED = 41_000, 1_041_000
BANK = 1_600  # pictures of 196 kB kept to be used again
FRESH = 8  # pictures rendered a step
WEAKEST = 0.6  # share of a filter that still shows the style; adapters are softer than filters
CODED = 0.25  # share of them through the VAE, which takes longer than all the rest
STYLE_FILE = Path("assets/pocket-judge/styles.safetensors")


class StyleJudge(nn.Module):
    """[N, 3, 256, 256] in -1..1 to logits [N, styles]; 0.3 M weights."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2), conv_layer(12, 32), conv_layer(32, 64, 2), Residual(64, 32),
            conv_layer(64, 96, 2), Residual(96, 48), conv_layer(96, 96, 2),
        )  # fmt: skip
        self.named = nn.Sequential(nn.Linear(192, 64), nn.SiLU(), nn.Linear(64, len(STYLES)))

    def forward(self, x: Tensor) -> Tensor:
        found = self.layers(x)
        return self.named(torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1))


class _Source:
    """Filtered renders from one seed; every style, and none, equally often."""

    def __init__(
        self, concepts: list[Concept], pyramid: list[Tensor], seed: int, coder: Coder
    ) -> None:
        self.maker, self.pyramid = SceneMaker(concepts, seed, LEARNT), pyramid
        self.random, self.coder = random.Random(seed + 5), coder

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """uint8 pictures, and their styles."""
        scenes = [self.maker.scene() for _ in range(count)]
        pictures = render(scenes, self.pyramid, FILTER_PX, FILTER_PX)
        pictures = _softened(pictures, self.random)
        styles = [self.random.randrange(len(STYLES)) for _ in scenes]
        for i, style in enumerate(styles):
            if style:
                plain, share = pictures[i], self.random.uniform(WEAKEST, 1)
                styled = stylize(plain[None], STYLES[style])[0]
                pictures[i] = plain + share * (styled - plain)
        coded = max(1, round(count * CODED))
        pictures[:coded] = self.coder(pictures[:coded])
        return (pictures * 127.5 + 127.5).round().clamp(0, 255).byte(), torch.tensor(styles)


def _softened(pictures: Tensor, rnd: random.Random) -> Tensor:
    """Before the filter: a model's own pictures are softer than renders, or flatter with their
    borders kept, which alone must not pass for a style."""
    kind = rnd.random()
    if kind < 0.35:
        return kuwahara(pictures, rnd.choice([1, 2, 3]))
    return blur(pictures, rnd.choice([1.5, 2.5, 4.0])) if kind < 0.8 else pictures


def _roughened(pictures: Tensor, rnd: random.Random) -> Tensor:
    """After it: weaker, softer, off in colour, grainy, mirrored."""
    if rnd.random() < 0.5:
        pictures = pictures.flip(3)
    if rnd.random() < 0.3:
        pictures = blur(pictures, 1.5)
    shift = torch.randn(len(pictures), 3, 1, 1) * 0.03
    gain = 1 + torch.randn(len(pictures), 1, 1, 1) * 0.06
    grain = torch.randn_like(pictures) * rnd.choice([0.0, 0.01, 0.03])
    return (pictures * gain + shift + grain).clamp(-1, 1)


def train_style_judge(
    judge: StyleJudge, concepts: list[Concept], pyramid: list[Tensor], coder: Coder, pace: Pace,
    rate: float = 2e-3, batch: int = 32, seed: int = TRAIN_SEED,
) -> float:  # fmt: skip
    """Train in place; returns the running loss."""
    source, rnd = _Source(concepts, pyramid, seed, coder), random.Random(seed)
    pictures, styles = source.draw(4 * FRESH)
    optimizer = torch.optim.AdamW(judge.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.02)
    judge.train().requires_grad_(True).to(memory_format=torch.channels_last)
    mean = RunningMean()
    for step, share in pace.progress():
        drawn, named = source.draw(FRESH)
        rows = torch.randint(len(styles), (batch - FRESH,))
        seen = torch.cat([drawn, pictures[rows]]).float() / 127.5 - 1
        wanted = torch.cat([named, styles[rows]])
        pictures, styles = torch.cat([pictures, drawn])[-BANK:], torch.cat([styles, named])[-BANK:]
        seen = _roughened(seen, rnd).contiguous(memory_format=torch.channels_last)
        slow = 0.5 + 0.5 * math.cos(math.pi * share)
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 30) * max(0.01, slow)
        with autocast():
            said = judge(seen)
        loss = F.cross_entropy(said.float(), wanted, label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        mean.add(loss.item())
        if step % 50 == 0:
            log.info("style judge step %d (%d %%) loss %.3f", step, share * 100, mean.value)
    judge.eval().requires_grad_(False)
    return mean.value


def check_style_judge(
    judge: StyleJudge,
    concepts: list[Concept],
    pyramid: list[Tensor],
    coder: Coder,
    pictures: int = 280,
) -> dict[str, float]:
    """By style, and in all: the share named right on fresh renders, some through the VAE."""
    source = _Source(concepts, pyramid, CHECK_SEED, coder)
    drawn, styles = source.draw(pictures)
    said = torch.tensor(name_styles(judge, drawn.float() / 127.5 - 1))
    shares = {"all": (said == styles).float().mean()}
    for i, style in enumerate(STYLES):
        shares[style] = (said == styles)[styles == i].float().mean()
    return {name: round(share.item(), 4) for name, share in shares.items()}


@torch.no_grad()
def name_styles(judge: StyleJudge, pictures: Tensor) -> list[int]:
    """Places in STYLES for square pictures in -1..1 of any size, 32 at a time."""
    found: list[int] = []
    for part in pictures.split(32):
        sized = F.interpolate(part, size=(FILTER_PX, FILTER_PX), mode="area")
        found += judge(sized).argmax(1).tolist()
    return found


def load_style_judge(file: Path = STYLE_FILE) -> StyleJudge:
    """What `write_weights` wrote; a file of other styles is refused as RuntimeError."""
    judge = StyleJudge()
    own = judge.state_dict()
    state = {name: value.to(own[name].dtype) for name, value in load_file(file).items()}
    judge.load_state_dict(state)
    return judge.eval().requires_grad_(False)
