"""The adapter of a trained reward model alone, as peft reads it."""

from __future__ import annotations

import shutil
from pathlib import Path

from blindfold_trainer.export.parity import refusal
from blindfold_trainer.protocol.files import read_json, write_folder


def export_adapter(folder: Path, out: Path) -> dict:
    """The folder of an adapter as it is, for `PeftModel.from_pretrained` on the base class and for `score` and `serve-rm`."""
    path = folder / "rm_config.json"
    try:
        card = read_json(path, links=True)
    except (OSError, ValueError) as error:
        raise refusal(f"{folder} holds no saved reward model.", "Give the folder mm or proxy.", folder) from error
    if not (folder / "adapter_model.safetensors").is_file():
        raise refusal("The model is no adapter.", "Use its folder as it is: it is a whole model.", folder)

    def fill(to: Path) -> None:
        for file in folder.iterdir():
            if file.is_file():
                shutil.copyfile(file, to / file.name)

    write_folder(out, fill)
    return {"form": "adapter", "out": str(out), "base": card["base"]["model"]}
