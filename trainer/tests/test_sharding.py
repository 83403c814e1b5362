"""Weights that two processes hold together: the result is that of one process, and a killed run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import PACKAGE, events_of, make_run, trajectory

pytest.importorskip("transformers")
pytest.importorskip("peft")
import tiny_vlm  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from blindfold_trainer.training import runner  # noqa: E402

OPTIONS = {
    "tuning": "full",
    "method": "shortcut-aware",
    "sfc_normalise": True,
    "pairs": 9,
    "batch_size": 4,
    "epochs": 1,
    "lr": 1e-4,
    "token_budget": 150,
    "max_length": 200,
    "checkpoint_every": 1,
}


def launch(run_dir: Path, *args: str) -> subprocess.Popen:
    world = ["-m", "torch.distributed.run", "--nproc_per_node=2", "--master_port=0", "--standalone"]
    return subprocess.Popen(
        [sys.executable, *world, "-m", "blindfold_trainer", "train", str(run_dir), "--within", str(run_dir.parent.parent), *args],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def weights(run_dir: Path, role: str) -> dict[str, torch.Tensor]:
    found = {}
    for file in sorted((run_dir / role).glob("*.safetensors")):
        found |= load_file(file)
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("base") / "qwen"
    tiny_vlm.make("qwen2_5_vl", folder)
    return str(folder)


def test_full_tuning_of_two_processes_gives_what_one_gives_and_survives_a_kill(tmp_path, model):
    """Batches of 4, 4 and 1: packs are cut by a budget, so that processes have unequal numbers of them, and one has no pair at last."""
    one, two, killed = (make_run(tmp_path / name, model=model, **OPTIONS) for name in ("one", "two", "killed"))
    assert runner.run(one, False, None, [tmp_path.parent]) == runner.DONE
    process = launch(two)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    assert events_of(two)[0]["processes"] == 2
    a, b = trajectory(events_of(one)), trajectory(events_of(two))
    assert a.keys() == b.keys()
    for key in a:
        assert a[key] == pytest.approx(b[key], rel=1e-5, abs=1e-6), key
    for role in ("mm", "proxy"):
        first, second = weights(one, role), weights(two, role)
        assert first.keys() == second.keys()
        for name in first:
            # Where a gradient is all but zero, Adam makes a step out of its sign, and so out of rounding.
            assert first[name].shape == second[name].shape
            assert torch.allclose(first[name], second[name], atol=3e-4), name

    process = launch(killed)
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and not (killed / "checkpoints/step-000001").exists():
        time.sleep(0.005)
    # One of them dies, and its launcher ends the other.
    os.kill(events_of(killed)[0]["pid"], signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode != 0, "it was killed while it trained"
    process = launch(killed, "--resume")
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    assert any(e["type"] == "resumed" and e["step"] >= 1 for e in events_of(killed))
    for role in ("mm", "proxy"):
        first, second = weights(two, role), weights(killed, role)
        assert all(torch.equal(first[name], second[name]) for name in first)
