"""A decoder learns to paint sharp pictures out of the latents its own transformer makes.

In: a model, scenes. Out: pairs of a rendered picture and latents that mean it softly: the render's
own with noise on them, which the transformer, told what it shows, took off again; a doubled VAE
whose decoder paints the render out of such latents. A transformer of this size leaves latents
vague; a decoder that only ever saw exact ones passes that on as blur.
"""

from __future__ import annotations

import copy
import logging
import math
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, ZImagePipeline
from torch import Tensor, nn

from zit_engine.pocket.adapters import padded, prompt_states
from zit_engine.pocket.adversary import Adversary, as_rendered, told_apart
from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.checkpoints import Keeper, Part
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.filters import stylize
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.records import Scene
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.tokenizer import encode
from zit_engine.pocket.transformer import forward, step_levels
from zit_engine.pocket.vae import raw_of, to_bytes, to_latents

log = logging.getLogger(__name__)
SIDE_PX = 512
AT_ONCE = 4  # scenes
BEGINS = (4, 5, 5, 6, 6, 7)  # sampling steps that are left out: the later, the nearer the render
PLAIN = 8  # batches without a style for one of each
FRAMED = 0.35  # captions that are sentences
MOST_TOKENS = 64
EXACT_EVERY = 4  # pairs, one of which is learned with the render's own latents
WINDOW = 128  # features of a side that are painted at once
QUIET = 0.25  # share of the time before the adversary has a say
WHOLE = 0.6  # share of the time from which on whole pictures are painted, rims and all
RIM_PX, RIMS = 8, 0.5  # the outermost pixels of whole pictures, and what they count beside all
KEPT = 0.995  # of the running average, a step


@dataclass(frozen=True)
class SoftPairs:
    """pictures uint8 [N, 3, 512, 512]; latents of each as the transformer leaves them, and exact
    ones, [N, 16, 32, 32]."""

    pictures: Tensor
    soft: Tensor
    exact: Tensor


class SoftPairMaker:
    """Makes pairs with a pipeline whose adapters are loaded under the names of their filters."""

    def __init__(
        self, pipe: ZImagePipeline, concepts: list[Concept], pyramid: list[Tensor],
        weights: dict[str, float], seed: int,
    ) -> None:  # fmt: skip
        """`weights`: of the adapters, by style."""
        self.pipe, self.pyramid, self.weights = pipe, pyramid, weights
        self.random = random.Random(seed)
        self.noise = torch.Generator().manual_seed(seed)
        self.maker = SceneMaker(concepts, seed, RICH)
        self.words = CaptionWriter(concepts, self.random, FRAMED)

    def make(self, count: int) -> SoftPairs:
        """`count` pairs at least; every style once for eight batches without."""
        styles = [None] * PLAIN + list(self.weights)
        parts: list[tuple[Tensor, Tensor, Tensor]] = []
        for i in range(math.ceil(count / AT_ONCE)):
            parts.append(self._batch(styles[i % len(styles)]))
            if i % 10 == 9:
                log.info("%d of %d pairs", (i + 1) * AT_ONCE, count)
        return SoftPairs(*(torch.cat(column) for column in zip(*parts, strict=True)))

    @torch.no_grad()
    def _batch(self, style: str | None) -> tuple[Tensor, Tensor, Tensor]:
        scenes = [self.maker.scene() for _ in range(AT_ONCE)]
        pictures = render(scenes, self.pyramid, SIDE_PX, SIDE_PX)
        if style:
            pictures = stylize(pictures, style)
        exact = to_latents(self.pipe.vae, F.avg_pool2d(pictures, 2))
        states, lengths = padded(prompt_states(self.pipe, [self._said(each) for each in scenes]))
        self._wear(style)
        levels = step_levels()[self.random.choice(BEGINS) :]
        noise = torch.randn(exact.shape, generator=self.noise)
        soft = (1 - levels[0]) * exact + levels[0] * noise
        for now, after in zip(levels, levels[1:], strict=False):
            time = torch.full((len(soft),), 1 - now)
            velocity = forward(self.pipe.transformer, soft, time, states, lengths)
            soft = soft + (now - after) * velocity
        return to_bytes(pictures), soft, exact

    def _said(self, scene: Scene) -> str:
        while True:
            text = self.words.write(scene).text
            if len(encode(self.pipe.tokenizer, text)) <= MOST_TOKENS:
                return text

    def _wear(self, style: str | None) -> None:
        if not self.weights:
            return
        if style is None:
            self.pipe.disable_lora()
        else:
            self.pipe.enable_lora()
            self.pipe.set_adapters(style, self.weights[style])


@dataclass(frozen=True)
class End:
    """The end of a decoder, which learns: what comes in are the features [N, 64, 256, 256] of the
    blocks before, what goes out are pictures."""

    decoder: nn.Module

    def parts(self) -> list[nn.Module]:
        """Its modules in order."""
        end = self.decoder
        return [*end.up_blocks[-2:], end.conv_norm_out, end.conv_act, end.conv_out]

    def parameters(self) -> list[nn.Parameter]:
        return [each for part in self.parts() for each in part.parameters()]

    def paint(self, features: Tensor) -> Tensor:
        for part in self.parts():
            features = part(features)
        return features

    def features(self, raw: Tensor) -> Tensor:
        """Of latents as the VAE has them."""
        begun = self.decoder.mid_block(self.decoder.conv_in(raw), None)
        for block in self.decoder.up_blocks[:-2]:
            begun = block(begun, None)
        return begun


