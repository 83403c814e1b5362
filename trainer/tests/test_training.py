"""What the loop computes, in this process."""

import copy
import json
import math
import random
from pathlib import Path

import pytest
import torch
from conftest import blindfold, events_of, make_run, trajectory, weights

from blindfold_trainer.data.pairs import read_snapshot
from blindfold_trainer.models.encoding import encode_pairs
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import model_options
from blindfold_trainer.models.passes import score_pairs
from blindfold_trainer.models.tiny.batches import Dataset
from blindfold_trainer.models.tiny.network import margins
from blindfold_trainer.protocol.config import load_config
from blindfold_trainer.training import runner
from blindfold_trainer.training.gradients import backward, make_optimiser
from blindfold_trainer.training.losses import bradley_terry
from blindfold_trainer.training.schedule import epoch_order, learning_rate


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    # A run of its own process listens to signals and stdin; in pytest's process it must not.
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)


def train(run_dir: Path, resume: bool = False) -> int:
    return runner.run(run_dir, resume, None)


def test_every_pair_is_trained_on_once_an_epoch(finished):
    seen: dict[int, list[str]] = {}
    for e in events_of(finished):
        if e["type"] == "samples":
            seen.setdefault(e["epoch"], []).extend(e["ids"])
    assert sorted(seen) == [0, 1]
    for ids in seen.values():
        assert sorted(ids) == sorted(f"train-{i}" for i in range(84))
    assert seen[0] != seen[1]


