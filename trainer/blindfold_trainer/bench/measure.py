"""What a step costs: operations and bytes, which are exact, and seconds, which depend on the machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from blindfold_trainer.bench.forms import Form


def now(device: torch.device) -> float:
    """Seconds: of the clock on a GPU, of the processor on a CPU, where others may take turns (with one thread, both would agree)."""
    if device.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


@dataclass(frozen=True)
class Cost:
    form: str
    pairs: int
    #: Floating-point operations of a step, forward and backward.
    flops: int
    #: Bytes kept for the backward pass at once.
    activations: int
    #: Bytes of all weights.
    weights: int
    #: Of the fastest step; None where time was not taken.
    seconds: float | None = None
    #: Highest memory of the GPU in bytes, weights and gradients included.
    peak: int | None = None
    #: What preflight would tell of the same step, for the branches here: weights, adapters, gradients, activations.
    estimate: int | None = None

    @property
    def pairs_per_second(self) -> float | None:
        return None if self.seconds is None else self.pairs / self.seconds

    def as_json(self) -> dict:
        return {**asdict(self), "pairs_per_s": self.pairs_per_second}


def weights_of(modules: Sequence[nn.Module]) -> int:
    return sum({id(p): p.numel() * p.element_size() for m in modules for p in m.parameters()}.values())


def counted(form: Form, pairs: int) -> Cost:
    """One step, counted. FlopCounterMode knows no kernel for sequences of different lengths: `Form.unseen` says what runs in it."""
    form.clear()
    counter = FlopCounterMode(display=False)
    with counter:
        saved = form.step()
    form.clear()
    kept = max(s.bytes for s in saved)
    return Cost(form.name, pairs, counter.get_total_flops() + form.unseen(), kept, weights_of(form.modules()))


def timed(form: Form, steps: int, device: torch.device) -> tuple[float, int | None]:
    """Seconds of the fastest of `steps` steps after one that does not count, and the GPU's peak of memory."""
    best = float("inf")
    for number in range(steps + 1):
        form.clear()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        start = now(device)
        form.step()
        if number > 0:
            best = min(best, now(device) - start)
    peak = torch.cuda.max_memory_allocated() if device.type == "cuda" else None
    form.clear()
    return best, peak


def matmul_rate(device: torch.device, dtype: torch.dtype, size: int = 8192) -> float:
    """Operations a second that a large product of matrices reaches here: what utilisation is measured against."""
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(8):
        start = now(device)
        a @ b
        best = min(best, now(device) - start)
    return 2 * size**3 / best
