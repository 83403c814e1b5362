"""Encoded pairs cut into passes that fit the memory, and scored pass by pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import Role

#: Pairs scored between two looks at whether the run shall stop.
CHUNK = 256


def pack(costs: Sequence[int], budget: int) -> list[list[int]]:
    """Cuts positions 0..n-1 into packs in their order, each of at most `budget` tokens; what alone exceeds it gets a pack of its own."""
    packs: list[list[int]] = []
    left = 0
    for at, cost in enumerate(costs):
        if not packs or cost > left:
            packs.append([])
            left = budget
        packs[-1].append(at)
        left -= cost
    return packs


def packs(branches: Branches, role: Role, items: Sequence[Encoded], budget: int | None) -> list[list[int]]:
    """Positions of `items` in packs of at most `budget` tokens; None takes all of them in one pass."""
    if budget is None:
        return [list(range(len(items)))] if items else []
    return pack([branches.cost(item, role) for item in items], budget)


def score_pairs(
    branches: Branches,
    items: Sequence[Encoded],
    budget: int | None,
    tick: Callable[[], None] = lambda: None,
) -> Iterator[tuple[list[str], dict[Role, list[float]]]]:
    """(ids, margins by role) chunk by chunk, without a graph."""
    for start in range(0, len(items), CHUNK):
        part = items[start : start + CHUNK]
        told: dict[Role, list[float]] = {}
        for role in branches.roles:
            values: list[float] = []
            for rows in packs(branches, role, part, budget):
                tick()
                with torch.no_grad():
                    values += branches.margins(role, [part[i] for i in rows]).tolist()
            told[role] = values
        yield [item.id for item in part], told
