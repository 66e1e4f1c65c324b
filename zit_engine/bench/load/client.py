"""People at the door: gradio_client's protocol, spoken by many at once from one event loop.

Comes in: the address of a server. Goes out: Answers. A Person asks as gradio_client does (join the
queue, read the stream of its session); one thread for each of 200 would measure the threads.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

_PATIENCE = httpx.Timeout(300.0, connect=30.0)
_ACCEPTED = re.compile(r"^zit_jobs_accepted_total\{.*\} (\S+)$", re.MULTILINE)
_NO_CAP = httpx.Limits(max_connections=None, max_keepalive_connections=100)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to. `refusal`: the sentence of a refusal, "" for none. `is_lost`: the server
    went away before it answered. `seconds` until the answer."""

    data: tuple[Any, ...]
    refusal: str
    is_lost: bool
    seconds: float

    @property
    def files(self) -> list[dict[str, Any]]:
        """The pictures of a /make."""
        return list(self.data[0]["files"]) if self.data and isinstance(self.data[0], dict) else []


class Door:
    """One server's address, and which of its functions has which number."""

    def __init__(self, base: str):
        self.base = base.rstrip("/")
        self.client = httpx.AsyncClient(timeout=_PATIENCE, limits=_NO_CAP)
        self._numbers: dict[str, int] = {}

    async def learn(self) -> None:
        """Read the numbers from the server's config. Raises httpx.HTTPError."""
        config = (await self.client.get(f"{self.base}/config")).json()
        self._numbers = {}
        for each in config["dependencies"]:
            self._numbers.setdefault(str(each["api_name"]), int(each["id"]))

    async def page_s(self) -> float:
        """Seconds the whole first page takes. Raises httpx.HTTPError."""
        started = time.monotonic()
        answer = await self.client.get(f"{self.base}/")
        answer.raise_for_status()
        return time.monotonic() - started

    async def state(self) -> tuple[int, Mapping[str, Any]]:
        """Status and body of /readyz; (0, {}) where nobody answers."""
        try:
            answer = await self.client.get(f"{self.base}/readyz", timeout=5.0)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    async def accepted(self) -> int:
        """Jobs the server let in since it started, by its own count. Raises httpx.HTTPError."""
        text = (await self.client.get(f"{self.base}/metrics")).text
        return int(sum(float(each) for each in _ACCEPTED.findall(text)))

    async def call(self, name: str, data: list[Any], session: str = "") -> Answer:
        """One call through the queue, as the page and gradio_client make it: they keep one
        `session` for all of theirs."""
        started = time.monotonic()
        try:
            output, is_good = await self._call(name, data, session or secrets.token_hex(8))
        except (httpx.HTTPError, json.JSONDecodeError):
            return Answer((), "", True, time.monotonic() - started)
        took = time.monotonic() - started
        if output is None:
            return Answer((), "", True, took)
        if not is_good:
            return Answer((), str(output.get("error")), False, took)
        return Answer(tuple(output.get("data", ())), "", False, took)

    async def fetch(self, url: str) -> httpx.Response:
        """A file by its signed link. Raises httpx.HTTPError."""
        return await self.client.get(f"{self.base}{url}")

    async def close(self) -> None:
        await self.client.aclose()

    async def _call(
        self, name: str, data: list[Any], session: str
    ) -> tuple[dict[str, Any] | None, bool]:
        body = {"data": data, "fn_index": self._numbers[name], "session_hash": session}
        joined = await self.client.post(f"{self.base}/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        asked = joined.json()["event_id"]
        stream = f"{self.base}/gradio_api/queue/data?session_hash={session}"
        output, is_good = None, False
        async with self.client.stream("GET", stream) as answer:
            async for line in answer.aiter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "close_stream":
                    break
                if message.get("msg") == "process_completed" and message["event_id"] == asked:
                    output, is_good = message["output"], bool(message["success"])
        return output, is_good


class Person:
    """Somebody with an owner id of their own, whose name stands in what they ask for."""

    def __init__(self, door: Door, name: str):
        self.door = door
        self.name = name
        self.owner = secrets.token_hex(16)
        self._session = secrets.token_hex(8)
        self._other_tab = secrets.token_hex(8)

    async def make(self, what: str, count: int = 1) -> Answer:
        """Press the button through /make, the one open endpoint."""
        asked = [f"{self.name} {what}", "realistic", "plain-1-1", count, None, None, self.owner]
        return await self.door.call("make", [*asked, None, "none", ""], self._session)

    async def stop(self) -> Answer:
        return await self.door.call("stop", [self.owner], self._other_tab)

    async def reload(self) -> Answer:
        """Come back to the page: follows what is still being made until it is there."""
        return await self.door.call("resume", [self.owner], self._other_tab)
