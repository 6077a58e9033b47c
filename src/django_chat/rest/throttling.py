"""Throttles that ask the chat's own limiter: one bucket per user over all doors."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from django_chat.limits import check_rate

__all__ = ["RequestThrottle", "SendThrottle"]


class RequestThrottle(BaseThrottle):
    """Counts every request of a user; raises `rate_limited`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        check_rate("request", f"{view.actor.tenant}:{view.actor.id}")
        return True


class SendThrottle(BaseThrottle):
    """Counts messages sent, repeats of one included; raises `rate_limited`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method == "POST":
            check_rate("send", f"{view.actor.tenant}:{view.actor.id}")
        return True
