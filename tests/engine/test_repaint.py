"""Painting from a picture: what diffusers' own pipelines paint, and nothing is left behind."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import ZImageImg2ImgPipeline, ZImageInpaintPipeline
from PIL import Image, ImageDraw

from tests.engine.similarity import LEAST_SSIM, similarity
from zit_engine.engine.base import Shot, Start
from zit_engine.engine.checkpoint import load_pipeline
from zit_engine.engine.legacy_sdxl import LegacySdxlEngine
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.prompt_cache import PromptCache
from zit_engine.engine.repaint import Pipelines, arguments_of
from zit_engine.engine.residency import Residency
from zit_engine.engine.resident import Resident
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import Cancelled, InvalidRequest
from zit_engine.settings import load_settings
from zit_engine.styles.style import Style

SIDE = 256
Paint = Callable[[Shot], Image.Image]
MakeShot = Callable[..., Shot]


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def never() -> bool:
    return False


@pytest.fixture
def photo() -> Image.Image:
    """A red cup, roughly, on grey."""
    picture = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 40, 88, 100), fill=(200, 40, 30))
    draw.ellipse((40, 32, 88, 48), fill=(70, 40, 20))
    return picture


@pytest.fixture
def mask() -> Image.Image:
    """The right half may change."""
    half = Image.new("L", (SIDE, SIDE), 0)
    half.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    return half


def stock(kind: type, resident: Resident, shot: Shot, **more: object) -> Image.Image:
    """The same shot by a pipeline of diffusers, made of the same parts and called by the book."""
    assert shot.start is not None
    pipeline = kind(**resident.pipeline.components)
    pipeline.set_progress_bar_config(disable=True)
    picture: Image.Image = pipeline(
        prompt_embeds=[resident.prompts.embed(shot.model_prompt)],
        image=shot.start.picture,
        strength=shot.start.strength,
        width=shot.width,
        height=shot.height,
        num_inference_steps=8,
        guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(shot.seed),
        **more,
    ).images[0]
    return picture


def test_equals_the_stock_image_to_image_pipeline(
    exact: ZImageEngine, shot: MakeShot, photo: Image.Image
) -> None:
    base = exact.paint(shot(), quiet, never).tobytes()
    wanted = replace(shot(), start=Start(photo, 0.5))
    painted = exact.paint(wanted, quiet, never)
    resident = exact._get_resident(lambda stage, fraction: None)
    assert painted.tobytes() == stock(ZImageImg2ImgPipeline, resident, wanted).tobytes()
    assert exact.paint(shot(), quiet, never).tobytes() == base


@pytest.mark.parametrize("is_masked", [False, True])
def test_what_is_served_looks_like_the_stock_pipelines(
    exact: ZImageEngine,
    paint: Paint,
    shot: MakeShot,
    photo: Image.Image,
    mask: Image.Image,
    is_masked: bool,
) -> None:
    wanted = replace(shot(), start=Start(photo, 0.6, mask if is_masked else None))
    assert similarity(paint(wanted), exact.paint(wanted, quiet, never)) >= LEAST_SSIM


def test_equals_the_stock_inpaint_pipeline(
    exact: ZImageEngine, shot: MakeShot, photo: Image.Image, mask: Image.Image
) -> None:
    base = exact.paint(shot(), quiet, never).tobytes()
    resident = exact._get_resident(lambda stage, fraction: None)
    wanted = replace(shot(), start=Start(photo, 0.75, mask))
    painted = exact.paint(wanted, quiet, never)
    by_the_book = stock(ZImageInpaintPipeline, resident, wanted, mask_image=mask)
    assert painted.tobytes() == by_the_book.tobytes()
    apart = np.abs(np.asarray(painted, int) - np.asarray(photo, int)).mean(axis=(0, 2))
    # The kept half differs by what the decoder loses.
    assert apart[: SIDE // 2 - 8].mean() < 8 < 16 < apart[SIDE // 2 + 8 :].mean()
    assert exact.paint(shot(), quiet, never).tobytes() == base


def test_a_style_works_from_a_picture_and_leaves_no_trace(
    base: bytes, paint: Paint, shot: MakeShot, photo: Image.Image
) -> None:
    plain = paint(replace(shot(), start=Start(photo, 0.5))).tobytes()
    styled = paint(replace(shot("anime"), start=Start(photo, 0.5))).tobytes()
    assert styled != plain
    assert paint(replace(shot(), start=Start(photo, 0.5))).tobytes() == plain
    assert paint(shot()).tobytes() == base


@pytest.mark.parametrize(
    ("strength", "steps"), [(0.01, 1), (0.125, 1), (0.375, 3), (0.6, 5), (0.75, 6), (1.0, 8)]
)
def test_tells_the_steps_it_really_takes(
    engine: ZImageEngine, shot: MakeShot, photo: Image.Image, strength: float, steps: int
) -> None:
    told: list[tuple[int, int]] = []
    small = replace(shot(side=64), start=Start(photo.resize((64, 64)), strength))
    engine.paint(small, lambda done, total: told.append((done, total)), lambda: False)
    assert told == [(done, steps) for done in range(1, steps + 1)]


def test_the_weaker_the_nearer_to_the_photo(
    paint: Paint, shot: MakeShot, photo: Image.Image
) -> None:
    apart = [
        np.abs(np.asarray(paint(replace(shot(), start=Start(photo, s))), int) - photo).mean()
        for s in (0.125, 0.5, 1.0)
    ]
    assert apart[0] < apart[1] < apart[2]


def test_stops_within_a_step_and_harms_nothing(
    base: bytes, engine: ZImageEngine, paint: Paint, shot: MakeShot, photo: Image.Image
) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        engine.paint(
            replace(shot(), start=Start(photo, 0.75)),
            lambda done, total: told.append(done),
            lambda: len(told) >= 2,
        )
    assert told == [1, 2]
    assert paint(shot()).tobytes() == base


def test_a_variation_is_another_picture_of_the_same_photo(
    paint: Paint, shot: MakeShot, photo: Image.Image
) -> None:
    first = replace(shot(side=64), start=Start(photo.resize((64, 64)), 0.5))
    varied = replace(first, variation_seed=99)
    shaken = replace(varied, variety=0.5)
    pictures = [paint(each) for each in (first, varied, shaken, varied)]
    assert len({picture.tobytes() for picture in pictures}) == 3
    assert pictures[1].tobytes() == pictures[3].tobytes()
    prints = [picture.info["latents"] for picture in pictures]
    assert len(set(prints)) == 3 and prints[1] == prints[3] and len(prints[0]) == 64


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, float("nan")])
def test_an_impossible_strength_is_told(
    paint: Paint, shot: MakeShot, photo: Image.Image, strength: float
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        paint(replace(shot(), start=Start(photo, strength)))
    assert refused.value.message_id == "photo.strength_range"


def test_a_start_of_another_size_or_kind_is_told(
    paint: Paint, shot: MakeShot, photo: Image.Image, mask: Image.Image
) -> None:
    for start in (
        Start(photo.resize((64, 64)), 0.5),
        Start(photo.convert("RGBA"), 0.5),
        Start(photo, 0.5, mask.convert("RGB")),
        Start(photo, 0.5, mask.resize((64, 64))),
    ):
        with pytest.raises(InvalidRequest) as refused:
            paint(replace(shot(), start=start))
        assert refused.value.message_id == "photo.start_size"


def quick(residency: Residency, *shots: Shot) -> list[bytes]:
    """The shots in two steps by a pipeline of its own that lives as `residency` says."""
    pipelines = Pipelines(load_pipeline(POCKET_FOLDER, "cpu", "float32", residency))
    whole = pipelines.of(shots[0])
    prompts = PromptCache(whole.tokenizer, whole.text_encoder)
    painted = []
    for shot in shots:
        pipeline = pipelines.of(shot)
        pixels = pipeline(
            prompt_embeds=[prompts.embed(shot.model_prompt)],
            width=shot.width,
            height=shot.height,
            num_inference_steps=2,
            guidance_scale=0.0,
            output_type="np",
            **arguments_of(shot, pipeline),
        ).images[0]
        painted.append(pixels.tobytes())
    return painted


@pytest.mark.parametrize("residency", [Residency.ENCODER_RESTS, Residency.OFFLOAD])
def test_every_arrangement_paints_the_same(
    shot: MakeShot, photo: Image.Image, mask: Image.Image, residency: Residency
) -> None:
    plain = shot(side=64)
    small, half = photo.resize((64, 64)), mask.resize((64, 64))
    shots = [plain, replace(plain, start=Start(small, 0.5))]
    shots += [replace(plain, start=Start(small, 1.0, half)), plain]
    painted = quick(residency, *shots)
    assert painted == quick(Residency.FULL, *shots)
    assert len(set(painted)) == 3 and painted[0] == painted[3]


def test_the_archived_engine_refuses_a_photo(
    catalogue: Mapping[str, Style], shot: MakeShot, photo: Image.Image
) -> None:
    engine = LegacySdxlEngine(load_settings(legacy_checkpoints="/nowhere"), catalogue)
    with pytest.raises(InvalidRequest) as refused:
        engine.paint(
            replace(shot("anime"), start=Start(photo, 0.5)), lambda done, of: None, lambda: False
        )
    assert refused.value.message_id == "photo.legacy" and engine.load_count == 0
