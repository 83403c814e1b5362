"""python -m blindfold_trainer.bench: pairs a second, operations and bytes of a training step, in every form, at several image sizes.

On the CPU with a small shape (minutes), or on a GPU in bf16 with the shapes of the 2B and 7B models (meant to take under ten minutes):

    python -m blindfold_trainer.bench
    python -m blindfold_trainer.bench --gpu --snapshot PROJECT/runs/RUN
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
import transformers

from blindfold_trainer.bench import with_trl
from blindfold_trainer.bench.end_to_end import end_to_end
from blindfold_trainer.bench.forms import Form, Here, Paper, Plain
from blindfold_trainer.bench.measure import Cost, counted, matmul_rate, timed
from blindfold_trainer.bench.shapes import SHAPES, SIZES, Sample, build, samples
from blindfold_trainer.bench.table import markdown
from blindfold_trainer.protocol.errors import TrainerError

#: What `--gpu` stands for.
ON_A_GPU = {"--device": "cuda", "--shapes": "2b,7b", "--sizes": "600,mixed", "--pairs": "8"}


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _forms(name: str, device: torch.device, dtype: torch.dtype, cache: Path) -> Iterator[Callable[[], Form]]:
    def base(seed: int = 0):
        return build(SHAPES[name], device, dtype, seed)

    yield lambda: Plain(base())
    yield lambda: Paper(base(), base(1))
    yield lambda: Here(base())
    yield lambda: Here(base(), cache)


def _fits(work: Callable[[], Cost], form: str, pairs: int) -> Cost | None:
    try:
        return work()
    except torch.cuda.OutOfMemoryError:
        print(f"{form}: {pairs} pairs do not fit the GPU.", file=sys.stderr)
        return None
    finally:
        _free()


def _measure(form: Form, batch: list[Sample], steps: int, device: torch.device, estimate: int) -> Cost:
    form.prepare(batch)
    cost = counted(form, len(batch))
    seconds, peak = timed(form, steps, device)
    return replace(cost, seconds=seconds, peak=peak, estimate=estimate if isinstance(form, Here) else None)


def estimated(name: str, batch: list[Sample], dtype: torch.dtype) -> int:
    """Bytes that preflight tells of a step of both branches here, without the optimiser, which the benchmark has none of."""
    form = Here(build(SHAPES[name], torch.device("meta"), dtype))
    form.prepare(batch)
    parts = form.estimate()
    return parts.total - parts.optimiser


def rewards_apart(name: str, batch: list[Sample], device: torch.device, dtype: torch.dtype) -> float:
    """Largest difference of a reward between packed rows and plain ones, in standard deviations of rewards."""
    with torch.no_grad():
        found = []
        for make in (Plain, Here):
            form = make(build(SHAPES[name], device, dtype))
            form.prepare(batch)
            found.append(form.rewards().cpu())
            del form
            _free()
    return ((found[0] - found[1]).abs().max() / found[0].std()).item()


def run(name: str, args: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> dict:
    shape, sizes = SHAPES[name], {s: SIZES[s] for s in args.sizes.split(",")}
    batches = {
        size: samples(tokens, max(args.pairs, len(tokens)), shape.vocabulary, seed=args.seed)
        for size, tokens in sizes.items()
    }
    results: dict[str, list[Cost]] = {size: [] for size in sizes}
    estimates = {size: estimated(name, batch, dtype) for size, batch in batches.items()}
    with tempfile.TemporaryDirectory() as cache:
        if with_trl.available():
            for size, batch in batches.items():
                cost = _fits(
                    lambda batch=batch: with_trl.measured(shape, build(shape, device, dtype), batch, args.steps),
                    "trl",
                    len(batch),
                )
                results[size] += [cost] if cost else []
        for make in _forms(name, device, dtype, Path(cache)):
            form = make()
            for size, batch in batches.items():
                cost = _fits(
                    lambda form=form, batch=batch, size=size: _measure(
                        form, batch, args.steps, device, estimates[size]
                    ),
                    form.name,
                    len(batch),
                )
                results[size] += [cost] if cost else []
                print(f"{name} {size}: {form.name}", file=sys.stderr, flush=True)
            del form
            _free()
    return {
        "shape": name,
        "dtype": str(dtype).removeprefix("torch."),
        "rewards_apart": rewards_apart(name, next(iter(batches.values())), device, dtype),
        "matmul_flops_per_s": matmul_rate(device, dtype) if device.type == "cuda" else None,
        "sizes": {size: [c.as_json() for c in costs] for size, costs in results.items()},
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="blindfold_trainer.bench", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--gpu", action="store_true", help="short for " + " ".join(f"{k} {v}" for k, v in ON_A_GPU.items())
    )
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument(
        "--shapes", default="small", help=f"of {', '.join(SHAPES)}, with commas between (default small)"
    )
    parser.add_argument("--sizes", default=",".join(SIZES), help=f"image tokens, of {', '.join(SIZES)} (default all)")
    parser.add_argument("--pairs", type=int, default=4, help="pairs in a step (default 4)")
    parser.add_argument("--steps", type=int, default=2, help="steps timed, the fastest counts (default 2)")
    parser.add_argument(
        "--threads", type=int, default=1, help="threads of the CPU (default 1: seconds are the processor's)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--snapshot",
        type=Path,
        metavar="RUN",
        help="also train the first shape on 256 pairs of this run, from its files to its models",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the figures as JSON")
    args = parser.parse_args(argv)
    if args.gpu:
        # What else is given counts.
        told = [text for pair in ON_A_GPU.items() for text in pair]
        args = parser.parse_args([*told, *(sys.argv[1:] if argv is None else argv)])
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        print("This machine has no CUDA device. Leave --gpu and --device out to measure the processor.", file=sys.stderr)
        return 2
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    found = {
        "device": torch.cuda.get_device_name()
        if device.type == "cuda"
        else f"CPU, threads: {args.threads}, seconds of the processor",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "trl": with_trl.available(),
        },
    }
    names = args.shapes.split(",")
    try:
        # First: a wrong folder is told at once.
        with tempfile.TemporaryDirectory() as scratch:
            whole = [args.snapshot, names[0], SHAPES[names[0]], device, dtype, args.pairs, Path(scratch)]
            found["end_to_end"] = end_to_end(*whole) if args.snapshot else None
    except TrainerError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr)
        return 2
    found["runs"] = [run(name, args, device, dtype) for name in names]
    if args.out:
        args.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
