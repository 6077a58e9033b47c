"""The list of conversations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from django_chat.ids import parse_uuid
from django_chat.pages.entrance import answer, page
from django_chat.pages.lists import conversation_list
from django_chat.tenancy.actor import Actor

__all__ = ["inbox"]


@page
@require_safe
def inbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show one's conversations, newest first; `?after=` is where a page starts."""
    listed = conversation_list(
        actor,
        archived=request.GET.get("show") == "archived",
        after=parse_uuid(request.GET.get("after")),
    )
    return answer(request, actor, "inbox.html", {"list": listed})
