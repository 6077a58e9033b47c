"""The host's receivers hear facts, and cannot spoil them."""

from __future__ import annotations

from typing import Any

import pytest
from django.dispatch import Signal

from django_chat.signals import announce


def test_every_receiver_hears_even_when_another_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    signal, heard = Signal(), []

    def fail(**_: Any) -> None:
        raise RuntimeError("a bug of the host")

    def note(**arguments: Any) -> None:
        heard.append(arguments["fact"])

    signal.connect(fail)
    signal.connect(note)
    announce(signal, str, fact="so it is")

    assert heard == ["so it is"]
    assert "a bug of the host" in caplog.text
    assert "django_chat.signals" in {record.name for record in caplog.records}


def test_a_fact_that_nobody_hears_is_no_error() -> None:
    announce(Signal(), str, fact=1)


def test_a_receiver_may_listen_to_one_model() -> None:
    signal, heard = Signal(), []

    def note(**arguments: Any) -> None:
        heard.append(arguments["fact"])

    signal.connect(note, sender=str)
    announce(signal, int, fact=1)
    announce(signal, str, fact=2)

    assert heard == [2]
