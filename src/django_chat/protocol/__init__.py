"""The wire as JSON Schemas: one for each frame, for clients in any language.

`v1/client.<type>.schema.json` is what clients send, `v1/server.<type>.schema.json` what
they hear, `v1/objects.schema.json` what several frames hold. Clients ignore fields that
they do not know: new ones may come within a version.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["VERSION", "asyncapi", "load_schema", "schema_names"]

VERSION = 1
_SUFFIX = ".schema.json"
_FOLDER = files(__name__) / f"v{VERSION}"
Schema = dict[str, Any]


@cache
def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas, such as `server.message`."""
    found = (entry.name for entry in _FOLDER.iterdir())
    return tuple(
        sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))
    )


@cache
def load_schema(name: str) -> Schema:
    """Return the schema of that name; raise FileNotFoundError for none."""
    text = (_FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def asyncapi() -> Schema:
    """Return an AsyncAPI document made from the schemas.

    Its schemas are references to the files beside it: `v1/asyncapi.json`.
    """
    names = [name for name in schema_names() if name != "objects"]
    sides = {
        side: [name for name in names if name.startswith(side)]
        for side in ("client", "server")
    }
    channel = "#/channels/socket"
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "django_chat", "version": str(VERSION)},
        "channels": {
            "socket": {
                "address": "/ws/chat/",
                "messages": {name: {"$ref": _message(name)} for name in names},
            }
        },
        "operations": {
            side: {
                "action": "receive" if side == "client" else "send",
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{channel}/messages/{name}"} for name in found],
            }
            for side, found in sides.items()
        },
        "components": {
            "messages": {
                name: {
                    "name": load_schema(name)["title"],
                    "summary": load_schema(name)["description"],
                    "payload": {"$ref": f"{name}{_SUFFIX}"},
                }
                for name in names
            }
        },
    }


def _message(name: str) -> str:
    return f"#/components/messages/{name}"
