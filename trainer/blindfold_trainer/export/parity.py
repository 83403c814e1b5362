"""What an export is held against: the saved model, and its rewards of a few texts."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.opening import open_saved
from blindfold_trainer.models.options import Role
from blindfold_trainer.models.vlm_branches import VlmBranches
from blindfold_trainer.protocol.errors import TrainerError

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


def refusal(message: str, remedy: str, folder: Path) -> TrainerError:
    return TrainerError("MODEL_INVALID", message, remedy, file=str(folder))


def open_for_export(
    folder: Path, base: str | None, dtype: str = "auto", device: str = "cpu"
) -> tuple[VlmBranches, Role, dict]:
    """A saved vision-language reward model. Raises MODEL_INVALID for the tiny model, which stays as it was saved."""
    branches, role, card = open_saved(folder, device, dtype, base, whole=True)
    if not isinstance(branches, VlmBranches):
        raise refusal(
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
