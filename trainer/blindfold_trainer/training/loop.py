"""Training: one explicit loop over two branches, the multimodal reward model (mm) and the text-only proxy, for every model and method."""

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

from blindfold_trainer import __version__
from blindfold_trainer.data.pairs import data_hash, read_snapshot, refusal
from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.encoding import Dataset, encode_pairs
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import model_options
from blindfold_trainer.models.passes import score_pairs
from blindfold_trainer.parallel.sharding import gradient_norm
from blindfold_trainer.parallel.world import World
from blindfold_trainer.protocol.config import Config
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import Events
from blindfold_trainer.training import checkpoint
from blindfold_trainer.training.checkpoint import Position
from blindfold_trainer.training.control import Cancelled, Control
from blindfold_trainer.training.device_faults import out_of_memory
from blindfold_trainer.training.epoch_table import write_epoch
from blindfold_trainer.training.gradients import StepValues, backward, make_optimiser
from blindfold_trainer.training.sample_buffer import FIELDS, SampleBuffer
from blindfold_trainer.training.schedule import epoch_order, learning_rate

log = logging.getLogger(__name__)


def _mean(values: Tensor | None) -> float | None:
    return None if values is None else values.mean().item()


def _accuracy(margin: Tensor | None) -> float | None:
    return None if margin is None else ((margin > 0).float() + 0.5 * (margin == 0)).mean().item()


