"""Run folders from files of pairs: what a file says is what is trained on, and nothing disappears."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest
from conftest import write_pairs

from blindfold_trainer.cli import main
from blindfold_trainer.data.pairs import read_snapshot
from blindfold_trainer.data.run_folder import prepare
from blindfold_trainer.protocol.config import load_config
from blindfold_trainer.protocol.errors import TrainerError


def write(path: Path, rows: list[object]) -> Path:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def pairs(tmp_path) -> list[dict]:
    """Pairs with the path of their image, every image twice."""
    made = write_pairs(tmp_path / "made", "train", 12, seed=4) if (tmp_path / "made").mkdir() is None else []
    for i, pair in enumerate(made):
        digest = made[i - i % 2]["images"][0]
        pair["images"] = [str(tmp_path / "made" / "media" / digest[:2] / digest)]
    return made


def test_all_forms_of_a_file_give_the_same_run(tmp_path, pairs):
    def user(text: str) -> dict:
        return {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": text}]}

    def assistant(text: str) -> list[dict]:
        return [{"role": "assistant", "content": text}]

    def inline(path: str) -> str:
        return "data:image/png;base64," + base64.b64encode(Path(path).read_bytes()).decode()

    forms = {
        "paper": lambda p: {
            "img_path": p["images"][0],
            "prompt": p["prompt"],
            "chosen": p["chosen"],
            "rejected": p["rejected"],
        },
        "texts": lambda p: {
            "images": p["images"],
            "prompt": p["prompt"],
            "chosen": p["chosen"],
            "rejected": p["rejected"],
        },
        "messages": lambda p: {
            "images": [{"bytes": None, "path": p["images"][0]}],
            "prompt": [user(p["prompt"])],
            "chosen": assistant(p["chosen"]),
            "rejected": assistant(p["rejected"]),
        },
        "implicit": lambda p: {
            "images": [inline(p["images"][0])],
            "chosen": [user(p["prompt"]), *assistant(p["chosen"])],
            "rejected": [user(p["prompt"]), *assistant(p["rejected"])],
        },
    }
    found = []
    for name, form in forms.items():
        data = write(tmp_path / f"{name}.jsonl", [{"id": p["id"], **form(p)} for p in pairs])
        told = prepare(tmp_path / name, data, tmp_path, 0.4, {})
        assert told["train"] + told["test"] == 12 and told["groups"] == 6 and told["left_out"] == 0
        files = [tmp_path / name / f"{part}.jsonl" for part in ("train", "test")]
        found.append([read(file) for file in files])
        # What was written is what the trainer reads, and its images are there.
        for file in files:
            for pair in read_snapshot(file, tmp_path / name / "media"):
                assert all(path.is_file() for path in pair.paths)
    assert all(each == found[0] for each in found)
    assert {p["id"] for part in found[0] for p in part} == {p["id"] for p in pairs}


def test_what_shares_an_image_or_a_prompt_stays_together_whatever_the_order(tmp_path, pairs):
    rng = random.Random(0)
    rows = [{"images": p["images"], **{k: p[k] for k in ("id", "prompt", "chosen", "rejected")}} for p in pairs]
    # A pair of two images joins their groups; pairs without an image are grouped by prompt.
    rows.append(
        {
            "id": "both",
            "prompt": "Compare.",
            "chosen": "a",
            "rejected": "b",
            "images": [pairs[0]["images"][0], pairs[2]["images"][0]],
        }
    )
    rows += [
        {"id": f"text-{i}", "prompt": f"Question {i % 3}", "chosen": f"yes {i}", "rejected": "no"} for i in range(9)
    ]
    sides = []
    for name in ("one", "two"):
        prepare(tmp_path / name, write(tmp_path / f"{name}.jsonl", rows), tmp_path, 0.5, {"seed": 3})
        split = {part: read(tmp_path / name / f"{part}.jsonl") for part in ("train", "test")}
        groups = {part: {p["group"] for p in split[part]} for part in split}
        assert not groups["train"] & groups["test"]
        assert len(groups["train"] | groups["test"]) == 5 + 3
        sides.append({p["id"]: part for part in split for p in split[part]})
        rng.shuffle(rows)
    assert sides[0] == sides[1]
    assert set(sides[0].values()) == {"train", "test"}


def test_rows_without_a_pair_are_listed_and_end_it_unless_they_may_be_left_out(tmp_path, pairs):
    good = [{"images": p["images"], **{k: p[k] for k in ("id", "prompt", "chosen", "rejected")}} for p in pairs]
    bad = [
        {"id": "gone", "prompt": "x", "chosen": "a", "rejected": "b", "images": ["nowhere.png"]},
        {"id": "same", "prompt": "x", "chosen": "a", "rejected": "a "},
        {"id": "half", "prompt": "x", "chosen": "a"},
        {"id": good[0]["id"], "prompt": "x", "chosen": "a", "rejected": "b"},
        {"id": "web", "prompt": "x", "chosen": "a", "rejected": "b", "images": ["https://example.org/a.png"]},
        {"id": "label", "prompt": "x", "chosen": "a", "rejected": "b", "label": 2},
        {"id": "turns", "prompt": [{"role": "user"}], "chosen": "a", "rejected": "b"},
    ]
    data = write(tmp_path / "data.jsonl", [*good, *bad])
    with pytest.raises(TrainerError) as caught:
        prepare(tmp_path / "run", data, tmp_path, 0.3, {}, frozenset({"label"}))
    assert (caught.value.code, caught.value.row) == ("DATA_INVALID", 13)
    assert not (tmp_path / "run" / "config.json").exists()
    told = prepare(tmp_path / "run", data, tmp_path, 0.3, {"unusable": "leave-out"}, frozenset({"label"}))
    assert told["left_out"] == len(bad) and told["train"] + told["test"] == len(good)
    listed = read(tmp_path / "run" / "unusable.jsonl")
    assert [(each["row"], each["id"]) for each in listed] == [(13 + i, row["id"]) for i, row in enumerate(bad)]
    assert load_config(tmp_path / "run").unusable == "leave-out"
    with pytest.raises(TrainerError, match="holds a run"):
        prepare(tmp_path / "run", data, tmp_path, 0.3, {})


def test_a_file_is_trained_on_by_one_command(tmp_path, pairs, monkeypatch, capsys):
    rows = [
        {"img_path": p["images"][0], **{k: p[k] for k in ("prompt", "chosen", "rejected")}, "weight": 2} for p in pairs
    ]
    data = write(tmp_path / "data.jsonl", rows)
    monkeypatch.setattr("blindfold_trainer.cli.run_commands.take_stdout", lambda: None)
    run = tmp_path / "run"
    options = ["method=standard", "epochs=1", "batch_size=4", "threads=1"]
    setting = [a for o in options for a in ("--set", o)]
    assert main(["train", str(run), "--data", str(data), *setting, "--take", "weight"]) == 0
    assert (run / "mm" / "rm_config.json").is_file()
    assert {p["weight"] for p in read(run / "train.jsonl")} == {2.0}
    assert main(["train", str(tmp_path / "other"), "--data", str(data), "--set", "method=magic"]) == 2
    assert main(["train", str(tmp_path / "other"), "--data", str(data), "--set", "speed=1"]) == 2
    assert not (tmp_path / "other" / "config.json").exists()
    assert "speed" in capsys.readouterr().err
