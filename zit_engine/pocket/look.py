"""A contact sheet of prompts, to be judged by eye.

In: a pipeline, prompts, seeds. Out: one picture: a row a seed, a column a prompt.
"""

from __future__ import annotations

import torch
from diffusers import ZImagePipeline
from PIL import Image

from zit_engine.pocket.sizes import STEPS

PROMPTS = (
    "따뜻한 커피 한 잔, 베이지색 배경",
    "딸기 케이크, 분홍색 배경",
    "hamburger, yellow background",
    "teddy bear and gift box, mint background",
    "꽃다발, 보라색 배경",
    "pizza, sky blue sunburst background",
    "강아지, 초록색 배경",
    "handbag on a white podium, beige background",
)
# what the first model could not: drawn subjects, colours of objects, sizes
NEW_PROMPTS = (
    "떡볶이 한 그릇, 흰색 배경", "a red umbrella, beige background", "파란 자전거, 노란색 배경",
    "김밥과 라면, 갈색 테이블 위, 하늘색 벽", "붕어빵 세 개, 주황색 배경",
    "초록색 모자, 분홍색 배경", "bibimbap on a white podium, red background",
    "big pizza and small soda, navy background",
)  # fmt: skip


def contact_sheet(
    pipe: ZImagePipeline, prompts: list[str], seeds: list[int], side: int = 512, steps: int = STEPS
) -> Image.Image:
    """Paint every prompt with every seed; each picture has its own generator."""
    sheet = Image.new("RGB", (side * len(prompts), side * len(seeds)), "white")
    for row, seed in enumerate(seeds):
        pictures = pipe(
            prompts, height=side, width=side, num_inference_steps=steps, guidance_scale=0.0,
            generator=[torch.Generator().manual_seed(seed) for _ in prompts],
        ).images  # fmt: skip
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (column * side, row * side))
    return sheet
