"""The ASGI application: the shop, with the chat's sockets in front of it."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
shop = get_asgi_application()

from django_chat.asgi import with_chat  # noqa: E402 (needs the apps to be loaded)

# The demo serves its own static files; a real site leaves that to its web server.
application = with_chat(ASGIStaticFilesHandler(shop))
