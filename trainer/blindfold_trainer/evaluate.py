"""Margins of pairs, and accuracy with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from .data import Batch, Dataset
from .model import TinyRewardModel, margins

#: Pairs scored at a time.
BATCH = 256


def blindfold(batch: Batch, proxy_input: str) -> Batch:
    """What the proxy may see of a batch: no image at all, or one blank white image a pair."""
    return batch.with_blank_image() if proxy_input == "blank" else batch.without_images()


def score_batches(
    model: TinyRewardModel | None,
    proxy: TinyRewardModel | None,
    proxy_input: str,
    data: Dataset,
    tick: Callable[[], None] = lambda: None,
) -> Iterator[tuple[list[str], list[float] | None, list[float] | None]]:
    """(ids, mm margins, text margins) batch by batch; None for a branch that does not exist."""
    for start in range(0, len(data), BATCH):
        tick()
        batch = data.batch(list(range(start, min(start + BATCH, len(data)))))
        with torch.inference_mode():
            mm = None if model is None else margins(model, batch).tolist()
            text = None if proxy is None else margins(proxy, blindfold(batch, proxy_input)).tolist()
        yield batch.ids, mm, text


def correct(values: list[float]) -> np.ndarray:
    """1 where the chosen response wins, 0 where it loses, one half where the margin is 0."""
    m = np.asarray(values)
    return (m > 0) + 0.5 * (m == 0)


def accuracy_interval(values: list[float], groups: list[str], seed: int = 0, resamples: int = 1000) -> dict[str, float]:
    """Accuracy with its 95 % percentile interval, from a bootstrap over groups: pairs of one image stand or fall together."""
    hits = correct(values)
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    size = np.bincount(index)
    won = np.bincount(index, weights=hits)
    rng = np.random.default_rng(seed)
    draws = np.array(
        [
            (won[pick].sum() / size[pick].sum())
            for pick in (rng.integers(0, len(size), len(size)) for _ in range(resamples))
        ]
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": float(hits.mean()), "low": float(low), "high": float(high)}
