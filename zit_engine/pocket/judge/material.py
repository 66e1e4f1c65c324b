"""What the judge learns from: rendered scenes, some filtered through a style, roughened.

In: concepts and their sprites, a seed. Out: batches of pictures with the answers. No picture a
model painted is among them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from zit_engine.pocket.attributes import Attributes
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.filters import FILTERS, blur, stylize
from zit_engine.pocket.judge.network import GRID, SIDE_PX
from zit_engine.pocket.phrases import COLOUR_NAMES
from zit_engine.pocket.records import Scene
from zit_engine.pocket.render import object_centre, render
from zit_engine.pocket.scenes import SceneMaker

STYLES = ("none", *FILTERS)
PALE_STYLE = "pencil-sketch"  # twice as often as any other: pale things are hard to name
FILTER_PX = 256  # filters are made for it: blocks of 8 px, lines of 1
STYLED = 0.4  # share of the pictures that carry a filter
# most colourable objects recoloured; props on three scenes in ten; no backdrop rarer than others,
# or a doubtful one would be taken for the most usual
LEARNT = Attributes(coloured=0.7, related=0.6, strewn=1.0, even=True)
UNSAID = -100  # an answer that is not asked for, as cross_entropy skips it
PALE_PX = 6.0  # things smaller than this lose contrast first
SPREAD = 0.7  # cells; of the hill that marks an object's centre


@dataclass(frozen=True)
class Answers:
    """centre [N, 16, 16] 0..1; concept, colour [N, 16, 16]; the rest [N]."""

    centre: Tensor
    concept: Tensor
    colour: Tensor
    backdrop: Tensor
    first: Tensor
    second: Tensor

    def at(self, rows: Tensor) -> Answers:
        return Answers(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def to(self, device: torch.device) -> Answers:
        return Answers(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Material:
    """pictures uint8 [N, 3, 128, 128], the scenes and styles they show, the answers."""

    pictures: Tensor
    scenes: list[Scene]
    styles: list[int]
    answers: Answers


class PictureSource:
    """Endless material from one seed."""

    def __init__(
        self, concepts: list[Concept], pyramid: list[Tensor], seed: int, styled: float = STYLED
    ) -> None:
        self.maker = SceneMaker(concepts, seed, LEARNT)
        self.pyramid, self.styled = pyramid, styled
        self.random = random.Random(seed + 5)

    def draw(self, count: int) -> Material:
        scenes = [self.maker.scene() for _ in range(count)]
        many = [self.random.random() < self.styled for _ in scenes]
        kinds = [*range(1, len(STYLES)), STYLES.index(PALE_STYLE)]
        styles = [self.random.choice(kinds) if each else 0 for each in many]
        device = self.pyramid[0].device
        pictures = torch.empty(count, 3, SIDE_PX, SIDE_PX, dtype=torch.uint8, device=device)
        for style in set(styles):
            rows = [i for i, each in enumerate(styles) if each == style]
            pictures[rows] = self._paint([scenes[i] for i in rows], style)
        return Material(pictures, scenes, styles, answers(scenes, styles).to(device))

    def _paint(self, scenes: list[Scene], style: int) -> Tensor:
        if style == 0:
            drawn = render(scenes, self.pyramid, SIDE_PX, SIDE_PX)
        else:
            large = render(scenes, self.pyramid, FILTER_PX, FILTER_PX)
            drawn = shrink(stylize(large, STYLES[style]))
        return (drawn * 127.5 + 127.5).round().byte()


def shrink(pictures: Tensor) -> Tensor:
    """Square pictures in -1..1 to the side the judge reads."""
    return F.interpolate(pictures, size=(SIDE_PX, SIDE_PX), mode="area")


def answers(scenes: list[Scene], styles: list[int]) -> Answers:
    """What the judge should say of square pictures of these scenes; pencil shows no
    backdrop and colours only faintly, so none is asked for."""
    centre, concept, colour = _maps(scenes)
    firsts = [COLOUR_NAMES.index(scene.first_name) for scene in scenes]
    seconds = [_second(scene) for scene in scenes]
    backdrops = [scene.backdrop for scene in scenes]
    whole = [torch.tensor(values) for values in (backdrops, firsts, seconds)]
    pale = torch.tensor([STYLES[style] == PALE_STYLE for style in styles])
    for values in (colour, *whole):
        values[pale] = UNSAID
    return Answers(centre, concept, colour, *whole)


def _second(scene: Scene) -> int:
    """The second colour, where the backdrop shows one: table, dots, stripes, podium."""
    shown = scene.backdrop in (3, 5, 6, 9)
    return COLOUR_NAMES.index(scene.second_name) if shown else UNSAID


def _maps(scenes: list[Scene]) -> tuple[Tensor, Tensor, Tensor]:
    """The hills of the centres, and at each cell near one the concept and colour there."""
    cells = torch.arange(GRID) + 0.5
    centre = torch.zeros(len(scenes), GRID, GRID)
    concept = torch.full(centre.shape, UNSAID)
    colour = torch.full(centre.shape, UNSAID)
    for layer in range(max(len(scene.placed) for scene in scenes)):
        rows = [i for i, scene in enumerate(scenes) if len(scene.placed) > layer]
        placed = [scenes[i].placed[layer] for i in rows]
        x = torch.tensor([(each.x + 0.5) * GRID for each in placed])
        middles = [object_centre(each, scenes[i]) for each, i in zip(placed, rows, strict=True)]
        y = (torch.tensor(middles) + 0.5) * GRID
        distance = (cells[:, None] - y[:, None, None]) ** 2 + (cells - x[:, None, None]) ** 2
        hill = torch.exp(-distance / (2 * SPREAD**2)).flatten(1)
        top = hill.argmax(1, keepdim=True)
        hill = (hill / hill.gather(1, top)).clamp(max=0.99)
        # one cell is the top, where the middle lies between two
        hill = hill.scatter(1, top, 1.0).view(-1, GRID, GRID)
        near = (hill > 0.3) & (hill > centre[rows])
        kinds = torch.tensor([each.concept for each in placed])[:, None, None]
        tints = torch.tensor([UNSAID if p.colour is None else p.colour for p in placed])
        concept[rows] = torch.where(near, kinds, concept[rows])
        colour[rows] = torch.where(near, tints[:, None, None], colour[rows])
        centre[rows] = torch.maximum(centre[rows], hill)
    return centre, concept, colour


def roughen(pictures: Tensor, rnd: random.Random) -> Tensor:
    """-1..1 pictures as a model would miss them: wobbly, soft, off in colour, grainy."""
    count, device = len(pictures), pictures.device
    generator = torch.Generator(device).manual_seed(rnd.randrange(2**31))

    def chance(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=device)

    bend = chance(count, 2, 5, 5) * rnd.choice([0.0, 0.01, 0.02, 0.03])
    bend = F.interpolate(bend, size=pictures.shape[2:], mode="bicubic").permute(0, 2, 3, 1)
    even_chance = torch.rand(count, 1, 1, generator=generator, device=device)
    zoom = 1 + (even_chance - 0.5) * 0.1
    line = torch.linspace(-1, 1, SIDE_PX, device=device)
    even = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)
    grid = even[None] * zoom[..., None] + bend
    pictures = F.grid_sample(pictures, grid, align_corners=True, padding_mode="reflection")
    if rnd.random() < 0.6:
        pictures = blur(pictures, rnd.choice([1.5, 2.0, 2.5, 3.0]))
    if rnd.random() < 0.6:
        # small things come out pale, bits of confetti first
        kept = 1 - 0.7 * torch.rand(count, 1, 1, 1, generator=generator, device=device)
        broad = blur(pictures, PALE_PX)
        pictures = broad + (pictures - broad) * kept
    shift = chance(count, 3, 1, 1) * 0.03
    gain = 1 + chance(count, 1, 1, 1) * 0.06
    grain = chance(*pictures.shape) * rnd.choice([0.0, 0.02, 0.05])
    return (pictures * gain + shift + grain).clamp(-1, 1)
