"""Every command works alone."""

import json
import os
import subprocess
import sys

import pytest
from conftest import PACKAGE, execute, make_run

from blindfold_trainer.cli import main


@pytest.mark.parametrize("command", [[], ["train"], ["score"], ["evaluate"], ["pretrain"], ["inspect"], ["version"]])
def test_help_of_every_command(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([*command, "--help"])
    assert end.value.code == 0
    assert "usage: blindfold_trainer" in capsys.readouterr().out


def test_evaluate_score_and_inspect(finished, tmp_path, capsys):
    out = tmp_path / "margins.jsonl"
    assert (
        main(
            [
                "evaluate",
                str(finished / "mm"),
                str(finished / "test.jsonl"),
                "--images",
                str(finished / "media"),
                "--out",
                str(out),
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (
        told["pairs"] == 20
        and 0 <= told["accuracy"]["low"] <= told["accuracy"]["value"] <= told["accuracy"]["high"] <= 1
    )
    margins = {row["id"]: row["margin"] for row in map(json.loads, out.read_text().splitlines())}

    pairs = [json.loads(line) for line in (finished / "test.jsonl").read_text().splitlines()]
    rows = [
        {
            "id": p["id"],
            "prompt": p["prompt"],
            "img_path": f"{p['images'][0][:2]}/{p['images'][0]}",
            "responses": [p["chosen"], p["rejected"]],
        }
        for p in pairs
    ]
    (tmp_path / "n.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert main(["score", str(finished / "mm"), str(tmp_path / "n.jsonl"), "--images", str(finished / "media")]) == 0
    for line in capsys.readouterr().out.splitlines():
        scored = json.loads(line)
        difference = scored["rewards"][0] - scored["rewards"][1]
        assert difference == pytest.approx(margins[scored["id"]], abs=1e-5)
        assert scored["best"] == (0 if difference >= 0 else 1)

    assert main(["inspect", str(finished)]) == 0
    assert json.loads(capsys.readouterr().out)["last_event"]["type"] == "done"
    assert main(["inspect", str(finished / "proxy")]) == 0
    assert json.loads(capsys.readouterr().out)["role"] == "proxy"


def test_evaluate_reads_the_papers_own_format(finished, tmp_path, capsys):
    pairs = [json.loads(line) for line in (finished / "test.jsonl").read_text().splitlines()]
    rows = [
        {
            "id": i,
            "prompt": p["prompt"],
            "chosen": p["chosen"],
            "rejected": p["rejected"],
            "img_path": f"{p['images'][0][:2]}/{p['images'][0]}",
        }
        for i, p in enumerate(pairs)
    ]
    (tmp_path / "mmrm.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    for file, images in ((tmp_path / "mmrm.jsonl", finished / "media"), (finished / "test.jsonl", finished / "media")):
        assert main(["evaluate", str(finished / "mm"), str(file), "--images", str(images)]) == 0
    first, second = (json.loads(line)["accuracy"]["value"] for line in capsys.readouterr().out.splitlines())
    assert first == second


def test_pretrain_makes_weights_that_load(tmp_path, capsys):
    from blindfold_trainer.models.tiny.saved_model import load_base

    run_dir = make_run(tmp_path / "run")
    pairs = [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]
    rows = [
        {
            "id": p["id"],
            "prompt": p["prompt"],
            "chosen": p["chosen"],
            "rejected": p["rejected"],
            "img_path": f"{p['images'][0][:2]}/{p['images'][0]}",
        }
        for p in pairs
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    out = tmp_path / "w" / "tiny.safetensors"
    common = [
        "pretrain",
        str(tmp_path / "p.jsonl"),
        "--images",
        str(run_dir / "media"),
        "--out",
        str(out),
        "--steps",
        "3",
        "--batch-size",
        "8",
        "--threads",
        "1",
    ]
    assert main([*common, "--test", str(tmp_path / "p.jsonl")]) == 0
    assert 0 <= json.loads(capsys.readouterr().out)["accuracy"] <= 1
    first = load_base(out)
    assert main([*common, "--init", str(out), "--limit", "20"]) == 0
    assert (load_base(out).words.weight != first.words.weight).any()


@pytest.mark.parametrize(
    "args",
    [
        ["evaluate", "nowhere", "none.jsonl"],
        ["score", "nowhere", "none.jsonl"],
        ["inspect", "nowhere"],
        ["train", "nowhere"],
        ["pretrain", "none.jsonl", "--out", "x"],
    ],
)
def test_what_is_missing_is_told_without_a_traceback(args, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("blindfold_trainer.cli.run_commands.take_stdout", lambda: 1)
    assert main(args) == 2
    told = capsys.readouterr().err
    assert "nowhere" in told or "none.jsonl" in told
    assert "Traceback" not in told


def test_wrong_usage_and_versions_as_a_process():
    assert execute("trian").returncode == 2
    told = json.loads(execute("version").stdout)
    assert (
        told["protocol"] == 1
        and told["models"][0] == "tiny"
        and "Qwen2.5-VL" in told["models"]
        and len(told["base_sha256"]) == 64
    )


def test_code_in_the_folder_somebody_is_in_is_not_run(tmp_path):
    for name in ("torch", "numpy", "json", "transformers", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name}.py was run')")
    done = subprocess.run(
        [sys.executable, "-m", "blindfold_trainer", "version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and json.loads(done.stdout)["protocol"] == 1, done.stderr
