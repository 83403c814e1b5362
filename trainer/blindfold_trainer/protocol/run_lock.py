"""The lock of a run folder: one process works in it at a time."""

from __future__ import annotations

import sys
from pathlib import Path

from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import without_link


class RunLock:
    """Holds a run folder for one process. The operating system lets go of it even after a kill."""

    def __init__(self, run_dir: Path):
        self._file = open(run_dir / "trainer.lock", "a+b", opener=without_link)
        try:
            if sys.platform == "win32":
                import msvcrt

                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise TrainerError(
                "RUN_BUSY", "Another trainer is using this run folder.", "Wait for it, or cancel it.", file=str(run_dir)
            ) from error
