"""What a run takes, told before it is begun, against what it takes."""

import json
from dataclasses import replace

import pytest
import torch
from conftest import execute, make_run

from blindfold_trainer.preflight.report import as_text, preflight
from blindfold_trainer.protocol import schema
from blindfold_trainer.protocol.config import load_config


def told(run_dir, **kwargs):
    report = preflight(run_dir, load_config(run_dir, [run_dir.parent.parent]), **kwargs)
    assert schema.problem("preflight.json", report) is None
    return report


def test_the_tiny_model_is_measured_and_every_problem_named(tmp_path):
    run_dir = make_run(tmp_path / "run", pairs=20, epochs=1, eval_sets=[])
    before = sorted(p.name for p in run_dir.rglob("*"))
    report = told(run_dir)
    assert report["fits"] and report["problems"] == [] and report["fallbacks"] == []
    assert report["memory"]["measured"] and report["seconds_per_step"] > 0 and report["steps"] == 3
    assert report["memory"]["needed_bytes"] == sum(report["memory"]["parts"].values())
    parts = report["memory"]["parts"]
    assert parts["optimiser"] == 2 * parts["trained"] > 0 and parts["activations"] > 0
    assert sorted(p.name for p in run_dir.rglob("*")) == before
    short = told(run_dir, memory=1000)
    assert not short["fits"] and [p["kind"] for p in short["problems"]] == ["memory"]
    media = next(p for p in (run_dir / "media").rglob("*") if p.is_file())
    media.unlink()
    broken = told(run_dir)
    assert [p["kind"] for p in broken["problems"]] == ["pairs"] and broken["pairs"]["unusable_count"] == 1
    row = broken["pairs"]["unusable"][0]
    assert row["code"] == "IMAGE_MISSING" and row["id"] == f"train-{row['row'] - 1}" and row["id"] in as_text(broken)
    config = replace(load_config(run_dir), unusable="leave-out")
    assert preflight(run_dir, config)["fits"]


def test_a_checkpoint_takes_the_disk_that_was_told(tmp_path, finished):
    report = told(make_run(tmp_path / "run", pairs=12, epochs=1, eval_sets=[]))
    saved = sum(p.stat().st_size for role in ("mm", "proxy") for p in (finished / role).rglob("*.safetensors"))
    assert report["disk"]["models_bytes"] == pytest.approx(saved, rel=0.02)


def test_the_command_prints_one_line_or_a_refusal_as_data(tmp_path):
    run_dir = make_run(tmp_path / "run", pairs=12, epochs=1, eval_sets=[])
    done = execute("preflight", "--json", run_dir)
    assert done.returncode == 0 and json.loads(done.stdout)["pairs"]["usable"] == 12
    (run_dir / "config.json").write_text("{")
    refused = execute("preflight", "--json", run_dir)
    report = json.loads(refused.stdout)
    assert refused.returncode == 2 and schema.problem("preflight.json", report) is None
    assert report["error"]["code"] == "CONFIG_INVALID"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    pytest.importorskip("transformers")
    pytest.importorskip("peft")
    from tiny_vlm import make

    torch.set_num_threads(1)
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = make(kind, tmp_path_factory.mktemp(kind) / "model")
        return made[kind]

    return get


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("qwen2_5_vl", {}),
        ("qwen2_5_vl", {"token_budget": 150}),
        ("qwen2_5_vl", {"gradient_checkpointing": True}),
        ("qwen3_vl", {}),
        ("internvl", {"tuning": "full"}),
        ("smolvlm", {"method": "standard"}),
        ("gemma3", {}),
        ("llava", {"method": "text-only"}),
        ("qwen2_5_vl", {"tuning": "qlora"}),
    ],
)
def test_the_estimate_is_within_15_percent_of_a_real_step(tmp_path, folders, kind, options):
    if options.get("tuning") == "qlora":
        pytest.importorskip("bitsandbytes")
    run_dir = make_run(
        tmp_path / "run",
        pairs=12,
        epochs=1,
        eval_sets=[],
        model=str(folders(kind)),
        lora_rank=4,
        device="cpu",
        **options,
    )
    report = told(run_dir, measure=True)
    parts = report["memory"]["parts"]
    taken, estimate = (n - parts["runtime"] for n in (report["memory"]["needed_bytes"], sum(parts.values())))
    assert report["memory"]["measured"] and estimate == pytest.approx(taken, rel=0.15), (estimate, taken)
    activations = taken - sum(parts[name] for name in ("weights", "trained", "gradients", "optimiser"))
    assert parts["activations"] == pytest.approx(activations, rel=0.15)


def test_fallbacks_come_in_order_and_each_takes_less(tmp_path, folders, monkeypatch):
    # What this process holds grows from call to call; the model's part does not.
    monkeypatch.setattr("blindfold_trainer.preflight.report.resident", lambda: 0)
    run_dir = make_run(
        tmp_path / "run",
        pairs=16,
        epochs=1,
        eval_sets=[],
        model=str(folders("qwen2_5_vl")),
        lora_rank=4,
        tuning="full",
        device="cpu",
    )
    report = told(run_dir, memory=1)
    assert not report["fits"] and not report["memory"]["measured"]
    changes = [next(iter(f["changes"])) for f in report["fallbacks"]]
    assert changes[:3] == ["token_budget", "gradient_checkpointing", "tuning"] and changes[-1] == "model"
    needs = [report["memory"]["needed_bytes"], *(f["needed_bytes"] for f in report["fallbacks"][:-1])]
    assert all(after < before for before, after in zip(needs, needs[1:]))
    assert not any(f["fits"] for f in report["fallbacks"])
    # Enough for smaller passes: the first fallback fits, with the budget that it names.
    first = report["fallbacks"][0]
    room = told(run_dir, memory=(needs[0] + first["needed_bytes"]) // 2)
    assert (
        room["fallbacks"][0]["fits"]
        and room["fallbacks"][0]["changes"]["token_budget"] > first["changes"]["token_budget"]
    )
    config = {**json.loads((run_dir / "config.json").read_text()), **room["fallbacks"][0]["changes"]}
    again = told(make_run(tmp_path / "again", pairs=16, **config))
    assert again["memory"]["needed_bytes"] == room["fallbacks"][0]["needed_bytes"]
