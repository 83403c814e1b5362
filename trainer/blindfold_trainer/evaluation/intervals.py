"""Rates and correlations with 95% intervals over groups: the same estimates, and the same bootstrap, as the app's own statistics.

Rows that share an image are not independent, so whole groups are drawn. The app and the trainer draw with different generators: their
intervals agree but for the noise of 1,000 resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: `{"value", "low", "high"}`, all in the unit of the estimate.
Estimate = dict[str, float]

RESAMPLES = 1000
ALPHA = 0.05
#: More groups than this are put together at random, as many in each: blocks are as good to draw from, and soon drawn.
MOST_BLOCKS = 2000
#: Bins of the calibration error, equal over confidences from 1/2 to 1.
BINS = 10


def correct(margins: np.ndarray) -> np.ndarray:
    """1 where the chosen response wins, 0 where it loses, one half where the margin is 0."""
    return (margins > 0) + 0.5 * (margins == 0)


def _blocks(groups: Sequence[str], rng: np.random.Generator) -> tuple[int, np.ndarray]:
    """How many blocks there are to draw from, and each row's. Groups in a canonical order: that of rows changes no result."""
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) > MOST_BLOCKS:
        place = rng.permutation(len(names))[place] % MOST_BLOCKS
    return min(len(names), MOST_BLOCKS), place


def of_sums(
    columns: Sequence[np.ndarray],
    groups: Sequence[str],
    seed: int,
    statistic: Callable[[np.ndarray], np.ndarray],
) -> Estimate | None:
    """A statistic of sums over the rows, with a percentile interval from a bootstrap over groups.

    `columns` are float64 [n] each; `statistic` takes sums [..., columns] and gives [...]. Resamples where it is not finite are left out;
    None where the estimate itself is not finite.
    """
    rng = np.random.default_rng(seed)
    count, place = _blocks(groups, rng)
    by_block = np.stack([np.bincount(place, weights=column, minlength=count) for column in columns], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(by_block.sum(0)))
        if not np.isfinite(value):
            return None
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
        results = statistic(drawn @ by_block)
    results = results[np.isfinite(results)]
    low, high = np.quantile(results, [ALPHA / 2, 1 - ALPHA / 2]) if len(results) else (value, value)
    return {"value": value, "low": float(low), "high": float(high)}


def _ratio(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def group_average(
    values: np.ndarray, groups: Sequence[str], seed: int, weights: np.ndarray | None = None
) -> Estimate | None:
    """Mean of `values` [n], each counted `weights` [n] times, with its interval; None for none."""
    ones = np.ones(len(values)) if weights is None else weights
    return of_sums([values * ones, ones], groups, seed, _ratio) if len(values) else None


def _as_rate(found: Estimate, groups: Sequence[str]) -> Estimate:
    """Near 0 and 1 a bootstrap is far too sure: no bound lies nearer to them than the exact binomial one for as many agreeing groups."""
    exact = (ALPHA / 2) ** (1 / len(set(groups)))
    low, high = min(found["low"], exact), max(found["high"], 1 - exact)
    return {"value": found["value"], "low": max(0.0, low), "high": min(1.0, high)}


def group_accuracy(
    margins: np.ndarray, groups: Sequence[str], seed: int, weights: np.ndarray | None = None
) -> Estimate | None:
    """Share of margins [n] above 0, a margin of 0 counting one half, with its interval; None for none."""
    found = group_average(correct(margins), groups, seed, weights)
    return found and _as_rate(found, groups)


def group_macro(margins: np.ndarray, groups: Sequence[str], seed: int) -> Estimate | None:
    """Mean over groups of each group's accuracy, so that an image with many pairs counts no more than another."""
    _, place, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    return group_accuracy(margins, groups, seed, 1 / size[place])


def kind_macro(margins: np.ndarray, kinds: Sequence[str], groups: Sequence[str], seed: int) -> Estimate | None:
    """Mean over kinds (sources, categories) of the accuracy on each. Groups are drawn once for all kinds."""
    names = sorted(set(kinds))
    of = np.stack([np.asarray(kinds) == name for name in names]).astype(np.float64)
    columns = [*(of * correct(margins)), *of]
    k = len(names)
    found = of_sums(columns, groups, seed, lambda sums: (sums[..., :k] / sums[..., k:]).mean(-1))
    return found and _as_rate(found, groups)


def sfd(mm: np.ndarray, text: np.ndarray, groups: Sequence[str], seed: int) -> Estimate | None:
    """Shortcut-Failure Degradation (Definition 3.1) in points: accuracy of the multimodal model where the text-only one is right, minus
    that where it is wrong (a text margin of 0 is not right). None where either part is empty."""
    right, holds = correct(mm), (text > 0).astype(np.float64)

    def statistic(sums: np.ndarray) -> np.ndarray:
        both, held, all_right, pairs = np.moveaxis(sums, -1, 0)
        return 100 * (both / held - (all_right - both) / (pairs - held))

    return of_sums([right * holds, holds, right, np.ones(len(mm))], groups, seed, statistic)


def pearson(a: np.ndarray, b: np.ndarray, groups: Sequence[str], seed: int) -> Estimate | None:
    """Pearson correlation of [n] and [n] with its interval; None where either does not vary."""
    # Centred first: sums of squares far from zero would lose their digits.
    x, y = a - a.mean(), b - b.mean()

    def statistic(sums: np.ndarray) -> np.ndarray:
        sx, sy, xx, yy, xy, n = np.moveaxis(sums, -1, 0)
        return (xy - sx * sy / n) / np.sqrt((xx - sx * sx / n) * (yy - sy * sy / n))

    return of_sums([x, y, x * x, y * y, x * y, np.ones(len(x))], groups, seed, statistic)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0, ties at their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[place]


def spearman(a: np.ndarray, b: np.ndarray, groups: Sequence[str], seed: int) -> Estimate | None:
    """Spearman correlation, its interval from the ranks among all rows; None where either does not vary."""
    return pearson(ranks(a), ranks(b), groups, seed)


def calibration(margins: np.ndarray, groups: Sequence[str], seed: int) -> dict:
    """How often the model is right where it says it is sure: confidence sigmoid(|m|) in ten bins, and the expected calibration error (Guo
    et al., ICML 2017), the mean over pairs of |accuracy - confidence| of their bin. Bins without pairs are left out."""
    confidence, right = 1 / (1 + np.exp(-np.abs(margins))), correct(margins)
    at = np.minimum(BINS - 1, np.floor((confidence - 0.5) * 2 * BINS).astype(int))
    gaps = [np.where(at == k, right - confidence, 0.0) for k in range(BINS)]

    def statistic(sums: np.ndarray) -> np.ndarray:
        return np.abs(sums[..., :BINS]).sum(-1) / sums[..., BINS]

    bins = [
        {
            "low": 0.5 + k / (2 * BINS),
            "high": 0.5 + (k + 1) / (2 * BINS),
            "pairs": int((at == k).sum()),
            "confidence": float(confidence[at == k].mean()),
            "accuracy": float(right[at == k].mean()),
        }
        for k in range(BINS)
        if (at == k).any()
    ]
    return {"ece": of_sums([*gaps, np.ones(len(margins))], groups, seed, statistic), "bins": bins}
