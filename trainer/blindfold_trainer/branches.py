"""The two branches of the method and the gradients of one step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .artifact import load_base
from .config import Config
from .data import Batch
from .evaluate import blindfold
from .losses import bradley_terry, fused_margin, pair_weights, shortcut_failure, smoothed, upweights
from .model import TinyRewardModel, margins


def make_branches(config: Config) -> nn.ModuleDict:
    """The branches that the method has, each a copy of the base with a head of its own.

    The proxy starts and trains the same way in `text-only` and in `shortcut-aware`, and so ends with the same weights.
    """
    branches = nn.ModuleDict()
    for number, name in enumerate(("mm", "proxy")):
        if name == ("mm" if config.method == "text-only" else "proxy" if config.method == "standard" else None):
            continue
        model = load_base()
        model.reset_head(torch.Generator().manual_seed(2 * config.seed + number))
        branches[name] = model
    return branches


#: Second-moment decay of Adam as in the paper's released settings.
BETAS = (0.9, 0.98)
#: Rate of the reward head relative to that of the body. The head starts from nothing on a pretrained body whose features
#: nearly line up in one direction, and by chance points along it or against it. At an equal rate a head that points
#: against it stays wrong for an epoch; meanwhile the proxy learns, the SFC falls, and the MM-RM may never recover.
HEAD_RATE = 10.0


def make_optimiser(branches: nn.ModuleDict, config: Config) -> torch.optim.AdamW:
    """AdamW over all branches; each group says in `rate` what its learning rate is multiplied with."""
    heads = [p for name, p in branches.named_parameters() if name.endswith(".head.weight")]
    body = [p for name, p in branches.named_parameters() if not name.endswith(".head.weight")]
    groups = [{"params": body, "rate": 1.0}, {"params": heads, "rate": HEAD_RATE}]
    return torch.optim.AdamW(groups, config.lr, betas=BETAS, weight_decay=config.weight_decay, fused=True)


@dataclass
class StepValues:
    """Per-pair values [b] of one step, detached; None where the method has no such branch."""

    mm_margin: Tensor | None = None
    mm_loss: Tensor | None = None
    text_margin: Tensor | None = None
    text_loss: Tensor | None = None
    sfc: Tensor | None = None


def backward(config: Config, mm: TinyRewardModel | None, proxy: TinyRewardModel | None, batch: Batch) -> StepValues:
    """Gradients of mean(sg(sfc) L) + mean(L_t), or of the terms that the method has.

    The branches share no parameter and the SFC is detached, so the proxy may go first and free its activations: the gradients are
    those of the joint loss, and the peak of memory is the larger of the two, not their sum.
    """
    values = StepValues()
    if proxy is not None:
        margin = margins(proxy, blindfold(batch, config.proxy_input))
        loss = bradley_terry(margin)
        loss.mean().backward()
        values.text_margin, values.text_loss = margin.detach(), loss.detach()
    if mm is not None:
        margin = margins(mm, batch)
        loss = smoothed(margin, config.label_smoothing)
        values.mm_margin, values.mm_loss = margin.detach(), loss.detach()
        if values.text_loss is not None:
            values.sfc = shortcut_failure(loss, values.text_loss)
            if config.method == "residual-fusion":
                loss = smoothed(fused_margin(margin, values.text_margin), config.label_smoothing)
            elif config.method == "upweight":
                loss = upweights(values.text_margin, config.upweight_factor) * loss
            else:
                weight = pair_weights(values.sfc, config.sfc_normalise, config.sfc_exponent, config.sfc_floor)
                loss = weight * loss
        if batch.weight is not None:
            loss = batch.weight * loss
        loss.mean().backward()
    return values
