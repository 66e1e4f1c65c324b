"""A conversion in a process of its own, to be measured or killed.

python -m tests.engine.convert_child SOURCE TARGET SHARD_GB CHUNK_BYTES: prints "ready" once all is
imported, then one line of JSON: anonymous memory in bytes before, and its peak while converting.
"""

import json
import sys
import threading
from pathlib import Path

from zit_engine.engine.convert import convert


def anonymous_bytes() -> int:
    """RssAnon of this process: memory no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no RssAnon here")


def main(source: str, target: str, shard_gb: str, chunk_bytes: str) -> None:
    before = peak = anonymous_bytes()
    is_over = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not is_over.wait(0.01):
            peak = max(peak, anonymous_bytes())

    print("ready", flush=True)
    watcher = threading.Thread(target=sample)
    watcher.start()
    try:
        made = convert(Path(source), Path(target), "bfloat16", float(shard_gb),
                       chunk_bytes=int(chunk_bytes))  # fmt: skip
    finally:
        is_over.set()
        watcher.join()
    print(json.dumps({"before": before, "peak": peak, "resumed": made.resumed}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
