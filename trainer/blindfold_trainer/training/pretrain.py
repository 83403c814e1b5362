"""Makes the base weights of the tiny model: it learns to tell true from false descriptions whose style says nothing."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from blindfold_trainer.data.pairs import Pair, read_file, refusal
from blindfold_trainer.models.tiny.batches import Dataset
from blindfold_trainer.models.tiny.network import TinyRewardModel, margins
from blindfold_trainer.models.tiny.saved_model import load_base
from blindfold_trainer.training.losses import bradley_terry

log = logging.getLogger(__name__)


def pretrain(
    pairs: Path,
    images_dir: Path,
    test: Path | None,
    init: Path | None,
    out: Path,
    *,
    limit: int | None,
    steps: int,
    batch_size: int,
    lr: float,
    seed: int,
    threads: int,
) -> float:
    """Trains on the first `limit` neutral pairs, from nothing or from the weights `init`, and writes fp16 base weights without the head.

    Gives the accuracy on `test`, NaN without one.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = TinyRewardModel() if init is None else load_base(init)
    with tempfile.TemporaryDirectory() as scratch:
        data = Dataset(_all(pairs, images_dir, Path(scratch))[:limit], max_length=256)
        held_out = Dataset(_all(test, images_dir, Path(scratch)), max_length=256) if test else None
    optimiser = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.01, fused=True)
    began, smooth = time.monotonic(), math.log(2)
    order: list[int] = []
    for step in range(steps):
        # Warm-up over a fifth, then cosine to zero.
        rate = lr * min((step + 1) / (0.2 * steps), 0.5 + 0.5 * math.cos(math.pi * max(0.0, step / steps - 0.2) / 0.8))
        for group in optimiser.param_groups:
            group["lr"] = rate
        if len(order) < batch_size:
            order = torch.randperm(len(data)).tolist()
        rows, order = order[:batch_size], order[batch_size:]
        loss = bradley_terry(margins(model, data.batch(rows))).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        smooth += 0.02 * (loss.item() - smooth)
        if (step + 1) % 100 == 0:
            log.info("step %d of %d, loss %.3f, %.0f s", step + 1, steps, smooth, time.monotonic() - began)
    out.parent.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half().contiguous() for k, v in model.state_dict().items() if not k.startswith("head.")}
    temporary = out.with_suffix(".tmp")
    save_file(
        weights, temporary, metadata={"model": "tiny", "seed": str(seed), "steps": str(steps), "pairs": str(len(data))}
    )
    os.replace(temporary, out)
    log.info("wrote %s, sha256 %s", out, hashlib.sha256(out.read_bytes()).hexdigest())
    if held_out is None:
        return math.nan
    with torch.no_grad():
        m = torch.cat(
            [
                margins(model, held_out.batch(list(range(i, min(i + 256, len(held_out))))))
                for i in range(0, len(held_out), 256)
            ]
        )
    return (m > 0).float().mean().item()


def _all(path: Path, images_dir: Path, scratch: Path) -> list[Pair]:
    pairs, unusable, _ = read_file(path, images_dir, scratch)
    if unusable:
        raise refusal(unusable, str(path))
    return pairs