def peak_memory() -> int | None:
    """Bytes of the GPU that this process has held at most, or where it uses none, of its own memory; None on Windows."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated() > 0:
        return torch.cuda.max_memory_allocated()
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Training:
    """One run, in one process or in several that share each batch; rank 0 alone writes.

    `run` gives normally when all is done; `Cancelled` and `TrainerError` go up after the state is saved.
    """

    def __init__(self, run_dir: Path, config: Config, events: Events, control: Control, world: World | None = None):
        self.run_dir, self.config, self.events, self.control = run_dir, config, events, control
        self.world = world or World()
        self.began = time.monotonic()
        torch.set_num_threads(config.threads)
        torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
        self.at = Position(token_budget=config.token_budget)
        #: The checkpoint of the present position, relative to the run folder.
        self.saved: str | None = None
        self.saved_step = -1

    def run(self, resume: bool) -> None:
        self._load(resume)
        self.events.emit("phase", phase="training", total=self.total_steps)
        self._train()
        self.events.emit("phase", phase="saving", total=None)
        artifacts = self._save_models() if self.world.rank == 0 or self.branches.sharded else {}
        self._evaluate()
        self.events.emit("done", step=self.at.step, seconds=time.monotonic() - self.began, artifacts=artifacts)
        self.events.sync()
        if self.world.rank == 0:
            checkpoint.remove_all(self.run_dir)

    def _check(self) -> None:
        """Stops all processes at the same step, whichever of them was asked to."""
        reason = next((r for r in self.world.joined([self.control.asked()]) if r), None)
        if reason is not None:
            raise Cancelled(reason)

    def _load(self, resume: bool) -> None:
        """Reads all data before the first step, the evaluation sets too: a missing image is told now and not after an hour."""
        config = self.config
        pairs = read_snapshot(config.train, config.media_dir)
        sets = [(s, read_snapshot(s.path, config.media_dir)) for s in config.eval_sets]
        self.hashes = {"config_hash": config.hash, "data_hash": data_hash(pairs)}
        self.branches: Branches = open_branches(model_options(config))
        self.branches.shard(self.world)
        self.parameters = self.branches.parameters()
        self.optimiser = make_optimiser(self.branches, config)
        # Before anything is encoded: whoever follows the run sees that it lives, and how many pairs are to be read.
        self._count_steps(len(pairs))
        self._start(len(pairs))
        if resume:
            self._resume()
        self.events.emit("phase", phase="loading", total=len(pairs) + sum(len(p) for _, p in sets))
        tick = self.control.check if self.world.size == 1 else lambda: None
        self.data = encode_pairs(self.branches, pairs, tick)
        self.eval_sets = [(s.name, encode_pairs(self.branches, p, tick)) for s, p in sets]
        files = [("train", "the training pairs", config.train, self.data)]
        files += [(s.name, f"the set {s.name}", s.path, d) for s, (_, d) in zip(config.eval_sets, self.eval_sets)]
        self._tell_unusable([(name, path, data) for name, _, path, data in files])
        for _, title, _, data in files:
            self._tell_notes(title, data)
        if self.data.unusable:
            self._count_steps(len(self.data))
            self._start(len(self.data))

    def _count_steps(self, pairs: int) -> None:
        self.steps_per_epoch = math.ceil(pairs / self.config.batch_size)
        warmup = self.config.proxy_warmup if len(self.branches.roles) == 2 else 0
        self.epochs = warmup + self.config.epochs
        self.warmup_steps = warmup * self.steps_per_epoch
        self.total_steps = self.epochs * self.steps_per_epoch

    def _start(self, pairs: int) -> None:
        config = self.config
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
            device=str(self.branches.device),
            threads=config.threads,
            method=config.method,
            model=config.model,
            parameters=sum(p.numel() for p in self.parameters),
            total_steps=self.total_steps,
            n_pairs=pairs,
            processes=self.world.size,
        )

    def _tell_unusable(self, sets: list[tuple[str, Path, Dataset]]) -> None:
        """Names every pair that cannot be used, of all sets, and refuses the run unless it was told to go on without them."""
        leave_out = self.config.unusable == "leave-out"
        for name, _, data in sets:
            if data.unusable:
                log.warning("%d pairs of %s cannot be used", len(data.unusable), name)
                told = [u.data() for u in data.unusable[:1000]]
                self.events.emit("unusable", set=name, left_out=leave_out, pairs=told, count=len(data.unusable))
        for _, path, data in sets:
            if data.unusable and (not leave_out or not data.pairs):
                raise refusal(data.unusable, str(path))

    def _tell_notes(self, title: str, data: Dataset) -> None:
        told = {
            "TEXT_CUT": f"are longer than {self.config.max_length} words and are cut",
            "MARKS_BROKEN": "hold text that looks like a control token of the model, which was broken up",
        }
        if "mm" in self.branches.roles:
            told["NO_IMAGE"] = "have no image"
        for note, ids in data.notes.items():
            if note in told:
                self._warn(note, f"{len(ids)} of {title} {told[note]}.", ids)

    def _warn(self, code: str, message: str, ids: list[str]) -> None:
        log.warning("%s: %s", code, message)
        self.events.emit("warning", code=code, message=message, ids=ids[:100], count=len(ids))

    def _resume(self) -> None:
        self.at, path, unreadable = checkpoint.restore(self.run_dir, self.branches, self.optimiser, self.hashes)
        self.at.token_budget = self.at.token_budget or self.config.token_budget
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
        self.branches.train()
        try:
            while at.epoch < self.epochs:
                order = epoch_order(n, config.seed, at.epoch)
                while at.position < n:
                    self._check()
                    rows = order[at.position : at.position + config.batch_size]
                    lr = self._rate()
                    for group in self.optimiser.param_groups:
                        group["lr"] = lr * group["rate"]
                    values = self._gradients(rows)
                    norm = gradient_norm(self.parameters)
                    if not math.isfinite(norm):
                        raise TrainerError(
                            "DIVERGED",
                            f"The gradient is not finite at step {at.step + 1}.",
                            "Start a run with a lower learning rate.",
                            ids=[self.data.pairs[r].id for r in rows],
                        )
                    self.optimiser.step()
                    at.step += 1
                    at.position += len(rows)
                    samples.add(at.epoch, [self.data.pairs[r].id for r in rows], values)
                    times.append(time.monotonic())
                    self._emit_step(rows, values, lr, norm, times)
                    if at.step % config.checkpoint_every == 0:
                        samples.flush()
                        self._checkpoint("interval")
                samples.flush()
                if self.world.rank == 0:
                    write_epoch(self.run_dir, at.epoch)
                log.info("epoch %d of %d done, step %d", at.epoch + 1, self.epochs, at.step)
                at.epoch, at.position = at.epoch + 1, 0
        except Cancelled:
            samples.flush()
            if at.step > 0:
                self._checkpoint("cancel")
            raise
        self._checkpoint("trained")

    def _rate(self) -> float:
        """The learning rate of the next step. The epochs of the proxy alone have a schedule of their own."""
        done, total = self.at.step, self.warmup_steps
        if done >= self.warmup_steps:
            done, total = done - self.warmup_steps, self.total_steps - self.warmup_steps
        return learning_rate(done, total, self.config.lr, self.config.warmup_ratio)

    def _gradients(self, rows: list[int]) -> StepValues:
        """Gradients and values of the batch. What does not fit the memory is done again in smaller packs."""
        mine = self.world.share(rows)
        pairs, items = [self.data.pairs[r] for r in mine], [self.data.items[r] for r in mine]
        while True:
            self.optimiser.zero_grad()
            # Dropout follows from the position alone, so that neither a resumed run nor a second try needs a state for it.
            torch.manual_seed((self.config.seed * 1_000_003 + self.at.step) * 64 + self.world.rank)
            try:
                values = backward(
                    self.config,
                    self.branches,
                    pairs,
                    items,
                    warming=self.at.step < self.warmup_steps,
                    budget=self.at.token_budget,
                    world=self.world,
                    spare=self.data.items[0],
                )
                break
            except (RuntimeError, MemoryError) as error:
                # The others wait for this process's gradients: alone it cannot go back.
                if not out_of_memory(error) or self.world.size > 1:
                    raise
            self._halve([self.branches.cost(item, role) for item in items for role in self.branches.roles])
        if self.world.size == 1:
            return values
        joined = StepValues()
        for field in FIELDS:
            tensor = getattr(values, field)
            if tensor is not None:
                setattr(joined, field, torch.tensor(self.world.joined(tensor.tolist())))
        return joined

    def _halve(self, costs: list[int]) -> None:
        """A smaller token budget from now on. Raises OUT_OF_MEMORY where a single pair does not fit."""
        before = min(self.at.token_budget or sum(costs), sum(costs))
        if before <= max(costs):
            raise TrainerError(
                "OUT_OF_MEMORY",
                f"A single pair of {max(costs)} tokens does not fit in memory.",
                "Lower max_length or max_pixels, switch gradient_checkpointing on, or choose tuning qlora or a smaller model.",
            )
        self.at.token_budget = max(before // 2, max(costs))
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        log.warning("out of memory at step %d; passes now use %d tokens", self.at.step, self.at.token_budget)
        self.events.emit("oom", step=self.at.step, token_budget=self.at.token_budget)

    def _emit_step(self, rows: list[int], values: StepValues, lr: float, norm: float, times: deque[float]) -> None:
        per_step = (times[-1] - times[0]) / (len(times) - 1)
        roles = self.branches.roles[:1] if self.at.step <= self.warmup_steps else self.branches.roles
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
            tokens=sum(self.branches.cost(self.data.items[r], role) for r in rows for role in roles),
            pairs_per_s=len(rows) / max(per_step, 1e-9),
            # The first steps are slower than those that follow.
            eta_s=per_step * (self.total_steps - self.at.step) if len(times) > 5 else None,
            mem_peak_bytes=peak_memory(),
        )

    def _checkpoint(self, reason: str) -> None:
        """Saves the present position once; what the events say must be on the disk before."""
        if self.saved_step != self.at.step:
            first = self.world.rank == 0
            if first or self.branches.sharded:
                state = checkpoint.state_of(self.branches, self.optimiser, first)
            if first:
                self.events.sync()
                self.saved = checkpoint.save(self.run_dir, self.at, state, self.hashes)
            self.saved = self.world.agreed(self.saved)
            self.saved_step = self.at.step
            self.events.emit("checkpoint", step=self.at.step, path=self.saved, reason=reason)

    def _save_models(self) -> dict[str, str | None]:
        """Each branch alone: the multimodal model needs no proxy once it is trained."""
        facts = {
            "training": self.config.options,
            "config_sha256": self.hashes["config_hash"],
            "data_sha256": self.hashes["data_hash"],
        }
        saved: dict[str, str | None] = {"mm": None, "proxy": None}
        for role in self.branches.roles:
            saved[role] = self.branches.save(role, self.run_dir / role, facts)
        return saved

    def _evaluate(self) -> None:
        """Margins of the evaluation sets, by rank 0; by all together where they hold the weights together."""
        if not self.eval_sets or (self.world.rank > 0 and not self.branches.sharded):
            return
        tick = self._check if self.branches.sharded else self.control.check
        self.events.emit("phase", phase="evaluating", total=sum(len(data) for _, data in self.eval_sets))
        self.branches.train(False)
        for name, data in self.eval_sets:
            budget = self.at.token_budget
            for ids, told in score_pairs(self.branches, data.items, budget, tick):
                self.events.emit("eval", set=name, ids=ids, mm_margin=told.get("mm"), text_margin=told.get("proxy"))
