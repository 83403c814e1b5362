"""What each pair did in an epoch, as a Parquet file: for notebooks; the app reads the same from `events.jsonl`."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import events_of
from blindfold_trainer.training.sample_buffer import FIELDS

log = logging.getLogger(__name__)


def write_epoch(run_dir: Path, epoch: int) -> Path | None:
    """Writes `samples/epoch-NNN.parquet` (id, losses and margins in nats and log-odds, SFC; null where there is no such branch).

    Taken from the events, so that an epoch that was interrupted and resumed is whole. None where pyarrow is not installed.
    Raises WRITE_FAILED.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        log.info("pyarrow is not installed: the values of the pairs are in events.jsonl alone")
        return None
    rows: dict[str, tuple[float | None, ...]] = {}
    for event in events_of(run_dir):
        if event["type"] == "samples" and event["epoch"] == epoch:
            columns = [event[name] or [None] * len(event["ids"]) for name in FIELDS]
            rows.update(zip(event["ids"], zip(*columns)))
    columns = zip(*rows.values()) if rows else [[] for _ in FIELDS]
    values = {name: pa.array(column, pa.float64()) for name, column in zip(FIELDS, columns)}
    table = pa.table({"id": pa.array(rows, pa.string()), "epoch": pa.array([epoch] * len(rows), pa.int32()), **values})
    target = run_dir / "samples" / f"epoch-{epoch:03}.parquet"
    temporary = target.with_suffix(".new")
    try:
        target.parent.mkdir(exist_ok=True)
        pq.write_table(table, temporary, compression="zstd")
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"Cannot write {target.name}: {error.strerror or error}."
        raise TrainerError("WRITE_FAILED", message, "Free some disk space, then resume.", file=str(target)) from error
    return target
