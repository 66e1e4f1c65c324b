"""Prompts to embeddings. Comes in: a composed prompt. Goes out: what the transformer reads.

The wording around the prompt is the one of ZImagePipeline._encode_prompt (diffusers 0.42.1). Two
things differ: only real tokens are read (on a card up to the next 32), not 512 padded ones, and a
prompt too long is refused instead of cut. It knows nothing of styles or pictures.
"""

import threading
from collections import OrderedDict
from typing import Any, NamedTuple

import torch

from zit_engine.errors import PromptTooLong

TOKEN_LIMIT = 512  # max_sequence_length of ZImagePipeline
# On a card each new length is one more plan of its attention kernel, built on the host: reading a
# prompt of a new length took 67 ms on an H200 and one of a known length half of that.
CARD_LENGTHS = 32
# 512 tokens x 2560 numbers x 2 bytes = 2.6 MB at most for one entry, 168 MB for all.
CACHED_PROMPTS = 64


def prompt_token_ids(tokenizer: Any, model_prompt: str) -> list[int]:
    """Token ids of `model_prompt` inside the chat template, uncut."""
    message = [{"role": "user", "content": model_prompt}]
    text = tokenizer.apply_chat_template(
        message, tokenize=False, add_generation_prompt=True, enable_thinking=True
    )
    # verbose=False: the tokenizer would warn about length, and the caller answers for it.
    ids: list[int] = tokenizer(text, verbose=False)["input_ids"]
    return ids


class _Read(NamedTuple):
    """An embedding; on a card also the event after which it is there."""

    embedding: torch.Tensor
    is_there: "torch.cuda.Event | None"


class PromptCache:
    """Embeddings by text, the least recently used dropped first; they stay on the device. Safe for
    many threads."""

    def __init__(
        self,
        tokenizer: Any,
        text_encoder: Any,
        entries: int = CACHED_PROMPTS,
        pipeline: Any = None,
        lengths: int = 1,
    ):
        """`pipeline`: the one that encodes, padded to 512 tokens, where bytes must be its own; the
        kernels differ with the length. `lengths`: tokens are read in multiples of it."""
        self._pipeline = pipeline
        self._tokenizer = tokenizer
        self._text_encoder = text_encoder
        self._entries, self._lengths = entries, lengths
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._table = threading.Lock()
        # Held while a prompt is read: a Rust tokenizer cannot be shared. What is known already is
        # handed out meanwhile.
        self._reader = threading.Lock()

    def __len__(self) -> int:
        return len(self._read)

    def clear(self) -> None:
        """Know nothing."""
        with self._table:
            self._read.clear()

    def embed(self, model_prompt: str) -> torch.Tensor:
        """Embeddings (tokens, features) in the encoder's dtype. Raises PromptTooLong."""
        read = self._known(model_prompt)
        if read is None:
            with self._reader:
                read = self._known(model_prompt)  # somebody else may have read it meanwhile
                if read is None:
                    read = self._keep(model_prompt, self._encode(model_prompt))
        if read.is_there is not None:  # it may come from another stream
            stream = torch.cuda.current_stream(read.embedding.device)
            stream.wait_event(read.is_there)
            read.embedding.record_stream(stream)
        return read.embedding

    def _known(self, model_prompt: str) -> _Read | None:
        with self._table:
            read = self._read.get(model_prompt)
            if read is not None:
                self._read.move_to_end(model_prompt)
            return read

    def _keep(self, model_prompt: str, embedding: torch.Tensor) -> _Read:
        is_there = None
        if embedding.device.type == "cuda":
            is_there = torch.cuda.Event()
            is_there.record()
        read = _Read(embedding, is_there)
        with self._table:
            self._read[model_prompt] = read
            while len(self._read) > self._entries:
                self._read.popitem(last=False)
        return read

    @torch.no_grad()
    def _encode(self, model_prompt: str) -> torch.Tensor:
        ids = prompt_token_ids(self._tokenizer, model_prompt)
        if len(ids) > TOKEN_LIMIT:
            raise PromptTooLong(len(ids), TOKEN_LIMIT)
        if self._pipeline is not None:
            padded: torch.Tensor = self._pipeline.encode_prompt(
                model_prompt, do_classifier_free_guidance=False
            )[0][0]
            return padded
        behind = [ids[-1]] * (-len(ids) % self._lengths)
        # No mask: attention is causal, so what stands behind the prompt changes nothing.
        output = self._text_encoder(
            input_ids=torch.tensor([ids + behind], device=self._text_encoder.device),
            output_hidden_states=True,
            use_cache=False,
        )
        # The layer before the last, as the pipeline reads; clone lets the other layers go.
        embedding: torch.Tensor = output.hidden_states[-2][0, : len(ids)].clone()
        return embedding
