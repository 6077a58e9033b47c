"""What clients may ask for over a socket: a table from frame type to handler.

A handler reads the frame's fields, calls one service in a database thread, and returns
the body of the `ack`, or None where no answer is due.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader
from django_chat.feed.offer import FRAME_MAX, MENTIONS_MAX, SUBSCRIPTIONS_MAX
from django_chat.groups.services import members as member_services
from django_chat.groups.services import opening, settings
from django_chat.limits import check_rate, rate_limiter
from django_chat.messages import services as message_services
from django_chat.messages.drafts import Draft, check_content
from django_chat.people.directory import find_people, find_person
from django_chat.presence import services as presence_services
from django_chat.presence.querysets import WATCH_MAX, presence_of
from django_chat.receipts import services as receipt_services
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import TITLE_MAX
from django_chat.timeline.wiretime import wire_time
from django_chat.ws.authentication import still_valid
from django_chat.ws.database import in_database
from django_chat.ws.frames import Fields, natural
from django_chat.ws.hub import Hub
from django_chat.ws.socket import Socket

__all__ = ["COMMANDS", "Request"]

Ack = dict[str, Any] | None
Handler = Callable[["Request"], Awaitable[Ack]]
COMMANDS: dict[str, Handler] = {}
MEMBERS_MAX = 1_000


@dataclass(slots=True)
class Request:
    """One frame, from whom, and over which connection."""

    hub: Hub
    socket: Socket
    fields: Fields
    ref: str | None
    only_conversation: str | None

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.socket.login.actor

    def conversation_id(self) -> UUID:
        """Return the conversation meant; on a single socket there is only one."""
        only = self.only_conversation
        if only is None:
            return self.fields.uuid("conversation_id")
        if self.fields.frame.get("conversation_id", only) != only:
            raise ChatError("invalid_payload", field="conversation_id")
        return UUID(only)


def command(name: str) -> Callable[[Handler], Handler]:
    """Enter a handler into the table."""

    def enter(handler: Handler) -> Handler:
        COMMANDS[name] = handler
        return handler

    return enter


@command("send_message")
async def send_message(request: Request) -> Ack:
    """Send, together with whatever else is on its way at this moment."""
    return await _send(request, request.conversation_id)


async def _send(request: Request, conversation_id: Callable[[], UUID]) -> Ack:
    fields, frame = request.fields, request.fields.frame
    if "file" in frame:
        raise ChatError("file_too_large", field="file", detail={"max": 0})
    if frame.get("attachment_ids"):
        raise ChatError("not_found", field="attachment_ids")
    actor = request.actor
    await _check_send_rate(actor)
    outcome = await request.hub.collector.send(
        Draft(
            actor=actor,
            conversation_id=conversation_id(),
            content=fields.content(),
            client_id=fields.client_id() or uuid4().hex,
            reply_to=fields.maybe_uuid("reply_to"),
            mentions=_mentions(frame),
            extra=_object(frame, "extra"),
        )
    )
    if isinstance(outcome, ChatError):
        raise outcome
    ack = {
        "id": str(outcome.id),
        "conversation_id": str(outcome.conversation_id),
        "seq": outcome.seq,
        "rev": outcome.rev,
        "timestamp": wire_time(outcome.created_at),
    }
    if outcome.duplicate:
        ack["duplicate"] = True
    return ack


async def _check_send_rate(actor: Actor) -> None:
    key = f"{actor.tenant}:{actor.id}"
    if rate_limiter().waits:
        # All sockets of the process would wait with this one.
        await in_database(check_rate, "send", key)
    else:
        check_rate("send", key)


def _mentions(frame: dict[str, Any]) -> list[dict[str, Any]] | None:
    value = frame.get("mentions")
    if value is not None and (not isinstance(value, list) or len(value) > MENTIONS_MAX):
        raise ChatError("invalid_payload", field="mentions")
    return value


def _object(frame: dict[str, Any], name: str) -> dict[str, Any]:
    value = frame.get(name, {})
    if not isinstance(value, dict):
        raise ChatError("invalid_payload", field=name)
    return value


@command("edit_message")
async def edit_message(request: Request) -> Ack:
    fields = request.fields
    message = await in_database(
        message_services.edit_message,
        actor=request.actor,
        message_id=fields.uuid("message_id"),
        content=fields.content(),
        mentions=_mentions(fields.frame),
        base_version=fields.maybe_int("base_version"),
    )
    return {"rev": message.rev, "version": message.version}


@command("delete_message")
async def delete_message(request: Request) -> Ack:
    fields = request.fields
    scope = fields.text("scope", default="everyone")
    message_id = fields.uuid("message_id")
    if scope == "me":
        await in_database(
            message_services.hide_message, actor=request.actor, message_id=message_id
        )
        return {}
    if scope != "everyone":
        raise ChatError("invalid_payload", field="scope")
    message = await in_database(
        message_services.delete_message, actor=request.actor, message_id=message_id
    )
    return {"rev": message.rev}


@command("react")
async def react(request: Request) -> Ack:
    fields = request.fields
    op = fields.text("op", default="add")
    if op not in ("add", "remove"):
        raise ChatError("invalid_payload", field="op")
    message = await in_database(
        message_services.react,
        actor=request.actor,
        message_id=fields.uuid("message_id"),
        emoji=fields.text("emoji"),
        op="add" if op == "add" else "remove",
    )
    return {"rev": message.rev}


@command("typing")
async def typing(request: Request) -> Ack:
    """Show typing; the same state again within a second is dropped without a word."""
    fields, socket = request.fields, request.socket
    conversation_id = request.conversation_id()
    is_typing = fields.flag("is_typing")
    key = str(conversation_id)
    if not socket.may_show_typing(key, is_typing):
        return None
    await in_database(
        presence_services.show_typing,
        actor=request.actor,
        conversation_id=conversation_id,
        is_typing=is_typing,
        activity=fields.text("activity", default="text"),
    )
    # Noted only now: an id that is not his must not fill the memory.
    socket.note_typing(key, is_typing)
    return None


@command("read")
async def read(request: Request) -> Ack:
    fields = request.fields
    up_to_seq, message_id = (
        fields.maybe_int("up_to_seq"),
        fields.maybe_uuid("message_id"),
    )
    state = await in_database(
        receipt_services.mark_read,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        up_to_seq=up_to_seq,
        message_id=message_id,
    )
    return {"read_seq": state.read_seq, "unread_count": state.unread_count}


@command("delivered")
async def delivered(request: Request) -> Ack:
    up_to_seq = natural(request.fields.frame.get("up_to_seq"), "up_to_seq")
    await in_database(
        receipt_services.mark_delivered,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        up_to_seq=up_to_seq,
    )
    return None


@command("mark_unread")
async def mark_unread(request: Request) -> Ack:
    state = await in_database(
        receipt_services.mark_unread,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        seq=request.fields.maybe_int("seq"),
    )
    return {"unread_count": state.unread_count}


def _refuse_revoked(request: Request) -> None:
    """Look whether the login still holds, where no membership is asked for."""
    if not still_valid([request.socket.login])[0]:
        raise ChatError("not_authenticated")


@command("open_direct")
async def open_direct(request: Request) -> Ack:
    """Open the direct conversation with a person, and say something if asked to."""
    fields, actor = request.fields, request.actor
    address = fields.text("user_id", limit=255)
    says_something = "content" in fields.frame
    if says_something:
        # What cannot be said must not leave an empty conversation.
        check_content(fields.content())

    def work() -> dict[str, Any]:
        _refuse_revoked(request)
        target = find_person(actor, address)
        conversation, _ = opening.open_direct(actor=actor, target=target)
        return conversation_for_reader(actor, conversation.pk)

    conversation = await in_database(work)
    if not says_something:
        return {"conversation": conversation}
    message = await _send(request, lambda: UUID(conversation["id"]))
    return {"conversation": conversation, "message": message}


@command("create_group")
async def create_group(request: Request) -> Ack:
    """Form a group, or open the one that a signed reference stands for."""
    fields, actor = request.fields, request.actor
    if "about" in fields.frame:
        return await _open_about(request)
    title = fields.text("group_name", limit=10 * TITLE_MAX)
    addresses = fields.texts("members", most=MEMBERS_MAX)
    # A key of our own makes it safe to try again on a fresh database connection.
    client_id = fields.client_id() or uuid4().hex

    def work() -> dict[str, Any]:
        _refuse_revoked(request)
        members = find_people(actor, addresses)
        conversation, _ = opening.create_group(
            actor=actor, title=title, members=members, client_id=client_id
        )
        return conversation_for_reader(actor, conversation.pk)

    return {"conversation": await in_database(work)}


async def _open_about(request: Request) -> Ack:
    actor, reference = request.actor, request.fields.text("about", limit=FRAME_MAX)

    def work() -> dict[str, Any]:
        _refuse_revoked(request)
        conversation, _ = opening.open_reference(actor=actor, reference=reference)
        return conversation_for_reader(actor, conversation.pk)

    return {"conversation": await in_database(work)}


@command("update_group")
async def update_group(request: Request) -> Ack:
    fields = request.fields
    status = _object(fields.frame, "settings").get("status")
    if status is not None and not isinstance(status, str):
        raise ChatError("invalid_payload", field="settings")
    conversation = await in_database(
        settings.update_conversation,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        title=fields.maybe_text("title", limit=10 * TITLE_MAX),
        status=status,
    )
    return {"rev": conversation.rev}


@command("add_members")
async def add_members(request: Request) -> Ack:
    actor, conversation_id = request.actor, request.conversation_id()
    addresses = request.fields.texts("members", most=MEMBERS_MAX)

    def work() -> int:
        users = find_people(actor, addresses)
        added = member_services.add_members(
            actor=actor, conversation_id=conversation_id, users=users
        )
        return added.rev

    return {"rev": await in_database(work)}


@command("remove_member")
async def remove_member(request: Request) -> Ack:
    rev = await in_database(
        member_services.remove_member,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        user_id=request.fields.text("user_id", limit=255),
    )
    return {"rev": rev}


@command("set_role")
async def set_role(request: Request) -> Ack:
    rev = await in_database(
        member_services.set_role,
        actor=request.actor,
        conversation_id=request.conversation_id(),
        user_id=request.fields.text("user_id", limit=255),
        role=request.fields.text("role"),
    )
    return {"rev": rev}


@command("leave")
async def leave(request: Request) -> Ack:
    rev = await in_database(
        member_services.leave,
        actor=request.actor,
        conversation_id=request.conversation_id(),
    )
    return {"rev": rev}


@command("presence")
async def presence(request: Request) -> Ack:
    """Say how one is there; away is of this connection, the others of the person."""
    status = request.fields.text("status")
    is_away = status == "away"
    if is_away != request.socket.is_away:
        request.socket.is_away = is_away
        request.hub.heart.presence_changed()
    if not is_away:
        await in_database(
            presence_services.set_status, actor=request.actor, status=status
        )
    return None


@command("watch_presence")
async def watch_presence(request: Request) -> Ack:
    """Replace the list of people whose presence this connection is told of."""
    asked = request.fields.texts("user_ids", most=WATCH_MAX)
    actor = request.actor
    found = await in_database(presence_of, actor, asked)
    request.hub.onlookers.watch(request.socket, actor.tenant, found)
    return {"users": [one.payload() for one in found]}


@command("subscribe")
async def subscribe(request: Request) -> Ack:
    """Subscribe to several conversations; a bad one among them harms no other."""
    socket, frame = request.socket, request.fields.frame
    _refuse_on_single(request)
    items = frame.get("conversations", [])
    if not isinstance(items, list) or len(items) > 10 * SUBSCRIPTIONS_MAX:
        raise ChatError("invalid_payload", field="conversations")
    if request.ref is not None:
        socket.send_frame({"type": "ack", "ref": request.ref})
    for item in items:
        key = item.get("id") if isinstance(item, dict) else None
        shown = key if isinstance(key, str) and len(key) <= 64 else None
        try:
            if not isinstance(item, dict):
                raise ChatError("invalid_payload", field="conversations")
            fields = Fields(item)
            await request.hub.subscribe(
                socket, fields.uuid("id"), fields.maybe_int("after")
            )
        except ChatError as error:
            socket.send_error(error, ref=request.ref, conversation_id=shown)
    return None


@command("unsubscribe")
async def unsubscribe(request: Request) -> Ack:
    _refuse_on_single(request)
    for key in request.fields.texts("conversations", most=10 * SUBSCRIPTIONS_MAX):
        request.hub.unsubscribe(request.socket, key)
    return {}


def _refuse_on_single(request: Request) -> None:
    if request.only_conversation is not None:
        raise ChatError("invalid_payload", field="type")


@command("ping")
async def ping(request: Request) -> Ack:
    t = request.fields.frame.get("t")
    frame = {"type": "pong", "t": t if isinstance(t, int | float | str) else None}
    request.socket.send_frame(frame)
    return None


@command("pong")
async def pong(request: Request) -> Ack:
    request.socket.pong()
    return None
