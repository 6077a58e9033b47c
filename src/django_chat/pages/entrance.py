"""What every page does first and last: who asks, how he is answered, how refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.limits import check_rate
from django_chat.pages.lists import conversation_list
from django_chat.pages.wording import error_sentence
from django_chat.tenancy.actor import Actor, actor_for
from django_chat.tenancy.resolvers import tenant_resolver

__all__ = ["answer", "page", "rate_key", "reader_of"]

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Make a function of `(request, actor, ...)` a view for people who are logged in.

    A `ChatError` becomes a page that says what is wrong, with the error's status.
    """

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = reader_of(request)
        try:
            check_rate("request", rate_key(actor))
            return view(request, actor, *args, **kwargs)
        except ChatError as error:
            refusal = {"refusal": error_sentence(error)}
            return answer(request, actor, "refused.html", refusal, status=error.status)

    # Never cached: "Back" after logging out must not show what was said.
    protected = never_cache(csrf_protect(login_required(entered)))
    for alias in connections:
        # A transaction around the request would hold a conversation's lock as long.
        protected = transaction.non_atomic_requests(using=alias)(protected)
    return protected


def reader_of(request: HttpRequest) -> Actor:
    """Return who asks, in the tenant he asks in; strangers there are turned away."""
    resolver = tenant_resolver()
    tenant = resolver.for_request(request)
    try:
        actor = actor_for(request.user, tenant=tenant)
    except ChatError as error:
        raise PermissionDenied from error
    if not resolver.allows(actor.user, tenant):
        raise PermissionDenied
    return actor


def rate_key(actor: Actor) -> str:
    """Return the name under which the limiter counts what `actor` does."""
    return f"{actor.tenant}:{actor.id}"


def answer(
    request: HttpRequest,
    actor: Actor,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page with the list of conversations at its side."""
    if "list" not in context:
        context["list"] = conversation_list(actor)
    return render(
        request,
        f"django_chat/{template}",
        # The tags need the request, whatever context processors the host has.
        {**context, "request": request, "chat_base": chat_settings.BASE_TEMPLATE},
        status=status,
    )
