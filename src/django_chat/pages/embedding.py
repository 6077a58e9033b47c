"""What the template tags write into a page of the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import conversation_for_reader, inbox_totals
from django_chat.groups.references import sign_reference
from django_chat.ids import parse_uuid
from django_chat.pages.client_config import CONFIG_ID, client_config
from django_chat.pages.entrance import reader_of
from django_chat.pages.forms import SendForm
from django_chat.pages.headings import days_of, heading
from django_chat.pages.lists import conversation_list
from django_chat.tenancy.actor import Actor

__all__ = ["as_list", "render", "unread"]

_LATEST = 20
Parts = dict[str, Any]


def as_list(people: Any) -> list[Any]:
    """Return several people as a list; a template may as well name one."""
    if isinstance(people, Sequence):
        return list(people)
    return [people] if hasattr(people, "pk") else list(people)


def unread(request: HttpRequest) -> int:
    """Return how many messages the reader has not read; 0 for who is not logged in.

    All tags of a page ask once.
    """
    known = request.__dict__
    if "_django_chat_unread" not in known:
        actor = _reader(request)
        total = 0 if actor is None else inbox_totals(actor)["unread"]
        known["_django_chat_unread"] = total
    found: int = known["_django_chat_unread"]
    return found


def render(
    request: HttpRequest,
    name: str,
    *,
    nonce: str,
    attributes: Mapping[str, Any] | None = None,
    **values: Any,
) -> SafeString:
    """Return the element `name`, after the scripts that it needs if nothing wrote them.

    `attributes` go to the element as they are: True is one without a value, None and
    False are none.
    """
    actor = _reader(request)
    context = {
        "actor": actor,
        "attributes": _attributes(attributes or {}),
        **_PARTS[name](request, actor, **values),
    }
    element = render_to_string(f"django_chat/embed/{name}.html", context, request)
    is_light = name in _LIGHT
    # Who may not chat loads nothing for it, and gets no cookie on a public page.
    if not is_light or (actor is not None and element.strip()):
        element = (
            _assets(request, actor, "widget" if is_light else "ui", nonce) + element
        )
    return mark_safe(element.strip())  # noqa: S308 (all of it is rendered)


def _reader(request: HttpRequest) -> Actor | None:
    """Return who looks at the page, if he may use the chat here; found out once."""
    known = request.__dict__
    if "_django_chat_reader" not in known:
        known["_django_chat_reader"] = _find_reader(request)
    found: Actor | None = known["_django_chat_reader"]
    return found


def _find_reader(request: HttpRequest) -> Actor | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    try:
        return reader_of(request)
    except PermissionDenied:
        return None


def _attributes(given: Mapping[str, Any]) -> SafeString:
    return format_html_join(
        "",
        '{}{}="{}"',
        (
            (" ", key.replace("_", "-"), "" if value is True else value)
            for key, value in given.items()
            if value is not None and value is not False
        ),
    )


def _assets(
    request: HttpRequest, actor: Actor | None, script: str, nonce: str
) -> SafeString:
    """Return what the page lacks: the configuration once, and each script once."""
    written: set[str] = request.__dict__.setdefault("_django_chat_written", set())
    lacks = {"config", script} - written
    written |= lacks
    if not lacks:
        return SafeString()
    context = {
        "config": client_config(request, actor) if "config" in lacks else None,
        "config_id": CONFIG_ID,
        "script": f"django_chat/{script}.js" if script in lacks else "",
        "nonce": nonce,
    }
    return render_to_string("django_chat/embed/scripts.html", context, request)


def _nothing(request: HttpRequest, actor: Actor | None) -> Parts:
    return {}


def _inbox(request: HttpRequest, actor: Actor | None) -> Parts:
    return {} if actor is None else {"list": conversation_list(actor)}


def _thread(request: HttpRequest, actor: Actor | None, conversation: Any) -> Parts:
    key = parse_uuid(str(conversation))
    if actor is None or key is None:
        return {"key": conversation}
    return {"key": conversation, **_messages(actor, key)}


def _messages(actor: Actor, key: UUID) -> Parts:
    """Return the newest messages and a form; nothing of what is not the reader's."""
    try:
        found = conversation_for_reader(actor, key)
        shown = history_page(actor=actor, conversation_id=key, limit=_LATEST)
    except ChatError:
        return {}
    return {
        **heading(actor, found),
        "days": days_of(found, shown, reader_id=actor.id),
        "form": SendForm(),
    }


def _with(
    request: HttpRequest,
    actor: Actor | None,
    members: Sequence[Any],
    about: Any = None,
    title: str = "",
    label: str = "",
) -> Parts:
    if actor is None or (about is None and _is_only(actor, members)):
        return {"label": label}
    reference = sign_reference(
        about, members, title, user=actor.user, tenant=actor.tenant
    )
    return {"reference": reference, "label": label}


def _is_only(actor: Actor, members: Sequence[Any]) -> bool:
    """Would he talk to himself, as on the page of his own profile?"""
    return all(member.pk == actor.user.pk for member in members)


def _counted(request: HttpRequest, actor: Actor | None) -> Parts:
    return {"unread": unread(request)}


def _widget(request: HttpRequest, actor: Actor | None) -> Parts:
    match = request.resolver_match
    # Those pages are the chat, and may well have the host's base template.
    is_here = match is not None and "django_chat" in match.app_names
    return {"is_here": True} if is_here else _counted(request, actor)


_LIGHT = {"badge", "button", "widget"}
_PARTS: dict[str, Callable[..., Parts]] = {
    "assets": _nothing,
    "badge": _counted,
    "button": _with,
    "inbox": _inbox,
    "thread": _thread,
    "widget": _widget,
    "with": _with,
}
