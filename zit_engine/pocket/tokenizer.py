"""The model's tokenizer: byte-level BPE over captions, with Qwen's chat marks.

In: concepts. Out: a PreTrainedTokenizerFast whose chat template ZImagePipeline can use.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.phrases import FILLER
from zit_engine.pocket.scenes import SceneMaker

VOCABULARY = 6000
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TOKENS = 32  # of a short caption; the transformer pads captions to multiples of 32


def chat(prompt: str) -> str:
    """A prompt as the pipeline's chat template writes it."""
    return f"{START}user\n{prompt}{END}\n{START}assistant\n"


def training_text(concepts: list[Concept], captions: int, seed: int = 3) -> Iterator[str]:
    """Captions, every word twice, and the filler often enough to become tokens."""
    maker = SceneMaker(concepts, seed, RICH)
    writer = CaptionWriter(concepts, maker.random, framed=0.35)
    for _ in range(captions):
        yield f"user\n{writer.write(maker.scene()).text}\nassistant\n"
    for concept in concepts:
        yield from concept.every_word() * 2
    yield from (FILLER["ko"] + FILLER["en"]) * max(1, captions // 200)


def train_tokenizer(
    concepts: list[Concept], captions: int = 60_000, vocabulary: int = VOCABULARY
) -> PreTrainedTokenizerFast:
    """Learn the merges and wrap them as a transformers tokenizer."""
    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(training_text(concepts, captions), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token=PAD, eos_token=PAD, padding_side="right",
        model_max_length=1024, additional_special_tokens=[START, END],
    )  # fmt: skip
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def encode(tokenizer: PreTrainedTokenizerFast, prompt: str) -> list[int]:
    """Token ids of a prompt inside its chat marks, unpadded."""
    return tokenizer(chat(prompt))["input_ids"]
