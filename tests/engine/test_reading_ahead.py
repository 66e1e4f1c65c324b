"""Prompts read before their pictures' turns: the same numbers, and never in the way."""

import threading

import pytest
import torch

from zit_engine.engine import reading_ahead
from zit_engine.engine.base import ReadsAhead
from zit_engine.engine.prompt_cache import PromptCache
from zit_engine.engine.reading_ahead import ReadingAhead

CPU = torch.device("cpu")


@pytest.fixture
def parts(resident):
    return resident.pipeline.tokenizer, resident.pipeline.text_encoder


class Slow:
    """An encoder that waits until it is let."""

    def __init__(self, encoder):
        self._encoder, self.device = encoder, encoder.device
        self.let, self.begun, self.read = threading.Event(), threading.Event(), 0

    def __call__(self, **arguments):
        self.begun.set()
        assert self.let.wait(20)
        self.read += 1
        return self._encoder(**arguments)


def all_done(ahead: ReadingAhead) -> None:
    ahead._pool.shutdown(wait=True)


def test_what_was_read_ahead_is_what_would_be_read(parts):
    alone, cache = PromptCache(*parts), PromptCache(*parts)
    ahead = ReadingAhead(cache, CPU)
    ahead.ask(["붕어빵", "a cake"])
    all_done(ahead)
    assert len(cache) == 2
    for prompt in ("붕어빵", "a cake"):
        assert torch.equal(cache.embed(prompt), alone.embed(prompt))


def test_a_known_prompt_is_handed_out_while_another_is_read(parts):
    slow = Slow(parts[1])
    cache = PromptCache(parts[0], slow)
    slow.let.set()
    known = cache.embed("known")
    slow.let.clear(), slow.begun.clear()
    ahead = ReadingAhead(cache, CPU)
    ahead.ask(["new"])
    assert slow.begun.wait(20)
    assert cache.embed("known") is known  # would hang otherwise
    slow.let.set()
    all_done(ahead)


def test_a_picture_that_comes_meanwhile_does_not_read_it_twice(parts):
    slow = Slow(parts[1])
    cache = PromptCache(parts[0], slow)
    ahead = ReadingAhead(cache, CPU)
    ahead.ask(["both"])
    assert slow.begun.wait(20)
    got = []
    picture = threading.Thread(target=lambda: got.append(cache.embed("both")))
    picture.start()
    slow.let.set()
    picture.join(20)
    all_done(ahead)
    assert slow.read == 1 and len(got) == 1


def test_a_failure_is_left_to_the_picture(parts):
    cache = PromptCache(*parts)
    ahead = ReadingAhead(cache, CPU)
    ahead.ask(["cake " * 600, "after it"])  # too long
    all_done(ahead)
    assert len(cache) == 1


def test_a_crowd_does_not_push_its_own_prompts_out(parts, monkeypatch):
    monkeypatch.setattr(reading_ahead, "_MOST_WAITING", 3)
    slow = Slow(parts[1])
    cache = PromptCache(parts[0], slow)
    ahead = ReadingAhead(cache, CPU)
    ahead.ask(f"prompt {number}" for number in range(20))
    slow.let.set()
    all_done(ahead)
    assert len(cache) == 3


def test_after_the_end_nothing_is_read_and_nothing_raised(parts):
    cache = PromptCache(*parts)
    ahead = ReadingAhead(cache, CPU)
    ahead.close()
    ahead.ask(["late"])
    assert len(cache) == 0


def test_at_the_end_the_encoder_is_at_rest(parts):
    slow = Slow(parts[1])
    ahead = ReadingAhead(PromptCache(parts[0], slow), CPU)
    ahead.ask(["one", "two"])
    assert slow.begun.wait(20)
    threading.Timer(0.2, slow.let.set).start()
    ahead.close()
    assert slow.read == 1  # the one that was being read, not the one in line


def test_the_engine_is_told_of_what_is_in_line(engine, resident, monkeypatch):
    assert isinstance(engine, ReadsAhead)
    engine.read_ahead(["nothing is read ahead on a CPU"])
    pipeline = resident.pipeline
    ahead = ReadingAhead(PromptCache(pipeline.tokenizer, pipeline.text_encoder), CPU)
    monkeypatch.setattr(resident, "ahead", ahead)
    engine.read_ahead(["a cake"])
    all_done(ahead)
    assert len(ahead._prompts) == 1
