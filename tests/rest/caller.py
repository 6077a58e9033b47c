"""Somebody who calls the API, as a browser that is logged in does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client

__all__ = ["API", "Answer", "Caller"]

API = "/api/v1/messages/"


@dataclass(slots=True)
class Answer:
    """An answer: its status, its headers, and its JSON (None without a body)."""

    status: int
    headers: Any
    json: Any

    @property
    def code(self) -> Any:
        """The code of a refusal, with its status."""
        return self.status, self.json["code"]

    def __getitem__(self, key: Any) -> Any:
        return self.json[key]


class Caller:
    """Calls the API as `user`, or as nobody; paths are below the API's own."""

    def __init__(self, user: Any = None, **defaults: Any) -> None:
        self.user = user
        self.client = Client(raise_request_exception=False, **defaults)
        if user is not None:
            self.client.force_login(user)

    @property
    def id(self) -> str:
        return str(self.user.pk)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: str | bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Send `body` as JSON, or `raw` as it is."""
        data = raw if raw is not None else "" if body is None else json.dumps(body)
        response = self.client.generic(
            method,
            path if path.startswith("/") else API + path,
            data,
            content_type=content_type,
            headers=headers,
        )
        content = response.content
        parsed = json.loads(content) if content else None
        return Answer(response.status_code, response.headers, parsed)

    def get(self, path: str, *, headers: Any = None, **query: Any) -> Answer:
        if query:
            path += "?" + urlencode(query, doseq=True)
        return self.call("GET", path, headers=headers)

    def follow(self, url: str) -> Answer:
        """Get an address that an answer gave."""
        parts = urlsplit(url)
        return self.call("GET", f"{parts.path}?{parts.query}")

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.call("POST", path, body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.call("PUT", path, body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.call("PATCH", path, body, **kwargs)

    def delete(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.call("DELETE", path, body, **kwargs)
