"""How the pictures in tests/finish/pictures were made.

python -m tests.finish.make_pictures PACKAGES, a folder with the unpacked npm package
@lobehub/fluent-emoji-3d; ten seconds a picture on two cores. Goes out: WebP files and boxes.json.
"""

import json
import random
import sys
from pathlib import Path

import torch
from diffusers import ZImageImg2ImgPipeline
from PIL import Image
from torch import Tensor

from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import load_concepts, load_pyramid
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import Scene, SceneMaker
from zit_engine.settings import ROOT

SEED, COUNT, SIDE = 20261123, 20, 256
FOLDER = Path(__file__).with_name("pictures")


def solid(pyramid: list[Tensor], share: float) -> list[Tensor]:
    """The sprites all white (1) or all black (0), as see-through as before."""
    return [
        torch.cat([(level[:, 3:].float() * share).byte().expand(-1, 3, -1, -1), level[:, 3:]], 1)
        for level in pyramid
    ]


def box_of(scene: Scene, white: list[Tensor], black: list[Tensor]) -> list[float]:
    """Where white and black sprites make a difference, there is an object."""
    difference = render([scene], white, SIDE, SIDE) - render([scene], black, SIDE, SIDE)
    rows, columns = (difference[0, 0] > 0.6).nonzero(as_tuple=True)
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return [round(edge.item() / SIDE, 4) for edge in edges]


def main(packages: Path) -> None:
    concepts = load_concepts()
    pyramid = load_pyramid(packages, concepts)
    white, black = solid(pyramid, 1), solid(pyramid, 0)
    maker, writer = SceneMaker(concepts, SEED), CaptionWriter(concepts, random.Random(SEED))
    folder = ROOT / "assets" / "pocket"
    model = ZImageImg2ImgPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    rows = []
    for number in range(COUNT):
        scene = maker.scene()
        caption = writer.write(scene).text
        pixels = (render([scene], pyramid, SIDE, SIDE)[0] + 1) * 127.5
        drawn = Image.fromarray(pixels.round().byte().permute(1, 2, 0).numpy())
        painted = model(
            caption,
            image=drawn,
            strength=0.5,
            num_inference_steps=8,
            guidance_scale=0.0,
            generator=torch.Generator().manual_seed(SEED * 1000 + number),
        ).images[0]
        name = f"{number:02d}.webp"
        painted.save(FOLDER / name, quality=90, method=6)
        rows.append({"file": name, "box": box_of(scene, white, black), "caption": caption})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (FOLDER / "boxes.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
