"""One small file for each family of models; `TITLES` is the list that people see.

A family stands here once tests/test_vlm_equivalence.py covers it.
"""

from __future__ import annotations

from importlib import import_module

from blindfold_trainer.models.families.base import Family

#: `model_type` of a configuration in Transformers: (module, class, title).
FAMILIES = {
    "qwen2_5_vl": ("qwen2_5_vl", "Qwen25VL", "Qwen2.5-VL"),
    "qwen3_vl": ("qwen3_vl", "Qwen3VL", "Qwen3-VL"),
    "internvl": ("internvl", "InternVL", "InternVL3 (-hf)"),
    "smolvlm": ("smolvlm", "SmolVLM", "SmolVLM"),
    "gemma3": ("gemma3", "Gemma3", "Gemma 3"),
    "llava": ("llava", "Llava", "LLaVA"),
}
TITLES = tuple(title for _, _, title in FAMILIES.values())


def family_of(model_type: str) -> Family | None:
    """The family of a configuration's `model_type`; None where there is none."""
    if model_type not in FAMILIES:
        return None
    module, name, title = FAMILIES[model_type]
    return getattr(import_module(f".{module}", __package__), name)(model_type, title)
