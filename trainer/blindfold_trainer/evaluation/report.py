"""What a saved reward model is worth on pairs, with intervals over groups: see the README for the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from blindfold_trainer.data.pairs import Pair, Unusable, read_file, refusal
from blindfold_trainer.data.rows import read_rows
from blindfold_trainer.evaluation.intervals import (
    calibration,
    group_accuracy,
    group_macro,
    kind_macro,
    pearson,
    sfd,
    spearman,
)
from blindfold_trainer.evaluation.reward_benches import read_benchmark
from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.encoding import encode_pairs
from blindfold_trainer.models.opening import open_saved
from blindfold_trainer.models.options import Role
from blindfold_trainer.models.passes import score_pairs
from blindfold_trainer.protocol.errors import TrainerError

#: Pairs whose images are in memory at a time.
CHUNK = 64


@dataclass
class Scored:
    """Pairs that could be scored, and their margins; what could not, and why."""

    pairs: list[Pair] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    #: How many pairs have a note of `Encoded.notes`.
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def values(self) -> np.ndarray:
        return np.array(self.margins, np.float64)


def read_kinds(
    path: Path, images: Path, by: str | None, scratch: Path
) -> tuple[list[Pair], list[Unusable], list[str]]:
    """Pairs of a benchmark or of any file that `train --data` takes, each with its kind (`category`) where the file tells one: that of the
    benchmark, or else the field `by` (`source` where it is None); rows that hold none; and notes for a person. Images within the rows
    are written under `scratch`. Raises DATA_INVALID, also where no row has a `by` that was asked for.
    """
    known = read_benchmark(path, images)
    if known is not None and (by is None or path.suffix in (".json", ".parquet")):
        if by is None:
            return known, [], []
        raise _no_field(by, path)
    pairs, unusable, notes = (known, [], []) if known else read_file(path, images, scratch, by or "source")
    if known:
        kinds = {row: str(value[by]) for row, value in read_rows(path) if value.get(by) is not None}
        pairs = [replace(pair, category=kinds.get(pair.row, "")) for pair in known]
    if by is not None and not any(pair.category for pair in pairs):
        raise _no_field(by, path)
    return pairs, unusable, notes


def _no_field(by: str, path: Path) -> TrainerError:
    message = f"No row has the field {by}."
    return TrainerError("DATA_INVALID", message, "Name a field of the rows.", file=str(path), field=by)


def score(
    branches: Branches,
    role: Role,
    pairs: Sequence[Pair],
    tokens: int,
    file: str,
    leave_out: bool,
    unusable: Sequence[Unusable] = (),
) -> Scored:
    """Margins of all pairs. Those that cannot be used, with `unusable` of the file itself, stand in `unusable` where they are left out;
    otherwise all of them are looked for and refused.

    Raises DIVERGED where a margin is no number.
    """
    scored = Scored(unusable=[*unusable])
    for start in range(0, len(pairs), CHUNK):
        part = encode_pairs(branches, pairs[start : start + CHUNK])
        scored.unusable += part.unusable
        if scored.unusable and not leave_out:
            continue
        for ids, told in score_pairs(branches, part.items, tokens):
            bad = [id for id, margin in zip(ids, told[role]) if not np.isfinite(margin)]
            if bad:
                message = f"The margin of pair {bad[0]} is no number."
                raise TrainerError("DIVERGED", message, "Train the model again at a lower learning rate.", ids=bad)
            scored.margins += told[role]
        scored.pairs += part.pairs
        for note, ids in part.notes.items():
            scored.notes[note] = scored.notes.get(note, 0) + len(ids)
    scored.unusable.sort(key=lambda u: u.row)
    if scored.unusable and not (leave_out and scored.pairs):
        error = refusal(scored.unusable, file)
        error.remedy += " With --unusable leave-out the pairs that cannot be used are named and left out."
        raise error
    return scored


def text_margins(source: Path, pairs: Sequence[Pair], tokens: int, device: str, base: str | None) -> dict[str, float]:
    """Text-only margins by id: of a saved proxy (a folder), or from JSONL `{id, margin}` as `evaluate --out` writes it."""
    if source.is_dir():
        branches, role, _ = open_saved(source, device, base=base)
        if role != "proxy":
            message = f"{source} is no text-only model: it sees the images."
            raise TrainerError("MODEL_INVALID", message, "Give the folder proxy of a run.", file=str(source))
        scored = score(branches, role, pairs, tokens, str(source), leave_out=True)
        return {pair.id: margin for pair, margin in zip(scored.pairs, scored.margins)}
    margins: dict[str, float] = {}
    for row, value in read_rows(source):
        margin = value.get("margin")
        if "id" not in value or isinstance(margin, bool) or not isinstance(margin, int | float):
            message = "A row has no id, or no number as margin."
            remedy = "Give {id, margin}, as `evaluate --out` writes it."
            raise TrainerError("DATA_INVALID", message, remedy, file=str(source), row=row, field="margin")
        margins[str(value["id"])] = float(margin)
    return margins


def report(scored: Scored, seed: int) -> dict:
    """Accuracy, overall, averaged over groups and over kinds, and on each kind; calibration; and how far length alone goes with it."""
    values, pairs = scored.values, scored.pairs
    groups, kinds = [pair.group for pair in pairs], [pair.category for pair in pairs]
    longer = np.array([len(pair.chosen) - len(pair.rejected) for pair in pairs], np.float64)
    by_kind = []
    for kind in sorted(set(kinds)) if any(kinds) else []:
        rows = [i for i, k in enumerate(kinds) if k == kind]
        accuracy = group_accuracy(values[rows], [groups[i] for i in rows], seed)
        by_kind.append({"kind": kind, "pairs": len(rows), "accuracy": accuracy})
    return {
        "pairs": len(pairs),
        "groups": len(set(groups)),
        "accuracy": group_accuracy(values, groups, seed),
        "macro_groups": group_macro(values, groups, seed),
        "macro_kinds": kind_macro(values, kinds, groups, seed) if by_kind else None,
        "kinds": by_kind,
        "calibration": calibration(values, groups, seed),
        "length": {
            "pearson": pearson(values, longer, groups, seed),
            "spearman": spearman(values, longer, groups, seed),
        },
        "cut": scored.notes.get("TEXT_CUT", 0),
        "without_image": scored.notes.get("NO_IMAGE", 0),
        "unusable": [u.data() for u in scored.unusable],
    }


def against_text(scored: Scored, text: dict[str, float], seed: int) -> dict:
    """How the model does where a text-only model is right and where it is wrong. Raises DATA_INVALID where they share no pair."""
    kept = [i for i, pair in enumerate(scored.pairs) if pair.id in text]
    if not kept:
        message = "The text-only scores are of none of these pairs."
        raise TrainerError("DATA_INVALID", message, "Give scores with the ids of these pairs.", field="id")
    mm, m_t = scored.values[kept], np.array([text[scored.pairs[i].id] for i in kept])
    groups = [scored.pairs[i].group for i in kept]
    return {
        "pairs": len(kept),
        "accuracy": group_accuracy(m_t, groups, seed),
        "sfd": sfd(mm, m_t, groups, seed),
        "pearson": pearson(mm, m_t, groups, seed),
        "spearman": spearman(mm, m_t, groups, seed),
    }


def write_margins(scored: Scored, path: Path) -> None:
    """`{id, margin}` of every pair, one a line. Raises WRITE_FAILED."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            for pair, margin in zip(scored.pairs, scored.margins):
                file.write(json.dumps({"id": pair.id, "margin": margin}) + "\n")
    except OSError as error:
        message = f"Cannot write {path.name}: {error.strerror}."
        raise TrainerError("WRITE_FAILED", message, "Choose another folder.", file=str(path)) from error
