"""Every failure as the one body that clients know; nothing of the server shows."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from django_chat.exceptions import ChatError
from django_chat.rest.reading import BODY_MAX

__all__ = ["answer_error"]

logger = logging.getLogger("django_chat.rest")

_BY_STATUS = {
    400: "invalid_payload",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "frame_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "overloaded",
}
_RETRY_MS = 1_000


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """Return the response for whatever a view raised: the views' exception handler."""
    refusal = _refusal(error)
    body = refusal.as_dict()
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        fields = {name: _texts(detail) for name, detail in error.detail.items()}
        body["field"] = next(iter(fields))
        if len(fields) > 1:
            body["errors"] = fields
    response = Response(body, status=refusal.status)
    if refusal.status == 401:
        view, request = context["view"], context["request"]
        response["WWW-Authenticate"] = view.get_authenticate_header(request)
    if refusal.retry_after_ms is not None:
        response["Retry-After"] = str(-(-refusal.retry_after_ms // 1000))
    return response


def _refusal(error: Exception) -> ChatError:
    if isinstance(error, ChatError):
        return error
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    if isinstance(error, Http404):
        return ChatError("not_found")
    if isinstance(error, DjangoPermissionDenied):
        return ChatError("forbidden")
    if isinstance(error, RequestDataTooBig):
        return ChatError("frame_too_large", detail={"max": BODY_MAX})
    if isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError):
        return ChatError("invalid_payload")
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("The database does not answer", exc_info=error)
        return ChatError("overloaded", retry_after_ms=_RETRY_MS)
    logger.error("A request failed", exc_info=error)
    return ChatError("server_error")


def _of_rest_framework(error: exceptions.APIException) -> ChatError:
    if isinstance(error, exceptions.AuthenticationFailed | exceptions.NotAuthenticated):
        return ChatError("not_authenticated")
    # The session authentication tells this case apart by its words only.
    if str(error.detail).startswith("CSRF Failed"):
        return ChatError("csrf_failed")
    if isinstance(error, exceptions.Throttled):
        wait = getattr(error, "wait", None)
        wait_ms = None if wait is None else int(wait * 1000)
        return ChatError("rate_limited", retry_after_ms=wait_ms)
    code = _BY_STATUS.get(error.status_code)
    if code is None:
        logger.error("A request failed", exc_info=error)
    return ChatError(code or "server_error")


def _texts(detail: Any) -> list[str]:
    """Return the messages about one field, flat however deep they are nested."""
    if isinstance(detail, dict):
        detail = list(detail.values())
    if isinstance(detail, list):
        return [text for item in detail for text in _texts(item)]
    return [str(detail)]
