"""The socket's own loop: connect, read frames, disconnect. Rules live elsewhere.

A host may subclass `ChatConsumer` and route to it. It owns no channel of the layer (the
hub has one for all) and leaves out what Channels does for every event of every socket:
a trip through a thread to look after database connections it does not have.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.utils import timezone

from django_chat import metrics
from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.feed.offer import FEATURES, limits
from django_chat.ids import parse_uuid
from django_chat.limits import TokenBucket
from django_chat.people.presenters import presenter
from django_chat.presence.services import show_typing
from django_chat.timeline.wiretime import wire_time
from django_chat.ws.authentication import (
    Login,
    authenticate,
    login_by_ticket,
    login_by_token,
)
from django_chat.ws.commands import COMMANDS, Request
from django_chat.ws.database import in_database
from django_chat.ws.frames import Fields, given_back, read_frame, unread
from django_chat.ws.hub import Hub, hub
from django_chat.ws.socket import CLOSE_CODES, Socket

__all__ = ["ChatConsumer"]

logger = logging.getLogger("django_chat.ws")

PROTOCOL = "django-chat.v1"
FIRST_FRAME_SECONDS = 10
_ABUSE_SECONDS = 60.0
_REFUSED_MAX = 100
_MALFORMED_MAX = 10
# A client may close with any number; these are told apart when they are counted.
_COUNTED_CODES = {1000, 1001, 1005, 1006, 1009, 1011, 1012, *CLOSE_CODES.values()}


class ChatConsumer(AsyncConsumer):
    """Serves one client; with a `conversation_id` in its route, one conversation."""

    channel_layer_alias: ClassVar[Any] = None
    commands = COMMANDS

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection; leave nothing behind however it ends."""
        key = scope.get("url_route", {}).get("kwargs", {}).get("conversation_id")
        offered = [
            name
            for name in scope.get("subprotocols", ())
            if name.startswith("django-chat.")
        ]
        # A browser fails a handshake that offered protocols and was granted none, and
        # would never learn why: an unknown version is granted, then refused.
        self._granted = PROTOCOL if PROTOCOL in offered else next(iter(offered), None)
        self._conversation_key: str | None = key
        self.hub: Hub = hub()
        self.socket = Socket(
            send,
            mode="multi" if key is None else "single",
            speaks_v1=self._granted == PROTOCOL,
        )
        self._bucket = TokenBucket(float(chat_settings.FRAME_BURST), time.monotonic())
        # Not deques: an empty one takes half a kilobyte, in each idle connection.
        self._refused: list[float] = []
        self._malformed: list[float] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._left_with: int | None = None
        self.scope, self.base_send = scope, send
        try:
            # Channels' own loop spends two tasks on each frame to hear a layer as well.
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            for timer in self._timers:
                timer.cancel()
            self._count_end(self.socket)
            await asyncio.shield(self._leave(self.socket))

    def _count_end(self, socket: Socket) -> None:
        if not socket.is_welcome:
            reason = socket.failed_with or "left"
            metrics.CONNECTIONS_REFUSED.labels(reason).inc()
            return
        code = socket.closed_with or self._left_with
        counted = str(code) if code in _COUNTED_CODES else "other"
        metrics.CONNECTIONS_OPEN.dec()
        metrics.CONNECTIONS_CLOSED.labels(counted).inc()

    async def dispatch(self, message: Any) -> None:
        """Handle one event of the server."""
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.receive":
                await self._receive(message.get("text"))
            case "websocket.disconnect":
                self._left_with = message.get("code")
                raise StopConsumer

    async def _connect(self) -> None:
        accept: Any = {"type": "websocket.accept", "subprotocol": self._granted}
        await self.base_send(accept)
        if self._granted not in (None, PROTOCOL):
            self.socket.fail(ChatError("unsupported_version"))
            return
        try:
            login = await in_database(authenticate, self.scope)
        except ChatError as error:
            if error.code == "not_authenticated" and chat_settings.WS_FIRST_FRAME_AUTH:
                self._await_first_frame()
            else:
                self.socket.fail(error)
            return
        await self._begin(login)

    def _await_first_frame(self) -> None:
        deadline_ms = FIRST_FRAME_SECONDS * 1000
        self.socket.send_frame({"type": "auth_required", "deadline_ms": deadline_ms})
        self._timers.append(
            asyncio.get_running_loop().call_later(
                FIRST_FRAME_SECONDS, self._give_up_waiting
            )
        )

    def _give_up_waiting(self) -> None:
        if not self.socket.is_authenticated:
            self.socket.fail(ChatError("not_authenticated"))

    async def _begin(self, login: Login) -> None:
        """Welcome an authenticated client; on a single socket, subscribe it."""
        socket = self.socket
        socket.login = login
        key = self._conversation_key
        conversation_id = None if key is None else parse_uuid(key)
        if key is not None and conversation_id is None:
            socket.fail(ChatError("not_found"))
            return
        if conversation_id is not None:
            # As our own frames write it, so that clients may repeat it.
            self._conversation_key = str(conversation_id)
        try:
            epoch = await self.hub.heart.know_epoch()
            self._expire_at(login.expires_at)
            if conversation_id is None:
                welcome = self._welcome(login, epoch)
                await self.hub.connect_to_inbox(socket, welcome)
            else:
                self.hub.connect(socket)
                await self._begin_single(login, epoch, conversation_id)
        except ChatError as error:
            socket.fail(error, conversation_id=key)

    async def _begin_single(
        self, login: Login, epoch: str, conversation_id: UUID
    ) -> None:
        after, bad_after = self._after()
        before = self._welcome(login, epoch)
        try:
            await self.hub.subscribe(
                self.socket, conversation_id, after, welcome=before
            )
        except ChatError as error:
            # One answer for "not yours" and "not there".
            code = "not_participant" if error.code == "not_found" else error.code
            raise ChatError(code) from error
        if bad_after:
            self.socket.send_error(ChatError("invalid_payload", field="after"))

    def _after(self) -> tuple[int | None, bool]:
        """Read `?after=`; return it and whether it was unreadable."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if name == "after" and value:
                is_number = value.isascii() and value.isdigit() and len(value) < 16
                return (int(value), False) if is_number else (None, True)
        return None, False

    def _welcome(self, login: Login, epoch: str) -> dict[str, Any]:
        expires_at = wire_time(login.expires_at) if login.expires_at else None
        return {
            "type": "welcome",
            "v": 1,
            "mode": self.socket.mode,
            "connection_id": self.socket.id,
            "epoch": epoch,
            "server_time": wire_time(timezone.now()),
            "ping_interval_ms": int(chat_settings.PING_SECONDS * 1000),
            "user": presenter().card(login.actor.user),
            "auth": {"expires_at": expires_at},
            "limits": limits(),
            "features": list(FEATURES),
            "deprecations": [],
        }

    def _expire_at(self, expires_at: datetime | None) -> None:
        if expires_at is None:
            return
        seconds = max(0.0, (expires_at - timezone.now()).total_seconds())
        self._timers.append(
            asyncio.get_running_loop().call_later(seconds, self._expire, expires_at)
        )

    def _expire(self, expires_at: datetime) -> None:
        socket = self.socket
        if socket.login.expires_at == expires_at:  # not renewed meanwhile
            socket.fail(ChatError("token_expired"))

    async def _receive(self, text: str | None) -> None:
        """Answer one frame; whatever it holds, the connection lives on."""
        socket = self.socket
        if socket.is_closing:
            return
        socket.heard()
        try:
            frame = read_frame(text)
        except ChatError as error:
            told = {} if error.code == "frame_too_large" else unread(text)
            socket.send_error(error, **told)
            self._count_abuse(self._malformed, _MALFORMED_MAX)
            return
        told = given_back(frame)
        try:
            self._limit_frames(frame["type"])
            for name in ("ref", "client_id"):
                if frame.get(name) is not None and name not in told:
                    raise ChatError("invalid_payload", field=name)
            await self._obey(frame, told.get("ref"))
        except ChatError as error:
            socket.send_error(error, **told)
            if error.code == "rate_limited":
                self._count_abuse(self._refused, _REFUSED_MAX)
        except Exception:
            logger.exception("A %s frame failed", frame["type"][:40])
            socket.send_error(ChatError("server_error"), **told)

    def _limit_frames(self, kind: str) -> None:
        if kind == "pong":
            return
        wait = self._bucket.take(
            rate=chat_settings.FRAME_RATE,
            burst=chat_settings.FRAME_BURST,
            cost=1,
            now=time.monotonic(),
        )
        if wait:
            metrics.RATE_LIMITED.labels("frame").inc()
            raise ChatError("rate_limited", retry_after_ms=wait)

    def _count_abuse(self, times: list[float], most: int) -> None:
        now = time.monotonic()
        times[:] = [t for t in times if t >= now - _ABUSE_SECONDS]
        times.append(now)
        if len(times) >= most:
            self.socket.fail(ChatError("rate_limited", retry_after_ms=30_000))

    async def _obey(self, frame: dict[str, Any], ref: str | None) -> None:
        socket = self.socket
        if frame["type"] == "auth":
            await self._authenticate(frame, ref)
            return
        if not socket.is_authenticated:
            raise ChatError("not_authenticated")
        handler = self.commands.get(frame["type"])
        if handler is None:
            raise ChatError("unknown_type", field="type")
        request = Request(self.hub, socket, Fields(frame), ref, self._conversation_key)
        result = await handler(request)
        client_id = frame.get("client_id")
        if result is None or (ref is None and client_id is None):
            return
        ack: dict[str, Any] = {"type": "ack"}
        if ref is not None:
            ack["ref"] = ref
        if client_id is not None:
            ack["client_id"] = client_id
        socket.send_frame({**ack, **result})

    async def _authenticate(self, frame: dict[str, Any], ref: str | None) -> None:
        """Log in with the first frame, or prolong the login with a new credential."""
        socket = self.socket
        fields = Fields(frame)
        ticket = fields.maybe_text("ticket", limit=255)
        token = fields.maybe_text("token", limit=8192)
        if ticket is not None and token is None:
            login = await in_database(login_by_ticket, self.scope, ticket)
        elif token is not None and ticket is None:
            login = await in_database(login_by_token, self.scope, token)
        else:
            raise ChatError("invalid_payload", field="ticket")
        expires_at = wire_time(login.expires_at) if login.expires_at else None
        if not socket.is_authenticated:
            await self._begin(login)
        elif (login.actor.tenant, login.actor.id) != (
            socket.login.actor.tenant,
            socket.user_id,
        ):
            # Somebody else's credential: this connection is no longer to be trusted.
            socket.send_error(ChatError("forbidden"), ref=ref, fatal=True)
            socket.close(4001)
            return
        else:
            socket.login = login
            self._expire_at(login.expires_at)
        if ref is not None and not socket.is_closing:
            ack = {"type": "ack", "ref": ref, "expires_at": expires_at}
            socket.send_frame(ack)

    async def _leave(self, socket: Socket) -> None:
        typing = socket.shown_typing()
        await self.hub.disconnect(socket)
        for key in typing:
            try:
                await in_database(
                    show_typing,
                    actor=socket.login.actor,
                    conversation_id=UUID(key),
                    is_typing=False,
                )
            except ChatError:  # no longer his to say; it expires by itself
                continue
