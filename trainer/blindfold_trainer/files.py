"""Folders that are complete or absent."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from .errors import TrainerError


def sync_file(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    # Windows cannot open a folder; its renames are journalled.
    if sys.platform != "win32":
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def write_folder(target: Path, fill: Callable[[Path], None]) -> None:
    """Lets `fill` write into a temporary folder beside the target, brings all of it to the disk, then puts it in place."""
    temporary = target.with_name(target.name + ".tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        fill(temporary)
        for file in temporary.iterdir():
            sync_file(file)
        sync_folder(temporary)
        if target.exists():
            shutil.rmtree(target)
        os.rename(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        raise TrainerError(
            "WRITE_FAILED",
            f"Cannot write {target.name}: {error.strerror}.",
            "Free some disk space, then resume.",
            file=str(target),
        ) from error
