"""A wall clock that a test sets while the server runs.

The offset lies in a file that both have mapped: it holds from the moment it is written.
Monotonic time goes on undisturbed, as it does on a machine whose clock is set.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

_OFFSET = struct.Struct("d")


def set_clock(path: Path, seconds: float) -> None:
    """Put whoever follows this file that far from the time of the machine."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(_OFFSET.pack(seconds))


def follow_clock(path: str) -> None:
    """Let this process tell the time by the file, for as long as it lives."""
    with Path(path).open("rb") as file:
        shared = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)
    real_time, real_now = time.time, timezone.now

    def offset() -> float:
        return float(_OFFSET.unpack(shared[:])[0])

    def shifted_time() -> float:
        return real_time() + offset()

    def shifted_now() -> datetime:
        return real_now() + timedelta(seconds=offset())

    time.time, timezone.now = shifted_time, shifted_now
