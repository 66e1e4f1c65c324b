"""Loads a checkpoint into a shared file mapping that stands in for the card, and reports the
anonymous memory it took: python loader_child.py FOLDER TARGET."""

import hashlib
import json
import math
import sys
import threading
from pathlib import Path

import torch
import transformers.models.qwen3.modeling_qwen3  # noqa: F401 - imported before the measurement
from diffusers import AutoencoderKL, ZImageTransformer2DModel  # noqa: F401 - as above

from zit_engine.engine.loader import load_part, stored_tensors

PARTS = ("transformer", "text_encoder", "vae")


def anonymous_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no RssAnon")


def main() -> None:
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    numbers = {
        part: sum(math.prod(t.entry.shape) for t in stored_tensors(folder / part).values())
        for part in PARTS
    }
    card = torch.from_file(
        str(target), shared=True, size=sum(numbers.values()), dtype=torch.bfloat16
    )
    used = 0

    def allocate(name: str, shape: tuple[int, ...]) -> torch.Tensor:
        nonlocal used
        if not name:
            return torch.empty(0)
        piece = card[used : used + math.prod(shape)].view(shape)
        used += math.prod(shape)
        return piece

    peak = [0]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], anonymous_bytes())

    before = anonymous_bytes()
    sampler = threading.Thread(target=sample)
    sampler.start()
    modules = {
        part: load_part(part, folder / part, allocate, lambda count: None, drop_cache=True)
        for part in PARTS
    }
    over.set()
    sampler.join()
    sums = {}
    for part, module in modules.items():
        for name, tensor in module.state_dict().items():
            raw = tensor.reshape(-1).view(torch.uint8).numpy()
            sums[f"{part}/{name}"] = hashlib.sha256(raw).hexdigest()
    print(json.dumps({"anonymous": peak[0] - before, "moved": used * 2, "sums": sums}))


if __name__ == "__main__":
    main()
