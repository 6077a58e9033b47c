"""The tables are what the models say, on every database, there and back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from tests.services import Services

ROOT = Path(__file__).parents[2]


def travel(run_dir: Path, settings: str, **environment: str) -> None:
    """Go there and back in a process and a database of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.migrations.journey"],
        cwd=ROOT,
        env=kept
        | {"DJANGO_SETTINGS_MODULE": settings, "TEST_RUN_DIR": str(run_dir)}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def postgres_database(url: str, name: str) -> Iterator[None]:
    """Make an empty database on a PostgreSQL, and drop it."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def mariadb_database(url: str, name: str) -> Iterator[None]:
    """Make an empty database on a MariaDB, with its own defaults, and drop it."""
    parts = urlsplit(url)
    server = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    with server, server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        try:
            yield
        finally:
            cursor.execute(f"DROP DATABASE `{name}`")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_form_one_line() -> None:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph

    assert len(graph.leaf_nodes("django_chat")) == 1
    assert len(graph.root_nodes("django_chat")) == 1


def test_there_and_back_on_sqlite(tmp_path: Path) -> None:
    travel(tmp_path, "tests.settings", TEST_BACKEND="sqlite")


def test_there_and_back_on_postgresql(tmp_path: Path, services: Services) -> None:
    name = f"django_chat_journey_{os.getpid()}"
    url = services.postgres_url
    with postgres_database(url, name):
        travel(
            tmp_path,
            "tests.settings",
            TEST_BACKEND="postgres-pubsub",
            TEST_DATABASE_URL=url,
            TEST_DATABASE_NAME=name,
            # Named in the settings, and not used.
            TEST_REDIS_URL="redis://127.0.0.1:1",
        )


def test_there_and_back_on_mariadb(tmp_path: Path, services: Services) -> None:
    name = f"django_chat_journey_{os.getpid()}"
    url = services.mariadb_url
    with mariadb_database(url, name):
        travel(
            tmp_path,
            "tests.settings_mariadb",
            TEST_BACKEND="sqlite",
            TEST_MARIADB_URL=url,
            TEST_DATABASE_NAME=name,
        )


# --- what some databases cannot do ------------------------------------------


def test_no_constraint_has_a_condition_that_mariadb_ignores() -> None:
    """A unique key that may be absent is a nullable column instead."""
    for model in apps.get_app_config("django_chat").get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                assert constraint.condition is None, constraint.name
        for index in model._meta.indexes:
            assert index.condition is None, index.name


def test_names_fit_every_database() -> None:
    for model in apps.get_app_config("django_chat").get_models():
        named = [*model._meta.constraints, *model._meta.indexes]
        names = [model._meta.db_table, *(item.name for item in named)]
        assert all(len(name) <= 30 for name in names), names


@pytest.mark.django_db
def test_the_tables_of_this_run_are_ours() -> None:
    tables = set(connection.introspection.table_names())

    for model in apps.get_app_config("django_chat").get_models():
        assert model._meta.db_table in tables
