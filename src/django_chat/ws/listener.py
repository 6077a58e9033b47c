"""A socket in a room: how far it has come, and in which order it hears the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_chat.feed.variants import Reader, Rendering, Variant, variant_for
from django_chat.realtime.events import ConversationEvent

if TYPE_CHECKING:
    from django_chat.ws.socket import Socket

__all__ = ["Listener", "send"]


@dataclass(slots=True, eq=False)
class Listener:
    """A socket in a room. Without `subscribed` it gets hints instead of frames."""

    socket: Socket
    conversation_id: str
    reader: Reader
    # False until the database has said so: a stranger who asks is told nothing.
    is_member: bool = False
    subscribed: bool = False
    rev: int = 0
    # Between the snapshot and its end, live events are kept back; a number stands for
    # a heal that ended there.
    held: list[ConversationEvent | int] | None = None
    # What came after this number is in `held`, without holes; what came before may not be.
    held_from: int = 0

    def hold(self, rev: int) -> None:
        """Keep back what comes from now on, when the room stands at `rev`."""
        self.held, self.held_from = [], rev

    def catch_up(self, rev: int) -> None:
        """Say that everything up to `rev` has been sent; holes below it are none."""
        if self.held is not None:
            self.held.append(rev)
        elif rev >= self.rev:
            self.rev = rev
            self.socket.send_frame(
                {
                    "type": "caught_up",
                    "conversation_id": str(self.conversation_id),
                    "rev": rev,
                }
            )

    def reset(self, rev: int) -> None:
        """Say that more was missed than is replayed: the client loads anew."""
        self.rev = rev
        self.socket.send_frame(
            {
                "type": "reset",
                "conversation_id": self.conversation_id,
                "reason": "horizon",
            }
        )

    def go_live(self, rev: int) -> None:
        """End the replay at `rev`, then send what was kept back meanwhile."""
        self.rev, held = 0, self._release()
        self.catch_up(rev)
        self._send_held(held)

    def give_up(self, rev: int, head: int) -> None:
        """End the replay at `rev`, and let the client load anew what follows, to `head`."""
        self.rev = 0
        self._release()
        self.catch_up(rev)
        self.reset(head)

    def go_on(self, *, subscribed: bool) -> None:
        """Be again as before a new subscription that did not come about."""
        held = self._release()
        self.subscribed = subscribed
        if subscribed:
            if self.held_from > self.rev:
                self.reset(self.held_from)
            self._send_held(held)

    def _release(self) -> list[ConversationEvent | int]:
        held, self.held = self.held or [], None
        return held

    def _send_held(self, held: list[ConversationEvent | int]) -> None:
        for item in held:
            if isinstance(item, int):
                if item > self.rev:
                    self.catch_up(item)
            elif item.rev is None or item.rev > self.rev:
                send(self, Rendering(item))


def send(listener: Listener, rendering: Rendering) -> bool:
    """Send the variant that this reader gets, if any, and move his cursor."""
    event = rendering.event
    if event.rev is not None:
        listener.rev = event.rev
    variant = variant_for(event, listener.reader)
    if variant is Variant.NOTHING:
        return False
    listener.socket.send_text(rendering.text(variant))
    return True
