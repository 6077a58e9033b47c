"""Settings of the example project, with a database file of the test's own."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["E2E_DATABASE"]
