"""What a client sends, read strictly: one place for every body and query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from django_chat.exceptions import ChatError
from django_chat.messages.drafts import CLIENT_ID
from django_chat.rest.fields import OPTIONAL, ClientId, Digits
from django_chat.strictjson import read_object

__all__ = [
    "BODY_MAX",
    "Body",
    "CursorQuery",
    "Keyed",
    "PageQuery",
    "Query",
    "StrictJSONParser",
    "client_id",
    "read_body",
    "read_query",
    "uploaded",
]

BODY_MAX = 1024 * 1024
"""Bytes of a request body."""
PAGE_SIZE = 50


class Body(serializers.Serializer[Any]):
    """Reads a JSON object. Unknown keys are ignored, null is the same as absent."""

    aliases: ClassVar[Mapping[str, str]] = {}
    """Further names of fields, each with the name it stands for."""

    def to_internal_value(self, data: Any) -> Any:
        named = {self.aliases.get(key, key): value for key, value in data.items()}
        plain = {key: value for key, value in data.items() if key not in self.aliases}
        return super().to_internal_value(named | plain)


class Query(serializers.Serializer[Any]):
    """Reads a query string. Unknown parameters are ignored."""


class PageQuery(Query):
    """How much of a list, and from where."""

    limit = Digits(min_value=1, default=PAGE_SIZE)


class CursorQuery(PageQuery):
    """A page of a list; `cursor` comes from the `next` and `previous` of another."""

    cursor = serializers.CharField(required=False, max_length=1000)


class StrictJSONParser(BaseParser):
    """Reads a JSON object of at most a mebibyte, as `strictjson` does.

    Raises `frame_too_large` and `invalid_payload`.
    """

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> dict[str, Any]:
        raw: bytes = stream.read(BODY_MAX + 1)
        if len(raw) > BODY_MAX:
            raise ChatError("frame_too_large", detail={"max": BODY_MAX})
        return read_object(raw) if raw else {}


def uploaded(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body; an absent body is an empty object.

    Raises `unsupported_media_type` and what the parser raises.
    """
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared == "0":
        return {}
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        # A body of unknown length may be none at all.
        if not declared and not request.read(1):
            return {}
        raise ChatError("unsupported_media_type")
    if not declared:
        # It came in chunks, which REST framework takes for nothing.
        return StrictJSONParser().parse(request)
    return cast(dict[str, Any], request.data)


def read_body(request: Request, shape: type[Body]) -> dict[str, Any]:
    """Return the fields of `shape` that the body gives; raise `invalid_payload`."""
    return _valid(shape(data=uploaded(request)))


def read_query(request: Request, shape: type[Query]) -> dict[str, Any]:
    """Return the parameters of `shape` that the query gives; raise `invalid_payload`."""
    given = request.query_params
    asked = shape()
    return _valid(
        shape(
            data={
                name: given.getlist(name) if _is_list(field) else given[name]
                for name, field in asked.fields.items()
                if name in given
            }
        )
    )


def _is_list(field: Any) -> bool:
    return isinstance(field, serializers.ListField)


def _valid(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    read = serializer.validated_data
    return {name: value for name, value in read.items() if value is not None}


def client_id(request: Request, body: Mapping[str, Any]) -> str | None:
    """Return the key that makes a repeat harmless, from the header or the body.

    Raises `invalid_payload` when they differ.
    """
    header = request.headers.get("Idempotency-Key")
    given: str | None = body.get("client_id")
    if header is None:
        return given
    if not CLIENT_ID.fullmatch(header) or given not in (None, header):
        raise ChatError("invalid_payload", field="client_id")
    return header


class Keyed(Body):
    """A body with a client's key for it."""

    client_id = ClientId(**OPTIONAL)
