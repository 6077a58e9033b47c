"""The view that all others are made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.utils.cache import patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import APISettings, api_settings
from rest_framework.views import APIView

from django_chat.exceptions import ChatError
from django_chat.rest.errors import answer_error
from django_chat.rest.operations import Operation
from django_chat.rest.reading import StrictJSONParser, read_body, read_query
from django_chat.rest.throttling import RequestThrottle
from django_chat.tenancy.actor import Actor, actor_for
from django_chat.tenancy.resolvers import tenant_resolver

__all__ = ["ChatView", "PublicView", "actor_of"]

# A host's defaults are for its own API; not one of them may change this one.
_own: Any = {"URL_FORMAT_OVERRIDE": None, "FORMAT_SUFFIX_KWARG": None}
_settings: Any = APISettings(_own)


def actor_of(request: Request) -> Actor:
    """Return who makes the request, in the tenant it is made in.

    Raises `not_authenticated`, and `forbidden` for a stranger in the tenant.
    """
    actor_for(request.user, tenant="")
    resolver = tenant_resolver()
    tenant = resolver.for_request(request)
    if not resolver.allows(request.user, tenant):
        raise ChatError("forbidden")
    return actor_for(request.user, tenant=tenant)


class _Negotiation(DefaultContentNegotiation):
    settings = _settings


class _Renderer(JSONRenderer):
    compact = True
    ensure_ascii = False
    strict = True


class PublicView(APIView):
    """A view of this API, open to everybody; see `ChatView`."""

    settings = _settings
    renderer_classes = [_Renderer]
    parser_classes = [StrictJSONParser]
    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    content_negotiation_class = _Negotiation
    metadata_class = None
    versioning_class = None
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view function, kept out of a transaction around the request.

        With `ATOMIC_REQUESTS` the lock on a conversation would be held until the
        response is made, and a refused message would undo the host's own writes.
        """
        view = super().as_view(**initkwargs)
        for alias in connections:
            transaction.non_atomic_requests(using=alias)(view)
        return view

    def get_exception_handler(self) -> Callable[..., Any]:
        return answer_error

    def get_authenticate_header(self, request: Request) -> str:
        # Without this header a refusal could only be a 403.
        return super().get_authenticate_header(request) or "Session"

    @property
    def default_response_headers(self) -> dict[str, str]:
        return super().default_response_headers | {"Cache-Control": "private, no-store"}

    def finalize_response(
        self, request: Any, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(final, ["Authorization", "Cookie"])
        return final

    def read_body(self) -> dict[str, Any]:
        """Return the body that the current operation states it reads."""
        return read_body(self.request, self._operation().body)

    def read_query(self) -> dict[str, Any]:
        """Return the query that the current operation states it reads."""
        return read_query(self.request, self._operation().query)

    def _operation(self) -> Operation:
        method = (self.request.method or "").lower()
        handler = getattr(self, "get" if method == "head" else method)
        stated: Operation = handler.operation
        return stated


class ChatView(PublicView):
    """A view for somebody who is logged in, as the host's own API logs him in.

    Errors, formats, permissions and throttles are the chat's own; only the
    authentication classes are the host's, asked for at each request.
    """

    throttle_classes = [RequestThrottle]
    actor: Actor

    def get_authenticators(self) -> list[BaseAuthentication]:
        default: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
        return [kind() for kind in self.authentication_classes or default]

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        self.actor = actor_of(request)
