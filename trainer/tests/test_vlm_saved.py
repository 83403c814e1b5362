"""Trained vision-language models on the disk: what comes back is what was trained, or an error that says what is wrong."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")

from peft import PeftModel
from safetensors.torch import load_file, save_file
from test_vlm_equivalence import RESPONSES, scatter
from tiny_vlm import make, pictures
from transformers import AutoModel, AutoModelForImageTextToText

from blindfold_trainer.cli import main
from blindfold_trainer.models.attention import NAME
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError

FACTS = {
    "training": {"method": "shortcut-aware"},
    "data_sha256": "0" * 64,
    "config_sha256": "1" * 64,
    "reward_mean": 0.5,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    make("qwen2_5_vl", folder / "base")
    images = pictures(folder, 2)
    branches = open_branches(ModelOptions(model=str(folder / "base"), lora_rank=4, lora_alpha=8, max_length=300))
    scatter(branches)
    branches.train(False)
    for role in branches.roles:
        branches.save(role, folder / role, FACTS)
    return branches, folder, images


def rewards(branches, role, images) -> torch.Tensor:
    items = [branches.encode_texts(str(i), "What is it?", both, images[:1]) for i, both in enumerate(RESPONSES)]
    with torch.no_grad():
        return branches.rewards(role, items)


@pytest.mark.parametrize("role", ["mm", "proxy"])
def test_a_saved_branch_gives_the_same_rewards(trained, role):
    branches, folder, images = trained
    again, found, card = open_saved(folder / role)
    assert found == role and card["architecture"]["base_class"] == "Qwen2_5_VLModel" and again.roles == (role,)
    assert torch.equal(rewards(again, role, images), rewards(branches, role, images))
    readme = (folder / role / "README.md").read_text()
    assert card["data_sha256"] in readme and "shortcut-aware" in readme and "0.5" in readme


def test_score_reads_any_saved_model(trained, tmp_path, capsys):
    branches, folder, images = trained
    row = {"id": "seven", "prompt": "What is it?", "img_path": images[0].name, "responses": list(RESPONSES[0])}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["score", str(folder / "mm"), str(tmp_path / "rows.jsonl"), "--images", str(images[0].parent)]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["id"] == "seven"
    assert line["rewards"] == pytest.approx(rewards(branches, "mm", images)[:2].tolist(), abs=4e-6)


@pytest.mark.parametrize("role", ["mm", "proxy"])
def test_evaluate_reads_any_saved_model(trained, tmp_path, capsys, role):
    branches, folder, images = trained
    rows = [
        {"id": str(i), "prompt": "What is it?", "img_path": images[0].name, "chosen": both[0], "rejected": both[1]}
        for i, both in enumerate(RESPONSES)
    ]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    args = ["evaluate", str(folder / role), str(tmp_path / "pairs.jsonl"), "--images", str(images[0].parent)]
    more = ["--out", str(tmp_path / "m.jsonl"), "--tokens", "64", "--text", str(folder / "proxy")]
    assert main([*args, *more]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    wanted = rewards(branches, role, images).view(-1, 2)
    margins = [json.loads(line)["margin"] for line in (tmp_path / "m.jsonl").read_text().splitlines()]
    assert margins == pytest.approx((wanted[:, 0] - wanted[:, 1]).tolist(), abs=4e-6)
    assert found["role"] == role and found["accuracy"]["value"] == sum(m > 0 for m in margins) / len(margins)
    assert found["groups"] == 1 and found["text"]["pairs"] == len(rows)


def test_peft_reads_the_adapter_on_the_base_class(trained):
    branches, folder, images = trained
    base = AutoModel.from_pretrained(folder / "base", attn_implementation="sdpa")
    model = PeftModel.from_pretrained(base, folder / "mm").eval()
    core = model.base_model.model
    core.set_attn_implementation({"text_config": NAME})
    before = branches.bases["mm"]
    wanted = rewards(branches, "mm", images)
    adapters, branches.adapters = branches.adapters, None
    branches.bases["mm"] = core
    try:
        assert torch.equal(rewards(branches, "mm", images), wanted)
    finally:
        branches.bases["mm"], branches.adapters = before, adapters


def test_another_base_is_refused(trained, tmp_path):
    _, folder, _ = trained
    make("qwen2_5_vl", tmp_path / "other", seed=1)
    with pytest.raises(TrainerError, match="fingerprint"):
        open_saved(folder / "mm", base=str(tmp_path / "other"))
    make("qwen3_vl", tmp_path / "third")
    with pytest.raises(TrainerError, match="base_class"):
        open_saved(folder / "mm", base=str(tmp_path / "third"))
    shutil.copytree(folder / "mm", tmp_path / "mm")
    (tmp_path / "mm" / "chat_template.jinja").write_text((folder / "mm" / "chat_template.jinja").read_text() + "x")
    with pytest.raises(TrainerError, match="template"):
        open_saved(tmp_path / "mm")


def test_a_damaged_adapter_is_refused(trained, tmp_path):
    _, folder, _ = trained
    shutil.copytree(folder / "mm", tmp_path / "mm")
    weights = load_file(folder / "mm" / "adapter_model.safetensors")
    weights.pop(sorted(weights)[0])
    save_file(weights, tmp_path / "mm" / "adapter_model.safetensors")
    with pytest.raises(TrainerError, match="MODEL_INVALID"):
        open_saved(tmp_path / "mm")
    with pytest.raises(TrainerError, match="MODEL_INVALID"):
        open_saved(tmp_path)


def test_weights_that_are_missing_or_left_over_are_refused(trained, tmp_path):
    _, folder, _ = trained
    base = tmp_path / "base"
    shutil.copytree(folder / "base", base)
    weights = load_file(base / "model.safetensors")
    name = next(n for n in sorted(weights) if n.endswith("q_proj.weight"))
    for wrong in (
        {n: t for n, t in weights.items() if n != name},
        {**weights, "model.language_model.extra": torch.ones(3)},
    ):
        save_file(wrong, base / "model.safetensors", {"format": "pt"})
        with pytest.raises(TrainerError, match="missing or left over"):
            open_branches(ModelOptions(model=str(base)))
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    with pytest.raises(TrainerError, match="MODEL_UNKNOWN.*bert"):
        open_branches(ModelOptions(model=str(base)))
    with pytest.raises(TrainerError, match="MODEL_UNKNOWN: There is no folder .*gone"):
        open_branches(ModelOptions(model=str(tmp_path / "gone")))


def test_the_base_class_reads_checkpoints_of_the_generating_class(trained):
    _, folder, _ = trained
    generating = AutoModelForImageTextToText.from_pretrained(folder / "base").model.state_dict()
    base = AutoModel.from_pretrained(folder / "base").state_dict()
    assert set(base) == set(generating) and all(torch.equal(base[n], generating[n]) for n in base)


def test_full_tuning_trains_language_model_and_projector_and_comes_back(trained, tmp_path):
    _, folder, images = trained
    options = ModelOptions(model=str(folder / "base"), tuning="full", max_length=300)
    branches = open_branches(options)
    mm = branches._trained("mm")
    assert any("visual.merger" in n for n in mm) and any("layers.0.mlp" in n for n in mm)
    assert not any("visual.blocks" in n for n in mm) and not any("visual" in n for n in branches._trained("proxy"))
    items = [branches.encode_texts("a", "What is it?", RESPONSES[0], images[:1])]
    branches.margins("mm", items).sum().backward()
    assert all(p.grad is not None for n, p in mm.items() if "merger" in n)
    assert all(p.grad is None for p in branches._trained("proxy").values())
    with torch.no_grad():
        for p in branches.parameters():
            p.add_(0.01)
    branches.train(False)
    branches.save("mm", tmp_path / "mm", FACTS)
    again, _, _ = open_saved(tmp_path / "mm")
    assert torch.equal(rewards(again, "mm", images), rewards(branches, "mm", images))
    with pytest.raises(TrainerError, match="vision_cache"):
        open_branches(replace(options, vision_cache=tmp_path / "cache"))
