"""The figures of a benchmark as Markdown."""

from __future__ import annotations


def _ratio(cost: dict, other: dict | None, field: str, inverse: bool = False) -> str:
    if other is None or not cost[field] or not other[field]:
        return "–"
    ratio = other[field] / cost[field] if inverse else cost[field] / other[field]
    return f"{ratio:.2f}"


def _gib(size: int | None) -> str:
    return f"{size / 2**30:.1f}" if size else "–"


def _named(costs: list[dict], begins: str) -> dict | None:
    return next((c for c in costs if c["form"].startswith(begins)), None)


def _rows(run: dict) -> list[str]:
    rows = []
    for size, costs in run["sizes"].items():
        plain = _named(costs, "trl") or _named(costs, "plain")
        paper = _named(costs, "the paper")
        for cost in costs:
            cells = [
                size,
                cost["form"],
                f"{cost['pairs_per_s']:.3g}",
                f"{cost['flops'] / 1e9:,.0f}",
                f"{cost['activations'] / 2**20:,.0f}",
                f"{cost['weights'] / 2**20:,.0f}",
                _ratio(cost, plain, "pairs_per_s"),
                _ratio(cost, paper, "pairs_per_s"),
                _ratio(cost, plain, "flops", inverse=True),
                _ratio(cost, paper, "flops", inverse=True),
                _ratio(cost, paper, "activations"),
                _ratio(cost, paper, "weights"),
            ]
            if run["matmul_flops_per_s"]:
                used = cost["flops"] / cost["seconds"] / run["matmul_flops_per_s"]
                cells += [f"{100 * used:.0f}%", _gib(cost["peak"]), _gib(cost["estimate"])]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def markdown(found: dict) -> str:
    """One table a shape. Ratios beside trl where it ran, else beside plain rows; over 1 is faster, or fewer operations."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items() if version)
    parts = [f"{found['device']}; {versions}."]
    for run in found["runs"]:
        head = ["image tokens", "form", "pairs/s", "GFLOP/step", "activations MiB", "weights MiB"]
        head += ["speed / plain trainer", "speed / paper", "FLOPs plain / this", "FLOPs paper / this"]
        head += ["activations / paper", "weights / paper"]
        if run["matmul_flops_per_s"]:
            head += ["of matmul rate", "peak GiB", "preflight GiB"]
        line = f"Shape {run['shape']}, {run['dtype']}; rewards of packed and plain rows differ by {run['rewards_apart']:.1e} standard deviations at most."
        parts.append("\n".join([line, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *_rows(run)]))
    whole = found["end_to_end"]
    if whole:
        how = "measured" if whole["measured"] else "estimated"
        parts.append(
            f"A run from its files to its models, shape {whole['shape']}: {whole['pairs']} pairs in {whole['steps']} steps, "
            f"{whole['seconds']:.0f} s in all, {whole['pairs_per_s']:.3g} pairs/s in a step; at most {_gib(whole['peak'])} GiB, "
            f"{_gib(whole['preflight'])} GiB by preflight ({how})."
        )
    return "\n\n".join(parts)
