"""Fills the database of the peer on socket.io.

`python -m benchmarks.peers.socketio.fill PAIRS PEOPLE` prints a `Town` as JSON, as
`benchmarks.fill` does for peers on Django.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks.fill import Town

_SCHEMA = Path(__file__).with_name("schema.sql")


def fill(pairs: int, people: int) -> Town:
    """Create tables and rows in an empty database."""
    sessions = [secrets.token_hex(16) for _ in range(people)]
    room, *rooms = (str(uuid4()) for _ in range(pairs + 1))
    members = [(room, number) for number in range(people)]
    members += [(rooms[number // 2], number) for number in range(2 * pairs)]
    with psycopg.connect(os.environ["BENCHMARK_DATABASE_URL"]) as connection:
        cursor = connection.cursor()
        cursor.execute(_SCHEMA.read_bytes())
        cursor.executemany(
            "INSERT INTO person VALUES (%s, %s)",
            [(number, f"person{number:04}") for number in range(people)],
        )
        cursor.executemany(
            "INSERT INTO session VALUES (%s, %s)",
            [(token, number) for number, token in enumerate(sessions)],
        )
        cursor.executemany(
            "INSERT INTO room VALUES (%s)", [(one,) for one in (room, *rooms)]
        )
        cursor.executemany("INSERT INTO membership VALUES (%s, %s)", members)
    return Town(sessions=sessions, pairs=rooms, room=room)


if __name__ == "__main__":
    town = fill(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(asdict(town)))
