"""The whole evaluation: pictures of the prompts, of every style adapter, and the VAE's renders.

In: a pipeline, the judge, concepts and their sprites, adapters. Out: Results: figures and rows
for the JSON file, and the pictures for the page. Writes nothing.
"""

from __future__ import annotations

import logging
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ZImagePipeline
from torch import Tensor

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.painting import Painted, fidelity, middle, paint
from zit_engine.pocket.exam.prompts import Prompt, spread
from zit_engine.pocket.exam.remarks import remarked
from zit_engine.pocket.exam.verdict import Verdict, judge_picture, shares
from zit_engine.pocket.judge.material import STYLES
from zit_engine.pocket.judge.network import Judge
from zit_engine.pocket.judge.reading import Seen, read
from zit_engine.pocket.judge.styles import StyleJudge, name_styles
from zit_engine.pocket.phrases import BACKDROPS, COLOUR_NAMES
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker

log = logging.getLogger(__name__)
REMARKED, GROUPS = 80, ("all", "ko", "en")  # prompts that are painted with a remark as well
VAE_SEED, VAE_SCENES = 2_009_000, {512: 24}  # side: renders


@dataclass(frozen=True)
class Adapter:
    """A style's file and the weight it ships with."""

    style: str
    file: Path
    weight: float


@dataclass(frozen=True)
class Tools:
    """What judging needs: the judges, and the concepts in the first's order with their sprites."""

    judge: Judge
    styles: StyleJudge
    concepts: list[Concept]
    pyramid: list[Tensor]


@dataclass(frozen=True)
class Results:
    """figures goes to the JSON file; pictures by "base" or a style, rows in step with them."""

    figures: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]
    pictures: dict[str, Tensor]


def load_adapters(folder: Path, model: str = "pocket") -> list[Adapter]:
    """The style files of a catalogue that run on the pocket model."""
    catalogue = tomllib.loads((folder / "catalogue.toml").read_text(encoding="utf-8"))
    found = []
    for style, entry in catalogue.items():
        file = entry.get("files", {}).get(model)
        if file:
            found.append(Adapter(style, folder / file["path"], file["adapter_weight"]))
    return found


def evaluate(
    pipe: ZImagePipeline, prompts: list[Prompt], tools: Tools, adapters: list[Adapter],
    side: int, style_prompts: int, keep: Path | None = None,
    vae_scenes: dict[int, int] = VAE_SCENES,
) -> Results:  # fmt: skip
    """Paint and judge everything; about a second a picture on two cores at 512 px.

    `keep` is a folder for the pictures, to be taken from there the next time.
    """
    painted = paint(pipe, [prompt.text for prompt in prompts], side, _file(keep, "base"))
    log.info("%d pictures painted, %.2f s each", len(prompts), middle(painted.seconds))
    verdicts, rows = _judged(prompts, painted, tools)
    figures: dict[str, Any] = {
        "side": side,
        "prompts": len(prompts),
        "accuracy": shares(prompts, verdicts),
        "seconds": _seconds(painted),
        "vae": [_vae(pipe, tools, each, count) for each, count in vae_scenes.items()],
        "styles": {},
    }
    results = Results(figures, {"base": rows}, {"base": painted.pictures})
    _remarks(pipe, prompts, verdicts, side, tools, results, _file(keep, "remarked"))
    few = spread(prompts, style_prompts)
    plain = [prompts.index(prompt) for prompt in few]
    for adapter in adapters:
        painted = _under(pipe, adapter, prompts, plain, side, _file(keep, adapter.style))
        _style(painted, adapter, few, [verdicts[i] for i in plain], tools, results)
    return results


def _file(folder: Path | None, name: str) -> Path | None:
    return folder / f"{name}.safetensors" if folder else None


def _seconds(painted: Painted) -> dict[str, float | int]:
    return {
        "wall": middle(painted.seconds),
        "processor": middle(painted.cpu_seconds),
        "threads": torch.get_num_threads(),
    }


