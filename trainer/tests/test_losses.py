import json
import math
import random
from pathlib import Path

import pytest
import torch

from blindfold_trainer.training.losses import bradley_terry, pair_weights, shortcut_failure

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "test/fixtures/golden/losses.json").read_text())


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_golden_numbers_shared_with_the_app():
    cases = GOLDEN["cases"]
    mm = bradley_terry(f64(*(c["mmMargin"] for c in cases)))
    text = bradley_terry(f64(*(c["textMargin"] for c in cases)))
    sfc = shortcut_failure(mm, text)
    for i, case in enumerate(cases):
        assert mm[i].item() == pytest.approx(case["mmLoss"], rel=1e-12, abs=0)
        assert text[i].item() == pytest.approx(case["textLoss"], rel=1e-12, abs=0)
        assert sfc[i].item() == pytest.approx(case["sfc"], rel=1e-12, abs=0)


def test_single_precision_is_finite_and_right_at_every_margin():
    for case in GOLDEN["cases"]:
        mm, text = (bradley_terry(torch.tensor([case[k]], dtype=torch.float32)) for k in ("mmMargin", "textMargin"))
        assert shortcut_failure(mm, text).item() == pytest.approx(case["sfc"], rel=2e-5)


def test_sfc_lies_in_the_unit_interval_and_mirrors():
    rng = random.Random(0)
    mm, text = (bradley_terry(f64(*(rng.gauss(0, 10 ** rng.uniform(-6, 2)) for _ in range(2000)))) for _ in range(2))
    sfc = shortcut_failure(mm, text)
    assert ((sfc > 0) & (sfc < 1)).all()
    assert torch.allclose(sfc + shortcut_failure(text, mm), torch.ones_like(sfc), atol=1e-14)
    assert (shortcut_failure(mm, text + 0.1) > sfc).all(), "the worse the text does, the higher the SFC"


def test_sfc_is_one_half_where_both_losses_vanish():
    assert shortcut_failure(f64(0.0), f64(0.0)).item() == 0.5


def test_gradient_of_the_loss_is_minus_the_probability_of_being_wrong():
    margin = f64(-800, -3, -1e-9, 0.0, 1e-9, 2, 800).requires_grad_()
    bradley_terry(margin).sum().backward()
    assert torch.allclose(margin.grad, -torch.sigmoid(-margin.detach()), atol=1e-15)
    assert margin.grad[3].item() == -0.5


def test_no_gradient_flows_through_the_sfc():
    mm, text = f64(0.3, -1.0).requires_grad_(), f64(1.0, 0.2).requires_grad_()
    loss, text_loss = bradley_terry(mm), bradley_terry(text)
    sfc = shortcut_failure(loss, text_loss)
    (pair_weights(sfc) * loss).mean().backward()
    assert text.grad is None
    assert torch.allclose(mm.grad, -sfc * torch.sigmoid(-mm.detach()) / 2)


def test_loss_at_zero_is_ln_2():
    assert bradley_terry(f64(0.0)).item() == pytest.approx(math.log(2), abs=1e-16)
