"""Files of a run folder and of models, which may come from strangers; folders that are complete or absent."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from safetensors import SafetensorError

from blindfold_trainer.protocol.errors import TrainerError

#: Bytes of a file of settings: config.json, state.json, rm_config.json and those that come with a model.
MOST_SETTINGS = 8 * 2**20
#: What a run writes into its folder, and what it reads of itself.
_OWN = ("config.json", "events.jsonl", "log.txt", "trainer.lock", "cancel", "checkpoints", "samples", "mm", "proxy")


def ordinary(path: str | os.PathLike[str], flags: int) -> int:
    """An opener for `open` that takes files alone, and waits for no pipe. Raises OSError."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no ordinary file", os.fspath(path))
    return descriptor


def without_link(path: str | os.PathLike[str], flags: int) -> int:
    """As `ordinary`, and follows no link in place of the file."""
    return ordinary(path, flags | getattr(os, "O_NOFOLLOW", 0))


def read_json(path: Path, most: int = MOST_SETTINGS, links: bool = False) -> object:
    """What a JSON file in UTF-8 says; `links` are followed where a model's cache has them. Raises OSError; ValueError where it is no JSON,
    longer than `most` bytes or nested too deeply."""
    with open(path, "rb", opener=ordinary if links else without_link) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it is longer than {most} bytes")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def refuse_links(run_dir: Path) -> None:
    """Raises CONFIG_INVALID where something that a run writes is a link: what is written must not land elsewhere."""
    for path in _below(run_dir):
        if path.is_symlink() or getattr(path, "is_junction", lambda: False)():
            message = f"{path.relative_to(run_dir)} in the run folder is a link."
            remedy = "A link can lead anywhere: replace it with its target, or remove it."
            raise TrainerError("CONFIG_INVALID", message, remedy, file=str(path))


def _below(run_dir: Path) -> Iterator[Path]:
    for name in (*_OWN, *(f"{name}.tmp" for name in _OWN)):
        path = run_dir / name
        yield path
        if path.is_dir() and not path.is_symlink():
            for folder, folders, files in os.walk(path):
                yield from (Path(folder, each) for each in (*folders, *files))


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
    except (OSError, SafetensorError) as error:
        # On a full disk half a folder would keep the room that whoever resumes needs; what stood at `target` stays.
        shutil.rmtree(temporary, ignore_errors=True)
        raise TrainerError(
            "WRITE_FAILED",
            f"Cannot write {target.name}: {_reason(error)}.",
            "Free some disk space, then resume. The run continues from its last checkpoint.",
            file=str(target),
        ) from error


def _reason(error: Exception) -> str:
    """What the system said; safetensors wraps it in words of its own."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    number = re.search(r"os error (\d+)", str(error))
    return os.strerror(int(number[1])) if number and sys.platform != "win32" else str(error)
