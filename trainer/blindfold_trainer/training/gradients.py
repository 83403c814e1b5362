"""The gradients of one batch, for every method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import Role
from blindfold_trainer.models.passes import packs
from blindfold_trainer.parallel.world import World
from blindfold_trainer.protocol.config import Config
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.training.losses import fused_margin, pair_weights, preference, shortcut_failure, upweights

#: Second-moment decay of Adam as in the paper's released settings.
BETAS = (0.9, 0.98)


def make_optimiser(branches: Branches, config: Config) -> torch.optim.AdamW:
    """AdamW over all branches; each group says in `rate` what its learning rate is multiplied with."""
    return torch.optim.AdamW(
        branches.parameter_groups(), config.lr, betas=BETAS, weight_decay=config.weight_decay, fused=True
    )


@dataclass
class StepValues:
    """Per-pair values [b] of one step, detached; None where the method has no such branch, or does not train it yet."""

    mm_margin: Tensor | None = None
    mm_loss: Tensor | None = None
    text_margin: Tensor | None = None
    text_loss: Tensor | None = None
    sfc: Tensor | None = None


def _column(values: list[float], neutral: float, device: torch.device) -> Tensor | None:
    """fp32 [pairs], or None where every value is the neutral one."""
    return None if all(v == neutral for v in values) else torch.tensor(values, dtype=torch.float32, device=device)


#: (margins with a graph, positions in the batch) to losses.
Loss = Callable[[Tensor, list[int]], Tensor]


def _margins(
    branches: Branches,
    role: Role,
    items: Sequence[Encoded],
    budget: int | None,
    count: int,
    loss: Loss,
    world: World,
    spare: Encoded | None,
) -> Tensor:
    """Adds the gradients of sum(loss) / count, pack by pack, and gives the margins. Raises DIVERGED with the pairs' ids.

    Where processes hold the weights together, all make as many passes: one that has fewer makes some of `spare` that count nothing.
    """
    found = torch.zeros(len(items), device=branches.device)
    parts = packs(branches, role, items, budget)
    # Agreed on before the first pass: the passes themselves exchange weights.
    more = world.largest(len(parts)) - len(parts) if branches.sharded else 0
    for rows in parts:
        margin = branches.margins(role, [items[i] for i in rows])
        bad = [items[rows[i]].id for i in (~torch.isfinite(margin.detach())).nonzero()[:, 0].tolist()]
        if bad:
            shown = ", ".join(bad[:5]) + (" and more" if len(bad) > 5 else "")
            raise TrainerError(
                "DIVERGED",
                f"The {role} rewards of {len(bad)} pairs are no numbers: {shown}.",
                "Start a run with a lower learning rate; look at these pairs if it happens in the first steps.",
                ids=bad,
            )
        (loss(margin, rows).sum() / count).backward()
        found[rows] = margin.detach()
    for _ in range(more):
        (branches.margins(role, [spare]).sum() * 0.0).backward()
    return found


def backward(
    config: Config,
    branches: Branches,
    pairs: Sequence[Pair],
    items: Sequence[Encoded],
    *,
    warming: bool = False,
    budget: int | None = None,
    world: World | None = None,
    spare: Encoded | None = None,
) -> StepValues:
    """Gradients of mean(sg(sfc) L) + mean(L_t) over the batch, or of the terms that the method has.

    `pairs` and `items` are this process's share of the batch; means are over the whole of it, however it is cut. The branches share no
    parameter and the SFC is detached, so the proxy may go first and free its activations: the gradients are those of the joint loss,
    and the peak of memory is the larger of the two, not their sum. While the proxy is `warming` up, it is trained alone.
    """
    world = world or World()
    count = int(world.total(torch.tensor(len(items), device=branches.device)))
    label = _column([p.label for p in pairs], 1.0, branches.device)
    weight = _column([p.weight for p in pairs], 1.0, branches.device)
    gap = _column([p.margin + config.tie_threshold for p in pairs], 0.0, branches.device)
    values = StepValues()

    def judged(margin: Tensor, rows: list[int], smoothing: float = 0.0) -> Tensor:
        part = [None if c is None else c[rows] for c in (label, gap)]
        return preference(margin, part[0], 0.0 if part[1] is None else part[1], smoothing)

    everything = list(range(len(items)))
    if "proxy" in branches.roles:
        values.text_margin = _margins(branches, "proxy", items, budget, count, judged, world, spare)
        values.text_loss = judged(values.text_margin, everything)
    if "mm" in branches.roles and not warming:
        text_margin, text_loss = values.text_margin, values.text_loss
        weighed = torch.zeros((), device=branches.device)

        def loss_of(margin: Tensor, rows: list[int]) -> Tensor:
            loss = judged(margin, rows, config.label_smoothing)
            match config.method:
                case "standard":
                    pass
                case "residual-fusion":
                    loss = judged(fused_margin(margin, text_margin[rows]), rows, config.label_smoothing)
                case "upweight":
                    loss = upweights(text_margin[rows], config.upweight_factor) * loss
                case "shortcut-aware":
                    sfc = shortcut_failure(loss, text_loss[rows])
                    weights = pair_weights(sfc, config.sfc_exponent, config.sfc_floor)
                    weighed.add_(weights.sum())
                    loss = weights * loss
                case _:
                    raise NotImplementedError(f"There is no loss for the method {config.method!r}.")
            return loss if weight is None else weight[rows] * loss

        values.mm_margin = _margins(branches, "mm", items, budget, count, loss_of, world, spare)
        values.mm_loss = judged(values.mm_margin, everything, config.label_smoothing)
        if text_loss is not None:
            values.sfc = shortcut_failure(values.mm_loss, text_loss)
        if config.method == "shortcut-aware" and config.sfc_normalise:
            # Weights are detached, so to divide them by their mean is to divide the gradients: no second pass over the packs.
            mean = (world.total(weighed) / count).item()
            for p in branches.role_parameters("mm"):
                if p.grad is not None:
                    p.grad.div_(mean)
    world.add_gradients(branches.parameters())
    return values
