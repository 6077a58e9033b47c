"""Metrics: a host that wants them finds all; for the others there is nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from django_chat.exceptions import ChatError
from django_chat.metrics import counts_sends
from tests.counting import growth

MANUAL = Path(__file__).parents[2] / "docs" / "monitoring.md"


def run(program: str, **env: str) -> str:
    """Run a program in a process of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_client_of_prometheus_nothing_is_counted_and_nothing_fails() -> (
    None
):
    program = (
        "import sys\n"
        "sys.modules['prometheus_client'] = None\n"
        "from django_chat import metrics\n"
        "assert not metrics.IS_ON\n"
        "for name in metrics.__all__:\n"
        "    metric = getattr(metrics, name)\n"
        "    if name.isupper() and name != 'IS_ON':\n"
        "        child = metric.labels('x')\n"
        "        for each in (metric, child):\n"
        "            each.inc(), each.inc(2), each.dec(), each.set(3), each.observe(4)\n"
        "assert metrics.counts_sends(len) is len\n"
        "print('well')\n"
    )

    assert run(program) == "well\n"


def documented() -> dict[str, tuple[str, str]]:
    """Return type and label of each metric in the manual's tables."""
    rows = re.findall(
        r"^\| `(django_chat_\w+)` \| (\w+) \| (?:`(\w+)`)?[^|]*\|",
        MANUAL.read_text(),
        re.M,
    )
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: (kind, label) for name, kind, label in rows}


def registered() -> dict[str, tuple[str, str]]:
    """Return type and label of each of our metrics in the default registry."""
    found = {}
    for metric in REGISTRY.collect():
        if not metric.name.startswith("django_chat_"):
            continue
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = {
            label
            for sample in metric.samples
            for label in sample.labels
            if label != "le"
        }
        assert len(labels) <= 1
        found[name] = metric.type, next(iter(labels), "")
    return found


def test_a_host_finds_every_metric_with_its_type_and_label() -> None:
    listed, there = documented(), registered()

    assert listed.keys() == there.keys()
    for name, (kind, label) in there.items():
        assert listed[name][0] == kind, name
        # A label that has had no value yet shows no series.
        assert label in ("", listed[name][1]), name


def test_alerts_of_the_manual_are_about_metrics_that_exist() -> None:
    series = set(re.findall(r"\bdjango_chat_[a-z_]+", MANUAL.read_text()))
    known = set(documented())

    for name in series:
        assert re.sub(r"_(bucket|sum|count)$", "", name) in known, name


def test_several_processes_are_counted_together(tmp_path: Path) -> None:
    env = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    work = (
        "from django_chat import metrics\n"
        "metrics.DELIVERIES.inc(3)\n"
        "metrics.SENDS.labels('stored').inc()\n"
        "metrics.DELIVERY_SECONDS.observe(0.2)\n"
    )
    for _ in range(2):
        run(work, **env)
    collect = (
        "from prometheus_client import CollectorRegistry\n"
        "from prometheus_client.multiprocess import MultiProcessCollector\n"
        "registry = CollectorRegistry()\n"
        "MultiProcessCollector(registry)\n"
        "get = registry.get_sample_value\n"
        "print(get('django_chat_deliveries_total'))\n"
        "print(get('django_chat_sends_total', {'result': 'stored'}))\n"
        "print(get('django_chat_delivery_seconds_count'))\n"
    )

    assert run(collect, **env).split() == ["6.0", "2.0", "2.0"]


def outcomes(drafts: list[Any], *, live: bool = True) -> list[Any]:
    """A way of sending that gives back what it is given."""
    return drafts


STORED = SimpleNamespace(duplicate=False)
REPEAT = SimpleNamespace(duplicate=True)


def test_sends_are_counted_by_what_became_of_them() -> None:
    names = ("stored", "repeat", "not_found")
    grown = {name: growth("sends_total", result=name) for name in names}

    counts_sends(outcomes)([STORED, ChatError("not_found"), STORED, REPEAT])

    assert {name: by() for name, by in grown.items()} == {
        "stored": 2,
        "repeat": 1,
        "not_found": 1,
    }


def test_an_import_is_no_sending() -> None:
    grown = growth("sends_total", result="stored")

    counts_sends(outcomes)([STORED], live=False)

    assert grown() == 0


def test_a_batch_that_fails_is_counted_by_its_messages() -> None:
    grown = growth("sends_total", result="failed")

    @counts_sends
    def broken(drafts: list[Any], *, live: bool = True) -> list[Any]:
        raise OSError("the database is gone")

    with pytest.raises(OSError, match="gone"):
        broken([STORED, STORED])
    assert grown() == 2
