"""Several processes that share each batch: every one takes its part, the gradients are added up.

Started by `torchrun` (or `accelerate launch`), which say in the environment who is who. Losses are divided by the pairs of the whole
batch before they are added, so the result is that of one process but for rounding.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from blindfold_trainer.parallel.sharding import is_shared

T = TypeVar("T")


class World:
    """One process of `size`; where there is one alone, every method does nothing."""

    def __init__(self, rank: int = 0, size: int = 1):
        self.rank, self.size = rank, size

    @classmethod
    def join(cls) -> World:
        """The processes that `torchrun` started, or this one alone. NCCL where every process has a GPU, gloo elsewhere."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        backend = "nccl" if torch.cuda.is_available() else "gloo"
        # Rank 0 may save and evaluate while the others wait.
        dist.init_process_group(backend, timeout=timedelta(hours=2))
        return cls(dist.get_rank(), size)

    def leave(self) -> None:
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()

    def share(self, rows: list[T]) -> list[T]:
        """The part of a batch that this process takes."""
        return rows[self.rank :: self.size]

    def joined(self, mine: list[T]) -> list[T]:
        """Every process's part in the order that the batch had."""
        if self.size == 1:
            return mine
        parts: list[list[T]] = [[]] * self.size
        dist.all_gather_object(parts, mine)
        return [part[i] for i in range(max(map(len, parts))) for part in parts if i < len(part)]

    def agreed(self, value: T) -> T:
        """What rank 0 says."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0)
        return box[0]

    def largest(self, value: int) -> int:
        if self.size == 1:
            return value
        parts = [0] * self.size
        dist.all_gather_object(parts, value)
        return max(parts)

    def total(self, value: Tensor) -> Tensor:
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def add_gradients(self, parameters: list[Tensor]) -> None:
        """Adds up the gradients in one flat tensor, but for those that are shared. A parameter without a gradient anywhere stays without one."""
        if self.size == 1:
            return
        parameters = [p for p in parameters if not is_shared(p)]
        device = parameters[0].device
        has = torch.tensor([p.grad is not None for p in parameters], dtype=torch.int32, device=device)
        dist.all_reduce(has, dist.ReduceOp.MAX)
        used = [p for p, h in zip(parameters, has.tolist()) if h]
        flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten().float() for p in used])
        dist.all_reduce(flat)
        for p, part in zip(used, flat.split([p.numel() for p in used])):
            p.grad = part.view_as(p).to(p.dtype)