def _judged(
    prompts: list[Prompt], painted: Painted, tools: Tools
) -> tuple[list[Verdict], list[dict[str, Any]]]:
    pictures = painted.pictures.float() / 127.5 - 1
    seen, styles = read(tools.judge, pictures), name_styles(tools.styles, pictures)
    verdicts = [
        judge_picture(prompt, each, tools.concepts)
        for prompt, each in zip(prompts, seen, strict=True)
    ]
    rows = [
        {
            "prompt": prompt.text,
            "seen": _told(each, STYLES[style], tools.concepts),
            "right": asdict(verdict),
        }
        for prompt, each, style, verdict in zip(prompts, seen, styles, verdicts, strict=True)
    ]
    return verdicts, rows


def _told(seen: Seen, style: str, concepts: list[Concept]) -> dict[str, Any]:
    names = [concepts[each.concept].names["en"][0] for each in seen.objects]
    return {
        "objects": names,
        "object_colours": [COLOUR_NAMES[each.colour] for each in seen.objects],
        "backdrop": BACKDROPS[seen.backdrop],
        "first": seen.first,
        "style": style,
    }


def _vae(pipe: ZImagePipeline, tools: Tools, side: int, count: int) -> dict[str, float | int]:
    maker = SceneMaker(tools.concepts, VAE_SEED)
    scenes = [maker.scene() for _ in range(count)]
    return fidelity(pipe.vae, render(scenes, tools.pyramid, side, side))


def _remarks(
    pipe: ZImagePipeline, prompts: list[Prompt], plain: list[Verdict], side: int, tools: Tools,
    results: Results, keep: Path | None,
) -> None:  # fmt: skip
    """Some prompts with their seeds and a remark each, beside the same ones without."""
    few = spread(prompts, REMARKED)
    places = [prompts.index(prompt) for prompt in few]
    said = remarked(few)
    painted = paint(pipe, [prompt.text for prompt in said], side, keep, places=places)
    verdicts, rows = _judged(said, painted, tools)
    without = shares(few, [plain[i] for i in places])["all"]
    told = {group: row for group, row in shares(said, verdicts).items() if group in GROUPS}
    results.figures["remarked"] = {"without": without, **told}
    results.rows["remarked"], results.pictures["remarked"] = rows, painted.pictures
    log.info("remarked: %s", results.figures["remarked"])


def _under(
    pipe: ZImagePipeline, adapter: Adapter, prompts: list[Prompt], places: list[int], side: int,
    keep: Path | None,
) -> Painted:  # fmt: skip
    """Some prompts with their seeds, through a style's adapter at the weight it ships with."""
    pipe.load_lora_weights(
        str(adapter.file.parent), weight_name=adapter.file.name, adapter_name="looked-at"
    )
    pipe.set_adapters("looked-at", adapter.weight)
    texts = [prompts[i].text for i in places]
    painted = paint(pipe, texts, side, keep, places=places)
    pipe.unload_lora_weights()
    return painted


def _style(
    painted: Painted, adapter: Adapter, prompts: list[Prompt], plain: list[Verdict],
    tools: Tools, results: Results,
) -> None:  # fmt: skip
    """Recognised: the judge names the style. Kept: of the subjects right without the style, the
    share still right with it. The last counts the plain pictures called this style."""
    verdicts, rows = _judged(prompts, painted, tools)
    before = [new.subject for old, new in zip(plain, verdicts, strict=True) if old.subject]
    recognised = sum(row["seen"]["style"] == adapter.style for row in rows) / len(rows)
    taken = sum(row["seen"]["style"] == adapter.style for row in results.rows["base"])
    results.figures["styles"][adapter.style] = {
        "pictures": len(rows),
        "weight": adapter.weight,
        "recognised": round(recognised, 4),
        "kept": round(sum(before) / len(before), 4) if before else None,
        "kept_of": len(before),
        "plain_taken_for_it": round(taken / len(results.rows["base"]), 4),
    }
    results.rows[adapter.style], results.pictures[adapter.style] = rows, painted.pictures
    log.info("%s: %s", adapter.style, results.figures["styles"][adapter.style])
