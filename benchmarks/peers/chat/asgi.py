"""ASGI entry point of the chat's server."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from django_chat.asgi import with_chat  # noqa: E402 (needs the apps to be loaded)

application = with_chat(django_application)