@torch.no_grad()
def features_of(vae: AutoencoderKL, pairs: SoftPairs) -> Tensor:
    """What the end of the decoder is given for every pair, in half precision (8 MB a pair): made
    once, as the blocks before do not learn. One pair in four has exact latents."""
    end, made, device = End(vae.decoder), [], next(vae.parameters()).device
    for i, latents in enumerate(pairs.soft):
        chosen = pairs.exact[i] if i % EXACT_EVERY == 0 else latents
        made.append(end.features(raw_of(vae, chosen[None].to(device))).half().cpu())
        if i % 100 == 99:
            log.info("features of %d pairs", i + 1)
    return torch.cat(made)


def train_decoder(
    vae: AutoencoderKL, pairs: SoftPairs, pace: Pace, *, batch: int = 6, rate: float = 3e-4,
    keeper: Keeper | None = None,
) -> float:  # fmt: skip
    """Teach the decoder's end in place, on windows of pictures. It becomes the running average of
    what was learned; returns the running mean of absolute errors."""
    device = next(vae.parameters()).device
    vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    given = features_of(vae, pairs)
    end, kept = End(copy.deepcopy(vae.decoder)), End(vae.decoder)
    learning = [each.requires_grad_() for each in end.parameters()]
    adversary = Adversary().to(device)
    own = torch.optim.AdamW(learning, rate, betas=(0.9, 0.99), weight_decay=0.0)
    other = torch.optim.AdamW(adversary.parameters(), rate, betas=(0.5, 0.9), weight_decay=0.0)
    parts: dict[str, Part] = {
        "vae": vae, "drawing": end.decoder, "adversary": adversary, "adam": own, "its": other
    }  # fmt: skip
    mean, keeper = RunningMean(0.98), keeper or Keeper()
    for step, share in keeper.resume(parts, pace).progress():
        room, count = (WINDOW, batch) if share < WHOLE else (given.shape[-1], max(1, batch // 3))
        features, wanted = windows(given, pairs.pictures, count, room)
        drawn, wanted = end.paint(features.to(device)), wanted.to(device)
        errors = (drawn - wanted).abs().mean()
        loss = errors + RIMS * _rims((drawn - wanted).abs()) if share > WHOLE else errors
        if share > QUIET:
            loss = loss + _passing(adversary, drawn, errors, end.decoder.conv_out.weight)
        if share > QUIET / 2:
            other.zero_grad(set_to_none=True)
            told_apart(adversary, wanted, drawn).backward()
            other.step()
        own.param_groups[0]["lr"] = rate * rate_share(step, share)
        own.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 0.5)
        own.step()
        keep = min(KEPT, (1 + step) / (10 + step))
        torch._foreach_lerp_(kept.parameters(), [each.detach() for each in learning], 1 - keep)
        mean.add(errors.item())
        keeper.keep(parts, step + 1)
        if step % 50 == 0:
            log.info("sharpening step %d error %.4f", step, mean.value)
    vae.requires_grad_(False).to(memory_format=torch.contiguous_format)
    return mean.value


def windows(features: Tensor, pictures: Tensor, count: int, room: int) -> tuple[Tensor, Tensor]:
    """Random windows of random pairs: features, at most `room` a side, and the pictures they stand
    for in -1..1."""
    side, rows = features.shape[-1], []
    scale, room = pictures.shape[-1] // side, min(room, side)
    for _ in range(count):
        i, top, left = (random.randrange(most) for most in (len(features), *[side - room + 1] * 2))
        high, low = top + room, left + room
        picture = pictures[i, :, top * scale : high * scale, left * scale : low * scale]
        rows.append((features[i, :, top:high, left:low].float(), picture.float() / 127.5 - 1))
    given, wanted = (torch.stack(column) for column in zip(*rows, strict=True))
    return given.contiguous(memory_format=torch.channels_last), wanted


def _rims(values: Tensor) -> Tensor:
    """The mean over a picture's four rims."""
    down, across = values[..., :RIM_PX, :], values[..., :RIM_PX]
    up, back = values[..., -RIM_PX:, :], values[..., -RIM_PX:]
    return torch.stack([each.mean() for each in (down, up, across, back)]).mean()


def _passing(adversary: Adversary, drawn: Tensor, errors: Tensor, last: Tensor) -> Tensor:
    """The price of not passing for rendered; the adversary itself learns nothing from it."""
    adversary.requires_grad_(False)
    price = as_rendered(adversary, drawn, errors, last)
    adversary.requires_grad_()
    return price


def rate_share(step: int, share: float, warm: int = 30, level: float = 0.4) -> float:
    """Of the learning rate: up over `warm` steps, level, then down a cosine to 5 %."""
    down = 0.5 + 0.5 * math.cos(math.pi * max(0.0, share - level) / (1 - level))
    return min(1, (step + 1) / warm) * max(0.05, down)
