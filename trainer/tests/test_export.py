"""Exported models: what comes out gives the rewards of what went in, read by somebody else's code."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")

from test_vlm_equivalence import RESPONSES, scatter
from tiny_vlm import make, pictures
from transformers import AutoModel

from blindfold_trainer.cli import main
from blindfold_trainer.export.adapter import export_adapter
from blindfold_trainer.export.merged import export_merged
from blindfold_trainer.export.proxy_onnx import export_proxy
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.serving.server import Scorer

FACTS = {"training": {"method": "shortcut-aware"}, "data_sha256": "0" * 64, "config_sha256": "1" * 64}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Saved branches by family, made when first asked for."""
    torch.set_num_threads(1)
    made: dict[str, Path] = {}

    def get(kind: str) -> Path:
        if kind not in made:
            folder = made[kind] = tmp_path_factory.mktemp(kind)
            base = str(make(kind, folder / "base"))
            branches = open_branches(ModelOptions(model=base, lora_rank=4, lora_alpha=8, max_length=400))
            scatter(branches)
            branches.train(False)
            for role in branches.roles:
                branches.save(role, folder / role, FACTS)
        return made[kind]

    return get


def rewards(branches, role: str, images=()) -> torch.Tensor:
    items = [branches.encode_texts(str(i), "What is it?", both, images) for i, both in enumerate(RESPONSES)]
    with torch.no_grad():
        return branches.rewards(role, items)


def test_a_merged_model_needs_neither_base_nor_adapter(trained, tmp_path):
    folder = trained("qwen2_5_vl")
    images = pictures(tmp_path, 1)
    wanted = rewards(open_saved(folder / "mm")[0], "mm", images)
    made = export_merged(folder / "mm", tmp_path / "merged")
    assert made["max_difference"] <= 1e-5 < made["reward_std"]
    again, role, card = open_saved(tmp_path / "merged")
    assert role == "mm" and again.adapters is None and card["merged"]["adapter"] == {"rank": 4, "alpha": 8.0}
    torch.testing.assert_close(rewards(again, "mm", images), wanted, rtol=0, atol=1e-5)
    # A training loop asks it over HTTP; what its server computes is the same.
    scorer = Scorer(again, "mm", tmp_path, 4096)
    items = [{"prompt": "What is it?", "responses": list(both), "images": [images[0].name]} for both in RESPONSES]
    served = scorer.score(items)["rewards"]
    scorer.close()
    assert [r for both in served for r in both] == pytest.approx(wanted.tolist(), abs=1e-5) and scorer.passes == 1
    # Transformers alone reads it, with nothing missing or left over, and it is not the base.
    model, info = AutoModel.from_pretrained(tmp_path / "merged", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    base = AutoModel.from_pretrained(folder / "base").state_dict()
    changed = [n for n, t in model.state_dict().items() if not torch.equal(t, base[n])]
    assert changed and all("language_model" in n for n in changed)
    with pytest.raises(TrainerError, match="whole model already"):
        export_merged(tmp_path / "merged", tmp_path / "twice")


def test_an_adapter_is_copied_whole(trained, tmp_path):
    folder = trained("qwen2_5_vl")
    export_adapter(folder / "proxy", tmp_path / "copy")
    assert torch.equal(
        rewards(open_saved(tmp_path / "copy")[0], "proxy"), rewards(open_saved(folder / "proxy")[0], "proxy")
    )
    with pytest.raises(TrainerError, match="MODEL_INVALID"):
        export_adapter(tmp_path, tmp_path / "none")


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "gemma3", "llava"])
def test_a_proxy_as_onnx_gives_its_rewards(trained, tmp_path, kind, capsys):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from jinja2 import Template
    from tokenizers import Tokenizer

    folder, out = trained(kind), tmp_path / "onnx"
    precisions = "fp32,fp16,int8" if kind == "qwen2_5_vl" else "fp32"
    assert main(["export", str(folder / "proxy"), str(out), "--form", "onnx", "--precision", precisions]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["parity"]
    assert figures["fp32"]["max_difference"] <= 1e-5 and set(figures) == set(precisions.split(","))
    if kind == "qwen2_5_vl":
        assert max(figures[p]["bytes"] for p in ("fp16", "int8")) < figures["fp32"]["bytes"]
        assert figures["fp16"]["order_kept"] == 1.0 and figures["int8"]["order_kept"] >= 0.8
    # As the app reads it: its card, its template, the tokenizer's file, ids in, one reward out.
    card = json.loads((out / "blindfold.json").read_text())
    assert card["kind"] == "reward-model" and card["maxLength"] == 400
    tokenizer = Tokenizer.from_file(str(out / card["tokenizer"]))
    session = runtime.InferenceSession(str(out / card["model"]), providers=["CPUExecutionProvider"])
    proxy = open_saved(folder / "proxy")[0]
    wanted = rewards(proxy, "proxy").tolist()
    # A long text too, beyond any sliding window.
    for prompt, response, reward in [
        *[("What is it?", text, wanted[2 * i + j]) for i, both in enumerate(RESPONSES) for j, text in enumerate(both)],
        ("Long?\n", "a b c " * 20, None),
    ]:
        if reward is None:
            with torch.no_grad():
                reward = proxy.rewards("proxy", [proxy.encode_texts("long", prompt, (response, "No."), ())])[0].item()
        messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
        text = Template(card["chatTemplate"], keep_trailing_newline=True).render(messages=messages)
        ids = np.array([tokenizer.encode(text, add_special_tokens=False).ids], np.int64)
        got = session.run(["reward"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        assert abs(got[0] - reward) <= 1e-5, (prompt, response)


def test_weights_that_are_too_large_for_one_file_lie_beside_it(trained, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr("blindfold_trainer.export.proxy_onnx.WHOLE", 1000)
    made = export_proxy(trained("llava") / "proxy", tmp_path / "onnx", ("fp16", "int8"))
    for found in made["parity"].values():
        beside = tmp_path / "onnx" / f"{found['file']}_data"
        assert beside.is_file() or list((tmp_path / "onnx").glob(f"{found['file']}*data*")), found
    assert (tmp_path / "onnx" / "model.onnx").stat().st_size < made["parity"]["fp32"]["bytes"] / 2
    assert not list(tmp_path.glob("*.tmp")) and made["parity"]["fp32"]["max_difference"] <= 1e-5


def test_what_reads_images_is_no_proxy(trained, tmp_path, capsys):
    pytest.importorskip("onnx")
    folder = trained("qwen2_5_vl")
    assert main(["export", str(folder / "mm"), str(tmp_path / "out"), "--form", "onnx"]) == 2
    assert "no image" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert main(["export", str(folder / "proxy"), str(tmp_path / "out"), "--form", "onnx", "--precision", "int2"]) == 2
    assert "int2" in capsys.readouterr().err
