"""What the elements of a page need to begin, as one JSON script that is not executed.

It holds no secret and no login: only addresses, limits, texts, and who the reader is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi

from django_chat.conf import chat_settings
from django_chat.feed.offer import FEATURES, limits, serves_sockets, socket_path
from django_chat.pages.catalog import catalog
from django_chat.people.presenters import presenter
from django_chat.tenancy.actor import Actor

__all__ = ["CONFIG_ID", "client_config"]

CONFIG_ID = "django-chat-config"
_EMOJI_LANGUAGES = ("de", "en", "es", "fr")
_ANY = "00000000-0000-0000-0000-000000000000"


def client_config(request: HttpRequest, actor: Actor | None) -> dict[str, Any]:
    """Return the configuration for `actor`; None is somebody who is not logged in."""
    language = get_language() or "en"
    return {
        "user": None if actor is None else presenter().card(actor.user),
        "user_key": "" if actor is None else f"{actor.tenant}:{actor.id}",
        "api_url": reverse("django_chat:django_chat_api:config").removesuffix(
            "config/"
        ),
        "ws_url": socket_path() if serves_sockets(request) else None,
        "login_url": _login_url(request),
        "pages": {
            "inbox": reverse("django_chat:inbox"),
            # The client puts the id in the place of the one that nothing has.
            "conversation": reverse("django_chat:conversation", args=[_ANY]).replace(
                _ANY, "{id}"
            ),
        },
        "assets": _assets(language),
        "csrf": _csrf(request),
        "locale": language,
        "dir": "rtl" if get_language_bidi() else "ltr",
        "limits": limits(),
        "features": list(FEATURES),
        "ping_interval_ms": int(chat_settings.PING_SECONDS * 1000),
        "poll_interval_ms": int(chat_settings.POLL_SECONDS * 1000),
        **catalog(),
    }


def _assets(language: str) -> dict[str, str]:
    """Return what elements load when they need it; the names of emoji in a few languages."""
    spoken = language.split("-")[0]
    names = spoken if spoken in _EMOJI_LANGUAGES else "en"
    return {
        "ui": static("django_chat/ui.js"),
        "extra": static("django_chat/ui-extra.js"),
        "emoji": static(f"django_chat/emoji-{names}.json"),
    }


def _login_url(request: HttpRequest) -> str:
    query = urlencode({"next": request.get_full_path()})
    return f"{resolve_url(settings.LOGIN_URL)}?{query}"


def _csrf(request: HttpRequest) -> dict[str, str]:
    """Return how to prove that a request comes from a page of this site."""
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    found = {"header": header, "cookie": settings.CSRF_COOKIE_NAME}
    token = get_token(request)  # also lets the response set the cookie
    if settings.CSRF_USE_SESSIONS or settings.CSRF_COOKIE_HTTPONLY:
        found["token"] = token
    return found
