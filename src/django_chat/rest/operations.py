"""What an operation reads and answers, stated where it is written.

The statement is used twice: to read the request, and to describe it for OpenAPI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rest_framework import serializers

from django_chat.rest.reading import Body, Query

__all__ = ["Operation", "operation"]

Shape = type[serializers.Serializer[Any]] | serializers.BaseSerializer[Any] | None
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """The input of one HTTP method of a view, and its answers by status."""

    returns: Mapping[int, Shape]
    body: type[Body] = Body
    query: type[Query] = Query
    is_keyed: bool = False


def operation(
    returns: Mapping[int, Shape],
    *,
    body: type[Body] = Body,
    query: type[Query] = Query,
    is_keyed: bool = False,
) -> Callable[[Method], Method]:
    """State what the decorated method reads and answers.

    `is_keyed`: a repeat with the same `Idempotency-Key` is harmless.
    """

    def state(method: Method) -> Method:
        method.operation = Operation(returns, body, query, is_keyed)  # type: ignore[attr-defined]
        return method

    return state
