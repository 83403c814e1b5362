"""Trained reward models in forms that others use: the adapter alone, the whole model in one, the proxy as ONNX for the blind test.

What is recomputed is checked against the original model first.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from torch import Tensor

from .backbone import Branches, Role, open_saved
from .errors import TrainerError
from .files import read_json, write_folder
from .saved import write_card, write_chat, write_head
from .vlm import VlmBranches

#: What parity is measured on: prompts, each with responses of several lengths, scripts and marks.
PROMPT = "What is shown in the image?"
TEXTS = (
    "It is a red circle above a blue square.",
    "No.",
    "There is evidence of pleural effusion on the left, 3 cm, without pneumothorax.",
    "Une photo d'un chat noir; das Bild zeigt nichts. 画像には猫がいます。",
    "1. A dog\n2. A cat\n\n**Both** are on the table, I think.",
    "As an AI, I cannot be certain, but it appears to be a bus. " * 4,
)


def _refuse(message: str, remedy: str, folder: Path) -> TrainerError:
    return TrainerError("MODEL_INVALID", message, remedy, file=str(folder))


def open_for_export(
    folder: Path, base: str | None, dtype: str = "auto", device: str = "cpu"
) -> tuple[VlmBranches, Role, dict]:
    """A saved vision-language reward model. Raises MODEL_INVALID for the tiny model, which stays as it was saved."""
    branches, role, card = open_saved(folder, device, dtype, base, whole=True)
    if not isinstance(branches, VlmBranches):
        raise _refuse(
            "The tiny model has no other form: it reads hashed words and has no tokenizer.",
            "Use its folder as it is.",
            folder,
        )
    return branches, role, card


def rewards_of(branches: Branches, role: Role) -> Tensor:
    """Rewards of `TEXTS`, fp32 on the CPU."""
    item = branches.encode_texts("parity", PROMPT, TEXTS, ())
    with torch.no_grad():
        return branches.rewards(role, [item]).cpu()


def export_adapter(folder: Path, out: Path) -> dict:
    """The folder of an adapter as it is, for `PeftModel.from_pretrained` on the base class and for `score` and `serve-rm`."""
    path = folder / "rm_config.json"
    try:
        card = read_json(path, links=True)
    except (OSError, ValueError) as error:
        raise _refuse(f"{folder} holds no saved reward model.", "Give the folder mm or proxy.", folder) from error
    if not (folder / "adapter_model.safetensors").is_file():
        raise _refuse("The model is no adapter.", "Use its folder as it is: it is a whole model.", folder)

    def fill(to: Path) -> None:
        for file in folder.iterdir():
            if file.is_file():
                shutil.copyfile(file, to / file.name)

    write_folder(out, fill)
    return {"form": "adapter", "out": str(out), "base": card["base"]["model"]}


def export_merged(folder: Path, out: Path, base: str | None = None, dtype: str = "auto", device: str = "auto") -> dict:
    """The adapter added into the weights of its base: one model that needs no peft, in Transformers' layout.

    In half precision the sum is rounded once more than base and adapter are apart; how far rewards move is in the result, and too far is refused.
    """
    role, before = _merge(folder, out, base, dtype, device)
    # What was written is what counts.
    again, _, _ = open_saved(out, device, dtype)
    difference, spread = (rewards_of(again, role) - before).abs().max().item(), before.std().item()
    if difference > max(1e-4, 0.05 * spread):
        shutil.rmtree(out)
        message = f"Rewards of the merged model differ by {difference:.1e}."
        raise _refuse(message, "Export with --dtype float32.", folder)
    return {"form": "merged", "out": str(out), "max_difference": difference, "reward_std": spread}


def _merge(folder: Path, out: Path, base: str | None, dtype: str, device: str) -> tuple[Role, Tensor]:
    """Writes the merged model; gives its role and the rewards from before. Nothing of it stays in memory."""
    branches, role, card = open_for_export(folder, base, dtype, device)
    if branches.adapters is None:
        raise _refuse("The model is a whole model already.", "Use its folder as it is.", folder)
    before = rewards_of(branches, role)
    merged = branches.adapters.merge(role)
    facts = {**card, "tuning": "full", "adapter": None, "merged": {"adapter": card["adapter"]}}

    def fill(to: Path) -> None:
        merged.save_pretrained(to)
        write_head(branches.heads[role].weight, to)
        write_chat(branches, to)
        write_card(facts, to)

    write_folder(out, fill)
    return role, before
