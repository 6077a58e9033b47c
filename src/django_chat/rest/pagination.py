"""Pages of lists that stay whole however much arrives between two requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from django_chat.exceptions import ChatError
from django_chat.feed.offer import PAGE_MAX

__all__ = ["CursorPage", "cursor_page", "first_page"]

_SALT = "django_chat.rest.cursor"


@dataclass(frozen=True, slots=True)
class _Key:
    """One column of an order."""

    path: str
    is_descending: bool

    def value(self, row: Any) -> str:
        for name in self.path.split("__"):
            row = getattr(row, name)
        return str(row)

    def beyond(self, value: Any, *, backward: bool, or_at: bool = False) -> Q:
        operator = "lt" if self.is_descending != backward else "gt"
        operator += "e" if or_at else ""
        return Q(**{f"{self.path}__{operator}": value})


@dataclass(slots=True)
class CursorPage:
    """Rows in their order, and the addresses of the pages on either side."""

    rows: list[Any]
    next: str | None
    previous: str | None

    def body(self, payload: Callable[[Any], Any]) -> dict[str, Any]:
        """Return the REST body with `payload` of each row."""
        return self.with_results([payload(row) for row in self.rows])

    def with_results(self, results: Sequence[Any]) -> dict[str, Any]:
        """Return the REST body around ready results."""
        return {"results": results, "next": self.next, "previous": self.previous}


def cursor_page(
    request: Request, query: dict[str, Any], rows: QuerySet[Any], *order: str
) -> CursorPage:
    """Return the page of `rows` that `query` asks for, in `order`.

    `order` must tell any two rows apart. The cursor names the row at the edge of a
    page by its place in the order, not by how many come before it. It is signed: its
    values reach the database. Raises `invalid_payload`.
    """
    keys = _keys(order)
    limit = min(query["limit"], PAGE_MAX)
    cursor = query.get("cursor")
    backward = False
    if cursor is not None:
        backward, values = _read(cursor, rows, keys)
        rows = rows.filter(_beyond(keys, values, backward=backward))
    signs = ("-" if key.is_descending != backward else "" for key in keys)
    ordered = rows.order_by(*(s + k.path for s, k in zip(signs, keys, strict=True)))
    found = list(ordered[: limit + 1])
    is_first = cursor is None
    return _page(request, keys, found, limit, is_first=is_first, backward=backward)


def first_page(
    request: Request, found: list[Any], limit: int, *order: str
) -> CursorPage:
    """Return the page of the first `limit` rows of those found, which are one more.

    It goes on where `cursor_page` does, if that is given the same `order`.
    """
    return _page(request, _keys(order), found, limit, is_first=True, backward=False)


def _keys(order: Sequence[str]) -> list[_Key]:
    return [_Key(name.removeprefix("-"), name.startswith("-")) for name in order]


def _page(
    request: Request,
    keys: Sequence[_Key],
    found: list[Any],
    limit: int,
    *,
    is_first: bool,
    backward: bool,
) -> CursorPage:
    has_more, found = len(found) > limit, found[:limit]
    if backward:
        found.reverse()
    # A page reached by a cursor has the row of the cursor on its other side.
    has_next = has_more if not backward else True
    has_previous = has_more if backward else not is_first
    return CursorPage(
        rows=found,
        next=_address(request, keys, found[-1:], backward=False) if has_next else None,
        previous=(
            _address(request, keys, found[:1], backward=True) if has_previous else None
        ),
    )


def _beyond(keys: Sequence[_Key], values: Sequence[Any], *, backward: bool) -> Q:
    """Return the condition that a row comes after these values in the order."""
    condition = keys[-1].beyond(values[-1], backward=backward)
    for key, value in reversed(list(zip(keys[:-1], values[:-1], strict=True))):
        beyond = key.beyond(value, backward=backward)
        condition = beyond | (Q(**{key.path: value}) & condition)
    # Said once more without an "or", for the index to begin at the cursor.
    return keys[0].beyond(values[0], backward=backward, or_at=True) & condition


def _address(
    request: Request, keys: Sequence[_Key], edge: Sequence[Any], *, backward: bool
) -> str | None:
    here = request.build_absolute_uri()
    if not edge:
        # Everything beyond the cursor is gone: begin again.
        return remove_query_param(here, "cursor")
    values = [int(backward), *(key.value(edge[0]) for key in keys)]
    cursor = signing.Signer(salt=_SALT).sign_object(values)
    return replace_query_param(here, "cursor", cursor)


def _read(
    cursor: str, rows: QuerySet[Any], keys: Sequence[_Key]
) -> tuple[bool, list[Any]]:
    try:
        backward, *texts = signing.Signer(salt=_SALT).unsign_object(cursor)
        fields = [_field(rows, key.path) for key in keys]
        pairs = zip(fields, texts, strict=True)
        return bool(backward), [field.to_python(text) for field, text in pairs]
    except (signing.BadSignature, ValueError, ValidationError) as error:
        raise ChatError("invalid_payload", field="cursor") from error


def _field(rows: QuerySet[Any], path: str) -> Any:
    model: Any = rows.model
    field: Any = None
    for name in path.split("__"):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = field.related_model
    return field
