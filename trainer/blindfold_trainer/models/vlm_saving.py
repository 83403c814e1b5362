"""Trained branches of vision-language models written to the disk, with everything that using them needs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import peft
import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor, nn

from blindfold_trainer import __version__
from blindfold_trainer.data.chat import Chat
from blindfold_trainer.models.adapters import Adapters
from blindfold_trainer.models.loading import Loaded
from blindfold_trainer.models.model_card import model_card
from blindfold_trainer.models.options import ModelOptions, Role
from blindfold_trainer.protocol.files import write_folder

FORMAT = 2


def card_of(loaded: Loaded, options: ModelOptions, role: Role, facts: dict) -> dict:
    """`rm_config.json`: everything that must hold for the rewards to mean the same again."""
    identity, chat = loaded.identity, loaded.chat
    return {
        "format": FORMAT,
        "role": role,
        "input": "images and text" if role == "mm" else f"text only, images: {options.proxy_input}",
        "architecture": {
            "name": identity["model_type"],
            "family": loaded.family.title,
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


def write_branch(
    folder: Path,
    card: dict,
    base: nn.Module,
    weights: dict[str, Tensor] | None,
    adapters: Adapters | None,
    head: Tensor,
    chat: Chat,
) -> str:
    """Writes one branch, and gives the folder's name: adapter (as peft reads it) or whole model, head, tokenizer, image processor, card.
    `weights` are those of the base where processes held them together."""

    def fill(to: Path) -> None:
        if adapters is not None:
            config = replace(adapters.config)
            config.base_model_name_or_path, config.revision = card["base"]["model"], card["base"]["revision"]
            config.inference_mode = True
            config.auto_mapping = {"base_model_class": type(base).__name__, "parent_library": type(base).__module__}
            config.save_pretrained(to)
            save_file(adapters.state(card["role"]), to / "adapter_model.safetensors", {"format": "pt"})
        else:
            base.save_pretrained(to, state_dict=weights)
        write_head(head, to)
        write_chat(chat, to)
        write_card(card, to)

    write_folder(folder, fill)
    return folder.name


def write_head(weight: Tensor, to: Path) -> None:
    save_file({"score.weight": weight.detach().float().cpu().contiguous()}, to / "reward_head.safetensors")


def write_chat(chat: Chat, to: Path) -> None:
    """Tokenizer, image processor and template, so that the folder needs nothing of the base but its weights."""
    chat.tokenizer.save_pretrained(to)
    chat.image_processor.save_pretrained(to)
    (to / "chat_template.jinja").write_text(chat.template, encoding="utf-8")
    settings = {k: v for k, v in chat.settings.items() if k not in ("chat_template", "merge_size")}
    (to / "processor_config.json").write_text(json.dumps(settings, indent=2, default=str) + "\n", encoding="utf-8")


def write_card(card: dict, to: Path) -> None:
    (to / "rm_config.json").write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    (to / "README.md").write_text(model_card(card), encoding="utf-8")
