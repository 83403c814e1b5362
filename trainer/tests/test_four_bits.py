"""A base in 4 bits, by bitsandbytes itself on the processor: what is rounded, what stays, and that nothing else changes."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")
bitsandbytes = pytest.importorskip("bitsandbytes")

from conftest import events_of, make_run
from safetensors.torch import load_file, save_file
from test_vlm_equivalence import RESPONSES, scatter
from tiny_vlm import make, pictures

from blindfold_trainer.export.merged import export_merged
from blindfold_trainer.export.proxy_onnx import export_proxy
from blindfold_trainer.models import quantization
from blindfold_trainer.models.families.registry import FAMILIES
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.training import runner

FACTS = {"training": {"method": "shortcut-aware"}, "data_sha256": "0" * 64, "config_sha256": "1" * 64}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    torch.set_num_threads(1)
    found = {}

    def get(kind: str):
        if kind not in found:
            folder = tmp_path_factory.mktemp(kind)
            options = ModelOptions(
                model=str(make(kind, folder / "base")), tuning="qlora", lora_rank=4, lora_alpha=8, max_length=400
            )
            branches = open_branches(options)
            scatter(branches)
            branches.train(False)
            found[kind] = branches, folder, pictures(folder, 1)
        return found[kind]

    return get


def rewards(branches, role, images, together=True) -> torch.Tensor:
    groups = RESPONSES if together else [(text,) for both in RESPONSES for text in both]
    items = [branches.encode_texts(str(i), "What is it?", texts, images) for i, texts in enumerate(groups)]
    with torch.no_grad():
        if together:
            return branches.rewards(role, items)
        return torch.cat([branches.rewards(role, [item]) for item in items])


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_the_language_model_is_rounded_and_rewards_are_those_of_its_rounded_weights(made, kind, tmp_path):
    branches, folder, images = made(kind)
    base, text = branches.bases["mm"], f"{branches.family.text}."
    rounded = {n for n, m in base.named_modules() if isinstance(m, bitsandbytes.nn.Linear4bit) and "lora" not in n}
    assert rounded and all(name.startswith(text) for name in rounded)
    assert rounded == set(quantization.layers(base, branches.family))
    # Packed with a shared prompt or each text alone, in training or not, saved and opened: one reward.
    packed = rewards(branches, "mm", images)
    assert packed.std() > 0.05
    assert (packed - rewards(branches, "mm", images, together=False)).abs().max() <= 1e-6 * max(1, packed.abs().max())
    branches.train()
    assert torch.equal(rewards(branches, "mm", images), packed)
    branches.train(False)
    branches.save("mm", tmp_path / "mm", FACTS)
    again = open_saved(tmp_path / "mm")[0]
    assert torch.equal(rewards(again, "mm", images), packed)
    # As ordinary numbers the rounded weights give the same; those from before the rounding do not.
    ordinary = open_saved(tmp_path / "mm", whole=True)[0]
    assert not any(isinstance(m, bitsandbytes.nn.Linear4bit) for m in ordinary.bases["mm"].modules())
    assert (rewards(ordinary, "mm", images) - packed).abs().max() <= 1e-5
    exact = open_branches(replace(branches.options, tuning="lora"))
    exact.load_state(branches.state())
    exact.train(False)
    assert (rewards(exact, "mm", images) - packed).abs().max() > 1e-3


def test_another_base_is_refused_though_its_rounded_part_is_not_compared(made, tmp_path):
    branches, folder, _ = made("qwen2_5_vl")
    branches.save("mm", tmp_path / "mm", FACTS)
    shutil.copytree(folder / "base", tmp_path / "other")
    weights = load_file(tmp_path / "other/model.safetensors")
    name = next(n for n in weights if "embed_tokens" in n)
    weights[name] = weights[name] + 1
    save_file(weights, tmp_path / "other/model.safetensors", {"format": "pt"})
    with pytest.raises(TrainerError, match="another base"):
        open_saved(tmp_path / "mm", base=str(tmp_path / "other"))


def test_models_with_other_weights_share_no_features_on_the_disk(made, tmp_path):
    branches, folder, images = made("qwen2_5_vl")
    make("qwen2_5_vl", tmp_path / "other")
    weights = load_file(tmp_path / "other/model.safetensors")
    save_file({n: t * 2 for n, t in weights.items()}, tmp_path / "other/model.safetensors", {"format": "pt"})
    cached = [
        open_branches(replace(branches.options, model=model, vision_cache=tmp_path / "cache"))
        for model in (str(folder / "base"), str(tmp_path / "other"))
    ]
    first, second = (rewards(each, "mm", images) for each in cached)
    plain = open_branches(replace(branches.options, model=str(tmp_path / "other")))
    assert torch.equal(second, rewards(plain, "mm", images)) and not torch.equal(first, second)


def test_a_run_is_trained_cancelled_and_resumed_to_the_same_bits(tmp_path, monkeypatch):
    import blindfold_trainer.training.loop as module

    make("qwen2_5_vl", tmp_path / "base")
    more = {"model": "../base", "tuning": "qlora", "pairs": 12, "epochs": 1, "batch_size": 4, "checkpoint_every": 1}
    whole, again = (make_run(tmp_path / name, max_length=1024, **more) for name in ("whole", "again"))
    assert runner.run(whole, False, None, [tmp_path]) == runner.DONE
    assert sum(e["type"] == "step" for e in events_of(whole)) == 3
    original = module.Training._emit_step

    def emit_and_cancel(self, *args):
        original(self, *args)
        if self.at.step == 1:
            (again / "cancel").touch()

    monkeypatch.setattr(module.Training, "_emit_step", emit_and_cancel)
    assert runner.run(again, False, None, [tmp_path]) == runner.CANCELLED
    monkeypatch.undo()
    assert runner.run(again, True, None, [tmp_path]) == runner.DONE
    for role in ("mm", "proxy"):
        for name in ("adapter_model", "reward_head"):
            file = f"{role}/{name}.safetensors"
            assert (again / file).read_bytes() == (whole / file).read_bytes()
    assert json.loads((whole / "mm/rm_config.json").read_text())["tuning"] == "qlora"


def test_exports_hold_the_rounded_weights_as_ordinary_numbers(made, tmp_path):
    branches, folder, images = made("qwen2_5_vl")
    for role in branches.roles:
        branches.save(role, tmp_path / role, FACTS)
    wanted = rewards(branches, "mm", images)
    assert export_merged(tmp_path / "mm", tmp_path / "merged")["max_difference"] <= 1e-5
    merged = open_saved(tmp_path / "merged")[0]
    assert merged.adapters is None
    torch.testing.assert_close(rewards(merged, "mm", images), wanted, rtol=0, atol=1e-5)
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    figures = export_proxy(tmp_path / "proxy", tmp_path / "onnx", ["fp32"])
    assert figures["parity"]["fp32"]["max_difference"] <= 1e-5
