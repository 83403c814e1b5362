"""Requests to stop, from wherever they come: the file `cancel`, a line on stdin, or a signal."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

from blindfold_trainer.protocol import schema


class Cancelled(Exception):
    """Raised between two steps, never within one."""

    def __init__(self, reason: str):
        super().__init__(reason)
        #: 'file', 'stdin' or 'signal'
        self.reason = reason


class Control:
    def __init__(self, run_dir: Path):
        self._file = run_dir / "cancel"
        self._reason: str | None = None

    def listen(self) -> None:
        """Installs signal handlers and reads stdin in the background. Neither the end of stdin nor a hang-up stops a run."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self._ask("signal"))
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if not os.isatty(0):
            threading.Thread(target=self._read_stdin, daemon=True).start()

    def _ask(self, reason: str) -> None:
        self._reason = self._reason or reason

    def _read_stdin(self) -> None:
        # os.read and not sys.stdin: a thread inside a buffered reader can abort the interpreter at its exit.
        rest = b""
        while True:
            try:
                chunk = os.read(0, 4096)
            except OSError:
                return
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                try:
                    if schema.problem("command.json", json.loads(line)) is None:
                        self._ask("stdin")
                except ValueError:
                    continue

    def asked(self) -> str | None:
        """Why the run shall stop; None where nobody has asked. The cancel file is used up by it, so that the run can be resumed."""
        if self._reason is None and self._file.exists():
            self._ask("file")
        if self._reason is not None:
            self._file.unlink(missing_ok=True)
        return self._reason

    def check(self) -> None:
        """Raises `Cancelled` where somebody has asked to stop."""
        reason = self.asked()
        if reason is not None:
            raise Cancelled(reason)
