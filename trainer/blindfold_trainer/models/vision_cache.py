"""Features of images from a frozen vision tower, kept on the disk between epochs and runs."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from blindfold_trainer.models.families.base import Features

#: Room is made down to this share of the limit at once, so that not every further image has to make some.
_AFTER_EVICTION = 0.9
#: Bytes of the disk that stay free, for checkpoints and everybody else.
_LEFT_FREE = 2 * 2**30
_FOLDER, _FILE = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{64}\.safetensors")


class VisionCache:
    """`folder/ab/abcd....safetensors`, one file an image. Several processes may share a folder."""

    def __init__(self, folder: Path, limit: int, identity: str):
        """`identity` names everything but the image that features depend on: weights, processor, number format. `limit` in bytes."""
        self.folder, self.limit = folder, limit
        self._identity = identity
        folder.mkdir(parents=True, exist_ok=True)
        self._size = sum(p.stat().st_size for p in self._files())

    def _files(self) -> Iterator[Path]:
        """Its own files alone: the folder may come from strangers, and a link in it may lead to somebody's models."""
        for entry in os.scandir(self.folder):
            if _FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                for file in os.scandir(entry):
                    if _FILE.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                        yield Path(file.path)

    def _path(self, image: str) -> Path:
        name = hashlib.sha256(f"{self._identity}\n{image}".encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.safetensors"

    def get(self, image: str) -> Features | None:
        """Features of the image with this SHA-256, on the CPU. A file that cannot be read counts as absent."""
        path = self._path(image)
        try:
            found = load_file(path)
            os.utime(path)
        except (OSError, SafetensorError):
            return None
        return found

    def put(self, image: str, features: Features) -> None:
        """Keeps features; the least recently used make room. A disk that is full, or nearly so, is no reason to stop a training run."""
        path = self._path(image)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(exist_ok=True)
            if path.parent.is_symlink():
                return
            save_file({k: t.detach().cpu().contiguous() for k, t in features.items()}, temporary)
            size = temporary.stat().st_size
            if size > self.limit or shutil.disk_usage(self.folder).free < _LEFT_FREE:
                temporary.unlink()
                return
            if self._size + size > self.limit:
                self._make_room(size)
            os.replace(temporary, path)
            self._size += size
        except (OSError, SafetensorError):
            temporary.unlink(missing_ok=True)

    def _make_room(self, needed: int) -> None:
        files = []
        for path in self._files():
            try:
                stat = path.stat()
            except OSError:
                continue
            files.append((stat.st_mtime, stat.st_size, path))
        files.sort()
        self._size = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._size + needed <= self.limit * _AFTER_EVICTION:
                break
            path.unlink(missing_ok=True)
            self._size -= size
