"""A hub on the loopback that speaks as much of the real one as huggingface_hub asks for."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 64 * 1024


class FakeHub:
    """`files`: what the repo `owner/name` holds. `served`: bytes sent of each file."""

    def __init__(self, files: dict[str, bytes]):
        self.repo, self.files = "owner/name", files
        self.served = dict.fromkeys(files, 0)
        self.requests: list[str] = []
        # Path -> how often the connection breaks in the middle of it.
        self.cuts: dict[str, int] = {}
        self.status, self.error_code = 200, ""
        self.pause_s = 0.0
        self.lock = threading.Lock()

    @property
    def total(self) -> int:
        return sum(self.served.values())

    @contextmanager
    def running(self) -> Iterator[str]:
        """The hub's address while it answers."""
        hub = self

        class Handler(_Handler):
            fake = hub

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeHub

    def log_message(self, *args: Any) -> None: ...

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = unquote(urlparse(self.path).path)
        with self.fake.lock:
            self.fake.requests.append(f"{self.command} {path}")
        if self.fake.status != 200:
            self._refuse(self.fake.status, self.fake.error_code)
        elif path.startswith(f"/api/models/{self.fake.repo}/tree/"):
            self._json([self._entry(name) for name in self.fake.files])
        elif path in (
            f"/api/models/{self.fake.repo}",
            f"/api/models/{self.fake.repo}/revision/main",
        ):
            siblings = [{"rfilename": name} for name in self.fake.files]
            self._json({"id": self.fake.repo, "sha": COMMIT, "siblings": siblings})
        elif path.startswith(f"/api/models/{self.fake.repo}/revision/"):
            self._refuse(404, "RevisionNotFound")
        elif path.startswith(f"/{self.fake.repo}/resolve/"):
            self._file(path.split("/", 5)[5], with_body)
        else:
            self._refuse(404, "RepoNotFound")

    def _entry(self, name: str) -> dict[str, object]:
        data = self.fake.files[name]
        return {"type": "file", "path": name, "size": len(data), "oid": _etag(data)}

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, data: object) -> None:
        raw = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(raw)

    def _file(self, name: str, with_body: bool) -> None:
        data = self.fake.files.get(name)
        if data is None:
            return self._refuse(404, "EntryNotFound")
        start = 0
        if (wanted := self.headers.get("Range", "")).startswith("bytes="):
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{_etag(data)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if with_body:
            self._send(name, data, start)

    def _send(self, name: str, data: bytes, start: int) -> None:
        with self.fake.lock:
            cut = self.fake.cuts.get(name, 0) > 0
            self.fake.cuts[name] = self.fake.cuts.get(name, 0) - 1
        end = start + (len(data) - start) // 2 if cut else len(data)
        for place in range(start, end, CHUNK):
            piece = data[place : min(place + CHUNK, end)]
            self.wfile.write(piece)
            with self.fake.lock:
                self.fake.served[name] += len(piece)
            time.sleep(self.fake.pause_s)
        if cut:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)


def _etag(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()
