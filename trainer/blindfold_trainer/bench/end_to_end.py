"""A whole run on the snapshot of a project, with random weights in a chosen shape: the trainer itself, as a process, beside its preflight."""

from __future__ import annotations

import gc
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from blindfold_trainer.bench.shapes import MERGE, PATCH, Shape, build
from blindfold_trainer.protocol.errors import TrainerError

#: In the order of their ids in `shapes.config_of`.
_MARKS = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
)
#: Pairs that are trained on and tested on.
TRAINED, TESTED = 256, 64


def write_model(shape: Shape, folder: Path, device: torch.device, dtype: torch.dtype) -> Path:
    """A Qwen2.5-VL as a folder: random weights, a token for each byte, its own image processor."""
    base = build(shape, device, dtype)
    base.save_pretrained(folder)
    del base
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    bytes_only = trainers.BpeTrainer(
        vocab_size=256 + 1 + len(_MARKS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        special_tokens=["<pad>", *_MARKS],
    )
    inner.train_from_iterator([], bytes_only)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="<|im_end|>",
        additional_special_tokens=_MARKS,
    )
    tokenizer.save_pretrained(folder)
    size = {"shortest_edge": 4 * 28 * 28, "longest_edge": 1280 * 28 * 28}
    transformers.Qwen2VLImageProcessorPil(
        patch_size=PATCH, merge_size=MERGE, temporal_patch_size=2, size=size
    ).save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(_TEMPLATE, encoding="utf-8")
    (folder / "processor_config.json").write_text("{}", encoding="utf-8")
    return folder


def _begin(snapshot: Path, run_dir: Path, model: Path, device: torch.device, pairs: int) -> Path:
    """A run folder on the first pairs of another one. Returns the folder of its images, which lies outside of it."""
    try:
        config = json.loads((snapshot / "config.json").read_text(encoding="utf-8"))
        sets = config["eval_sets"][:1]
        media = (snapshot / config["media_dir"]).resolve()
        run_dir.mkdir(parents=True)
        taken = [(config["train"], "train.jsonl", TRAINED), *((s["path"], "test.jsonl", TESTED) for s in sets)]
        for source, target, count in taken:
            with open(snapshot / source, encoding="utf-8") as rows:
                (run_dir / target).write_text("".join(itertools.islice(rows, count)), encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError) as error:
        message, remedy = f"{snapshot} is no run: {error}.", "Give a folder runs/RUN of a project."
        raise TrainerError("CONFIG_INVALID", message, remedy, file=str(snapshot)) from error
    chosen = {
        "v": config["v"],
        "run_id": "end-to-end",
        "method": "shortcut-aware",
        "model": str(model),
        "device": str(device),
        "train": "train.jsonl",
        "media_dir": str(media),
        "eval_sets": [{**s, "path": "test.jsonl"} for s in sets],
        "epochs": 1,
        "batch_size": pairs,
        "unusable": "leave-out",
    }
    (run_dir / "config.json").write_text(json.dumps(chosen), encoding="utf-8")
    return media


def _trainer(*args: str) -> str:
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "blindfold_trainer", *args],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if done.returncode != 0:
        raise TrainerError("CONFIG_INVALID", f"`{args[0]}` ended with {done.returncode}.", "Its words stand above.")
    return done.stdout


def end_to_end(
    snapshot: Path, name: str, shape: Shape, device: torch.device, dtype: torch.dtype, pairs: int, scratch: Path
) -> dict:
    """Trains on 256 pairs of `snapshot` for an epoch and tests on 64. Raises CONFIG_INVALID where a process of the trainer fails."""
    run_dir = scratch / "run"
    model = write_model(shape, scratch / "model", device, dtype)
    media = _begin(snapshot, run_dir, model, device, pairs)
    allowed = [f"--within={folder}" for folder in (model, media)]
    told = json.loads(_trainer("preflight", "--json", *allowed, str(run_dir)))
    start = time.perf_counter()
    _trainer("train", *allowed, str(run_dir))
    seconds = time.perf_counter() - start
    events = [json.loads(line) for line in (run_dir / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [event for event in events if event["type"] == "step"]
    return {
        "shape": name,
        "pairs": told["pairs"]["usable"],
        "steps": len(steps),
        "seconds": seconds,
        "pairs_per_s": statistics.median(step["pairs_per_s"] for step in steps[1:] or steps),
        "peak": max((step["mem_peak_bytes"] or 0 for step in steps), default=0) or None,
        "preflight": told["memory"]["needed_bytes"],
        "measured": told["memory"]["measured"],
    }
