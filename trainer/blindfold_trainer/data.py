"""Pairs from JSONL, pictures from files, batches from both. Nothing is left out silently: a bad row ends the run with its number."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .errors import TrainerError
from .model import Architecture
from .schema import problem
from .text import encode


@dataclass(frozen=True)
class Pair:
    id: str
    group: str
    prompt: str
    chosen: str
    rejected: str
    #: Names of the images, as the file has them, and where they lie.
    images: tuple[str, ...]
    paths: tuple[Path, ...]


def read_rows(path: Path) -> Iterator[tuple[int, dict]]:
    """The records of a JSONL file with their number, from 1. Empty lines are skipped."""
    try:
        file = open(path, encoding="utf-8")
    except OSError as error:
        raise TrainerError("DATA_MISSING", f"Cannot read {path.name}: {error.strerror}.", "Check the path.", file=str(path)) from error
    with file:
        row = 0
        try:
            for row, line in enumerate(file, 1):
                if line.strip():
                    value = json.loads(line)
                    if not isinstance(value, dict):
                        raise TrainerError("DATA_INVALID", "A row is no object.", "Write one JSON object a line.", file=str(path), row=row)
                    yield row, value
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            where = row if isinstance(error, json.JSONDecodeError) else row + 1
            raise TrainerError("DATA_INVALID", f"Not JSON in UTF-8: {error}.", "Write one JSON object a line.", file=str(path), row=where) from error


def _collect(path: Path, parse: Callable[[dict], Pair]) -> list[Pair]:
    pairs, seen = [], {}
    for row, value in read_rows(path):
        try:
            pair = parse(value)
        except TrainerError as error:
            error.file, error.row = str(path), row
            raise
        if pair.id in seen:
            raise TrainerError(
                "DATA_INVALID", f"The id {pair.id} stands in row {seen[pair.id]} too.", "Give every pair an id of its own.",
                file=str(path), row=row, field="id",
            )
        seen[pair.id] = row
        pairs.append(pair)
    if not pairs:
        raise TrainerError("DATA_INVALID", f"{path.name} holds no pair.", "Choose data with at least one pair.", file=str(path))
    return pairs


def read_snapshot(path: Path, media_dir: Path) -> list[Pair]:
    """Pairs as the app pins them: `snapshotPair` of the protocol, images by hash under `media_dir`."""

    def parse(value: dict) -> Pair:
        wrong = problem("pair.json", value)
        if wrong:
            raise TrainerError("DATA_INVALID", wrong.message, "Write the snapshot anew.", field=wrong.field)
        images = tuple(value["images"])
        return Pair(
            value["id"], value["group"], value["prompt"], value["chosen"], value["rejected"], images,
            tuple(media_dir / h[:2] / h for h in images),
        )

    return _collect(path, parse)


def read_mmrm(path: Path, images_dir: Path) -> list[Pair]:
    """Pairs in the paper's own format, `{id, prompt, img_path, chosen, rejected}`; `img_path` is relative to `images_dir`."""

    def parse(value: dict) -> Pair:
        for field in ("prompt", "chosen", "rejected"):
            if not isinstance(value.get(field), str):
                raise TrainerError("DATA_INVALID", f"{field} is missing or no text.", "Give prompt, chosen and rejected as text.", field=field)
        image = value.get("img_path")
        if image is not None and not isinstance(image, str):
            raise TrainerError("DATA_INVALID", "img_path is no text.", "Give img_path as text, or leave it out.", field="img_path")
        images = () if not image else (image,)
        key = str(value.get("id", f"{value['prompt']}|{value['chosen']}|{value['rejected']}|{image}"))
        return Pair(key, image or value["prompt"], value["prompt"], value["chosen"], value["rejected"], images, tuple(images_dir / i for i in images))

    return _collect(path, parse)


def read_pairs(path: Path, images_dir: Path) -> list[Pair]:
    """Either of the two forms, told apart by the first row."""
    first = next(read_rows(path), None)
    return (read_snapshot if first and "images" in first[1] else read_mmrm)(path, images_dir)


