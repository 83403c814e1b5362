"""Checkpoints: the whole state of a run after a step, in `checkpoints/step-000123/`, without pickles."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from blindfold_trainer.models.branches import Branches
from blindfold_trainer.parallel.sharding import gathered, like
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import read_json, write_folder

#: Older ones are removed; the one before the last stays in case the last cannot be read.
KEEP = 2
_STEP = re.compile(r"step-\d{1,12}")


@dataclass
class Position:
    """Where a run stands. The learning rate and the order of the pairs follow from it."""

    step: int = 0
    epoch: int = 0
    #: Pairs of this epoch done.
    position: int = 0
    #: Tokens in one pass; None takes the whole batch. Smaller than the config's after a pass did not fit the memory.
    token_budget: int | None = None


def folder(run_dir: Path) -> Path:
    return run_dir / "checkpoints"


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {f"{i}.{name}": t for i, state in optimiser.state_dict()["state"].items() for name, t in state.items()}


#: Weights and the optimiser's memory, each tensor as a whole.
State = tuple[dict[str, Tensor], dict[str, Tensor]]


def state_of(branches: Branches, optimiser: torch.optim.Optimizer, keep: bool = True) -> State:
    """What a checkpoint holds. Where processes hold weights together, each of them calls this; those that do not `keep` it get nothing."""
    return gathered(branches.state(), keep), gathered(_optimiser_tensors(optimiser), keep)


def save(run_dir: Path, at: Position, state: State, hashes: dict[str, str]) -> str:
    """Writes a checkpoint; gives its path relative to the run folder. `hashes` must be the same again on resume."""
    name = f"step-{at.step:06d}"

    def fill(to: Path) -> None:
        for name, tensors in zip(("model", "optimiser"), state):
            save_file({key: t.contiguous() for key, t in tensors.items()}, to / f"{name}.safetensors")
        (to / "state.json").write_text(json.dumps({**asdict(at), **hashes}, indent=2) + "\n", encoding="utf-8")

    write_folder(folder(run_dir) / name, fill)
    for old in _complete(run_dir)[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)
    return f"checkpoints/{name}"


def _complete(run_dir: Path) -> list[Path]:
    """Newest first."""
    found = [p for p in folder(run_dir).glob("step-*") if _STEP.fullmatch(p.name) and p.is_dir() and not p.is_symlink()]
    return sorted(found, key=lambda p: int(p.name.removeprefix("step-")), reverse=True)


def _position(state: object) -> Position:
    """Raises ValueError where a checkpoint's state says none."""
    values = [state.get(name) for name in ("step", "epoch", "position", "token_budget")] if isinstance(state, dict) else []
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool) and value >= 0]
    if len(numbers) < 4 - (len(values) == 4 and values[3] is None):
        raise ValueError("it says no position")
    return Position(*values)


def restore(
    run_dir: Path, branches: Branches, optimiser: torch.optim.Optimizer, hashes: dict[str, str]
) -> tuple[Position, str | None, list[str]]:
    """Brings the newest readable checkpoint back: position, its relative path (None where there is none), names of unreadable ones.

    Raises RESUME_MISMATCH where config or data changed, CHECKPOINT_INVALID where none of several can be read.
    """
    unreadable: list[str] = []
    candidates = _complete(run_dir)
    for path in candidates:
        try:
            state = read_json(path / "state.json")
            at = _position(state)
            weights, memory = load_file(path / "model.safetensors"), load_file(path / "optimiser.safetensors")
        except Exception:  # whatever is wrong with a file: the next one may do
            unreadable.append(path.name)
            continue
        for name, value in hashes.items():
            if state.get(name) != value:
                what = "options" if name == "config_hash" else "training pairs"
                raise TrainerError(
                    "RESUME_MISMATCH",
                    f"The {what} are not those with which this run began.",
                    "Put them back, or start a new run.",
                    file=str(path),
                )
        try:
            _load(branches, optimiser, weights, memory)
        except (KeyError, IndexError, ValueError, TypeError, RuntimeError) as error:
            message = f"{path.name} does not fit this model: {str(error).splitlines()[0]}"
            raise TrainerError("CHECKPOINT_INVALID", message, "Start a new run.", file=str(path)) from error
        return at, f"checkpoints/{path.name}", unreadable
    if candidates:
        raise TrainerError(
            "CHECKPOINT_INVALID",
            "No checkpoint of this run can be read.",
            "Start a new run.",
            file=str(folder(run_dir)),
        )
    return Position(), None, unreadable


def _load(
    branches: Branches, optimiser: torch.optim.Optimizer, weights: dict[str, Tensor], memory: dict[str, Tensor]
) -> None:
    branches.load_state(weights)
    memory.pop("rng", None)  # checkpoints of earlier versions have one
    tensors: dict[int, dict[str, Tensor]] = {}
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for key, tensor in memory.items():
        number, name = key.split(".", 1)
        tensors.setdefault(int(number), {})[name] = like(tensor, parameters[int(number)])
    optimiser.load_state_dict({"state": tensors, "param_groups": optimiser.state_dict()["param_groups"]})


def remove_all(run_dir: Path) -> None:
    """A finished run needs none."""
    shutil.rmtree(folder(run_dir), ignore_errors=True)
