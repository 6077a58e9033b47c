"""Opening what a page of the host has signed, without JavaScript."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from django_chat.groups.services.opening import open_reference
from django_chat.pages.entrance import page
from django_chat.tenancy.actor import Actor

__all__ = ["open_conversation"]


@page
@require_POST
def open_conversation(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Open the conversation that a reference stands for, and go there."""
    reference = request.POST.get("about", "")
    conversation, _ = open_reference(actor=actor, reference=reference)
    return redirect("django_chat:conversation", conversation.pk)
