"""A trained adapter added into its base: one whole model, checked against the one that was saved."""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import Tensor

from blindfold_trainer.export.parity import open_for_export, refusal, rewards_of
from blindfold_trainer.models.opening import open_saved
from blindfold_trainer.models.options import Role
from blindfold_trainer.models.vlm_saving import write_card, write_chat, write_head
from blindfold_trainer.protocol.files import write_folder


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
        raise refusal(message, "Export with --dtype float32.", folder)
    return {"form": "merged", "out": str(out), "max_difference": difference, "reward_std": spread}


def _merge(folder: Path, out: Path, base: str | None, dtype: str, device: str) -> tuple[Role, Tensor]:
    """Writes the merged model; gives its role and the rewards from before. Nothing of it stays in memory."""
    branches, role, card = open_for_export(folder, base, dtype, device)
    if branches.adapters is None:
        raise refusal("The model is a whole model already.", "Use its folder as it is.", folder)
    before = rewards_of(branches, role)
    merged = branches.adapters.merge(role)
    facts = {**card, "tuning": "full", "adapter": None, "merged": {"adapter": card["adapter"]}}

    def fill(to: Path) -> None:
        merged.save_pretrained(to)
        write_head(branches.heads[role].weight, to)
        write_chat(branches.chat, to)
        write_card(facts, to)

    write_folder(out, fill)
    return role, before
