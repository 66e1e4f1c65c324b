"""Which subjects a model draws so that the judge names them: what subjects.json tells the product.

In: a pipeline, the judge, the rows of subjects.json. Out: the rows with `good` renewed, and a row
for each drawn subject that had none. Good: recognised in a picture asked for in Korean and in one
asked for in English, each alone before beige.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ZImagePipeline
from torch import Tensor

from zit_engine.pocket.adapters import painted_latents, prompt_states
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.prompts import Asked, accepted
from zit_engine.pocket.judge.network import Judge
from zit_engine.pocket.judge.reading import read
from zit_engine.pocket.phrases import ALONE
from zit_engine.pocket.transformer import Block, latent_shape, plain_block
from zit_engine.pocket.vae import to_pictures

log = logging.getLogger(__name__)
SEEDS = {"ko": 7, "en": 8}
SIDE, AT_ONCE = 256, 25
GROUPS = {4: "food", 6: "event", 7: "object"}  # of the drawn subjects' numbers


@dataclass(frozen=True)
class _Look:
    row: int
    asked: Asked
    language: str

    @property
    def prompt(self) -> str:
        return ALONE[self.language].format(self.asked.word)


def slug(name: str) -> str:
    """A dictionary name as the id of its row."""
    return name.lower().replace("’", "").replace(" ", "-")


def with_drawn(rows: Sequence[dict[str, Any]], concepts: Sequence[Concept]) -> list[dict[str, Any]]:
    """The rows, and one for each drawn subject without one. Words that a drawing shows better are
    taken from the rows that had them."""
    drawn = {concept.code.removeprefix("shop-"): concept for concept in concepts if concept.drawn}
    own = {word.lower() for concept in drawn.values() for word in concept.every_word()}
    kept = []
    for row in rows:
        if row["id"] in drawn:
            continue
        words = {
            key: [word for word in row[key] if word.lower() not in own]
            for key in ("ko", "en", "ko_whole") if key in row
        }  # fmt: skip
        if any(words.values()):
            kept.append(row | words)
    for name, concept in drawn.items():
        words = {
            language: list(dict.fromkeys((*concept.names[language], *concept.shop_words[language])))
            for language in ("ko", "en")
        }
        kept.append(
            {"id": name, "ko": words["ko"], "en": words["en"],
             "group": GROUPS[concept.group], "good": False}
        )  # fmt: skip
    return kept


def renew(
    pipe: ZImagePipeline, judge: Judge, concepts: list[Concept], rows: Sequence[dict[str, Any]],
    drawn_only: bool = False, block: Block = plain_block,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows with `good` as the judge sees it now; 0.4 s a picture on two cores. With
    `drawn_only` the rows of the package's objects keep theirs."""
    rows = with_drawn(rows, concepts)
    codes = {
        concept.code.removeprefix("shop-") if concept.drawn else slug(concept.names["en"][0]):
        concept.code for concept in concepts
    }  # fmt: skip
    drawn = {concept.code for concept in concepts if concept.drawn}
    chosen = [i for i, row in enumerate(rows) if not drawn_only or codes[row["id"]] in drawn]
    looks = []
    for i in chosen:
        row = rows[i]
        for language in ("ko", "en"):
            words = [*row[language], *(row.get("ko_whole", []) if language == "ko" else [])]
            if words:
                looks.append(_Look(i, Asked(codes[row["id"]], words[0], 1, None), language))
    missed = set()
    for k in range(0, len(looks), AT_ONCE):
        part = looks[k : k + AT_ONCE]
        seen = read(judge, _pictures(pipe, part, block))
        for look, each in zip(part, seen, strict=True):
            wanted = accepted(concepts, look.asked)
            if not any(found.concept in wanted for found in each.objects):
                missed.add(look.row)
        log.info("%d of %d looked at, %d subjects missed", k + len(part), len(looks), len(missed))
    return [
        row | {"good": i not in missed} if i in set(chosen) else row for i, row in enumerate(rows)
    ]


def _pictures(pipe: ZImagePipeline, looks: list[_Look], block: Block) -> Tensor:
    noise = torch.cat([
        torch.randn(
            latent_shape(1, SIDE, SIDE),
            generator=torch.Generator().manual_seed(SEEDS[look.language]),
        )
        for look in looks
    ])  # fmt: skip
    states = prompt_states(pipe, [look.prompt for look in looks])
    return to_pictures(pipe.vae, painted_latents(pipe, noise, states, block))


def write_rows(rows: Sequence[dict[str, Any]], file: Path) -> None:
    """subjects.json, a line a row."""
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    file.write_text('{"subjects":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
