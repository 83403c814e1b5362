"""What follows from a position alone, so that a resumed run needs no state for it."""

from __future__ import annotations

import math

import torch


def learning_rate(step: int, total: int, peak: float, warmup_ratio: float) -> float:
    """Rate of the step after `step` done ones: linear warm-up, then cosine to zero. A function of the step alone, so it needs no state."""
    warmup = round(total * warmup_ratio)
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))


def epoch_order(n: int, seed: int, epoch: int) -> list[int]:
    """The order of the pairs in an epoch: a function of seed and epoch, so that a resumed run takes up the same one."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch)).tolist()
