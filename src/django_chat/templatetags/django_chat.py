"""`{% load django_chat %}`: the chat in any page of the host.

Each tag renders an element with something useful inside: what a browser without
JavaScript shows, and what everybody sees until the element is there. The scripts and the
configuration that elements need are written once per page, by the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context
from django.utils.safestring import SafeString

from django_chat.pages import embedding

__all__ = ["register"]

register = template.Library()


def _request(context: Context) -> HttpRequest:
    request = context.get("request") or getattr(context, "request", None)
    if request is None:
        raise ImproperlyConfigured(
            "The tags of django_chat need the request: render the template with it."
        )
    found: HttpRequest = request
    return found


def _render(context: Context, name: str, **values: Any) -> SafeString:
    nonce = str(context.get("csp_nonce") or "")
    return embedding.render(_request(context), name, nonce=nonce, **values)


@register.simple_tag(takes_context=True)
def chat_assets(context: Context) -> SafeString:
    """Write the scripts and the configuration here; else the first tag does."""
    return _render(context, "assets")


@register.simple_tag(takes_context=True)
def chat_inbox(context: Context, **attributes: Any) -> SafeString:
    """Show the whole chat: the list of conversations and the one that is open."""
    return _render(context, "inbox", attributes=attributes)


@register.simple_tag(takes_context=True)
def chat_thread(context: Context, conversation: Any, **attributes: Any) -> SafeString:
    """Show one conversation: a `Conversation` or its id."""
    key = getattr(conversation, "pk", conversation)
    return _render(context, "thread", conversation=key, attributes=attributes)


@register.simple_tag(takes_context=True)
def chat_with(context: Context, user: Any, **attributes: Any) -> SafeString:
    """Show the direct conversation with `user`, made when the first message is sent."""
    return _render(context, "with", members=[user], attributes=attributes)


@register.simple_tag(takes_context=True)
def chat_about(
    context: Context,
    about: Any,
    members: Sequence[Any] | Any = (),
    title: str = "",
    **attributes: Any,
) -> SafeString:
    """Show the conversation of the reader and `members` about an object of the site."""
    return _render(
        context,
        "with",
        about=about,
        members=embedding.as_list(members),
        title=title,
        attributes=attributes,
    )


@register.simple_tag(takes_context=True)
def chat_button(
    context: Context,
    user: Any = None,
    label: str = "",
    about: Any = None,
    members: Sequence[Any] | Any = (),
    title: str = "",
    **attributes: Any,
) -> SafeString:
    """Offer a button that opens the chat with `user`, or about an object."""
    people = [user] if user is not None else embedding.as_list(members)
    return _render(
        context,
        "button",
        about=about,
        members=people,
        title=title,
        label=label,
        attributes=attributes,
    )


@register.simple_tag(takes_context=True)
def chat_widget(context: Context, **attributes: Any) -> SafeString:
    """Put a button into the corner of the page that opens the chat."""
    return _render(context, "widget", attributes=attributes)


@register.simple_tag(takes_context=True)
def chat_badge(context: Context, **attributes: Any) -> SafeString:
    """Show how many messages are unread, and keep the number right."""
    return _render(context, "badge", attributes=attributes)


@register.simple_tag(takes_context=True)
def chat_unread(context: Context) -> int:
    """Return how many messages are unread: `{% chat_unread as unread %}`."""
    return embedding.unread(_request(context))
