"""Chooses the backend of the run before pytest-django reads the settings.

- `--backend=sqlite`: SQLite and no channel layer; the default.
- `--backend=postgres-core`: PostgreSQL and the Redis core layer.
- `--backend=postgres-pubsub`: PostgreSQL and the Redis pub/sub layer.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

import pytest

from tests.services import Services

BACKENDS = ("sqlite", "postgres-core", "postgres-pubsub")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("django_chat")
    group.addoption(
        "--backend",
        choices=BACKENDS,
        default=os.environ.get("TEST_BACKEND", "sqlite"),
        help="database and channel layer of the run (env TEST_BACKEND)",
    )
    group.addoption(
        "--services",
        choices=("auto", "require"),
        default=os.environ.get("TEST_SERVICES", "auto"),
        help="require: fail where a missing server means skip (env TEST_SERVICES)",
    )
    group.addoption(
        "--thorough",
        action="store_true",
        default=os.environ.get("THOROUGH") == "1",
        help="many more generated cases (env THOROUGH=1)",
    )


# A wrapper runs before the `tryfirst` implementations, one of which is where
# pytest-django reads the settings.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, object, object]:
    options = early_config.known_args_namespace
    # By the environment: settings, xdist workers and the servers that tests
    # start in processes of their own have no other common place to look.
    os.environ["TEST_SERVICES"] = options.services
    os.environ["THOROUGH"] = str(int(options.thorough))
    if "PYTEST_XDIST_WORKER" not in os.environ:
        run_dir = tempfile.mkdtemp(prefix="django-chat-")
        atexit.register(shutil.rmtree, run_dir, ignore_errors=True)
        os.environ["TEST_RUN_DIR"] = run_dir
        os.environ["TEST_BACKEND"] = options.backend
        if options.backend != "sqlite":
            _provide_servers(options.backend)
    return (yield)


def _provide_servers(backend: str) -> None:
    services = Services()
    atexit.register(services.close)
    try:
        os.environ["TEST_DATABASE_URL"] = services.postgres_url
        os.environ["TEST_REDIS_URL"] = services.redis_url
    except pytest.skip.Exception as skipped:
        os.environ["TEST_BACKEND"] = "sqlite"
        os.environ["TEST_BACKEND_MISSING"] = f"--backend={backend}: {skipped.msg}"
    except pytest.fail.Exception as failed:
        raise pytest.UsageError(failed.msg) from failed


def pytest_report_header() -> list[str]:
    if missing := os.environ.get("TEST_BACKEND_MISSING"):
        return [f"EVERY TEST IS SKIPPED: {missing}"]
    lines = [f"backend: {os.environ['TEST_BACKEND']}"]
    if os.environ["TEST_BACKEND"] != "sqlite":
        for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"):
            address = urlsplit(os.environ[name])
            lines.append(f"{address.scheme}: {address.hostname}:{address.port}")
    return lines


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if missing := os.environ.get("TEST_BACKEND_MISSING"):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """PostgreSQL, Redis and MariaDB, found or started when first asked for."""
    services = Services()
    yield services
    services.close()


@pytest.fixture(scope="session")
def backend() -> str:
    """The name of the backend that this run uses."""
    return os.environ["TEST_BACKEND"]


@pytest.fixture(scope="session")
def thorough() -> bool:
    """Whether to try the long list of cases, as CI does."""
    return os.environ["THOROUGH"] == "1"
