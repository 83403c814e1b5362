"""README.md of a saved reward model: what it is, what it was made of, how to use it."""

from __future__ import annotations


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _table(rows: list[tuple[str, object]]) -> str:
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {_cell(name)} | {_cell(value)} |" for name, value in rows if value is not None)]
    )


def model_card(card: dict) -> str:
    """From `rm_config.json`; nothing stands here that does not stand there."""
    base, training = card["base"], card["training"]
    sees = (
        "sees images and text"
        if card["role"] == "mm"
        else "never sees an image: it measures what the text alone gives away"
    )
    facts = [
        ("Family", card["architecture"]["family"]),
        ("Base", base["model"]),
        ("Revision of the base", base["revision"]),
        ("Method", training.get("method")),
        ("Tuning", card["tuning"]),
        ("Training pairs (SHA-256)", card["data_sha256"]),
        ("Options (SHA-256)", card["config_sha256"]),
        ("Rewards, mean", card["reward_mean"]),
        ("Rewards, standard deviation", card["reward_std"]),
        ("Trainer", card["trainer"]),
    ]
    metrics = [(name, value) for name, value in (card["metrics"] or {}).items()]
    measured = f"\n## Measured\n\n{_table(metrics)}\n" if metrics else ""
    return f"""---
library_name: peft
base_model: {base["model"]}
tags: [reward-model, multimodal]
---
# Reward model

It {sees}. Rewards are log-odds up to a constant: compare them between responses to one prompt, never between prompts.

{_table(facts)}
{measured}
## Use

    python -m blindfold_trainer score FOLDER responses.jsonl
    python -m blindfold_trainer serve-rm FOLDER

The reward is a linear head without bias (`reward_head.safetensors`, fp32) on the state of the last token, that of
`{card["text"]["ending"]}`, of the base class `{card["architecture"]["base_class"]}` with the adapter. Another base class loads the
adapter with a warning at most and gives wrong rewards; `rm_config.json` says what must hold.
"""
