"""The API of one server process, asked by one person."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError

from tests.servers import PrivateServer

SECONDS = 30.0
TOKEN = "a" * 32


def ask(server: PrivateServer, session: str, path: str) -> dict[str, Any]:
    """Return what is there to read."""
    status, found = call(server, session, "GET", path)
    assert status == 200, found
    return found


def call(
    server: PrivateServer, session: str, method: str, path: str, **body: Any
) -> tuple[int, dict[str, Any]]:
    """Return status and body of the answer, be it a refusal."""
    request = urllib.request.Request(  # noqa: S310
        f"{server.url}/api/v1/messages/{path}",
        data=json.dumps(body).encode() if body else None,
        headers={
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/json",
        },
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"{}")
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())
