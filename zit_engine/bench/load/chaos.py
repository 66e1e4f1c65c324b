"""A bad day in minutes: people ask, stop and reload while the server is killed, its disk fills up
and its card runs out of memory; at the end the data folder is held against what must be true.

Comes in: a folder, seconds, a seed. Goes out: counts and violations, as plain data.
"""

import asyncio
import random
import resource
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from zit_engine.bench.load.client import Answer, Door, Person
from zit_engine.bench.load.crowds import is_told
from zit_engine.bench.load.invariants import picture_count, violations
from zit_engine.bench.load.process import Server
from zit_engine.store.expiry import LONE_S
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History
from zit_engine.store.shelf import Shelf
from zit_engine.store.uploads import UNUSED_S

_PEOPLE = 12
_FAILS = 0.05
_FULL_S = 2.0
_DRAIN_S = 4.0
_SETTLED_S = 90.0
_OF_A_PROMPT = ("watermelon", "latte", "strawberry cake", "soup")


class Day:
    """One server and its people, until the time is up."""

    def __init__(self, folder: Path, seconds: float, seed: int):
        self.chance = random.Random(seed)
        self.ends = time.monotonic() + seconds
        self.folder = folder
        self.server = Server(
            folder, seconds=0.2, fails=_FAILS, max_waiting=14, drain_s=_DRAIN_S, least_free_mb=1
        )
        self.door = Door(self.server.base)
        self.people = [Person(self.door, f"p{number}") for number in range(_PEOPLE)]
        self.counts: Counter[str] = Counter()
        self.found: list[str] = []
        self._up = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends

    async def live(self) -> None:
        """The whole day; afterwards everything accepted was given its chance."""
        await self._start()
        await asyncio.gather(self._trouble(), *(self._visit(person) for person in self.people))
        if not self._up.is_set():
            await self._start()
        await self._settle()
        await self.door.close()
        self.server.kill()

    async def _start(self) -> None:
        await asyncio.to_thread(self.server.start)
        await self.door.learn()
        self.counts["starts"] += 1
        self._up.set()

    async def _visit(self, person: Person) -> None:
        while not self.is_over:
            await self._up.wait()
            deed = self.chance.choice(("make", "make", "make", "make and stop", "make and reload"))
            self.counts[deed] += 1
            what = self.chance.choice(_OF_A_PROMPT)
            making = asyncio.create_task(person.make(what, self.chance.choice((1, 1, 2, 4))))
            if deed != "make":
                await asyncio.sleep(self.chance.uniform(0.05, 1.5))
                other = person.stop() if deed.endswith("stop") else person.reload()
                await asyncio.gather(other, return_exceptions=True)
            await self._judge(person, await making)
            await asyncio.sleep(self.chance.uniform(0.0, 0.5))

    async def _judge(self, person: Person, answer: Answer) -> None:
        if answer.is_lost:
            self.counts["lost connection"] += 1
            await asyncio.sleep(0.5)
        elif answer.refusal:
            self.counts["told in Korean"] += is_told(answer)
            if not is_told(answer):
                self.found.append(f"told without Korean: {answer.refusal!r}")
        for file in answer.files:
            await self._check_picture(person, file)

    async def _check_picture(self, person: Person, file: dict[str, Any]) -> None:
        """What a person is handed is a picture, and lies with that person's."""
        if owner_key(person.owner) not in file["url"]:
            self.found.append(f"{person.name} was handed a link of somebody else's")
        try:
            status = (await self.door.fetch(file["url"])).status_code
        except httpx.HTTPError:
            self.counts["link while the server was away"] += 1
            return
        self.counts["delivered"] += status == 200
        if status != 200:
            self.found.append(f"a delivered picture answers {status}")

    async def _trouble(self) -> None:
        while not self.is_over:
            await asyncio.sleep(self.chance.uniform(2.0, 7.0))
            trouble = self.chance.choice(("kill", "kill", "full disk", "end"))
            self.counts[trouble] += 1
            if trouble == "full disk":
                self.server.limit_files(self.chance.choice((0, 4096, 65_536)))
                await asyncio.sleep(_FULL_S)
                self.server.limit_files(resource.RLIM_INFINITY)
                continue
            self._up.clear()
            if trouble == "kill":
                await asyncio.to_thread(self.server.kill)
            else:
                await self._end()
            await self._start()

    async def _end(self) -> None:
        """As systemd ends a service: the code must be 0, and in time."""
        self.server.tell(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(self.server.wait, _DRAIN_S + 5.0)
        except subprocess.TimeoutExpired:
            self.found.append("told to end and did not")
            await asyncio.to_thread(self.server.kill)
            return
        if code != 0:
            self.found.append(f"told to end, code {code}: {self._last_words()}")

    def _last_words(self) -> str:
        return self.server.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    async def _settle(self) -> None:
        """Until nobody waits any more; then the server is told to end in peace."""
        ends = time.monotonic() + _SETTLED_S
        while time.monotonic() < ends:
            _, body = await self.door.state()
            if body.get("waiting") == 0 and body.get("state") == "ready":
                break
            await asyncio.sleep(0.2)
        else:
            self.found.append("somebody still waits at the end of the day")
        await self._end()


def run(folder: Path, seconds: float, seed: int = 1) -> dict[str, Any]:
    """Live a day of `seconds` and hold the folder against the invariants."""
    day = Day(folder, seconds, seed)
    try:
        asyncio.run(day.live())
    finally:
        day.server.kill()
    files, history = Files(folder), History(folder / "history.sqlite3")
    shelf = Shelf(files, history, 0)
    leftovers = picture_count(folder) - sum(history.count(p.owner) for p in day.people)
    shelf.tidy(30, time.time() + UNUSED_S + LONE_S)
    shelf.close()
    history.close()
    names = {person.owner: person.name for person in day.people}
    found = [*day.found, *violations(folder, names)]
    log = day.server.log.read_text(encoding="utf-8", errors="replace")
    if "two pictures at once" in log:
        found.append("two pictures at once in one engine")
    return {
        "seconds": seconds,
        "seed": seed,
        "counts": dict(sorted(day.counts.items())),
        "pictures": picture_count(folder),
        "files_tidied": leftovers,
        "violations": found,
        "holds": not found,
    }
