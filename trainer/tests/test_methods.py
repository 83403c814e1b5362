"""Methods beside the paper's: each against its formula in double precision, and as a run."""

import json

import pytest
import torch
from conftest import make_run, weights

from blindfold_trainer.training import runner
from blindfold_trainer.training.losses import bradley_terry, fused_margin, pair_weights, preference, upweights

MM = torch.tensor([-2.0, -0.1, 0.0, 0.7, 40.0], dtype=torch.float64)
TEXT = torch.tensor([0.3, -1.0, 0.0, 5.0, -90.0], dtype=torch.float64)


def test_fusion_trains_the_sum_and_gives_the_proxy_no_gradient():
    mm, text = MM.clone().requires_grad_(), TEXT.clone().requires_grad_()
    bradley_terry(fused_margin(mm, text)).sum().backward()
    assert text.grad is None
    assert torch.allclose(mm.grad, -torch.sigmoid(-(MM + TEXT)), atol=1e-15)


def test_what_the_proxy_gets_wrong_or_leaves_open_weighs_more():
    assert upweights(TEXT, 5.0).tolist() == [1, 5, 5, 1, 5]


def test_exponent_and_floor_of_the_weights():
    sfc = torch.tensor([0.04, 0.25, 0.81], dtype=torch.float64)
    assert torch.allclose(pair_weights(sfc, 0.5), torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64))
    assert pair_weights(sfc, 1.0, 0.1).tolist() == [0.1, 0.25, 0.81]
    assert pair_weights(sfc, 0.0).tolist() == [1, 1, 1]


def test_smoothing_has_its_minimum_at_the_log_odds_of_the_label():
    margin = torch.logit(torch.tensor(0.9, dtype=torch.float64)).requires_grad_()
    preference(margin, smoothing=0.1).backward()
    assert abs(margin.grad.item()) < 1e-15
    assert torch.equal(preference(MM), bradley_terry(MM))


def test_a_soft_label_has_its_minimum_at_its_log_odds_and_mirrors():
    for label in (0.0, 0.3, 0.5, 1.0):
        p = torch.full_like(MM, label)
        assert torch.allclose(preference(MM, p), preference(-MM, 1 - p), atol=1e-15)
        if 0 < label < 1:
            margin = torch.logit(torch.tensor(label, dtype=torch.float64)).requires_grad_()
            preference(margin, torch.tensor(label, dtype=torch.float64)).backward()
            assert abs(margin.grad.item()) < 1e-15
    assert torch.equal(preference(MM, torch.ones_like(MM)), bradley_terry(MM))


@pytest.mark.parametrize("threshold", [0.5, 2.0])
def test_ties_follow_rao_and_kupper(threshold):
    """P(win) + P(tie) + P(loss) = 1 with P(win) = sigmoid(m - t); the loss is its logarithm, a tie's up to a constant and a half."""
    eta = torch.tensor(threshold, dtype=torch.float64)
    win, loss = torch.sigmoid(MM - eta), torch.sigmoid(-MM - eta)
    one, half = torch.ones_like(MM), torch.full_like(MM, 0.5)
    finite = MM.abs() < 10
    assert torch.allclose(preference(MM, one, threshold), -torch.log(win))
    tie = -torch.log(1 - win - loss)[finite]
    constant = tie - 2 * preference(MM, half, threshold)[finite]
    assert torch.allclose(constant, -torch.log(torch.exp(2 * eta) - 1).expand_as(constant))


def test_a_gap_moves_the_margin_at_which_a_pair_is_content():
    assert torch.allclose(preference(MM, None, torch.full_like(MM, 1.5)), bradley_terry(MM - 1.5))


def test_every_method_and_option_trains_another_model(tmp_path, monkeypatch):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)
    cases = {
        "aware": {},
        "fusion": {"method": "residual-fusion"},
        "upweight": {"method": "upweight"},
        "factor": {"method": "upweight", "upweight_factor": 20},
        "exponent": {"sfc_exponent": 2},
        "floor": {"sfc_floor": 0.6},
        "smoothing": {"label_smoothing": 0.1},
        "ties": {"tie_threshold": 0.5},
        "weight": {},
        "margin": {},
        "label": {},
    }
    results = {}
    for name, options in cases.items():
        run_dir = make_run(tmp_path / name, epochs=1, **options)
        if name in ("weight", "margin", "label"):
            rows = [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]
            lines = (
                json.dumps({**row, name: i % 3 / (2 if name == "label" else 1)}) + "\n" for i, row in enumerate(rows)
            )
            (run_dir / "train.jsonl").write_text("".join(lines))
        assert runner.run(run_dir, False, None) == runner.DONE
        results[name] = weights(run_dir)
        if name not in ("ties", "margin", "label"):
            assert weights(run_dir, "proxy") == weights(tmp_path / "aware", "proxy"), "the proxy has no such option"
    assert len(set(results.values())) == len(cases)


@pytest.mark.parametrize("weight", [-1, "2"])
def test_a_weight_that_is_none_is_refused(tmp_path, monkeypatch, weight):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)
    run_dir = make_run(tmp_path / "run")
    rows = [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]
    rows[4]["weight"] = weight
    (run_dir / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert runner.run(run_dir, False, None) == runner.REFUSED
    event = json.loads((run_dir / "events.jsonl").read_text().splitlines()[-1])
    assert (event["code"], event["row"], event["field"]) == ("DATA_INVALID", 5, "weight")
