"""Facts that a host may listen to. Sent after commit; a receiver cannot veto.

Each is sent with `send_robust`: a receiver that raises is logged and harms nobody.
The sender is the model class named first; `actor` is the user who did it, or None.
"""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import Signal

__all__ = [
    "announce",
    "conversation_created",
    "conversation_read",
    "member_joined",
    "member_left",
    "message_deleted",
    "message_edited",
    "message_sent",
    "reaction_changed",
    "user_blocked",
    "user_unblocked",
]

logger = logging.getLogger("django_chat.signals")

message_sent = Signal()
"""Arguments: `message`, `conversation`, `actor`."""
message_edited = Signal()
"""Arguments: `message`, `conversation`, `actor`."""
message_deleted = Signal()
"""Arguments: `message`, `conversation`, `actor`; the content is already gone."""
reaction_changed = Signal()
"""Arguments: `message`, `conversation`, `actor`, `emoji`, `op` (add or remove)."""
conversation_created = Signal()
"""Arguments: `conversation`, `actor`."""
member_joined = Signal()
"""Arguments: `conversation`, `participant`, `actor`."""
member_left = Signal()
"""Arguments: `conversation`, `participant`, `actor`; `actor` is who removed, or left."""
conversation_read = Signal()
"""Arguments: `conversation`, `participant`, `actor`, `up_to_seq`."""
user_blocked = Signal()
"""Arguments: `blocker`, `blocked`, `tenant`."""
user_unblocked = Signal()
"""Arguments: `blocker`, `blocked`, `tenant`."""


def announce(signal: Signal, sender: type, **arguments: Any) -> None:
    """Send `signal` to every receiver and log, never raise, what they raise."""
    if not signal.has_listeners(sender):
        return
    for receiver, outcome in signal.send_robust(sender=sender, **arguments):
        if isinstance(outcome, Exception):
            logger.error(
                "A receiver failed: %r",
                receiver,
                exc_info=(type(outcome), outcome, outcome.__traceback__),
            )
