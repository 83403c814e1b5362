"""What a run leaves behind when the machine fails it: a good checkpoint, words that help, and a way on."""

import json
import sys

import pytest
import torch
from conftest import events_of, execute, make_run, start, trajectory, weights
from safetensors.torch import load_file

from blindfold_trainer.training import runner
from blindfold_trainer.training.device_faults import device_lost


def checkpoints(run_dir):
    return sorted(p.name for p in (run_dir / "checkpoints").iterdir())


def goes_on_as_if_nothing_had_been(run_dir, finished):
    result = execute("train", run_dir, "--resume")
    assert result.returncode == 0, result.stderr
    assert trajectory(events_of(run_dir)) == trajectory(events_of(finished))
    for branch in ("mm", "proxy"):
        assert weights(run_dir, branch) == weights(finished, branch)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process that runs are set on Linux")
def test_a_disk_that_fills_up_leaves_the_last_checkpoint_and_the_run_resumable(tmp_path, finished):
    import resource

    run_dir = make_run(tmp_path / "run", pairs=84)
    trainer = start("train", run_dir, stderr=None)
    for line in trainer.stdout:
        if json.loads(line)["type"] == "checkpoint":
            # No file may grow beyond this any more: events still can, the next checkpoint cannot.
            resource.prlimit(trainer.pid, resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
            break
    trainer.stdout.read()
    assert trainer.wait() == runner.REFUSED
    last = events_of(run_dir)[-1]
    assert (last["type"], last["code"]) == ("error", "WRITE_FAILED")
    assert "too large" in last["message"] and "resume" in last["remedy"]
    kept = checkpoints(run_dir)
    assert kept and all(name.startswith("step-") and not name.endswith(".tmp") for name in kept)
    assert load_file(run_dir / "checkpoints" / kept[-1] / "model.safetensors")
    goes_on_as_if_nothing_had_been(run_dir, finished)


def test_a_disk_without_room_for_one_event_ends_the_run_resumable(tmp_path, finished, monkeypatch):
    run_dir = make_run(tmp_path / "run", pairs=84)
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)
    import blindfold_trainer.protocol.events as protocol
    from blindfold_trainer.protocol.errors import TrainerError

    original, told = protocol.Events.emit, []

    def emit(self, type, **fields):
        told.append(type)
        if "checkpoint" in told[:-1]:
            raise TrainerError("WRITE_FAILED", "Cannot write events.jsonl: No space left on device.", "Free some.")
        original(self, type, **fields)

    with monkeypatch.context() as full:
        full.setattr(protocol.Events, "emit", emit)
        assert runner.run(run_dir, False, None) == runner.REFUSED
    assert told[-1] == "error" and events_of(run_dir)[-1]["type"] == "checkpoint"
    goes_on_as_if_nothing_had_been(run_dir, finished)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (torch.AcceleratorError, "CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later."),
        (RuntimeError, "CUDA error: GPU is lost"),
    ],
)
def test_a_gpu_that_is_lost_ends_the_run_resumable(tmp_path, finished, monkeypatch, kind, text):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)
    import blindfold_trainer.models.tiny.branches as tiny

    run_dir, original, calls = make_run(tmp_path / "run", pairs=84), tiny.TinyBranches.rewards, []

    def fails(self, role, items):
        calls.append(role)
        if len(calls) > 13:
            raise kind(text)
        return original(self, role, items)

    with monkeypatch.context() as broken:
        broken.setattr(tiny.TinyBranches, "rewards", fails)
        assert runner.run(run_dir, False, None) == runner.REFUSED
    assert len(calls) == 14, "a GPU that failed is not asked again"
    last = events_of(run_dir)[-1]
    assert (last["type"], last["code"]) == ("error", "DEVICE_LOST")
    assert "CUDA error" in last["message"] and "\n" not in last["message"] and "Resume" in last["remedy"]
    assert checkpoints(run_dir) == ["step-000004"]
    goes_on_as_if_nothing_had_been(run_dir, finished)


def test_what_is_no_lost_device_is_not_called_one():
    for error in (
        torch.OutOfMemoryError("CUDA out of memory."),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("shape mismatch"),
        ValueError("CUDA error"),
    ):
        assert device_lost(error) is None
    assert device_lost(torch.distributed.DistBackendError("NCCL error: remote process exited")).code == "DEVICE_LOST"
