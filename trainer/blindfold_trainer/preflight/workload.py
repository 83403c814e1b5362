"""What a run computes at its heaviest: found in the data, counted without weights, or measured in real steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import Role, model_options
from blindfold_trainer.models.passes import packs
from blindfold_trainer.preflight.footprint import Live, Parts, count, standing
from blindfold_trainer.protocol.config import Config
from blindfold_trainer.training.gradients import backward, make_optimiser
from blindfold_trainer.training.schedule import epoch_order

#: Pairs in their file's form and as the model takes them.
Batch = tuple[Sequence[Pair], Sequence[Encoded]]


@dataclass(frozen=True)
class Load:
    """The heaviest work of a run's data: a batch, and the packs of it that are counted."""

    rows: list[int]
    passes: dict[Role, list[list[Encoded]]]
    tokens: int


def shell_of(config: Config) -> Branches:
    """Branches that encode and can be counted; those of the tiny model have weights."""
    return open_branches(model_options(config), shell=True)


def heaviest(config: Config, branches: Branches, items: Sequence[Encoded]) -> Load:
    """Looks through every batch of every epoch for the largest pass of each role; which batches there are follows from the seed."""
    best: dict[Role, tuple[int, list[list[Encoded]]]] = {role: (0, []) for role in branches.roles}
    rows: list[int] = []
    most = 0
    costs = {role: [branches.cost(item, role) for item in items] for role in branches.roles}
    epochs = config.epochs + (config.proxy_warmup if len(branches.roles) == 2 else 0)
    for epoch in range(epochs):
        order = epoch_order(len(items), config.seed, epoch)
        for start in range(0, len(order), config.batch_size):
            batch = order[start : start + config.batch_size]
            for role in branches.roles:
                # A batch that is smaller than the largest pass so far holds no larger one.
                if sum(costs[role][r] for r in batch) <= best[role][0]:
                    continue
                cut = packs(branches, role, [items[r] for r in batch], config.token_budget)
                for pack in cut:
                    tokens = sum(costs[role][batch[i]] for i in pack)
                    if tokens > best[role][0]:
                        # With several passes, gradients of the first are there while the largest is run.
                        best[role] = tokens, [[items[batch[i]] for i in pack]] * min(2, len(cut))
                    if tokens > most:
                        most, rows = tokens, batch
    return Load(rows, {role: found[1] for role, found in best.items()}, most)


def _step(config: Config, branches: Branches, optimiser, pairs: Sequence[Pair], items: Sequence[Encoded]) -> None:
    optimiser.zero_grad()
    backward(config, branches, pairs, items, budget=config.token_budget)
    optimiser.step()


def modules_of(branches) -> list[torch.nn.Module]:
    """All weights there are."""
    if hasattr(branches, "models"):
        return [branches.models]
    return [*{id(b): b for b in branches.bases.values()}.values(), branches.heads]


def _ready(branches) -> list[torch.Tensor]:
    """Prepared images, which are there before the step."""
    pictures = getattr(branches, "pictures", None)
    return [] if pictures is None else [t for p in pictures._ready.values() for t in p.pixels.values()]


def measured(config: Config, branches: Branches, heavy: Batch, first: Batch) -> tuple[Parts, int | None, float]:
    """Real steps: parts with the activations as they were, the GPU's peak in bytes, seconds of a step on an ordinary batch."""
    # Rates of zero: the model stays what it is.
    optimiser = make_optimiser(branches, replace(config, lr=0.0, weight_decay=0.0))
    for group in optimiser.param_groups:
        group["lr"] = 0.0
    parts, cuda = standing(branches, modules_of(branches), config.tuning == "qlora"), branches.device.type == "cuda"
    branches.train()
    _step(config, branches, optimiser, *first)
    if cuda:
        torch.cuda.reset_peak_memory_stats()
        _step(config, branches, optimiser, *heavy)
        peak = torch.cuda.max_memory_reserved()
        parts = replace(parts, activations=max(0, torch.cuda.max_memory_allocated() - parts.total))
    else:
        peak, live = None, Live()
        modules = modules_of(branches)
        live.ignore([t for m in modules for t in (*m.parameters(), *m.buffers())])
        live.ignore([t for state in optimiser.state.values() for t in state.values()] + _ready(branches))
        optimiser.zero_grad()
        with live:
            _step(config, branches, optimiser, *heavy)
        parts = replace(parts, activations=max(0, live.peak - parts.gradients))
    start = time.perf_counter()
    _step(config, branches, optimiser, *first)
    if cuda:
        torch.cuda.synchronize()
    return parts, peak, time.perf_counter() - start


def estimated(config: Config, branches, load: Load) -> Parts:
    """Parts of a vision-language model without weights; runtime left at 0."""
    return count(model_options(config), branches, load.passes)
