"""The one kind of error that this package raises on purpose."""

from __future__ import annotations


#: Codes of what one pair or row is to blame for; with all others nothing can go on.
ROW_FAULTS = ("DATA_INVALID", "IMAGE_MISSING", "IMAGE_UNREADABLE", "TOO_LONG")


class TrainerError(Exception):
    """What went wrong as data: a code of the protocol, a message, what mends it, and where it is.

    `code` is one of the protocol's error codes (schema/events.json); `row` counts records from 1.
    """

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str,
        *,
        file: str | None = None,
        row: int | None = None,
        field: str | None = None,
        ids: list[str] | None = None,
    ):
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy
        self.file, self.row, self.field = file, row, field
        #: The pairs concerned.
        self.ids = ids

    @property
    def of_row(self) -> bool:
        """Whether one pair or row is to blame, and others can be used without it."""
        return self.code in ROW_FAULTS

    def data(self) -> dict:
        """The fields of an `error` event; places that are not known are left out."""
        place = {"file": self.file, "row": self.row, "field": self.field, "ids": self.ids and self.ids[:100]}
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            **{k: v for k, v in place.items() if v is not None},
        }

    def __str__(self) -> str:
        place = ", ".join(
            text for text in (self.file, self.row and f"row {self.row}", self.field and f"field {self.field}") if text
        )
        return f"{self.code}: {self.message}" + (f" ({place})" if place else "") + f"\n  {self.remedy}"


def device_lost(error: BaseException) -> TrainerError | None:
    """DEVICE_LOST where a GPU, or another process of the run, stopped answering in the middle of its work; None for all else.

    A GPU that once failed so is of no use to this process any more: nothing is tried again, and nothing on it is read.
    """
    import torch

    text = str(error).strip().split("\n")[0]
    if isinstance(error, torch.distributed.DistError) or "Connection closed by peer" in text:
        return TrainerError(
            "DEVICE_LOST",
            f"Another process of this run has gone: {text}",
            "See in its log why it ended, then resume: the run goes on from its last checkpoint.",
        )
    lost = isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError)
        and text.startswith(("CUDA error", "CUDA driver error", "cuDNN error", "NCCL error"))
    )
    if not lost or isinstance(error, torch.OutOfMemoryError) or "out of memory" in text:
        return None
    return TrainerError(
        "DEVICE_LOST",
        f"The GPU stopped answering: {text}",
        "Resume: the run goes on from its last checkpoint. If it comes again, look at the GPU's heat, power and driver (nvidia-smi).",
    )
