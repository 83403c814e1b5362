"""Trained branches of vision-language models on the disk, and any saved reward model opened again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import peft
import torch
import transformers
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from . import __version__
from .backbone import BackboneOptions, Role
from .errors import TrainerError
from .files import write_folder
from .loading import load
from .model_card import model_card
from .sharding import gathered
from .vlm import VlmBranches

FORMAT = 2
_REMEDY = "Give the folder mm or proxy of a finished run."


def card_of(branches: VlmBranches, role: Role, facts: dict) -> dict:
    """`rm_config.json`: everything that must hold for the rewards to mean the same again."""
    identity, options, chat = branches.loaded.identity, branches.options, branches.chat
    return {
        "format": FORMAT,
        "role": role,
        "input": "images and text" if role == "mm" else f"text only, images: {options.proxy_input}",
        "architecture": {
            "name": identity["model_type"],
            "family": branches.family.title,
            "base_class": identity["base_class"],
        },
        "base": {name: identity[name] for name in ("model", "revision", "fingerprint")},
        "tuning": options.tuning,
        "adapter": {"rank": options.lora_rank, "alpha": options.lora_alpha} if options.tuning != "full" else None,
        "text": {
            "template_sha256": hashlib.sha256(chat.template.encode()).hexdigest(),
            "ending": chat.ending,
            "max_length": options.max_length,
        },
        "image": {"max_pixels": options.max_pixels},
        "proxy_input": options.proxy_input,
        "reward": "linear head without bias in fp32 on the state of the last token, that of the ending",
        **{name: facts.get(name) for name in ("reward_mean", "reward_std", "metrics")},
        "data_sha256": facts["data_sha256"],
        "config_sha256": facts["config_sha256"],
        "training": facts["training"],
        "trainer": __version__,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    }


def save_vlm(branches: VlmBranches, role: Role, folder: Path, facts: dict) -> str:
    """Writes one branch: adapter (as peft reads it) or whole model, head, tokenizer, image processor, card."""
    card = card_of(branches, role, facts)
    # Every process takes part in the gathering; the first one alone has all of it and writes.
    weights = gathered(branches.bases[role].state_dict(), branches.world.rank == 0) if branches.sharded else None
    if branches.world.rank > 0:
        return folder.name

    def fill(to: Path) -> None:
        if branches.adapters is not None:
            base = branches.bases[role]
            config = replace(branches.adapters.config)
            config.base_model_name_or_path, config.revision = card["base"]["model"], card["base"]["revision"]
            config.inference_mode = True
            config.auto_mapping = {"base_model_class": type(base).__name__, "parent_library": type(base).__module__}
            config.save_pretrained(to)
            save_file(branches.adapters.state(role), to / "adapter_model.safetensors", {"format": "pt"})
        else:
            branches.bases[role].save_pretrained(to, state_dict=weights)
        write_head(branches.heads[role].weight, to)
        write_chat(branches, to)
        write_card(card, to)

    write_folder(folder, fill)
    return folder.name


def write_head(weight: Tensor, to: Path) -> None:
    save_file({"score.weight": weight.detach().float().cpu().contiguous()}, to / "reward_head.safetensors")


def write_chat(branches: VlmBranches, to: Path) -> None:
    """Tokenizer, image processor and template, so that the folder needs nothing of the base but its weights."""
    chat = branches.chat
    chat.tokenizer.save_pretrained(to)
    chat.image_processor.save_pretrained(to)
    (to / "chat_template.jinja").write_text(chat.template, encoding="utf-8")
    settings = {k: v for k, v in chat.settings.items() if k not in ("chat_template", "merge_size")}
    (to / "processor_config.json").write_text(json.dumps(settings, indent=2, default=str) + "\n", encoding="utf-8")


def write_card(card: dict, to: Path) -> None:
    (to / "rm_config.json").write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    (to / "README.md").write_text(model_card(card), encoding="utf-8")


def open_vlm_model(
    folder: Path, card: dict, device: str, dtype: str, base: str | None, whole: bool = False
) -> VlmBranches:
    """A saved branch ready to score. Raises MODEL_INVALID where the base is not the one it was trained on."""
    try:
        role, text, adapter = card["role"], card["text"], card["adapter"] or {}
        options = BackboneOptions(
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
        raise TrainerError("MODEL_INVALID", "The chat template was changed.", "Put it back.", file=str(folder))
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
