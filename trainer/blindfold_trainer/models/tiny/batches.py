"""Pictures from files, batches from pairs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from blindfold_trainer.data.image_references import content_of
from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.data.picture_decoder import decode
from blindfold_trainer.models.tiny.hashed_vocabulary import encode
from blindfold_trainer.models.tiny.network import Architecture
from blindfold_trainer.protocol.errors import TrainerError


def load_image(path: Path, size: int) -> np.ndarray:
    """A picture (see `decode`) as uint8 [3, size, size], scaled to the square. Raises IMAGE_MISSING, IMAGE_UNREADABLE, READ_FAILED."""
    picture = decode(content_of(path), path.name)
    small = picture.resize((size, size), Image.Resampling.BILINEAR)
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
    #: fp32 [b], or None where every pair weighs 1.
    weight: Tensor | None = None

    def without_images(self) -> Batch:
        return Batch(self.ids, self.tokens, None, None)

    def with_blank_image(self) -> Batch:
        """One white image each, whatever the pair has: what the proxy of the paper's released code sees."""
        b = len(self.ids)
        size = Architecture().image_size
        return Batch(
            self.ids,
            self.tokens,
            torch.full((b, 1, 3, size, size), 255, dtype=torch.uint8),
            torch.ones(b, 1, dtype=torch.bool),
        )


class Dataset:
    """Pairs ready to train on: words as numbers, every picture decoded once at the model's size (3 KB each)."""

    def __init__(
        self, pairs: list[Pair], max_length: int, tick: Callable[[], None] = lambda: None, images: bool = True
    ):
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
        weights = [self.pairs[r].weight for r in rows]
        weight = None if all(w == 1 for w in weights) else torch.tensor(weights)
        k = max(len(self._image_rows[r]) for r in rows)
        if k == 0:
            return Batch(ids, torch.from_numpy(tokens), None, None, weight)
        size = Architecture().image_size
        images = np.zeros((len(rows), k, 3, size, size), np.uint8)
        has = np.zeros((len(rows), k), bool)
        for i, r in enumerate(rows):
            for j, at in enumerate(self._image_rows[r]):
                images[i, j], has[i, j] = self._images[at], True
        return Batch(ids, torch.from_numpy(tokens), torch.from_numpy(images), torch.from_numpy(has), weight)
