"""The tokenizer writes the pipeline's chat marks and loses no letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.tokenizer import chat, encode


@pytest.mark.parametrize("text", ["따뜻한 커피, 베이지색 배경", "hamburger, red background"])
def test_text_survives_the_round_trip(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    assert text in tokenizer.decode(encode(tokenizer, text))


def test_the_template_is_the_chat_the_training_saw(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [{"role": "user", "content": "피자"}]
    made = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=True
    )
    assert made == chat("피자")


def test_the_shipped_tokenizer_is_of_this_make() -> None:
    folder = Path(__file__).resolve().parents[2] / "assets" / "pocket" / "tokenizer"
    shipped = PreTrainedTokenizerFast.from_pretrained(folder)
    assert len(shipped) == 6000
    assert len(encode(shipped, "딸기 케이크, 분홍색 배경")) <= 16
