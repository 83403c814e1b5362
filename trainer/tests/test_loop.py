"""The loop around the step: real models of every kind, memory that runs short, pairs that cannot be used, several processes, kills."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import torch
from conftest import PACKAGE, events_of, make_run, start, trajectory, weights, write_snapshot
from safetensors.torch import load_file

from blindfold_trainer.training import runner


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)


def rows_of(run_dir):
    return [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "smolvlm"])
def test_a_vision_language_model_is_trained_cancelled_resumed_and_read_again(tmp_path, kind):
    pytest.importorskip("transformers")
    pytest.importorskip("peft")
    from tiny_vlm import make

    from blindfold_trainer.data.pairs import read_snapshot
    from blindfold_trainer.models.encoding import encode_pairs
    from blindfold_trainer.models.opening import open_saved
    from blindfold_trainer.models.passes import score_pairs

    make(kind, tmp_path / "base")
    more = {"model": "../base", "pairs": 18, "epochs": 1, "batch_size": 6, "checkpoint_every": 1, "max_length": 1024}
    whole = make_run(tmp_path / "whole", lora_dropout=0.2, **more)
    assert runner.run(whole, False, None, [tmp_path]) == runner.DONE
    steps = [e for e in events_of(whole) if e["type"] == "step"]
    assert len(steps) == 3 and steps[0]["loss_mm"] > 0 and steps[0]["loss_text"] > 0

    cache = {"vision_cache": "../cache", "vision_cache_bytes": 3000}
    packed = make_run(tmp_path / "packed", token_budget=16, **cache, **more)
    plain = make_run(tmp_path / "plain", **more)
    for run_dir in (packed, plain):
        assert runner.run(run_dir, False, None, [tmp_path]) == runner.DONE
    one, two = trajectory(events_of(packed)), trajectory(events_of(plain))
    for key in one:
        if key[0] == "samples":
            assert one[key] == pytest.approx(two[key], abs=2e-5)

    kept = [file.stat().st_size for file in (tmp_path / "cache").glob("*/*.safetensors")]
    assert kept and sum(kept) <= 3000

    # Cancelled after the first step, with dropout on; the end is the same bit for bit.
    import blindfold_trainer.training.loop as module

    again = make_run(tmp_path / "again", lora_dropout=0.2, **more)
    original = module.Training._emit_step

    def emit_and_cancel(self, *args):
        original(self, *args)
        if self.at.step == 1:
            (again / "cancel").touch()

    module.Training._emit_step = emit_and_cancel
    try:
        assert runner.run(again, False, None, [tmp_path]) == runner.CANCELLED
    finally:
        module.Training._emit_step = original
    assert runner.run(again, True, None, [tmp_path]) == runner.DONE
    for role in ("mm", "proxy"):
        for name in ("adapter_model", "reward_head"):
            file = f"{name}.safetensors"
            assert (again / role / file).read_bytes() == (whole / role / file).read_bytes()

    branches, role, _ = open_saved(whole / "mm")
    items = encode_pairs(branches, read_snapshot(whole / "test.jsonl", whole / "media")).items
    told = {k[2]: v[0] for k, v in trajectory(events_of(whole)).items() if k[0] == "eval"}
    for ids, values in score_pairs(branches, items, 4096):
        assert values[role] == pytest.approx([told[i] for i in ids], abs=1e-5)


def test_a_pass_that_does_not_fit_is_done_again_in_smaller_packs(tmp_path, finished):
    import blindfold_trainer.models.tiny.branches as tiny

    run_dir = make_run(tmp_path / "run", pairs=84)
    original = tiny.TinyBranches.rewards

    def small_memory(self, role, items):
        if len(items) > 3 and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return original(self, role, items)

    tiny.TinyBranches.rewards = small_memory
    try:
        assert runner.run(run_dir, False, None) == runner.DONE
    finally:
        tiny.TinyBranches.rewards = original
    events = events_of(run_dir)
    budgets = [e["token_budget"] for e in events if e["type"] == "oom"]
    assert budgets and budgets == sorted(budgets, reverse=True)
    assert sum(e["type"] == "step" for e in events) == 22, "the batch stays what it was"
    one, two = trajectory(events), trajectory(events_of(finished))
    for key in two:
        if key[0] == "samples":
            assert one[key] == pytest.approx(two[key], abs=2e-3)


def test_a_single_pair_that_does_not_fit_ends_the_run_with_what_helps(tmp_path, monkeypatch):
    import blindfold_trainer.models.tiny.branches as tiny

    def no_memory(self, role, items):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(tiny.TinyBranches, "rewards", no_memory)
    run_dir = make_run(tmp_path / "run")
    assert runner.run(run_dir, False, None) == runner.REFUSED
    assert events_of(run_dir)[-1]["code"] == "OUT_OF_MEMORY"


def test_rewards_that_are_no_numbers_are_told_with_their_pairs(tmp_path, monkeypatch):
    import blindfold_trainer.models.tiny.branches as tiny

    original = tiny.TinyBranches.rewards

    def broken(self, role, items):
        values = original(self, role, items)
        bad = [i for item in items for i in [item.id in ("train-5", "train-9")] * item.responses]
        return values.masked_fill(torch.tensor(bad), float("nan")) if role == "mm" else values

    monkeypatch.setattr(tiny.TinyBranches, "rewards", broken)
    run_dir = make_run(tmp_path / "run", batch_size=44)
    assert runner.run(run_dir, False, None) == runner.REFUSED
    last = events_of(run_dir)[-1]
    assert last["code"] == "DIVERGED" and sorted(last["ids"]) == ["train-5", "train-9"]


def damaged_run(run_dir, **options):
    run_dir = make_run(run_dir, epochs=1, **options)
    for row in (3, 8):
        digest = rows_of(run_dir)[row]["images"][0]
        (run_dir / "media" / digest[:2] / digest).unlink()
    return run_dir


def test_all_pairs_that_cannot_be_used_are_named_before_training(tmp_path):
    run_dir = damaged_run(tmp_path / "run")
    assert runner.run(run_dir, False, None) == runner.REFUSED
    events = events_of(run_dir)
    [told] = [e for e in events if e["type"] == "unusable"]
    assert [(p["id"], p["row"], p["code"]) for p in told["pairs"]] == [
        ("train-3", 4, "IMAGE_MISSING"),
        ("train-8", 9, "IMAGE_MISSING"),
    ]
    assert (told["set"], told["count"], told["left_out"]) == ("train", 2, False)
    assert events[-1]["ids"] == ["train-3", "train-8"]
    assert not any(e["type"] == "step" for e in events)


def test_a_run_may_go_on_without_them_and_trains_on_all_others(tmp_path):
    run_dir = damaged_run(tmp_path / "run", unusable="leave-out")
    assert runner.run(run_dir, False, None) == runner.DONE
    trained = [i for e in events_of(run_dir) if e["type"] == "samples" for i in e["ids"]]
    assert sorted(trained) == sorted(f"train-{i}" for i in range(44) if i not in (3, 8))
    assert [e["left_out"] for e in events_of(run_dir) if e["type"] == "unusable"] == [True]


def test_a_proxy_that_warms_up_is_trained_alone_first(tmp_path):
    run_dir = make_run(tmp_path / "run", epochs=1, proxy_warmup=1)
    assert runner.run(run_dir, False, None) == runner.DONE
    steps = [e for e in events_of(run_dir) if e["type"] == "step"]
    assert len(steps) == 12
    assert [e["loss_mm"] is None for e in steps] == [True] * 6 + [False] * 6
    assert all(e["loss_text"] > 0 for e in steps)
    assert steps[6]["acc_mm"] == pytest.approx(0.5, abs=0.5)


def test_two_processes_give_what_one_gives(tmp_path):
    """Batches of 7 for two processes: shares are unequal, and the last batch of 2 gives each one pair."""
    more = {"pairs": 44, "batch_size": 7, "epochs": 1, "sfc_normalise": True, "lr": 1e-4}
    one, two = make_run(tmp_path / "one", **more), make_run(tmp_path / "two", **more)
    assert runner.run(one, False, None) == runner.DONE
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--master_port=0", "--standalone"]
    result = subprocess.run(
        [*launch, "-m", "blindfold_trainer", "train", str(two)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert events_of(two)[0]["processes"] == 2
    a, b = trajectory(events_of(one)), trajectory(events_of(two))
    assert a.keys() == b.keys()
    for key in a:
        assert a[key] == pytest.approx(b[key], rel=1e-6, abs=1e-6), key
    # Where a gradient is all but zero, Adam makes a step out of its sign, and so out of rounding.
    for role in ("mm", "proxy"):
        first, second = (load_file(d / role / "model.safetensors") for d in (one, two))
        for name in first:
            assert torch.allclose(first[name], second[name], atol=2e-4), name


def test_killed_at_random_steps_and_resumed_it_ends_the_same(tmp_path, finished):
    """SIGKILL at twenty random moments of the training, of real processes; each goes on from what its predecessor left."""
    rng = random.Random(4)
    run_dir = make_run(tmp_path / "run", pairs=84, checkpoint_every=1)
    steps = sorted(rng.choices(range(1, 22), k=20))
    kills, begun = 0, False
    for step in steps:
        process = start("train", run_dir, *(["--resume"] if begun else []), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            file = run_dir / "events.jsonl"
            if file.exists() and f'"type":"step","step":{step},' in file.read_text(encoding="utf-8"):
                break
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        begun = True
    assert kills >= 15, "it was killed while it trained"
    assert runner.run(run_dir, True, None) == runner.DONE
    assert weights(run_dir) == weights(finished)
    assert weights(run_dir, "proxy") == weights(finished, "proxy")
    assert trajectory(events_of(run_dir)) == trajectory(events_of(finished))


def test_labels_and_margins_of_a_snapshot_are_used_and_checked(tmp_path):
    run_dir = make_run(tmp_path / "run", epochs=1)
    pairs = rows_of(run_dir)
    for pair in pairs:
        pair["label"] = 0.0
    write_snapshot(run_dir, "train", pairs)
    assert runner.run(run_dir, False, None) == runner.DONE
    samples = [v for k, v in trajectory(events_of(run_dir)).items() if k[0] == "samples"]
    assert len(samples) == 44
    for mm_loss, _, _, mm_margin, _ in samples:
        assert mm_loss == pytest.approx(torch.nn.functional.softplus(torch.tensor(mm_margin)).item(), rel=1e-5)
