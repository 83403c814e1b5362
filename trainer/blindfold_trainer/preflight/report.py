"""Whether a run fits this machine, before it is begun: memory, disk, pairs; and what would make it fit.

A vision-language model is counted without reading its weights (`footprint`). A real step is taken for the tiny model, on a GPU, and
where it is asked for.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from blindfold_trainer.data.pairs import Unusable, read_snapshot
from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.encoding import Dataset, encode_pairs
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import model_options
from blindfold_trainer.preflight.fallbacks import fallbacks
from blindfold_trainer.preflight.footprint import CUDA_RUNTIME, Parts, standing
from blindfold_trainer.preflight.machine import device_facts, processor_memory, resident
from blindfold_trainer.preflight.workload import Load, estimated, heaviest, measured, modules_of, shell_of
from blindfold_trainer.protocol.config import PROTOCOL_VERSION, Config
from blindfold_trainer.training.checkpoint import KEEP
from blindfold_trainer.training.device_faults import out_of_memory
from blindfold_trainer.training.schedule import epoch_order

#: Bytes of tokenizer, template and image processor beside a saved branch, and of events for a pair in an epoch: round figures.
_BESIDE, _EVENT = 16 * 2**20, 200


def disk_of(config: Config, parts: Parts, pairs: int, roles: int) -> dict[str, int]:
    """Bytes of one checkpoint, of the saved models, and of everything while the last checkpoint is written beside the ones kept."""
    checkpoint = parts.trained + parts.optimiser
    models = parts.trained + (parts.weights if config.tuning == "full" and config.model != "tiny" else 0)
    models += 0 if config.model == "tiny" else _BESIDE * roles
    needed = (KEEP + 1) * checkpoint + models + _EVENT * pairs * config.epochs
    return {"needed_bytes": needed, "checkpoint_bytes": checkpoint, "models_bytes": models}


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def preflight(
    run_dir: Path,
    config: Config,
    measure: bool = False,
    memory: int | None = None,
    rows: Sequence[Unusable] = (),
) -> dict:
    """The report (schema/preflight.json) of a run that will lie in `run_dir`, whose folders need not be there. `memory` in bytes stands for
    another machine's free memory; `rows` hold no pair. Raises what a run would be refused for, pairs that cannot be used apart."""
    torch.set_num_threads(config.threads)
    tiny = config.model == "tiny"
    pairs = read_snapshot(config.train, config.media_dir)
    branches = shell_of(config)
    device, dtype = torch.device("cpu"), torch.float32
    if not tiny:
        from blindfold_trainer.models.loading import device_of, dtype_of

        device = device_of(model_options(config))
        dtype = dtype_of(model_options(config), device)
    cuda = device.type == "cuda"
    total, available = torch.cuda.mem_get_info(device)[::-1] if cuda else processor_memory()
    available = available if memory is None else memory
    data = encode_pairs(branches, pairs)
    unusable = [u.data() for u in (*rows, *data.unusable)]
    for s in config.eval_sets:
        found = encode_pairs(branches, read_snapshot(s.path, config.media_dir)).unusable
        unusable += [{**u.data(), "message": f"In the evaluation set {s.name}: {u.error.message}"} for u in found]
    load = heaviest(config, branches, data.items)
    runtime = CUDA_RUNTIME if cuda else resident()
    parts, seconds, needed, failed = None, None, None, False
    if not tiny:
        parts = replace(estimated(config, branches, load), runtime=runtime)
    if data.items and (tiny or cuda or measure):
        parts, seconds, needed, failed = _measure(config, branches if tiny else None, data, load, parts, runtime)
    if parts is None:
        parts = replace(standing(branches, modules_of(branches)), runtime=runtime)
    needed = parts.total if needed is None else needed
    room = available if available is not None else total
    there = next(folder for folder in (run_dir, *run_dir.parents) if folder.exists())
    disk = {"free_bytes": shutil.disk_usage(there).free, **disk_of(config, parts, len(pairs), len(branches.roles))}
    problems, tried = [], []
    if failed or (room is not None and needed > room):
        message = f"A step needs {_size(needed)} of memory; {_size(room or 0)} are free."
        if failed:
            message = f"A real step did not fit in memory. It was estimated at {_size(needed)}."
        tried = fallbacks(config, branches, data, load, runtime, room) if not tiny and data.items else []
        remedy = "Choose the first option that fits."
        if not any(option["fits"] for option in tried):
            remedy = "No option fits. Close other programs, or use a machine with more memory."
        problems.append({"kind": "memory", "message": message, "remedy": remedy})
    if disk["needed_bytes"] > disk["free_bytes"]:
        message = f"Checkpoints and models take {_size(disk['needed_bytes'])}; {_size(disk['free_bytes'])} are free on the disk."
        problems.append(
            {"kind": "disk", "message": message, "remedy": "Free some disk space, or keep projects on another disk."}
        )
    if not data.items or (unusable and config.unusable == "refuse"):
        message = f"{len(unusable)} pairs cannot be used." if data.items else "No pair can be used."
        remedy = "Exclude them (unusable: leave-out), raise max_length, or fix them."
        problems.append({"kind": "pairs", "message": message, "remedy": remedy})
    per_epoch = -(-len(data) // config.batch_size)
    epochs = config.epochs + (config.proxy_warmup if len(branches.roles) == 2 else 0)
    return {
        "v": PROTOCOL_VERSION,
        "fits": not problems,
        "model": config.model,
        "method": config.method,
        "tuning": config.tuning,
        "device": device_facts(device, dtype),
        "memory": {
            "total_bytes": total,
            "available_bytes": available,
            "needed_bytes": needed,
            "measured": seconds is not None,
            "parts": asdict(parts),
            "token_budget": config.token_budget,
            "pass_tokens": load.tokens,
        },
        "disk": disk,
        "pairs": {
            "total": len(pairs) + len(rows),
            "usable": len(data),
            "unusable": unusable[:100],
            "unusable_count": len(unusable),
        },
        "steps": epochs * per_epoch,
        "seconds_per_step": seconds,
        "problems": problems,
        "fallbacks": tried,
    }


def _measure(
    config: Config, branches: Branches | None, data: Dataset, load: Load, parts: Parts | None, runtime: int
) -> tuple[Parts, float | None, int | None, bool]:
    """(parts, seconds of a step, bytes needed, whether a step did not fit). The estimate stays in `parts` where there is one."""
    order = epoch_order(len(data), config.seed, 0)[: config.batch_size]
    batches = [[data.pairs[r] for r in rows] for rows in (load.rows, order)]
    try:
        if branches is None:
            branches = open_branches(model_options(config))
            held = 0
        else:
            held = standing(branches, modules_of(branches)).trained
        heavy, first = ((pairs, [branches.encode(p) for p in pairs]) for pairs in batches)
        found, peak, seconds = measured(config, branches, heavy, first)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error) or parts is None:
            raise
        return parts, None, None, True
    # The tiny model's weights are in this process's memory already.
    found = replace(found, runtime=max(0, runtime - held))
    return parts or found, seconds, found.total if peak is None else peak + CUDA_RUNTIME, False


