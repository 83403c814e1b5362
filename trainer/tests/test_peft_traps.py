"""Traps of peft, each shown to be there, and what the adapters here do instead. Where one of the first halves fails, peft mended it."""

import json
import shutil
import warnings

import pytest
import torch
import torch.nn.functional as F

pytest.importorskip("transformers")
pytest.importorskip("peft")

import peft
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from test_vlm_equivalence import RESPONSES, scatter
from tiny_vlm import make, pictures
from transformers import AutoModel, AutoModelForImageTextToText

from blindfold_trainer.models.adapters import LAYERS, Adapters, lora_config
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError

FACTS = {"training": {"method": "standard"}, "data_sha256": "0" * 64, "config_sha256": "1" * 64}
IDS = torch.tensor([[11, 12, 13, 14, 15, 16]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return make("qwen2_5_vl", tmp_path_factory.mktemp("traps") / "base")


def two(folder) -> tuple[torch.nn.Module, Adapters]:
    base = AutoModel.from_pretrained(folder, attn_implementation="sdpa").train()
    adapters = Adapters(base, lora_config("language_model", 4, 8.0, 0.0), {"mm": 1, "proxy": 2})
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for role in ("mm", "proxy"):
            for p in adapters.parameters(role):
                p.normal_(0.0, 0.15, generator=generator)
    return base, adapters


def loss(base) -> torch.Tensor:
    return F.softplus(base(input_ids=IDS, use_cache=False).last_hidden_state[0, -1].sum())


def grads(adapters, role: str) -> dict:
    found = {n: p.grad.clone() for n, p in adapters.named(role).items() if p.grad is not None}
    for p in adapters.parameters(role):
        p.grad = None
    return found


def test_set_adapter_loses_the_gradient_of_an_unfinished_step(folder):
    base, adapters = two(folder)
    layers = [m for m in base.modules() if isinstance(m, BaseTunerLayer)]

    def both(use) -> tuple[dict, dict]:
        use("proxy")
        text = loss(base)
        use("mm")
        (text + loss(base)).backward()
        return grads(adapters, "proxy"), grads(adapters, "mm")

    kept, _ = both(adapters.use)
    assert len(kept) == len(adapters.named("proxy")) and all(g.abs().sum() > 0 for g in kept.values())
    lost, trained = both(lambda role: [layer.set_adapter(role) for layer in layers])
    assert not lost and trained
    adapters.active = None
    adapters.use("mm")


def test_checkpointing_without_the_adapter_of_the_forward_pass_gives_other_gradients(folder):
    base, adapters = two(folder)

    def proxy_first() -> dict:
        adapters.use("proxy")
        text = loss(base)
        adapters.use("mm")
        text.backward()
        found = grads(adapters, "proxy")
        grads(adapters, "mm")
        return found

    right = proxy_first()
    base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    try:
        # The layers are computed again with the adapter that is in use by then.
        wrong = proxy_first()
    except torch.utils.checkpoint.CheckpointError:
        wrong = {}
    assert any(n not in wrong or (wrong[n] - g).norm() > 0.01 * g.norm() for n, g in right.items())
    adapters.checkpoint()
    again = proxy_first()
    assert all((again[n] - g).norm() <= 1e-6 * g.norm() + 1e-9 for n, g in right.items())


def test_one_batch_with_both_adapters_is_no_way_to_train(folder):
    base = AutoModel.from_pretrained(folder, attn_implementation="sdpa")
    model = peft.get_peft_model(base, lora_config("language_model", 4, 8.0, 0.0), "mm")
    model.add_adapter("proxy", lora_config("language_model", 4, 8.0, 0.0))
    with pytest.raises(ValueError, match="training"):
        model.train()(input_ids=IDS.repeat(2, 1), adapter_names=["mm", "proxy"], use_cache=False)


def test_an_adapter_on_another_base_class_is_taken_by_peft_and_refused_here(folder, tmp_path):
    branches = open_branches(ModelOptions(model=str(folder), lora_rank=4, lora_alpha=8))
    scatter(branches)
    branches.train(False)
    branches.save("mm", tmp_path / "mm", FACTS)
    other = AutoModelForImageTextToText.from_pretrained(folder)
    # The adapter names its layers from the base class on, so that peft finds none of them elsewhere.
    with pytest.raises(ValueError, match="not found in the base model"):
        PeftModel.from_pretrained(other, tmp_path / "mm")
    # Named by their last part, as is usual, they are found everywhere: a warning at most, and an adapter that does nothing.
    shutil.copytree(tmp_path / "mm", tmp_path / "usual")
    config = json.loads((tmp_path / "mm" / "adapter_config.json").read_text())
    (tmp_path / "usual" / "adapter_config.json").write_text(json.dumps({**config, "target_modules": list(LAYERS)}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PeftModel.from_pretrained(other, tmp_path / "usual")
    text = {n: p for n, p in model.named_parameters() if "lora_B" in n and "language_model" in n}
    assert text and not any(p.any() for p in text.values())
    card = json.loads((tmp_path / "mm" / "rm_config.json").read_text())
    card["architecture"]["base_class"] = type(other).__name__
    (tmp_path / "mm" / "rm_config.json").write_text(json.dumps(card))
    with pytest.raises(TrainerError, match="base_class"):
        open_saved(tmp_path / "mm")


def test_a_padding_token_that_ends_texts_too_changes_nothing(folder, tmp_path):
    images = pictures(tmp_path, 2)

    def rewards(options: ModelOptions, pad: str | None) -> torch.Tensor:
        branches = open_branches(options)
        scatter(branches)
        if pad is not None:
            branches.chat.tokenizer.pad_token = pad
            branches.bases["mm"].config.get_text_config().pad_token_id = branches.chat.tokenizer.pad_token_id
        items = [branches.encode_texts("a", "What is it?", both, images[:1]) for both in RESPONSES]
        with torch.no_grad():
            return branches.rewards("mm", items)

    options = ModelOptions(model=str(folder), lora_rank=4, lora_alpha=8)
    assert torch.equal(rewards(options, None), rewards(options, "<|im_end|>"))
