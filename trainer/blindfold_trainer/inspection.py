"""What a folder on disk is, without loading a model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from .errors import TrainerError


def inspect(path: Path) -> dict:
    """Of a saved model its card; of a run its options, how far it came, and how it stands."""
    card = path / "rm_config.json"
    if card.is_file():
        try:
            return {"kind": "model", **json.loads(card.read_text(encoding="utf-8"))}
        except ValueError as error:
            raise TrainerError(
                "MODEL_INVALID", f"rm_config.json cannot be read: {error}.", "Train the model anew.", file=str(card)
            ) from error
    if not (path / "config.json").is_file():
        raise TrainerError(
            "MODEL_INVALID", "Neither a run folder nor a saved model.", "Give one of the two.", file=str(path)
        )
    counts: Counter[str] = Counter()
    step, last = 0, None
    if (path / "events.jsonl").is_file():
        for line in (path / "events.jsonl").read_bytes().split(b"\n")[:-1]:
            event = json.loads(line)
            counts[event["type"]] += 1
            step = event.get("step", step)
            last = event
    kept = None if last is None else {k: v for k, v in last.items() if not isinstance(v, list)}
    checkpoints = sorted(p.name for p in (path / "checkpoints").glob("step-*") if p.suffix != ".tmp")
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return {
        "kind": "run",
        "config": config,
        "step": step,
        "last_event": kept,
        "events": dict(counts),
        "checkpoints": checkpoints,
    }
