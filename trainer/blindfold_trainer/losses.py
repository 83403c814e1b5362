"""The losses of the method, as pure functions of margins. Shapes: one value a pair; units: nats and log-odds.

Li et al., "The Devil Is in the Details", ICML 2025, sections 3 and 4.
"""

from __future__ import annotations

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


def shortcut_failure(mm_loss: Tensor, text_loss: Tensor) -> Tensor:
    """SFC = (L_t + eps/2) / (L + L_t + eps), detached: no gradient may flow through the weight of a pair.

    The two halves of eps stand with the two losses, so neither 0/0 nor the overflow of a ratio of vanished losses can occur.
    """
    text = text_loss.detach() + EPSILON / 2
    mm = mm_loss.detach() + EPSILON / 2
    return text / (mm + text)


def pair_weights(sfc: Tensor, normalise: bool) -> Tensor:
    """What each pair's L is weighted with: the SFC itself (the paper) or the SFC divided by its mean over the batch."""
    return sfc / sfc.mean() if normalise else sfc
