"""What a process has taken so far."""

import ctypes
import os
import time

import psutil

_LIBC = ctypes.CDLL(None, use_errno=True)


def cpu(pid: int) -> float:
    """Seconds of CPU of all its threads, those that have ended too; to the nanosecond, where /proc counts in hundredths."""
    clock = ctypes.c_int()
    failed = _LIBC.clock_getcpuclockid(pid, ctypes.byref(clock))
    if failed:
        raise OSError(failed, f"{os.strerror(failed)}: no clock of process {pid}")
    return time.clock_gettime(clock.value)


def resident(pid: int) -> int:
    """Bytes in memory."""
    return int(psutil.Process(pid).memory_info().rss)
