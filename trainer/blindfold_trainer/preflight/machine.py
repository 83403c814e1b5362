"""What this machine has: memory, free disk, GPU and its driver."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import torch


def resident() -> int:
    """Bytes of memory that this process holds now (on macOS: has held at most); 0 on Windows."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _windows_memory() -> tuple[int, int]:
    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "t_page", "f_page", "t_virtual", "f_virtual", "ext")
        ]

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    return status.total, status.free


def _group_limit() -> int | None:
    """Bytes that this process's control group may still take, where it has a limit (containers)."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        return None if limit == "max" else int(limit) - int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return None


def processor_memory() -> tuple[int | None, int | None]:
    """Bytes in all, and bytes that a run may take once this process has ended; None where the platform does not tell."""
    if sys.platform == "win32":
        return _windows_memory()
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if sys.platform != "linux":
        return total, None
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free, group = int(lines["MemAvailable"].split()[0]) * 1024, _group_limit()
    return total, resident() + (free if group is None else min(free, group))


#: By its whole name on Windows, which would look into the working folder first.
_NVIDIA_SMI = (
    str(Path(os.environ.get("SystemRoot", r"C:\Windows"), "System32", "nvidia-smi.exe"))
    if sys.platform == "win32"
    else "nvidia-smi"
)


def gpu_driver() -> str | None:
    """Version of the NVIDIA driver; None where nothing tells it."""
    try:
        told = subprocess.run(
            [_NVIDIA_SMI, "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout.strip().splitlines()[0] if told.returncode == 0 and told.stdout.strip() else None


def device_facts(device: torch.device, dtype: torch.dtype) -> dict:
    cuda = device.type == "cuda"
    return {
        "kind": "cuda" if cuda else "cpu",
        "name": torch.cuda.get_device_name(device) if cuda else platform.processor() or platform.machine(),
        "count": torch.cuda.device_count() if cuda else 0,
        "driver": gpu_driver() if cuda else None,
        "dtype": str(dtype).removeprefix("torch."),
    }
