"""What is counted while the chat works, for Prometheus; without its client, nothing.

The metrics are in the default registry of `prometheus_client`, where a host's own
endpoint finds them. Whoever counts does so once for a batch or a fan-out, never for
each socket, and labels never name people or conversations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from typing import Any, Protocol, Self, TypeVar, cast

from django_chat.exceptions import ChatError

__all__ = [
    "CONNECTIONS_CLOSED",
    "CONNECTIONS_OPEN",
    "CONNECTIONS_OPENED",
    "CONNECTIONS_REFUSED",
    "DELIVERIES",
    "DELIVERY_SECONDS",
    "EVENTS_HELD_BACK",
    "GAPS_HEALED",
    "GROUP_CHANGES_WAITING",
    "IS_ON",
    "LAYER_EVENTS_LOST",
    "LAYER_EVENTS_WAITING",
    "LAYER_FAILURES",
    "POLLS",
    "RATE_LIMITED",
    "RESUMES",
    "SENDS",
    "WRITE_QUEUE_FRAMES",
    "WRITE_QUEUE_LONGEST",
    "Metric",
    "counts_sends",
]


class Metric(Protocol):
    """A counter, gauge or histogram: each has those methods that make sense for it."""

    def labels(self, *values: str) -> Self: ...
    def inc(self, amount: float = 1) -> None: ...
    def dec(self, amount: float = 1) -> None: ...
    def set(self, value: float) -> None: ...
    def observe(self, amount: float) -> None: ...


class _Nothing:
    """Stands where no Prometheus client is installed."""

    def labels(self, *values: str) -> Self:
        return self

    def inc(self, amount: float = 1) -> None:
        pass

    dec = set = observe = inc


_client: Any
try:
    _client = import_module("prometheus_client")
except ImportError:
    _client = None

IS_ON = _client is not None
"""Whether anybody sees what is counted."""


def _metric(
    kind: str,
    name: str,
    text: str,
    label: str | None = None,
    values: Sequence[str] = (),
    **more: Any,
) -> Metric:
    if _client is None:
        return _Nothing()
    labels = () if label is None else (label,)
    metric = getattr(_client, kind)(f"django_chat_{name}", text, labels, **more)
    for value in values:
        # A series that begins at nought shows its first increase as well.
        metric.labels(value)
    return cast(Metric, metric)


CONNECTIONS_OPENED = _metric(
    "Counter", "connections_opened_total", "Sockets that were welcomed."
)
CONNECTIONS_REFUSED = _metric(
    "Counter",
    "connections_refused_total",
    "Sockets that ended before their welcome, by error code.",
    "code",
)
CONNECTIONS_CLOSED = _metric(
    "Counter",
    "connections_closed_total",
    "Sockets that ended after their welcome, by close code.",
    "code",
)
CONNECTIONS_OPEN = _metric(
    "Gauge",
    "connections_open",
    "Sockets that are welcomed and not yet closed.",
    multiprocess_mode="livesum",
)
DELIVERIES = _metric(
    "Counter", "deliveries_total", "Frames of live events handed to sockets."
)
DELIVERY_SECONDS = _metric(
    "Histogram",
    "delivery_seconds",
    "From publishing an event to handing it to the last of a process's sockets.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
GAPS_HEALED = _metric(
    "Counter",
    "gaps_healed_total",
    "Holes in what a process heard of a conversation, by what filled them.",
    "by",
    ("waiting", "replay", "reset"),
)
RESUMES = _metric(
    "Counter",
    "resumes_total",
    "Subscriptions that named a position, by what had been missed since.",
    "missed",
    ("nothing", "some", "too_much"),
)
POLLS = _metric(
    "Counter",
    "polls_total",
    "Requests of clients without a socket for what is new, by answer.",
    "answer",
    ("news", "nothing"),
)
SENDS = _metric(
    "Counter",
    "sends_total",
    "Messages that somebody tried to send, by result.",
    "result",
    ("stored", "repeat", "failed"),
)
RATE_LIMITED = _metric(
    "Counter",
    "rate_limited_total",
    "Refusals because somebody did something too often.",
    "action",
    ("send", "request", "frame"),
)
WRITE_QUEUE_FRAMES = _metric(
    "Gauge",
    "write_queue_frames",
    "Frames that wait until the server takes them, over all sockets.",
    multiprocess_mode="livesum",
)
WRITE_QUEUE_LONGEST = _metric(
    "Gauge",
    "write_queue_longest_frames",
    "Frames that wait for the slowest socket.",
    multiprocess_mode="livemax",
)
EVENTS_HELD_BACK = _metric(
    "Gauge",
    "events_held_back",
    "Events that wait for an earlier one or for a new list of members.",
    multiprocess_mode="livesum",
)
GROUP_CHANGES_WAITING = _metric(
    "Gauge",
    "group_changes_waiting",
    "Groups of the channel layer that wait to be joined or left.",
    multiprocess_mode="livesum",
)
LAYER_EVENTS_WAITING = _metric(
    "Gauge",
    "layer_events_waiting",
    "Events that wait to be handed to the channel layer.",
    multiprocess_mode="livesum",
)
LAYER_EVENTS_LOST = _metric(
    "Counter",
    "layer_events_lost_total",
    "Events that were not handed to the channel layer.",
    "reason",
    ("failed", "full"),
)
LAYER_FAILURES = _metric(
    "Counter",
    "layer_failures_total",
    "Times that listening to the channel layer failed and began anew.",
)

Send = TypeVar("Send", bound=Callable[..., Sequence[Any]])


def counts_sends(send: Send) -> Send:
    """Count the outcomes of a function that takes drafts; imports (`live=False`) not."""
    if not IS_ON:
        return send

    @wraps(send)
    def counted(drafts: Sequence[Any], *, live: bool = True) -> Sequence[Any]:
        if not live:
            return send(drafts, live=live)
        try:
            outcomes = send(drafts, live=live)
        except Exception:
            SENDS.labels("failed").inc(len(drafts))
            raise
        for result, number in Counter(map(_result, outcomes)).items():
            SENDS.labels(result).inc(number)
        return outcomes

    return cast(Send, counted)


def _result(outcome: Any) -> str:
    if isinstance(outcome, ChatError):
        return outcome.code
    return "repeat" if outcome.duplicate else "stored"
