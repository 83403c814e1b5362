"""The losses of the methods, as pure functions of margins. Shapes: one value a pair; units: nats and log-odds.

Li et al., "The Devil Is in the Details", ICML 2025, sections 3 and 4. The methods that it is compared with: residual fusion is a
product of experts (Clark et al., EMNLP 2019), upweighting follows Just Train Twice (Liu et al., ICML 2021).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: Keeps the SFC at one half where both losses vanish (Definition 4.1).
EPSILON = 1e-7


def bradley_terry(margin: Tensor) -> Tensor:
    """softplus(-margin): the negative log-likelihood that the chosen response wins.

    Stable for every finite margin: `logsigmoid` computes min(m, 0) - log1p(exp(-|m|)). Its gradient at 0 is exactly -1/2, which
    the same formula written out with `clamp` and `abs` would miss.
    """
    return -F.logsigmoid(margin)


def preference(
    margin: Tensor, label: Tensor | None = None, gap: Tensor | float = 0.0, smoothing: float = 0.0
) -> Tensor:
    """p softplus(gap - m) + (1 - p) softplus(gap + m), where p is the probability that the chosen response is the better one.

    `label` [pairs] is p (None: 1), taken as wrong with probability `smoothing` (0 to 1/2). `gap` >= 0 is what the better one's reward
    should exceed the other's by. With one threshold for all pairs and ties at p = 1/2 this is, but for a constant and with a tie
    counted as half a pair, the negative log-likelihood of Rao and Kupper (1967): P(win) = sigmoid(m - gap).
    """
    win = bradley_terry(margin - gap) if isinstance(gap, Tensor) or gap else bradley_terry(margin)
    if label is None and smoothing == 0:
        return win
    p = 1.0 if label is None else label
    p = (1 - smoothing) * p + smoothing * (1 - p)
    return p * win + (1 - p) * bradley_terry(-margin - gap)


def shortcut_failure(mm_loss: Tensor, text_loss: Tensor) -> Tensor:
    """SFC = (L_t + eps/2) / (L + L_t + eps), detached: no gradient may flow through the weight of a pair.

    The two halves of eps stand with the two losses, so neither 0/0 nor the overflow of a ratio of vanished losses can occur.
    """
    text = text_loss.detach() + EPSILON / 2
    mm = mm_loss.detach() + EPSILON / 2
    return text / (mm + text)


def pair_weights(sfc: Tensor, exponent: float = 1.0, floor: float = 0.0) -> Tensor:
    """What each pair's L is weighted with: max(sfc^exponent, floor)."""
    weight = sfc if exponent == 1.0 else sfc**exponent
    return weight.clamp(min=floor) if floor > 0.0 else weight


def upweights(text_margin: Tensor, factor: float) -> Tensor:
    """`factor` for pairs that the proxy gets wrong or leaves open, 1 for the others (Just Train Twice, with the proxy as the first model)."""
    return torch.where(text_margin.detach() <= 0, factor, 1.0).to(text_margin.dtype)


def fused_margin(mm_margin: Tensor, text_margin: Tensor) -> Tensor:
    """Product of experts: the two margins added, without a gradient to the proxy. The MM-RM learns what the proxy leaves over."""
    return mm_margin + text_margin.detach()
