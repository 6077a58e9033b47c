"""The OpenAPI description, where drf-spectacular is installed.

The views state what they read and answer (`operations`); this turns the statements into
OpenAPI, for this API's own `schema/` and within the schema of a host that uses
drf-spectacular itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.urls import include, path
from drf_spectacular.extensions import (
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from django_chat import __version__
from django_chat.rest.operations import Operation, operation
from django_chat.rest.reading import Body, Query
from django_chat.rest.shapes import ErrorShape
from django_chat.rest.view import ChatView

__all__ = ["ChatSchema", "Schema"]

_IDS = ("conversation_id", "message_id")


class ChatSchema(AutoSchema):
    """Describes a view of this API."""

    @property
    def operation(self) -> Operation:
        """What the view states of its current method."""
        stated: Operation = getattr(self.view, self.method.lower()).operation
        return stated

    def get_operation_id(self) -> str:
        # By the whole path: hosts mount this API several times.
        return "_".join([*re.findall(r"\w+", self.path), self.method.lower()])

    def get_tags(self) -> list[str]:
        return ["chat"]

    def get_summary(self) -> str:
        return self.get_description().partition("\n")[0]

    def get_request_serializer(self) -> Any:
        body = self.operation.body
        return None if body is Body else body

    def get_response_serializers(self) -> Any:
        return {**self.operation.returns, "default": ErrorShape}

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        # Names of a host's own schema must stay free.
        name = super().get_serializer_name(serializer, direction)
        return "Chat" + name.removesuffix("Shape")

    def get_override_parameters(self) -> list[Any]:
        names = re.findall(r"{(\w+)}", self.path)
        found: list[Any] = [
            OpenApiParameter(name, OpenApiTypes.UUID, OpenApiParameter.PATH)
            for name in names
            if name in _IDS
        ]
        if self.operation.query is not Query:
            found.append(self.operation.query)
        if self.operation.is_keyed:
            found.append(OpenApiParameter("Idempotency-Key", str, "header"))
        return found


class _ChatViews(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "django_chat.rest.view.PublicView"
    match_subclasses = True

    def view_replacement(self) -> Any:
        described: dict[str, Any] = {"schema": ChatSchema(), "__doc__": ""}
        if not issubclass(self.target, ChatView):
            described["permission_classes"] = [AllowAny]
        return type(self.target.__name__, (self.target,), described)


class _Words(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "django_chat.rest.fields.OneOf"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        # One level down it is left where it is: as a component of its own, its name
        # would collide with those of other fields called "kind" or "status".
        return {"type": "string", "allOf": [{"enum": list(self.target.words)}]}


@lru_cache(maxsize=8)
def _schema(prefix: str) -> Any:
    patterns = [path(prefix.lstrip("/"), include("django_chat.rest.urls"))]
    generator: Any = SchemaGenerator
    schema = generator(patterns=patterns).get_schema(public=True)
    return {**schema, "info": {"title": "django_chat", "version": __version__}}


_ANYTHING: Any = OpenApiTypes.OBJECT


class Schema(ChatView):
    """This description."""

    @operation({200: _ANYTHING})
    def get(self, request: Request, **_: Any) -> Response:
        """Return the OpenAPI description of this API."""
        return Response(_schema(request.path.removesuffix("schema/")))
