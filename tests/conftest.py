"""What holds for every test of the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from channels.layers import channel_layers
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent

# Folders that do not depend on the versions of Python and Django, and take long.
FULL_ONLY = {"faults", "packaging", "e2e"}

# The small profile gives the same verdict on the same code; the large one, with
# new examples in each run, is for finding what nobody thought of.
settings.register_profile(
    "default",
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
)
settings.register_profile(
    "ci",
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("ci" if os.environ["THOROUGH"] == "1" else "default")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(HERE).parts[0] in FULL_ONLY:
            item.add_marker("full")


@pytest.fixture(autouse=True)
def _a_layer_of_its_own() -> Iterator[None]:
    """A layer keeps locks of the loop it met first, and each test has a loop."""
    yield
    channel_layers.backends.clear()
