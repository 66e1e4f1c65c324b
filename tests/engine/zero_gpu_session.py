"""Run by test_zero_gpu in a process of its own. A worker is forked once and reused, as on ZeroGPU;
arguments and results are pickled, and state changed in the worker is lost to the parent."""

import multiprocessing
import pickle
import sys
import types
from dataclasses import replace

from torch.overrides import TorchFunctionMode

FORK = multiprocessing.get_context("fork")


class Worker:
    """One forked process that runs generators of `function` item by item."""

    def __init__(self, function):
        self.pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(target=self._serve, args=(function, theirs), daemon=True)
        self.process.start()

    @staticmethod
    def _serve(function, pipe):
        while True:
            stream = function(*pickle.loads(pipe.recv_bytes()))
            for item in stream:
                pipe.send_bytes(pickle.dumps(item))
                if pipe.recv() == "close":
                    break
            stream.close()
            pipe.send_bytes(pickle.dumps(None))

    def run(self, *args):
        self.pipe.send_bytes(pickle.dumps(args))
        reply = "next"
        while (item := pickle.loads(self.pipe.recv_bytes())) is not None:
            try:
                yield item
            except GeneratorExit:
                reply = "close"
                self.pipe.send(reply)
                assert pickle.loads(self.pipe.recv_bytes()) is None
                return
            self.pipe.send(reply)


def stand_in() -> types.ModuleType:
    spaces = types.ModuleType("spaces")
    spaces.asked, spaces.workers = [], {}

    def gpu(duration):
        def decorate(function):
            def call(*args):
                spaces.asked.append(duration(*args))
                if function not in spaces.workers:
                    spaces.workers[function] = Worker(function)
                yield from spaces.workers[function].run(*args)

            return call

        return decorate

    spaces.GPU = gpu
    return spaces


class Emulation(TorchFunctionMode):
    """Sees operations of its own thread only, as ZeroGPU's stand-in for a card does."""

    seen = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen += 1
        return func(*args, **(kwargs or {}))


def main() -> None:
    spaces = sys.modules["spaces"] = stand_in()
    from PIL import Image

    from zit_engine.engine.base import Shot, Start
    from zit_engine.engine.z_image import ZImageEngine
    from zit_engine.errors import BrokenImage, Cancelled, PromptTooLong
    from zit_engine.settings import ROOT, load_settings
    from zit_engine.styles.catalogue import load_catalogue

    catalogue = load_catalogue(ROOT / "style_loras")
    engine = ZImageEngine(load_settings(), catalogue)
    emulation = Emulation()
    with emulation:
        engine.warm_up(lambda stage, fraction: None)
    assert emulation.seen > 100, "loaded where the emulation of the card does not reach"
    resident = engine._get_resident(lambda stage, fraction: None)
    assert {"anime", "oil-painting", "pencil-sketch"} <= set(resident.adapters.loaded)

    steps = []
    shot = Shot("딸기 케이크, 분홍색 배경", 128, 128, 7, catalogue["realistic"], 1.0)
    anime = replace(shot, style=catalogue["anime"])

    def paint(wanted):
        return engine.paint(wanted, lambda done, total: steps.append(done), lambda: False)

    base = paint(shot).tobytes()
    assert steps == list(range(1, 9))
    styled = paint(anime).tobytes()
    assert styled != base
    assert paint(shot).tobytes() == base, "the reused worker kept a style"
    assert len(spaces.workers) == 1 and spaces.asked == [6, 6, 6]

    steps.clear()
    try:
        engine.paint(shot, lambda done, total: steps.append(done), lambda: len(steps) >= 2)
        raise AssertionError("not cancelled")
    except Cancelled:
        assert steps == [1, 2]
    assert paint(shot).tobytes() == base, "a cancelled picture left a trace"

    try:
        paint(replace(shot, model_prompt="cake " * 600))
        raise AssertionError("not refused")
    except PromptTooLong:
        assert len(spaces.asked) == 5, "GPU seconds were spent on a prompt too long"

    quiet = (lambda done, total: None, lambda: False)
    assert resident.paint(shot, *quiet).tobytes() == base, "the fork paints another picture"

    picture = Image.linear_gradient("L").resize((128, 128))
    for mask in (None, picture):
        started = replace(shot, start=Start(picture.convert("RGB"), 0.5, mask))
        steps.clear()
        again = paint(started).tobytes()
        assert steps == [1, 2, 3, 4]
        assert again == resident.paint(started, *quiet).tobytes(), "a start changed on its way"
    assert paint(shot).tobytes() == base, "a start left a trace"

    resident.pipeline.vae.decoder.conv_out.weight.data.fill_(float("nan"))
    spaces.workers.clear()  # the next worker is forked from the broken parent
    try:
        paint(shot)
        raise AssertionError("not told")
    except BrokenImage as error:
        assert error.values["kind"] == "not finite"
    print("all held")


if __name__ == "__main__":
    main()
