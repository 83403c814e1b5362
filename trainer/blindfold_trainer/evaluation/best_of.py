"""Best-of-N: how good the response is that a reward model picks from N, by gold scores."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import comb
from pathlib import Path

import numpy as np

from blindfold_trainer.data.image_references import bad
from blindfold_trainer.data.rows import ResponsesRow
from blindfold_trainer.evaluation.intervals import group_average
from blindfold_trainer.evaluation.scoring import Rows
from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.options import Role

SIZES = (1, 4, 16, 64)


def pick_weights(rewards: np.ndarray, n: int) -> np.ndarray:
    """Probability [N] of each response to be the best by reward among n drawn without replacement; equal rewards share theirs.

    The expectation over all subsets of size n: unbiased, and of less variance than any draw of subsets.
    """
    total = len(rewards)
    by_rank = np.array([comb(rank, n - 1) / comb(total, n) for rank in range(total)])
    order = np.argsort(rewards, kind="stable")
    weights = np.empty(total)
    weights[order] = by_rank
    _, place, count = np.unique(rewards, return_inverse=True, return_counts=True)
    return (np.bincount(place, weights=weights) / count)[place]


def best_of_n(rewards: Sequence[float], gold: Sequence[float], n: int) -> float:
    """Mean gold score of the response with the highest reward among n of them, over all subsets of size n <= len(rewards)."""
    return float(pick_weights(np.asarray(rewards, np.float64), n) @ np.asarray(gold, np.float64))


def _gold(row: ResponsesRow, value: dict, field: str) -> list[float]:
    scores = value.get(field)
    good = isinstance(scores, list) and len(scores) == len(row.responses)
    if not good or any(isinstance(s, bool) or not isinstance(s, int | float) or not np.isfinite(s) for s in scores):
        message = f"{field} is missing, or not one number a response."
        remedy = "Give a gold score for every response; --gold names the field."
        raise bad(message, field, remedy)
    return [float(s) for s in scores]


def _group(row: ResponsesRow) -> str:
    """What a row shares with others: its first image, or its prompt where it has none."""
    if not row.images:
        return row.prompt
    image = row.images[0]
    return hashlib.sha256(image).hexdigest() if isinstance(image, bytes) else str(image)


def evaluate_best_of(
    branches: Branches,
    role: Role,
    path: Path,
    images: Path,
    field: str,
    tokens: int,
    seed: int,
    leave_out: bool = False,
) -> dict:
    """`{"prompts", "unusable", "sizes": [{n, prompts, gold, oracle}]}` of rows `{id?, prompt, images?, responses, <field>: [...]}`.

    `gold` is the mean gold score of the response picked from n, `oracle` that of the best there is among n, both with intervals over
    images (over prompts where there is none). Only prompts with at least n responses count for n; sizes without a prompt are left out.
    """
    rewards, gold, groups = [], [], []
    rows = Rows(branches, path, images, leave_out, check=lambda row, value: _gold(row, value, field))
    for row, value in rows:
        rewards.append(rows.rewards(role, row, tokens))
        gold.append(_gold(row, value, field))
        groups.append(_group(row))
    sizes = []
    for n in SIZES:
        kept = [i for i, scores in enumerate(gold) if len(scores) >= n]
        if not kept:
            continue
        names = [groups[i] for i in kept]
        picked = np.array([best_of_n(rewards[i], gold[i], n) for i in kept])
        best = np.array([best_of_n(gold[i], gold[i], n) for i in kept])
        sizes.append(
            {
                "n": n,
                "prompts": len(kept),
                "gold": group_average(picked, names, seed),
                "oracle": group_average(best, names, seed),
            }
        )
    return {"prompts": len(rewards), "unusable": [u.data() for u in rows.unusable], "sizes": sizes}
