"""What fault tests share."""

from __future__ import annotations

import os
import random
import secrets
import sys

import pytest


@pytest.fixture
def chance(thorough: bool) -> random.Random:
    """What a test leaves to chance; with the seed that it prints it is drawn again."""
    drawn = str(secrets.randbelow(1_000_000) if thorough else 1)
    seed = os.environ.get("FAULTS_SEED", drawn)
    sys.stdout.write(f"FAULTS_SEED={seed} draws the same again\n")
    return random.Random(seed)
