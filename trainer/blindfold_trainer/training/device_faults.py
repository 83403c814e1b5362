"""Whether an error means too little memory, or the loss of a device or another process.

PyTorch takes seconds to load: only once there is an error to look at.
"""

from __future__ import annotations

from blindfold_trainer.protocol.errors import TrainerError


def out_of_memory(error: BaseException) -> bool:
    """Whether a pass did not fit: PyTorch has an error of its own for a GPU, and none for the processor's memory."""
    import torch

    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "DefaultCPUAllocator: can't allocate" in str(
        error
    )


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
            "See in its log why it ended, then resume. The run continues from its last checkpoint.",
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