def test_the_order_follows_from_seed_and_epoch():
    orders = [epoch_order(50, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert orders[0] == epoch_order(50, 0, 0)
    assert len({tuple(o) for o in orders}) == 4
    assert all(sorted(o) == list(range(50)) for o in orders)


def test_learning_rate_warms_up_and_ends_near_zero():
    rates = [learning_rate(s, 200, 1.0, 0.1) for s in range(200)]
    assert max(rates) == rates[20] == 1.0
    assert all(a < b for a, b in zip(rates[:20], rates[1:21]))
    assert all(a > b for a, b in zip(rates[20:], rates[21:]))
    assert rates[-1] < 1e-3
    assert learning_rate(0, 1, 1.0, 1.0) > 0


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("budget", [None, 150])
def test_packs_and_two_backwards_give_the_gradients_of_the_joint_loss(tmp_path, normalise, budget):
    run_dir = make_run(tmp_path / "run", sfc_normalise=normalise)
    config = load_config(run_dir)
    pairs = read_snapshot(config.train, config.media_dir)[:12]
    batch = Dataset(pairs, 64).batch(list(range(12)))
    branches = open_branches(model_options(config))
    mm, proxy = branches.models["mm"], branches.models["proxy"]
    mm2, proxy2 = copy.deepcopy(mm), copy.deepcopy(proxy)
    # In packs, so that a mean over a part would show.
    backward(config, branches, pairs, encode_pairs(branches, pairs).items, budget=budget)

    loss = torch.nn.functional.softplus(-margins(mm2, batch))
    text = torch.nn.functional.softplus(-margins(proxy2, blindfold(batch, "drop")))
    sfc = ((text + 0.5e-7) / (loss + text + 1e-7)).detach()
    ((sfc / sfc.mean() if normalise else sfc) * loss).mean().add(text.mean()).backward()
    for one, two in ((mm, mm2), (proxy, proxy2)):
        for (name, p), q in zip(one.named_parameters(), two.parameters()):
            if q.grad is not None:
                assert torch.allclose(p.grad, q.grad, rtol=1e-4, atol=1e-7), name


def test_the_proxy_is_the_same_alone_and_beside_the_multimodal_model(tmp_path):
    for name, method in (("alone", "text-only"), ("beside", "shortcut-aware")):
        assert train(make_run(tmp_path / name, method=method, epochs=1)) == runner.DONE
    assert weights(tmp_path / "alone", "proxy") == weights(tmp_path / "beside", "proxy")
    assert not (tmp_path / "alone" / "mm").exists()


def test_methods_and_options_change_the_model(tmp_path):
    results = {}
    for name, options in {
        "standard": {"method": "standard"},
        "aware": {},
        "normalised": {"sfc_normalise": True},
        "blank": {"proxy_input": "blank"},
        "seed": {"seed": 4},
    }.items():
        assert train(make_run(tmp_path / name, epochs=1, **options)) == runner.DONE
        results[name] = weights(tmp_path / name)
    assert len(set(results.values())) == len(results)
    assert not (tmp_path / "standard" / "proxy").exists()
    steps = [e for e in events_of(tmp_path / "standard") if e["type"] == "step"]
    assert steps[0]["loss_text"] is None and steps[0]["sfc_mean"] is None and steps[0]["loss_mm"] > 0


def test_the_saved_model_alone_gives_the_margins_of_the_run(finished):
    told = {k[2]: v for k, v in trajectory(events_of(finished)).items() if k[0] == "eval"}
    pairs = read_snapshot(finished / "test.jsonl", finished / "media")
    (mm, role, _), (proxy, proxy_role, card) = open_saved(finished / "mm"), open_saved(finished / "proxy")
    assert (role, proxy_role, card["training"]["proxy_input"]) == ("mm", "proxy", "drop")
    for branches, at in ((mm, 0), (proxy, 1)):
        for ids, values in score_pairs(branches, encode_pairs(branches, pairs).items, None):
            for i, value in zip(ids, values[branches.roles[0]]):
                assert told[i][at] == pytest.approx(value, abs=1e-5)


def test_per_pair_values_fit_together(finished):
    for key, value in trajectory(events_of(finished)).items():
        if key[0] != "samples":
            continue
        mm_loss, text_loss, sfc, mm_margin, text_margin = value
        assert mm_loss == pytest.approx(bradley_terry(torch.tensor(mm_margin)).item(), rel=1e-5)
        assert text_loss == pytest.approx(bradley_terry(torch.tensor(text_margin)).item(), rel=1e-5)
        assert sfc == pytest.approx((text_loss + 5e-8) / (mm_loss + text_loss + 1e-7), rel=1e-5)


def test_it_learns(tmp_path):
    assert train(make_run(tmp_path / "run", epochs=6, method="standard", lr=1e-3)) == runner.DONE
    steps = [e for e in events_of(tmp_path / "run") if e["type"] == "step"]
    assert steps[-1]["loss_mm"] < 0.5 * steps[0]["loss_mm"]


def test_cancelled_at_any_step_and_resumed_it_ends_the_same(tmp_path, finished):
    """Cancels at random steps again and again; every process gets a little further."""
    rng = random.Random(8)
    run_dir = make_run(tmp_path / "run", pairs=84)
    import blindfold_trainer.training.loop as module

    original = module.Training._emit_step
    stop_at = [0]

    def emit_and_cancel(self, *args):
        original(self, *args)
        if self.at.step == stop_at[0]:
            (run_dir / "cancel").touch()

    module.Training._emit_step = emit_and_cancel
    try:
        for n, step in enumerate(sorted(rng.sample(range(1, 22), 3))):
            stop_at[0] = step
            assert train(run_dir, resume=n > 0) == runner.CANCELLED
            last = events_of(run_dir)[-1]
            assert (last["type"], last["step"], last["reason"]) == ("cancelled", step, "file")
            assert (run_dir / last["path"] / "state.json").exists()
            assert not (run_dir / "cancel").exists()
        stop_at[0] = 0
        assert train(run_dir, resume=True) == runner.DONE
    finally:
        module.Training._emit_step = original
    assert weights(run_dir) == weights(finished)
    assert weights(run_dir, "proxy") == weights(finished, "proxy")
    assert trajectory(events_of(run_dir)) == trajectory(events_of(finished))


def test_a_checkpoint_that_cannot_be_read_is_skipped_with_a_warning(tmp_path, finished):
    import blindfold_trainer.training.loop as module

    run_dir = make_run(tmp_path / "run", pairs=84)
    original = module.Training._emit_step

    def fail_at_ten(self, *args):
        original(self, *args)
        if self.at.step == 10:
            raise RuntimeError("power cut")

    module.Training._emit_step = fail_at_ten
    try:
        assert train(run_dir) == runner.DEFECT
    finally:
        module.Training._emit_step = original
    assert events_of(run_dir)[-1]["code"] == "INTERNAL"
    assert sorted(p.name for p in (run_dir / "checkpoints").iterdir()) == ["step-000004", "step-000008"]
    (run_dir / "checkpoints" / "step-000008" / "model.safetensors").write_bytes(b"torn")
    assert train(run_dir, resume=True) == runner.DONE
    events = events_of(run_dir)
    assert [e["code"] for e in events if e["type"] == "warning"] == ["CHECKPOINT_SKIPPED"]
    assert [e["step"] for e in events if e["type"] == "resumed"] == [4]
    assert weights(run_dir) == weights(finished)


def test_long_texts_and_missing_images_are_told(tmp_path):
    run_dir = make_run(tmp_path / "run", epochs=1, max_length=8)
    pairs = [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]
    pairs[3]["images"] = []
    (run_dir / "train.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pairs))
    assert train(run_dir) == runner.DONE
    warnings = {
        (e["code"], e["message"].split(" of ")[1].split(" are ")[0].split(" have ")[0]): e
        for e in events_of(run_dir)
        if e["type"] == "warning"
    }
    assert warnings["NO_IMAGE", "the training pairs"]["ids"] == ["train-3"]
    assert warnings["TEXT_CUT", "the training pairs"]["count"] == 44
    assert events_of(run_dir)[-1]["type"] == "done"
    assert all(math.isfinite(e["grad_norm"]) for e in events_of(run_dir) if e["type"] == "step")


def test_every_parameter_is_trained_once_and_the_fresh_heads_faster(tmp_path):
    config = load_config(make_run(tmp_path / "run"))
    branches = open_branches(model_options(config))
    optimiser = make_optimiser(branches, config)
    rates = {id(p): group["rate"] for group in optimiser.param_groups for p in group["params"]}
    named = list(branches.models.named_parameters())
    assert sum(len(group["params"]) for group in optimiser.param_groups) == len(rates) == len(named)
    for name, p in named:
        assert rates[id(p)] == (10 if name in ("mm.head.weight", "proxy.head.weight") else 1)
