"""`serve-rm`: a reward model behind a small HTTP endpoint on this machine, for training loops that ask for rewards.

    POST /score    {"items": [{"prompt", "responses": [...], "images": ["name.png" | "data:image/png;base64,..."]}]}, rows as `score` reads them
                   -> {"rewards": [[...], ...]}, one list an item; {"errors": [null | {code, message, remedy}]} beside it
    GET  /health   what is served

Every request carries `Authorization: Bearer TOKEN`. Requests that arrive together share forward passes; what else is in one changes no
reward by more than rounding.
"""

from __future__ import annotations

import hmac
import json
import queue
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch

from . import __version__
from .backbone import Branches, Encoded, Role, pack
from .errors import TrainerError
from .images import Places, bad, paths_of
from .rows import read_responses

HOST = "127.0.0.1"
#: Bytes of one request, its images included.
MOST_BYTES = 256 * 2**20
MOST_RESPONSES = 1024
#: Seconds that the first request of a batch waits for others.
WAIT = 0.005


@dataclass
class _Job:
    items: list[dict]
    done: Future = field(default_factory=Future)


class Scorer:
    """One thread owns the model; requests wait for it in a queue and are scored together, in packs of at most `budget` tokens."""

    def __init__(self, branches: Branches, role: Role, images: Path | None, budget: int):
        self._branches, self._role, self._budget = branches, role, budget
        self._places = Places(images, inside=True)
        self._queue: queue.Queue[_Job | None] = queue.Queue()
        #: Forward passes and items so far.
        self.passes, self.scored = 0, 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def score(self, items: list[dict]) -> dict:
        """`{"rewards": [list | None], "errors": [None | error]}`, one of each an item."""
        job = _Job(items)
        self._queue.put(job)
        return job.done.result()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            while True:
                try:
                    more = self._queue.get(timeout=WAIT)
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                jobs.append(more)
            try:
                self._answer(jobs)
            except Exception as error:  # noqa: BLE001 - whoever waits must be told
                for waiting in jobs:
                    if not waiting.done.done():
                        waiting.done.set_exception(error)

    def _answer(self, jobs: Sequence[_Job]) -> None:
        encoded: list[Encoded] = []
        errors: list[dict | None] = []
        with tempfile.TemporaryDirectory() as scratch:
            for item in (item for job in jobs for item in job.items):
                try:
                    encoded.append(self._encode(item, Path(scratch)))
                    errors.append(None)
                except TrainerError as error:
                    errors.append(error.data())
            found: list[list[float]] = []
            costs = [self._branches.cost(e, self._role) for e in encoded]
            for part in pack(costs, self._budget):
                batch = [encoded[i] for i in part]
                with torch.no_grad():
                    rewards = self._branches.rewards(self._role, batch).tolist()
                self.passes += 1
                for one in batch:
                    found.append(rewards[: one.responses])
                    rewards = rewards[one.responses :]
        self.scored += len(encoded)
        values = iter(found)
        results = iter([(None if error else next(values), error) for error in errors])
        for job in jobs:
            mine = [next(results) for _ in job.items]
            job.done.set_result({"rewards": [r for r, _ in mine], "errors": [e for _, e in mine]})

    def _encode(self, item: dict, scratch: Path) -> Encoded:
        row = read_responses(item, 0, self._places)
        if len(row.responses) > MOST_RESPONSES:
            message = f"An item has {len(row.responses)} responses; {MOST_RESPONSES} fit."
            raise bad(message, "responses", "Ask in parts.")
        paths = paths_of(row.images, scratch)
        return self._branches.encode_texts(row.id, row.prompt, row.responses, paths, row.messages)


def _handler(scorer: Scorer, token: str, about: dict) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = f"blindfold/{__version__}"
        #: Seconds that a silent connection is kept.
        timeout = 60

        def do_GET(self) -> None:
            if self._admitted():
                if self.path == "/health":
                    self._reply(200, {**about, "items": scorer.scored, "forward_passes": scorer.passes})
                else:
                    self._refuse(404, "There are GET /health and POST /score.")

        def do_POST(self) -> None:
            if not self._admitted():
                return
            if self.path != "/score":
                return self._refuse(404, "There are GET /health and POST /score.")
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MOST_BYTES:
                return self._refuse(413, f"A request has a Content-Length of at most {MOST_BYTES} bytes.")
            try:
                items = json.loads(self.rfile.read(int(length))).get("items")
            except (ValueError, AttributeError):
                return self._refuse(400, "The request is no JSON object.")
            if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
                return self._refuse(400, "items is no list of objects.")
            try:
                self._reply(200, scorer.score(items))
            except Exception as error:  # noqa: BLE001 - a client must hear of it, and the server must live
                self._refuse(500, f"Scoring failed: {error}")

        def _admitted(self) -> bool:
            # A page in a browser could be made to send requests here under another name.
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            if host not in (HOST, "localhost"):
                self._refuse(403, "Ask by 127.0.0.1 or localhost.")
                return False
            given = self.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                self._refuse(401, "The header Authorization: Bearer TOKEN is missing or wrong.")
                return False
            return True

        def _refuse(self, status: int, message: str) -> None:
            # What is left of the request is not read: the connection ends.
            self.close_connection = True
            self._reply(status, {"error": {"code": "REFUSED", "message": message}})

        def _reply(self, status: int, value: dict) -> None:
            body = json.dumps(value, allow_nan=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a training loop asks thousands of times, and a log of requests would hold people's texts."""

    return Handler


def make_server(
    branches: Branches, role: Role, card: dict, token: str, port: int, images: Path | None, budget: int
) -> tuple[ThreadingHTTPServer, Scorer]:
    """A server on loopback, not yet serving; port 0 takes a free one. Raises TrainerError where the port is taken."""
    branches.train(False)
    scorer = Scorer(branches, role, images, budget)
    about = {"role": role, "model": card["architecture"]["name"], "data_sha256": card["data_sha256"]}
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(scorer, token, about))
    except OSError as error:
        scorer.close()
        message = f"The port {port} cannot be taken: {error.strerror}."
        raise TrainerError("CONFIG_INVALID", message, "Choose another with --port.", field="port") from error
    server.daemon_threads = True
    return server, scorer
