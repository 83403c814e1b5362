"""The event stream of a run. `events.jsonl` is the truth; stdout carries the same lines for as long as somebody listens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from blindfold_trainer.protocol import schema
from blindfold_trainer.protocol.config import PROTOCOL_VERSION
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import without_link

#: Bytes of an event. The longest hold a thousand pairs that cannot be used.
_MOST_LINE = 64 * 2**20


def take_stdout() -> int | None:
    """Keeps the real stdout for events and lets file descriptor 1 point to stderr, so that no library can print into the stream.

    None where the process was started without a stdout.
    """
    try:
        real = os.dup(1)
        os.dup2(2, 1)
    except OSError:
        return None
    return real


def _last_seq(path: Path) -> tuple[int, str | None]:
    """Sequence number and type of the last event, after cutting off a half-written last line."""
    if not path.exists():
        return 0, None
    with open(path, "r+b", opener=without_link) as file:
        size = file.seek(0, os.SEEK_END)
        end = _line_end(file, size)
        if end < size:
            file.truncate(end)
        if end == 0:
            return 0, None
        start = _line_end(file, end - 1)
        file.seek(start)
        last = file.read(min(end - start, _MOST_LINE))
    try:
        event = json.loads(last)
        return int(event["seq"]), str(event["type"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TrainerError(
            "CHECKPOINT_INVALID", "The last line of events.jsonl is not an event.", "Start a new run.", file=str(path)
        ) from error


def _line_end(file: BinaryIO, before: int) -> int:
    """Where the last line ends that ends at `before` or earlier; 0 where none does."""
    while before > 0:
        start = max(0, before - 2**16)
        file.seek(start)
        found = file.read(before - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        before = start
    return 0


def events_of(run_dir: Path) -> Iterator[dict]:
    """The events of a run so far, whole lines alone. Raises CHECKPOINT_INVALID at a line that is none."""
    path = run_dir / "events.jsonl"
    if not path.exists():
        return
    with open(path, "rb", opener=without_link) as file:
        while line := file.readline(_MOST_LINE):
            if not line.endswith(b"\n") and len(line) < _MOST_LINE:
                return
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                event = None
            if not isinstance(event, dict):
                message, remedy = "A line of events.jsonl is not an event.", "Start a new run."
                raise TrainerError("CHECKPOINT_INVALID", message, remedy, file=str(path))
            yield event


class Events:
    """Writes events; on a resumed run the numbers go on where the file ends."""

    def __init__(self, run_dir: Path, run_id: str, stdout: int | None):
        self.path = run_dir / "events.jsonl"
        self.run_id = run_id
        self._stdout = stdout
        self._seq, self.last_type = _last_seq(self.path)
        self._file = open(self.path, "ab", buffering=0, opener=without_link)

    def emit(self, type: str, **fields: object) -> None:
        """Appends one event, whole or not at all as far as readers of complete lines can see. A malformed one is a defect."""
        event = {
            "v": PROTOCOL_VERSION,
            "seq": self._seq + 1,
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "run_id": self.run_id,
            "rank": 0,
            "type": type,
            **fields,
        }
        wrong = schema.event_problem(event)
        if wrong:
            raise ValueError(f"event {type} breaks the protocol at {wrong.field}: {wrong.message}")
        line = (json.dumps(event, allow_nan=False, separators=(",", ":")) + "\n").encode()
        end = os.fstat(self._file.fileno()).st_size
        try:
            view = memoryview(line)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            # What follows must not be glued to half a line.
            self._file.truncate(end)
            raise TrainerError(
                "WRITE_FAILED",
                f"Cannot write events.jsonl: {error.strerror}.",
                "Free some disk space, then resume. The run continues from its last checkpoint.",
                file=str(self.path),
            ) from error
        self._seq += 1
        self.last_type = type
        self._echo(line)

    def _echo(self, line: bytes) -> None:
        if self._stdout is None:
            return
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(self._stdout, view) :]
        except OSError:
            # Nobody listens any more; the run goes on.
            self._stdout = None

    def sync(self) -> None:
        """Brings everything written so far to the disk: before a checkpoint claims that it happened."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Silence:
    """Takes the events of a process that is not the first one: what it would tell, rank 0 tells."""

    def emit(self, type: str, **fields: object) -> None: ...

    def sync(self) -> None: ...
