"""`serve-rm`: a reward model behind a small HTTP endpoint on this machine, for training loops that ask for rewards.

    POST /score    {"items": [{"prompt", "responses": [...], "images": ["name.png" | "data:image/png;base64,..."]}]}, rows as `score` reads them
                   -> {"rewards": [[...], ...]}, one list an item; {"errors": [null | {code, message, remedy}]} beside it
    GET  /health   what is served

Every request carries `Authorization: Bearer TOKEN`. Requests that arrive together share forward passes; what else is in one changes no
reward by more than rounding, and what is wrong with one is its own: the others have their rewards. A body has at most 256 MB and 100,000
items and comes within two minutes; 256 connections are held at a time.
"""

from __future__ import annotations

import hmac
import json
import math
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch

from blindfold_trainer import __version__
from blindfold_trainer.data.image_references import Places, bad, paths_of
from blindfold_trainer.data.rows import read_responses
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import Role
from blindfold_trainer.models.passes import pack
from blindfold_trainer.protocol.errors import TrainerError

HOST = "127.0.0.1"
#: Bytes of one request, its images included.
MOST_BYTES = 256 * 2**20
MOST_RESPONSES = 1024
MOST_ITEMS = 100_000
#: Connections at a time. Each has a thread, so that many must not be had for nothing.
MOST_CONNECTIONS = 256
#: Seconds in which the body of a request has to come.
BODY_SECONDS = 120.0
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
            except BaseException as error:  # noqa: BLE001 - whoever waits must be told, and the thread must live
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
                except BaseException as error:  # noqa: BLE001 - whatever an item does, the others have their rewards
                    errors.append(_told(error))
            found: list[list[float] | dict] = []
            costs = [self._branches.cost(e, self._role) for e in encoded]
            for part in pack(costs, self._budget):
                found += self._rewards([encoded[i] for i in part])
        self.scored += len(encoded)
        values = iter(found)
        results = iter([error or next(values) for error in errors])
        for job in jobs:
            mine = [next(results) for _ in job.items]
            job.done.set_result(
                {
                    "rewards": [one if isinstance(one, list) else None for one in mine],
                    "errors": [one if isinstance(one, dict) else None for one in mine],
                }
            )

    def _rewards(self, batch: list[Encoded]) -> list[list[float] | dict]:
        """Rewards of each item, or what is wrong with it. A pass that fails is done again item by item, so that each fails for itself."""
        try:
            with torch.no_grad():
                rewards = self._branches.rewards(self._role, batch).tolist()
        except Exception as error:  # noqa: BLE001 - no memory, a device that gave up
            return [_told(error)] if len(batch) == 1 else [one for item in batch for one in self._rewards([item])]
        self.passes += 1
        found: list[list[float] | dict] = []
        for one in batch:
            mine, rewards = rewards[: one.responses], rewards[one.responses :]
            found.append(mine if all(map(math.isfinite, mine)) else _NOT_FINITE)
        return found

    def _encode(self, item: dict, scratch: Path) -> Encoded:
        row = read_responses(item, 0, self._places)
        if len(row.responses) > MOST_RESPONSES:
            message = f"An item has {len(row.responses)} responses; {MOST_RESPONSES} fit."
            raise bad(message, "responses", "Ask in parts.")
        paths = paths_of(row.images, scratch)
        return self._branches.encode_texts(row.id, row.prompt, row.responses, paths, row.messages)


#: The model's own fault, said of the item that it shows on.
_NOT_FINITE = TrainerError("DIVERGED", "A reward is no number.", "Train the model again at a lower learning rate.").data()


def _told(error: BaseException) -> dict:
    """What went wrong with an item, as data."""
    if isinstance(error, TrainerError):
        return error.data()
    message = f"The item cannot be scored: {type(error).__name__}: {error}"[:500]
    return TrainerError("INTERNAL", message, "Leave the item out, or look at it with `inspect --pairs`.").data()


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
            if not (length.isascii() and length.isdigit() and len(length) < 16 and int(length) <= MOST_BYTES):
                return self._refuse(413, f"A request has a Content-Length of at most {MOST_BYTES} bytes.")
            body = self._body(int(length))
            if body is None:
                return self._refuse(408, f"The body did not come within {BODY_SECONDS:g} seconds.")
            try:
                items = json.loads(body.decode(), parse_constant=_no_number).get("items")
            except (ValueError, AttributeError, RecursionError):
                return self._refuse(400, "The request is no JSON object in UTF-8, or is nested too deeply.")
            if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
                return self._refuse(400, "items is no list of objects.")
            if len(items) > MOST_ITEMS:
                return self._refuse(413, f"A request has at most {MOST_ITEMS} items.")
            try:
                self._reply(200, scorer.score(items))
            except Exception as error:  # noqa: BLE001 - a client must hear of it, and the server must live
                self._refuse(500, f"Scoring failed: {error}")

        def _body(self, length: int) -> bytes | None:
            """None where it does not come in time, however busily it trickles."""
            body, until = bytearray(), time.monotonic() + BODY_SECONDS
            try:
                while len(body) < length and (left := until - time.monotonic()) > 0:
                    self.connection.settimeout(left)
                    part = self.rfile.read1(min(length - len(body), 2**16))
                    if not part:
                        return None
                    body += part
            except OSError:
                return None
            finally:
                self.connection.settimeout(self.timeout)
            return bytes(body) if len(body) == length else None

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


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args) -> None:
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(*args)

    def process_request(self, request, client_address) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is no news; anything else is a defect."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def make_server(
    branches: Branches, role: Role, card: dict, token: str, port: int, images: Path | None, budget: int
) -> tuple[ThreadingHTTPServer, Scorer]:
    """A server on loopback, not yet serving; port 0 takes a free one. Raises TrainerError where the port is taken."""
    branches.train(False)
    scorer = Scorer(branches, role, images, budget)
    about = {"role": role, "model": card["architecture"]["name"], "data_sha256": card["data_sha256"]}
    try:
        server = _Server((HOST, port), _handler(scorer, token, about))
    except OSError as error:
        scorer.close()
        message = f"Port {port} cannot be used: {error.strerror}."
        raise TrainerError("CONFIG_INVALID", message, "Choose another port with --port.", field="port") from error
    return server, scorer
