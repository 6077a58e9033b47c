"""What a test has changed in the metrics of this process."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import REGISTRY

__all__ = ["counted", "growth"]


def counted(name: str, **labels: str) -> float:
    """Return the present value of one of our series; 0 for one that is not there."""
    return REGISTRY.get_sample_value(f"django_chat_{name}", labels) or 0.0


def growth(name: str, **labels: str) -> Callable[[], float]:
    """Return what tells how much a series has grown since this call."""
    before = counted(name, **labels)
    return lambda: counted(name, **labels) - before
