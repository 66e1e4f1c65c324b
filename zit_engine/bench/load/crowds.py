"""Crowds before one server: many at once, more than fit, a thousand in a row, a signal amid them.

Comes in: a folder for the server's data, sizes. Goes out: figures and what failed, as plain data.
Each run starts a server of its own and ends it.
"""

import asyncio
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zit_engine.bench.load.client import Answer, Door, Person
from zit_engine.bench.load.process import Server

Report = dict[str, Any]
_PAGE_EVERY_S = 1.0
_STAGGER_S = 0.005
MB = 1_000_000
_HANGUL = re.compile("[\uac00-\ud7a3]")
# How a Korean sentence to a guest ends, and the word for seconds.
_POLITE_END, _SECONDS = "\uc694.", "\ucd08"


def is_told(answer: Answer) -> bool:
    """A refusal a Korean shop owner can read, with what to do."""
    return bool(_HANGUL.search(answer.refusal)) and _POLITE_END in answer.refusal


async def _opened(server: Server) -> Door:
    await asyncio.to_thread(server.start)
    door = Door(server.base)
    await door.learn()
    return door


async def _ended(server: Server, door: Door) -> None:
    await door.close()
    await asyncio.to_thread(server.kill)


async def _watch_pages(door: Door, seconds: list[float]) -> None:
    while True:
        seconds.append(await door.page_s())
        await asyncio.sleep(_PAGE_EVERY_S)


async def _all_fetched(door: Door, answers: Sequence[Answer]) -> int:
    """How many of the pictures told of really come by their link."""
    urls = [file["url"] for answer in answers for file in answer.files]
    good = 0
    for url in urls:
        good += (await door.fetch(url)).status_code == 200
    return good


async def _served(person: Person) -> tuple[Answer, int]:
    """Ask, and fetch what came at once, as a page does: (answer, files that were whole)."""
    answer = await person.make("watermelon")
    return answer, await _all_fetched(person.door, [answer])


async def crowd(folder: Path, people: int = 200, seconds: float = 0.2) -> Report:
    """`people` press at once and all wait for theirs, while somebody else opens the page."""
    server = Server(folder, seconds=seconds, max_waiting=people + 10)
    door = await _opened(server)
    pages: list[float] = []
    try:
        # What the first picture, the first page and the first row load is not growth.
        await Person(door, "first").make("watermelon")
        await door.page_s()
        before = server.figures()
        watching = asyncio.create_task(_watch_pages(door, pages))
        started = time.monotonic()
        tasks = []
        for number in range(people):
            tasks.append(asyncio.create_task(Person(door, f"p{number}").make("watermelon")))
            await asyncio.sleep(_STAGGER_S)
        answers = await asyncio.gather(*tasks)
        took = time.monotonic() - started
        watching.cancel()
        after = server.figures()
        fetched = await _all_fetched(door, answers)
    finally:
        await _ended(server, door)
    served = sum(bool(answer.files) for answer in answers)
    return {
        "people": people,
        "served": served,
        "fetched": fetched,
        "took_s": round(took, 1),
        "page_max_s": round(max(pages), 3),
        "rss_before_mb": round(before["rss"] / MB, 1),
        "rss_growth_mb": round((after["rss"] - before["rss"]) / MB, 1),
        "threads": [before["threads"], after["threads"]],
        "holds": served == fetched == people
        and max(pages) <= 1.5
        and after["rss"] - before["rss"] <= 60 * MB,
    }


async def admission(folder: Path, places: int = 20, more: int = 30) -> Report:
    """One is painted for long, `places` wait, `more` are turned away: all press at once."""
    server = Server(folder, seconds=8.0, max_waiting=places)
    door = await _opened(server)
    try:
        running = asyncio.create_task(Person(door, "first").make("watermelon"))
        while (await door.state())[1].get("state") != "busy":
            await asyncio.sleep(0.05)
        people = [Person(door, f"p{number}") for number in range(places + more)]
        tasks = [asyncio.create_task(person.make("watermelon")) for person in people]
        done, waiting = await asyncio.wait(tasks, timeout=5.0)
        refusals = [task.result() for task in done]
        in_line = (await door.state())[1].get("waiting")
        for task in waiting:
            task.cancel()
        running.cancel()
    finally:
        await _ended(server, door)
    slowest = max((answer.seconds for answer in refusals), default=0.0)
    told = sum(is_told(answer) and _SECONDS in answer.refusal for answer in refusals)
    return {
        "asked": places + more,
        "accepted": len(waiting),
        "in_line": in_line,
        "refused": len(refusals),
        "refused_in_korean_with_seconds": told,
        "slowest_refusal_s": round(slowest, 3),
        "holds": len(waiting) == in_line == places and told == more and slowest <= 0.5,
    }


async def soak(folder: Path, jobs: int = 1000, seconds: float = 0.02, at_once: int = 8) -> Report:
    """`jobs` pictures by `at_once` people who come again and again; figures at a tenth of them and
    at the end."""
    server = Server(folder, seconds=seconds, max_waiting=at_once * 2)
    door = await _opened(server)
    left, answers, figures = jobs, [], []
    mark = jobs - max(1, jobs // 10)

    async def come_again(number: int) -> None:
        nonlocal left
        person = Person(door, f"p{number}")
        while left > 0:
            left -= 1
            if left == mark:
                figures.append(server.figures())
            answers.append(await person.make("watermelon"))

    try:
        await asyncio.gather(*(come_again(number) for number in range(at_once)))
        await asyncio.sleep(1.0)
        figures.append(server.figures())
    finally:
        await _ended(server, door)
    first, last = figures
    drift = (last["rss"] - first["rss"]) / MB
    served = sum(bool(answer.files) for answer in answers)
    return {
        "jobs": jobs,
        "served": served,
        "rss_drift_mb": round(drift, 1),
        "threads": [first["threads"], last["threads"]],
        "files": [first["files"], last["files"]],
        "holds": served == jobs
        and drift <= 20
        and last["threads"] <= first["threads"] + 2
        and last["files"] <= first["files"] + 2,
    }


async def ending(folder: Path, people: int = 20, limit_s: float = 25.0) -> Report:
    """SIGTERM while one is painted and the others wait; others still come."""
    server = Server(folder, seconds=0.3, max_waiting=people + 10, drain_s=limit_s)
    door = await _opened(server)
    try:
        tasks = [
            asyncio.create_task(_served(Person(door, f"p{number}"))) for number in range(people)
        ]
        while await door.accepted() < people:
            await asyncio.sleep(0.1)
        server.tell(signal.SIGTERM)
        told_at = time.monotonic()
        await asyncio.sleep(0.2)
        status, body = await door.state()
        late = await Person(door, "late").make("watermelon")
        answers = await asyncio.gather(*tasks)
        fetched = sum(files for _, files in answers)
        code = await asyncio.to_thread(server.wait, limit_s + 10)
        took = time.monotonic() - told_at
    finally:
        await _ended(server, door)
    return {
        "accepted": people,
        "delivered": fetched,
        "readyz_after_signal": [status, str(body.get("state"))],
        "late_refused_in_korean": is_told(late),
        "exit_code": code,
        "ended_after_s": round(took, 1),
        "holds": fetched == people
        and status == 503
        and is_told(late)
        and code == 0
        and took <= limit_s,
    }
