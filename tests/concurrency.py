"""Several people at the same instant: threads that start behind one barrier."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

__all__ = ["failures", "together"]

_SECONDS = 60.0


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs at once, a thread and connection each; return their results.

    A job that raises has its exception as its result.
    """
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait(_SECONDS)
            results[place] = job()
        except Exception as error:  # the test decides whether this was right
            results[place] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(place, job), daemon=True)
        for place, job in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return results


def failures(results: Sequence[Any]) -> list[Exception]:
    """Return the exceptions among the results."""
    return [result for result in results if isinstance(result, Exception)]
