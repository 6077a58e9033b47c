"""Settings of the shop whose answers say how many statements they took."""

from __future__ import annotations

from tests.e2e.settings import *  # noqa: F403
from tests.e2e.settings import MIDDLEWARE

MIDDLEWARE = ["tests.e2e.statements.count_statements", *MIDDLEWARE]
