"""Per-pair values on their way into `samples` events."""

from __future__ import annotations

from blindfold_trainer.protocol.events import Events
from blindfold_trainer.training.gradients import StepValues

FIELDS = ("mm_loss", "text_loss", "sfc", "mm_margin", "text_margin")


class SampleBuffer:
    """Collects the pairs of several steps of one epoch. It must be flushed before a checkpoint claims that they were trained on."""

    SIZE = 512

    def __init__(self, events: Events):
        self._events = events
        self._clear()

    def _clear(self) -> None:
        self._epoch = 0
        self._ids: list[str] = []
        self._values: dict[str, list[float] | None] = {}

    def add(self, epoch: int, ids: list[str], values: StepValues) -> None:
        """Values of one step; all steps between two flushes must be of one epoch and one method."""
        self._epoch = epoch
        self._ids += ids
        for field in FIELDS:
            tensor = getattr(values, field)
            self._values[field] = None if tensor is None else (self._values.get(field) or []) + tensor.tolist()
        if len(self._ids) >= self.SIZE:
            self.flush()

    def flush(self) -> None:
        if self._ids:
            self._events.emit("samples", epoch=self._epoch, ids=self._ids, **self._values)
        self._clear()
