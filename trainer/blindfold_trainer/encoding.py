"""All pairs of a set made ready for the model before the first step, so that nothing is found wanting after an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .backbone import Branches, Encoded, Role, pack
from .errors import TrainerError
from .pairs import Pair, Unusable


@dataclass
class Dataset:
    """Pairs and what the model made of them, position by position."""

    pairs: list[Pair] = field(default_factory=list)
    items: list[Encoded] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    #: Ids by note, as `Encoded.notes` has them.
    notes: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pairs)


def encode_pairs(branches: Branches, pairs: Sequence[Pair], tick: Callable[[], None] = lambda: None) -> Dataset:
    """Encodes each pair; what cannot be encoded stands in `unusable`. `tick` is called now and then and may raise to stop."""
    data = Dataset()
    for row, pair in enumerate(pairs, 1):
        if row % 64 == 0:
            tick()
        try:
            item = branches.encode(pair)
        except TrainerError as error:
            if not error.of_row:
                raise
            data.unusable.append(Unusable(pair.id, pair.row or row, error))
            continue
        data.pairs.append(pair)
        data.items.append(item)
        for note in item.notes:
            data.notes.setdefault(note, []).append(pair.id)
    return data


def packs(branches: Branches, role: Role, items: Sequence[Encoded], budget: int | None) -> list[list[int]]:
    """Positions of `items` in packs of at most `budget` tokens; None takes all of them in one pass."""
    if budget is None:
        return [list(range(len(items)))] if items else []
    return pack([branches.cost(item, role) for item in items], budget)


#: Pairs scored between two looks at whether the run shall stop.
CHUNK = 256


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


def column(values: list[float], neutral: float, device: torch.device) -> Tensor | None:
    """fp32 [pairs], or None where every value is the neutral one."""
    return None if all(v == neutral for v in values) else torch.tensor(values, dtype=torch.float32, device=device)
