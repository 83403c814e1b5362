"""What the benchmark claims, in counts: operations, bytes and rewards. Seconds belong to a machine and are asserted nowhere."""

import json

import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")

from blindfold_trainer.bench.__main__ import estimated, main
from blindfold_trainer.bench.end_to_end import end_to_end
from blindfold_trainer.bench.forms import Here, Paper, Plain, loss_of
from blindfold_trainer.bench.kept_tensors import Saved
from blindfold_trainer.bench.measure import counted, weights_of
from blindfold_trainer.bench.shapes import SHAPES, SIZES, build, samples
from blindfold_trainer.preflight.footprint import Live

CPU = torch.device("cpu")


def base(seed: int = 0):
    return build(SHAPES["test"], CPU, torch.float32, seed)


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    torch.set_num_threads(1)
    cache = tmp_path_factory.mktemp("cache")
    return {
        "plain": Plain(base()),
        "paper": Paper(base(), base(1)),
        "here": Here(base()),
        "cached": Here(base(), cache),
    }


def costs(forms, size: str, pairs: int = 2) -> dict:
    batch = samples(SIZES[size], max(pairs, len(SIZES[size])), SHAPES["test"].vocabulary)
    found = {}
    for name, form in forms.items():
        form.prepare(batch)
        found[name] = counted(form, len(batch))
    return found


def test_a_step_here_computes_what_the_plain_forms_compute(forms):
    batch = samples((256, 16), 3, SHAPES["test"].vocabulary)
    for form in forms.values():
        form.prepare(batch)
    plain = forms["plain"].rewards()
    for name in ("here", "cached"):
        got = forms[name].rewards()
        assert plain.std() > 0.01 and (got - plain).abs().max() <= 1e-6 * max(1.0, plain.abs().max().item())
    loss_of(plain).mean().backward()
    loss_of(forms["here"].rewards()).mean().backward()
    ours = forms["here"].branches.adapters.named("mm")
    for name, p in forms["plain"].branch.adapters.named("one").items():
        grad = ours[name.replace(".one.", ".mm.")].grad
        assert (grad - p.grad).norm() <= 1e-5 * p.grad.norm() + 1e-9, name
    for form in forms.values():
        form.clear()


@pytest.mark.parametrize(
    ("size", "plain", "cached", "paper"),
    # Operations of the plain form with one branch by those of both branches here; the same cached; the paper's by those here.
    [("600", 1.5, 1.8, 2.2), ("mixed", 2.3, 2.8, 3.0)],
)
def test_both_branches_cost_less_than_one_in_plain_rows(forms, size, plain, cached, paper):
    found = costs(forms, size)
    assert found["plain"].flops >= plain * found["here"].flops
    assert found["plain"].flops >= cached * found["cached"].flops
    assert found["paper"].flops >= paper * found["here"].flops
    assert found["here"].activations <= 0.40 * found["paper"].activations
    assert found["here"].weights <= 0.55 * found["paper"].weights


def test_a_step_leaves_gradients_in_both_branches_and_costs_are_all_counted(forms):
    form = forms["here"]
    form.prepare(samples((16,), 1, SHAPES["test"].vocabulary))
    saved = form.step()
    assert len(saved) == 2 and all(s.bytes > 0 for s in saved)
    assert all(p.grad is not None for p in form.branches.parameters())
    form.clear()
    with Saved([]) as kept:
        x = torch.ones(1000, requires_grad=True)
        (x.exp() * x.exp()).sum()
    # exp keeps its own result twice; the product keeps the same two.
    assert kept.bytes == 2 * 4000


@pytest.mark.parametrize("size", ["256", "mixed"])
def test_preflight_tells_the_peak_of_a_step(forms, size):
    batch = samples(SIZES[size], 4, SHAPES["test"].vocabulary)
    form, live = forms["here"], Live()
    form.prepare(batch)
    form.clear()
    live.ignore([t for m in form.modules() for t in (*m.parameters(), *m.buffers())])
    live.ignore([t for p in form.branches.pictures.values() for t in p.pixels.values()])
    with live:
        form.step()
    form.clear()
    standing = weights_of(form.modules())
    assert estimated("test", batch, torch.float32) == pytest.approx(standing + live.peak, rel=0.15)
    # A GPU is not needed for the shapes of the large models: 7B in bf16, of which weights are the most.
    told = estimated("7b", samples(SIZES["256"], 1, SHAPES["7b"].vocabulary), torch.bfloat16)
    assert 15e9 < told < 25e9


def test_without_a_gpu_the_benchmark_for_one_says_so(capsys):
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert main(["--gpu"]) == 2
    assert "no CUDA device" in capsys.readouterr().err


def test_one_command_gives_the_table(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("blindfold_trainer.bench.with_trl.available", lambda: None)
    out = tmp_path / "figures.json"
    assert main(["--shapes", "test", "--sizes", "256", "--pairs", "1", "--steps", "1", "--out", str(out)]) == 0
    table = capsys.readouterr().out
    assert table.count("\n| 256 |") == 4 and "features from the disk" in table and "from its files" not in table
    assert json.loads(out.read_text())["end_to_end"] is None


def test_a_run_of_a_project_is_trained_from_its_files_to_its_models(finished, tmp_path, capfd):
    device = torch.device("cpu")
    told = end_to_end(finished, "test", SHAPES["test"], device, torch.float32, 16, tmp_path)
    assert told["pairs"] == 84 and told["steps"] == 6 and told["pairs_per_s"] > 0
    assert told["peak"] > told["preflight"] / 4 > 0
    card = json.loads((tmp_path / "run/mm/rm_config.json").read_text())
    assert card["architecture"]["family"] == "Qwen2.5-VL" and (tmp_path / "run/proxy/rm_config.json").is_file()
    assert main(["--shapes", "test", "--snapshot", str(tmp_path)]) == 2
    assert "is no run" in capfd.readouterr().err
