"""Fills a peer's database: people with sessions, pairs, and a room for everybody.

`python -m benchmarks.fill PEER PAIRS PEOPLE` prints a `Town` as JSON. It runs in a
process of its own, because settings are a matter of a whole process.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import django

__all__ = ["Town"]


@dataclass(frozen=True, slots=True)
class Town:
    """The session keys of the people, and the conversations they are in.

    The pair number n consists of the people number 2n and 2n + 1.
    """

    sessions: list[str]
    pairs: list[str]
    room: str


def fill(peer: str, pairs: int, people: int) -> Town:
    """Create tables and rows in an empty database."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    # Only then the naive peer's tables, which refer to users and have no migrations.
    call_command("migrate", run_syncdb=True, verbosity=0)
    door = import_module(f"benchmarks.peers.{peer}.conversations")
    model = get_user_model()
    model._default_manager.bulk_create(
        model(username=f"person{number:04}", password="!") for number in range(people)
    )
    users = list(model._default_manager.order_by("pk"))
    return Town(
        sessions=[_session(user) for user in users],
        pairs=[door.open_conversation(users[2 * n : 2 * n + 2]) for n in range(pairs)],
        room=door.open_conversation(users),
    )


def _session(user: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    town = fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(asdict(town)))