def as_text(report: dict) -> str:
    """The report for a person."""
    device, memory, disk = report["device"], report["memory"], report["disk"]
    free = memory["available_bytes"] or memory["total_bytes"]
    how = "measured" if memory["measured"] else "estimated"
    parts = ", ".join(f"{name} {_size(size)}" for name, size in memory["parts"].items() if size)
    lines = [
        f"{'Fits' if report['fits'] else 'Does not fit'}: {report['model']}, {report['method']}, on {device['name']} ({device['dtype']})",
        f"Memory: {_size(memory['needed_bytes'])} needed ({how}), {_size(free) if free else 'unknown'} free; {parts}",
        f"Disk: {_size(disk['needed_bytes'])} needed, {_size(disk['free_bytes'])} free",
        f"Pairs: {report['pairs']['usable']} of {report['pairs']['total']} usable, {report['steps']} steps",
    ]
    if report["seconds_per_step"] is not None:
        lines.append(f"Time: {report['seconds_per_step']:.2f} s a step")
    lines += [f"- {pair['id']} (row {pair['row']}): {pair['message']}" for pair in report["pairs"]["unusable"][:10]]
    lines += [f"{problem['message']} {problem['remedy']}" for problem in report["problems"]]
    for option in report["fallbacks"]:
        fits = "fits" if option["fits"] else "does not fit"
        lines.append(f"- {option['title']}: {_size(option['needed_bytes'])}, {fits}; {option['changes']}")
    return "\n".join(lines)
