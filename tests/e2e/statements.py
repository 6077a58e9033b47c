"""How many statements an answer took, as a header of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

__all__ = ["HEADER", "count_statements"]

HEADER = "x-statements"


def count_statements(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Count what a request asks the database for."""

    def counted(request: HttpRequest) -> HttpResponse:
        count = 0

        def run(execute: Callable[..., Any], *statement: Any) -> Any:
            nonlocal count
            count += 1
            return execute(*statement)

        with connection.execute_wrapper(run):
            response = get_response(request)
        response.headers[HEADER] = str(count)
        return response

    return counted
