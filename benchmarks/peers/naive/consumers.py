"""One consumer for each socket, one round trip for each thing a message needs."""

from __future__ import annotations

import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from benchmarks.peers.naive.models import Message, Room

__all__ = ["RoomConsumer"]


class RoomConsumer(AsyncWebsocketConsumer):
    """Passes what a member says to every other socket in the room."""

    async def connect(self) -> None:
        self.user = self.scope["user"]
        self.room_id = self.scope["url_route"]["kwargs"]["room_id"]
        if not await self._is_member():
            await self.close(code=4003)
            return
        self.group = f"room_{self.room_id}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        frame = json.loads(text_data or "{}")
        content = str(frame.get("content", "")).strip()
        if frame.get("type") != "send_message" or not content:
            await self.send(json.dumps({"type": "error", "message": "Empty message"}))
            return
        message = await self._store(content)
        await self.channel_layer.group_send(
            self.group,
            {
                "type": "room.message",
                "id": str(message.pk),
                "room": str(self.room_id),
                "sender": self.user.username,
                "content": message.content,
                "is_read": message.is_read,
                "sent_at": message.sent_at.isoformat(),
            },
        )

    async def room_message(self, event: dict[str, Any]) -> None:
        """Write the message to this socket."""
        await self.send(json.dumps({**event, "type": "message"}))

    @database_sync_to_async
    def _is_member(self) -> bool:
        if not self.user.is_authenticated:
            return False
        return Room.objects.filter(pk=self.room_id, members=self.user).exists()

    @database_sync_to_async
    def _store(self, content: str) -> Message:
        room = Room.objects.get(pk=self.room_id)
        message = Message.objects.create(room=room, sender=self.user, content=content)
        room.last_message = content[:200]
        room.last_message_at = message.sent_at
        room.save()
        return message