def data_hash(pairs: list[Pair]) -> str:
    """SHA-256 over ids, texts and image names in their order."""
    digest = hashlib.sha256()
    for p in pairs:
        digest.update(json.dumps([p.id, p.prompt, p.chosen, p.rejected, list(p.images)], ensure_ascii=True).encode())
    return digest.hexdigest()


def load_image(path: Path, size: int) -> np.ndarray:
    """A picture as uint8 [3, size, size], scaled to the square, transparent parts on white."""
    try:
        with Image.open(path) as image:
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
            small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    except FileNotFoundError as error:
        raise TrainerError("IMAGE_MISSING", f"The image {path.name} is missing.", "Import its pair again, or discard it.", file=str(path)) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise TrainerError("IMAGE_UNREADABLE", f"The image {path.name} cannot be read: {error}.", "Replace the image, or discard its pair.", file=str(path)) from error
    return np.asarray(small, dtype=np.uint8).transpose(2, 0, 1)


@dataclass
class Batch:
    ids: list[str]
    #: int64 [2b, length]: the chosen responses, then the rejected ones.
    tokens: Tensor
    #: uint8 [b, k, 3, size, size], or None where nothing is to be seen.
    images: Tensor | None
    #: bool [b, k]
    has_image: Tensor | None

    def without_images(self) -> "Batch":
        return Batch(self.ids, self.tokens, None, None)

    def with_blank_image(self) -> "Batch":
        """One white image each, whatever the pair has: what the proxy of the paper's released code sees."""
        b = len(self.ids)
        size = Architecture().image_size
        return Batch(self.ids, self.tokens, torch.full((b, 1, 3, size, size), 255, dtype=torch.uint8), torch.ones(b, 1, dtype=torch.bool))


class Dataset:
    """Pairs ready to train on: words as numbers, every picture decoded once at the model's size (3 KB each)."""

    def __init__(self, pairs: list[Pair], max_length: int, tick: Callable[[], None] = lambda: None, images: bool = True):
        """`tick` is called now and then and may raise to stop; without `images` no picture is opened."""
        self.pairs = pairs
        self.cut: list[str] = []
        self.no_image: list[str] = []
        self._tokens: list[tuple[np.ndarray, np.ndarray]] = []
        self._images: list[np.ndarray] = []
        self._image_rows: list[list[int]] = []
        known: dict[str, int] = {}
        size = Architecture().image_size
        for row, pair in enumerate(pairs, 1):
            if row % 64 == 0:
                tick()
            chosen, cut_c = encode(pair.prompt, pair.chosen, max_length)
            rejected, cut_r = encode(pair.prompt, pair.rejected, max_length)
            self._tokens.append((np.array(chosen, np.int64), np.array(rejected, np.int64)))
            if cut_c or cut_r:
                self.cut.append(pair.id)
            if not pair.images:
                self.no_image.append(pair.id)
            rows = []
            for path in pair.paths if images else ():
                key = os.fspath(path)
                if key not in known:
                    try:
                        self._images.append(load_image(path, size))
                    except TrainerError as error:
                        error.row, error.message = row, f"{error.message} It belongs to pair {pair.id}."
                        raise
                    known[key] = len(self._images) - 1
                rows.append(known[key])
            self._image_rows.append(rows)

    def __len__(self) -> int:
        return len(self.pairs)

    def batch(self, rows: list[int]) -> Batch:
        """The pairs at these positions, padded to the longest text and to the largest number of images among them."""
        texts = [self._tokens[r][side] for side in (0, 1) for r in rows]
        tokens = np.zeros((len(texts), max(map(len, texts))), np.int64)
        for line, text in zip(tokens, texts):
            line[: len(text)] = text
        ids = [self.pairs[r].id for r in rows]
        k = max(len(self._image_rows[r]) for r in rows)
        if k == 0:
            return Batch(ids, torch.from_numpy(tokens), None, None)
        size = Architecture().image_size
        images = np.zeros((len(rows), k, 3, size, size), np.uint8)
        has = np.zeros((len(rows), k), bool)
        for i, r in enumerate(rows):
            for j, at in enumerate(self._image_rows[r]):
                images[i, j], has[i, j] = self._images[at], True
        return Batch(ids, torch.from_numpy(tokens), torch.from_numpy(images), torch.from_numpy(has))
