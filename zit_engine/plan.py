"""A checked request becomes the shots to paint: words composed, sizes and seeds chosen.

Comes in: an AdRequest, what the engine can do, the styles. Goes out: PlannedShots. Nothing is
painted or queued here.
"""

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from zit_engine.engine.base import ImageEngine, Shot
from zit_engine.errors import InvalidRequest, PromptTooLong, StyleUnavailable
from zit_engine.request.ad_request import MAX_SEED, AdRequest
from zit_engine.request.channels import find_channel, render_size
from zit_engine.request.compose import model_prompt
from zit_engine.request.empty_scene import empty_scene
from zit_engine.styles.catalogue import find
from zit_engine.styles.style import LEGACY_BASE, POCKET_BASE, LoraFile, Style

# A chosen seed is short enough to read out over the counter; a typed one may be any allowed one.
CHOSEN_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class PlannedShot:
    """One picture of a job: the request that alone would give it again, and what to paint."""

    request: AdRequest
    shot: Shot
    number: int


def plan(
    request: AdRequest,
    engine: ImageEngine,
    catalogue: Mapping[str, Style],
    *,
    is_counted: bool = False,
) -> list[PlannedShot]:
    """The shots of one request; picture i is painted from seed + i. `is_counted`: the prompt was
    found short enough before, and no tokenizer is to be loaded for it.

    Raises UnknownStyle, UnknownChannel, StyleUnavailable, or PromptTooLong with the count instead
    of cutting the prompt.
    """
    facts, style = engine.facts, find(catalogue, request.style)
    if not style.runs_on(facts.base):
        raise StyleUnavailable(style=style.ko)
    if request.variety and facts.base == LEGACY_BASE:
        raise InvalidRequest("variety", "error.variety_unavailable")
    if request.photo and facts.base == LEGACY_BASE:
        raise InvalidRequest("photo", "photo.legacy")
    lora = style.files.get(facts.base)
    text = composed(asked_of_model(request, facts.base), style, facts.base)
    tokens = 0 if is_counted else engine.count_tokens(text)
    if tokens > facts.token_limit:
        raise PromptTooLong(tokens, facts.token_limit)
    width, height = render_size(
        find_channel(request.channel), facts.render_area, facts.max_aspect, facts.size_step
    )
    first = secrets.randbelow(CHOSEN_SEEDS) if request.seed is None else request.seed
    weight = _weight(request, lora)
    planned = []
    for number in range(request.count):
        seed = (first + number) % (MAX_SEED + 1)
        alone = dataclasses.replace(
            request, seed=seed, count=1, variation_seed=_variation_seed(request)
        )
        shot = Shot(text, width, height, seed, style, weight, alone.variation_seed, alone.variety)
        planned.append(PlannedShot(alone, shot, number))
    return planned


def asked_of_model(request: AdRequest, base: str) -> str:
    """The prompt; for a new background behind a photo's product, with the words of an empty scene.
    The embedded model knows none and gets the prompt alone."""
    is_background = request.photo and request.photo_mode == "background"
    if not is_background or base == POCKET_BASE:
        return request.prompt
    return empty_scene(request.prompt)


def composed(prompt: str, style: Style, base: str) -> str:
    """The words the model reads for `prompt` in `style`, on the model called `base`."""
    lora = style.files.get(base)
    return prompt if lora is None else model_prompt(prompt, lora.trigger, lora.trigger_ko)


def _variation_seed(request: AdRequest) -> int | None:
    """The request's own; with variety each picture gets one, and it is told in its settings."""
    if request.variety and request.variation_seed is None:
        return secrets.randbelow(CHOSEN_SEEDS)
    return request.variation_seed


def _weight(request: AdRequest, lora: LoraFile | None) -> float:
    """The typed strength, else the style's own, else none for the base."""
    if request.adapter_weight is not None:
        return request.adapter_weight
    return 0.0 if lora is None else lora.adapter_weight
