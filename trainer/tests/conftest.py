"""Runs on a few dozen small pictures: real processes, real files, seconds in all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

# Files of tests run side by side, with one thread each. PyTorch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE))

COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 230)}


def write_pairs(run_dir: Path, name: str, count: int, seed: int) -> list[dict]:
    """Snapshot `name` of plain coloured pictures beside a media folder; the true colour is chosen."""
    rng = random.Random(seed)
    pairs = []
    for i in range(count):
        colour, other = rng.sample(sorted(COLOURS), 2)
        image = Image.new("RGB", (24, 24), tuple(min(255, c + rng.randrange(12)) for c in COLOURS[colour]))
        image.putpixel((rng.randrange(24), rng.randrange(24)), (0, i % 256, seed % 256))
        plain = run_dir / "picture.png"
        image.save(plain)
        digest = hashlib.sha256(plain.read_bytes()).hexdigest()
        stored = run_dir / "media" / digest[:2] / digest
        stored.parent.mkdir(parents=True, exist_ok=True)
        plain.rename(stored)
        filler = " indeed" * rng.randrange(6)
        pairs.append(
            {
                "id": f"{name}-{i}",
                "group": digest,
                "prompt": "Which colour is it?",
                "chosen": f"It is {colour}.{filler}",
                "rejected": f"It is {other}.",
                "images": [digest],
            }
        )
    write_snapshot(run_dir, name, pairs)
    return pairs


def write_snapshot(run_dir: Path, name: str, pairs: list[dict]) -> None:
    (run_dir / f"{name}.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pairs), encoding="utf-8")


def make_run(run_dir: Path, *, pairs: int = 44, **options: object) -> Path:
    """A run folder: 44 training pairs (a last batch of 4), 20 to evaluate on."""
    run_dir.mkdir(parents=True, exist_ok=True)
    write_pairs(run_dir, "train", pairs, seed=1)
    write_pairs(run_dir, "test", 20, seed=2)
    config = {
        "v": 1,
        "run_id": "test-run",
        "method": "shortcut-aware",
        "seed": 3,
        "epochs": 2,
        "batch_size": 8,
        "train": "train.jsonl",
        "media_dir": "media",
        "eval_sets": [{"name": "held-out", "path": "test.jsonl"}],
        "checkpoint_every": 4,
        "threads": 1,
        **options,
    }
    (run_dir / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return run_dir


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "blindfold_trainer", *map(str, args)]


def start(*args: object, **kwargs: object) -> subprocess.Popen:
    """The trainer as a process of its own, with pipes for stdin, stdout and stderr unless told otherwise."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **kwargs.pop("env", {})}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kwargs}
    return subprocess.Popen(command(*args), cwd=PACKAGE, env=environment, text=True, **pipes)


def execute(*args: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        command(*args), cwd=PACKAGE, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )


def events_of(run_dir: Path) -> list[dict]:
    return [json.loads(line) for line in (run_dir / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def trajectory(events: list[dict]) -> dict:
    """What a run computed, keyed as the protocol says, later lines replacing earlier ones: without times."""
    fields = ("mm_loss", "text_loss", "sfc", "mm_margin", "text_margin")
    seen: dict = {}
    for e in events:
        if e["type"] == "step":
            seen["step", e["step"]] = tuple(
                e[k] for k in ("epoch", "lr", "loss_mm", "loss_text", "sfc_mean", "acc_mm", "acc_text", "grad_norm")
            )
        if e["type"] in ("samples", "eval"):
            where = e["epoch"] if e["type"] == "samples" else e["set"]
            for i, pair in enumerate(e["ids"]):
                seen[e["type"], where, pair] = tuple(e[f][i] for f in fields if e.get(f) is not None)
    return seen


def weights(run_dir: Path, branch: str = "mm") -> bytes:
    return (run_dir / branch / "model.safetensors").read_bytes()


def blindfold(batch, proxy_input: str):
    """What the proxy may see of a batch of the tiny model: no image at all, or one blank white image a pair."""
    return batch.with_blank_image() if proxy_input == "blank" else batch.without_images()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole run, in its own process, that other tests compare with."""
    run_dir = make_run(tmp_path_factory.mktemp("finished") / "run", pairs=84)
    result = execute("train", run_dir)
    assert result.returncode == 0, result.stderr
    (run_dir / "stdout.jsonl").write_text(result.stdout, encoding="utf-8")
    return run_dir
