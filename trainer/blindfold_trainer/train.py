"""Training: one explicit loop over two branches, the multimodal reward model (mm) and the text-only proxy."""

from __future__ import annotations

import logging
import math
import os
import platform
import sys
import time
from collections import deque
from pathlib import Path

import numpy
import torch
from torch import Tensor

from . import __version__, artifact, checkpoint
from .branches import StepValues, backward, make_branches, make_optimiser
from .checkpoint import Position
from .config import Config
from .control import Cancelled, Control
from .data import Batch, Dataset
from .errors import TrainerError
from .evaluate import score_batches
from .pairs import data_hash, read_snapshot
from .protocol import Events
from .samples import SampleBuffer
from .schedule import epoch_order, learning_rate

log = logging.getLogger(__name__)


def _mean(values: Tensor | None) -> float | None:
    return None if values is None else values.mean().item()


def _accuracy(margin: Tensor | None) -> float | None:
    return None if margin is None else ((margin > 0).float() + 0.5 * (margin == 0)).mean().item()


def peak_memory() -> int | None:
    """Bytes this process has held at most; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Training:
    """One run in one process. `run` gives normally when all is done; `Cancelled` and `TrainerError` go up after the state is saved."""

    def __init__(self, run_dir: Path, config: Config, events: Events, control: Control):
        self.run_dir, self.config, self.events, self.control = run_dir, config, events, control
        self.began = time.monotonic()
        torch.set_num_threads(config.threads)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(config.seed)
        self.at = Position()
        #: The checkpoint of the present position, relative to the run folder.
        self.saved: str | None = None
        self.saved_step = -1

    def run(self, resume: bool) -> None:
        self._load(resume)
        self.events.emit("phase", phase="training", total=self.total_steps)
        self._train()
        self.events.emit("phase", phase="saving", total=None)
        artifacts = self._save_models()
        self._evaluate()
        self.events.emit("done", step=self.at.step, seconds=time.monotonic() - self.began, artifacts=artifacts)
        self.events.sync()
        checkpoint.remove_all(self.run_dir)

    def _load(self, resume: bool) -> None:
        """Reads all data before the first step, the evaluation sets too: a missing image is told now and not after an hour."""
        config = self.config
        pairs = read_snapshot(config.train, config.media_dir)
        self.hashes = {"config_hash": config.hash, "data_hash": data_hash(pairs)}
        self.branches = make_branches(config)
        self.mm = self.branches["mm"] if "mm" in self.branches else None
        self.proxy = self.branches["proxy"] if "proxy" in self.branches else None
        self.parameters = [p for p in self.branches.parameters()]
        self.optimiser = make_optimiser(self.branches, config)
        self.steps_per_epoch = math.ceil(len(pairs) / config.batch_size)
        self.total_steps = config.epochs * self.steps_per_epoch
        self.events.emit(
            "start",
            pid=os.getpid(),
            **self.hashes,
            versions={
                "trainer": __version__,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": numpy.__version__,
            },
            device="cpu",
            threads=config.threads,
            method=config.method,
            model=config.model,
            parameters=sum(p.numel() for p in self.parameters),
            total_steps=self.total_steps,
            n_pairs=len(pairs),
        )
        if resume:
            self._resume()
        self.events.emit("phase", phase="loading", total=len(pairs))
        self.data = self._dataset("the training pairs", pairs)
        self.eval_sets = [
            (s.name, self._dataset(f"the set {s.name}", read_snapshot(s.path, config.media_dir)))
            for s in config.eval_sets
        ]

    def _dataset(self, name: str, pairs: list) -> Dataset:
        data = Dataset(pairs, self.config.max_length, self.control.check, images=self.mm is not None)
        if data.cut:
            self._warn(
                "TEXT_CUT",
                f"{len(data.cut)} of {name} are longer than {self.config.max_length} words and are cut.",
                data.cut,
            )
        if data.no_image and self.mm is not None:
            self._warn("NO_IMAGE", f"{len(data.no_image)} of {name} have no image.", data.no_image)
        return data

    def _warn(self, code: str, message: str, ids: list[str]) -> None:
        log.warning("%s: %s", code, message)
        self.events.emit("warning", code=code, message=message, ids=ids[:100], count=len(ids))

    def _resume(self) -> None:
        self.at, path, unreadable = checkpoint.restore(self.run_dir, self.branches, self.optimiser, self.hashes)
        if unreadable:
            self._warn(
                "CHECKPOINT_SKIPPED",
                f"Checkpoints that cannot be read were skipped: {', '.join(unreadable)}.",
                unreadable,
            )
        self.saved, self.saved_step = path, self.at.step if path else -1
        self.events.emit("resumed", step=self.at.step, epoch=self.at.epoch, position=self.at.position, path=path)
        log.info("resumed at step %d", self.at.step)

    def _train(self) -> None:
        config, at, n = self.config, self.at, len(self.data)
        samples = SampleBuffer(self.events)
        times: deque[float] = deque([time.monotonic()], maxlen=21)
        try:
            while at.epoch < config.epochs:
                order = epoch_order(n, config.seed, at.epoch)
                while at.position < n:
                    self.control.check()
                    batch = self.data.batch(order[at.position : at.position + config.batch_size])
                    lr = learning_rate(at.step, self.total_steps, config.lr, config.warmup_ratio)
                    for group in self.optimiser.param_groups:
                        group["lr"] = lr * group["rate"]
                    self.optimiser.zero_grad()
                    values = backward(config, self.mm, self.proxy, batch)
                    norm = torch.nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None]).item()
                    if not math.isfinite(norm):
                        raise TrainerError(
                            "DIVERGED",
                            f"The gradient is not finite at step {at.step + 1}.",
                            "Start a run with a lower learning rate.",
                        )
                    self.optimiser.step()
                    at.step += 1
                    at.position += len(batch.ids)
                    samples.add(at.epoch, batch.ids, values)
                    times.append(time.monotonic())
                    self._emit_step(batch, values, lr, norm, times)
                    if at.step % config.checkpoint_every == 0:
                        samples.flush()
                        self._checkpoint("interval")
                samples.flush()
                log.info("epoch %d of %d done, step %d", at.epoch + 1, config.epochs, at.step)
                at.epoch, at.position = at.epoch + 1, 0
        except Cancelled:
            samples.flush()
            if at.step > 0:
                self._checkpoint("cancel")
            raise
        self._checkpoint("trained")

    def _emit_step(self, batch: Batch, values: StepValues, lr: float, norm: float, times: deque[float]) -> None:
        per_step = (times[-1] - times[0]) / (len(times) - 1)
        self.events.emit(
            "step",
            step=self.at.step,
            epoch=self.at.epoch + self.at.position / len(self.data),
            lr=lr,
            loss_mm=_mean(values.mm_loss),
            loss_text=_mean(values.text_loss),
            sfc_mean=_mean(values.sfc),
            acc_mm=_accuracy(values.mm_margin),
            acc_text=_accuracy(values.text_margin),
            grad_norm=norm,
            tokens=int((batch.tokens != 0).sum()),
            pairs_per_s=len(batch.ids) / max(per_step, 1e-9),
            # The first steps are slower than those that follow.
            eta_s=per_step * (self.total_steps - self.at.step) if len(times) > 5 else None,
            mem_peak_bytes=peak_memory(),
        )

    def _checkpoint(self, reason: str) -> None:
        """Saves the present position once; what the events say must be on the disk before."""
        if self.saved_step != self.at.step:
            self.events.sync()
            self.saved = checkpoint.save(self.run_dir, self.at, self.branches, self.optimiser, self.hashes)
            self.saved_step = self.at.step
            self.events.emit("checkpoint", step=self.at.step, path=self.saved, reason=reason)

    def _save_models(self) -> dict[str, str | None]:
        """Each branch alone: the multimodal model needs no proxy once it is trained."""
        saved: dict[str, str | None] = {"mm": None, "proxy": None}
        for name, model in self.branches.items():
            saved[name] = artifact.save_model(
                model,
                self.run_dir / name,
                role=name,
                options=self.config.options,
                config_hash=self.hashes["config_hash"],
                data_hash=self.hashes["data_hash"],
            )
        return saved

    def _evaluate(self) -> None:
        if not self.eval_sets:
            return
        self.events.emit("phase", phase="evaluating", total=sum(len(data) for _, data in self.eval_sets))
        self.branches.eval()
        for name, data in self.eval_sets:
            for ids, mm, text in score_batches(self.mm, self.proxy, self.config.proxy_input, data, self.control.check):
                self.events.emit("eval", set=name, ids=ids, mm_margin=mm, text_margin=text)
