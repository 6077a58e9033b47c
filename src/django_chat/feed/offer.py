"""What the server offers and how much of it: told by `welcome` and by `config/`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix

from django_chat.conf import chat_settings
from django_chat.feed.changes import GAP
from django_chat.timeline.models import TITLE_MAX

__all__ = [
    "FEATURES",
    "FRAME_MAX",
    "MENTIONS_MAX",
    "PAGE_MAX",
    "SUBSCRIPTIONS_MAX",
    "limits",
    "serves_sockets",
    "socket_path",
]

FEATURES = ("delivery", "edit", "presence", "reactions", "reply", "typing")
FRAME_MAX = 160 * 1024
"""Bytes of a frame: 10,000 code points of the widest kind, escaped, and an envelope."""
SUBSCRIPTIONS_MAX = 20
MENTIONS_MAX = 50
PAGE_MAX = 100


def limits() -> dict[str, Any]:
    """Return the numbers that clients go by instead of their own."""
    settings = chat_settings
    return {
        "text_max": settings.MESSAGE_MAX_LENGTH,
        "title_max": TITLE_MAX,
        "frame_max": FRAME_MAX,
        "inline_file_max": 0,
        "file_max": 0,
        "files_per_message": 0,
        "client_id_max": 64,
        "mentions_max": MENTIONS_MAX,
        "page_max": PAGE_MAX,
        "subscriptions_max": SUBSCRIPTIONS_MAX,
        "connections_max": settings.MAX_CONNECTIONS_PER_USER,
        "send_rate": settings.SEND_RATE,
        "send_burst": settings.SEND_BURST,
        "replay_max": GAP,
        "group_max": settings.GROUP_MAX_MEMBERS,
        "group_min_others": settings.GROUP_MIN_OTHERS,
        "edit_window_s": settings.EDIT_WINDOW_SECONDS,
        "reaction_max": settings.REACTIONS_PER_MESSAGE,
    }


def socket_path() -> str:
    """Return the path of the multiplexed socket, below where the host is mounted."""
    return get_script_prefix().rstrip("/") + chat_settings.WEBSOCKET_PATH


def serves_sockets(request: HttpRequest) -> bool:
    """Tell whether the process of this request serves sockets; else clients poll."""
    # A request that came by WSGI is of a process that has none.
    return chat_settings.WEBSOCKETS and hasattr(request, "scope")
