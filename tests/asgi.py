"""ASGI entry point of the test project."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django_application = get_asgi_application()

from django_chat.asgi import with_chat  # noqa: E402 (needs the apps to be loaded)

application = with_chat(django_application)
