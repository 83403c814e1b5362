"""Vision-language models opened: fresh to be trained, without weights to be counted, or as they were saved."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from blindfold_trainer.models.loading import load, shell
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.models.vlm_branches import VlmBranches
from blindfold_trainer.protocol.errors import TrainerError

_REMEDY = "Give the folder mm or proxy of a finished run."


def open_vlm(options: ModelOptions) -> VlmBranches:
    return VlmBranches(load(options), options)


def open_shell(options: ModelOptions) -> VlmBranches:
    """The branches without weights: they encode pairs and are counted, and give no reward."""
    branches = VlmBranches(shell(options), replace(options, vision_cache=None))
    for base in branches.bases.values():
        base.to("meta")  # adapters, which peft makes on the CPU
    return branches


def open_vlm_model(
    folder: Path, card: dict, device: str, dtype: str, base: str | None, whole: bool = False
) -> VlmBranches:
    """A saved branch ready to score. Raises MODEL_INVALID where the base is not the one it was trained on."""
    try:
        role, text, adapter = card["role"], card["text"], card["adapter"] or {}
        options = ModelOptions(
            model=base or (str(folder) if card["tuning"] == "full" else card["base"]["model"]),
            revision=None if base else card["base"]["revision"],
            roles=(role,),
            max_length=text["max_length"],
            proxy_input=card["proxy_input"],
            tuning=card["tuning"],
            lora_rank=adapter.get("rank", 16),
            lora_alpha=adapter.get("alpha", 32.0),
            max_pixels=card["image"]["max_pixels"],
            device=device,
            dtype=dtype,
        )
        wanted = {"base_class": card["architecture"]["base_class"]}
        if card["tuning"] != "full":
            wanted["fingerprint"] = card["base"]["fingerprint"]
    except (KeyError, TypeError) as error:
        message = f"rm_config.json is not complete: {error}."
        raise TrainerError("MODEL_INVALID", message, _REMEDY, file=str(folder)) from error
    loaded = load(options, chat=folder, whole=whole)
    for name, value in wanted.items():
        if value is not None and loaded.identity[name] not in (value, None):
            raise TrainerError(
                "MODEL_INVALID",
                f"The model was trained on another base: its {name} is {value}, here it is {loaded.identity[name]}.",
                "Give the base that rm_config.json names.",
                file=str(folder),
            )
    branches = VlmBranches(loaded, options)
    if hashlib.sha256(branches.chat.template.encode()).hexdigest() != text["template_sha256"]:
        raise TrainerError("MODEL_INVALID", "The chat template was changed.", "Restore it.", file=str(folder))
    try:
        head = load_file(folder / "reward_head.safetensors")
        with torch.no_grad():
            branches.heads[role].weight.copy_(head["score.weight"])
        wrong = []
        if branches.adapters is not None:
            wrong = branches.adapters.load(role, load_file(folder / "adapter_model.safetensors"))
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        message = f"The model cannot be read: {error}."
        raise TrainerError("MODEL_INVALID", message, _REMEDY, file=str(folder)) from error
    if wrong:
        message = f"The adapter does not fit its base: {', '.join(wrong[:5])}."
        raise TrainerError("MODEL_INVALID", message, _REMEDY, file=str(folder))
    branches.train(False)
    return branches
