"""Who is in a group: adding, removing, leaving and roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.groups.announcing import tell_created, tell_removed, tell_woken
from django_chat.people.querysets import blocks_among
from django_chat.policy import policy
from django_chat.realtime.publish import publish
from django_chat.signals import announce, member_joined, member_left
from django_chat.tenancy.actor import Actor
from django_chat.timeline.access import enter
from django_chat.timeline.events import meta_event, system_event
from django_chat.timeline.models import Conversation, Participant
from django_chat.timeline.numbering import save_heads, touch_meta
from django_chat.timeline.payloads import MEMBERS_SHOWN, member_payload
from django_chat.timeline.system import append_system_line
from django_chat.timeline.transactions import database, lock_conversation, write

__all__ = ["Added", "add_members", "forget_user", "leave", "remove_member", "set_role"]

Role = Participant.Role


@dataclass(slots=True)
class Added:
    """Who came in, who was there already, and the `rev` it happened at."""

    rev: int
    added: list[Participant]
    skipped: list[str]


@write
def add_members(*, actor: Actor, conversation_id: UUID, users: Sequence[Any]) -> Added:
    """Bring people into a group; those who are in it already are skipped.

    Raises `forbidden`, `already_member` when all are, `unavailable` where a block
    stands between the actor and one of them, and `group_too_large`.
    """
    seat = enter(actor, conversation_id)
    conversation = seat.conversation
    if not policy().can_add_members(seat.scene):
        raise ChatError("forbidden")
    people = {user.pk: user for user in users}
    rows = {
        row.user_id: row
        for row in Participant.objects.filter(
            conversation=conversation, user__in=people
        )
    }
    present = {key for key, row in rows.items() if row.left_at is None}
    coming = [user for key, user in people.items() if key not in present]
    if not coming:
        raise ChatError("already_member")
    blocks = blocks_among(actor.tenant, [actor.user_id, *people])
    refused = [
        str(user.pk)
        for user in coming
        if (actor.user_id, user.pk) in blocks or (user.pk, actor.user_id) in blocks
    ]
    if refused:
        raise ChatError("unavailable", detail={"user_ids": refused})
    most = chat_settings.GROUP_MAX_MEMBERS
    if conversation.member_count + len(coming) > most:
        raise ChatError("group_too_large", detail={"max": most})
    added = [_seat_newcomer(conversation, user, rows.get(user.pk)) for user in coming]
    conversation.member_count += len(added)
    targets = [str(participant.user_id) for participant in added]
    _record(
        conversation,
        "members_added",
        actor=actor,
        targets=targets,
        members={"members_added": [member_payload(row) for row in added]},
        added=added,
    )
    for participant in added:
        _announce(member_joined, participant, actor)
    return Added(conversation.meta_rev, added, [str(key) for key in present])


def _seat_newcomer(
    conversation: Conversation, user: Any, row: Participant | None
) -> Participant:
    """Seat somebody at the next line of the timeline, also when he was here before."""
    next_seq = conversation.seq + 1
    participant = row or Participant(conversation=conversation, user=user)
    participant.user = user
    participant.conversation = conversation
    participant.role = Role.MEMBER
    participant.joined_at = timezone.now()
    participant.joined_seq = next_seq
    participant.left_at = None
    # The line that says "ana added you" is the first one a newcomer sees.
    from_join = chat_settings.GROUP_HISTORY == "from_join"
    participant.history_from_seq = next_seq if from_join else 1
    participant.hidden_before = 0
    participant.read_seq = participant.delivered_seq = conversation.seq
    participant.read_ordinal = conversation.ordinal
    participant.unread_from_seq = None
    participant.marked_unread = False
    participant.archived_by_me = False
    participant.save()
    return participant


@write
def remove_member(*, actor: Actor, conversation_id: UUID, user_id: str) -> int:
    """Take somebody out of a group; return the `rev`. Oneself: the same as leaving.

    Raises `forbidden`, and `not_found` for somebody who is not a member.
    """
    seat = enter(actor, conversation_id)
    if user_id == actor.id:
        return _depart(seat.conversation, seat.participant, actor=actor)
    target = _member(seat.conversation, user_id)
    if not policy().can_remove_member(seat.scene, target_role=target.role):
        raise ChatError("forbidden")
    return _depart(seat.conversation, target, actor=actor)


@write
def leave(*, actor: Actor, conversation_id: UUID) -> int:
    """Leave a group; return the `rev`.

    When the last owner leaves, the longest-serving admin, else member, inherits. The
    last one out deletes the group, unless the host keeps empty groups.
    """
    seat = enter(actor, conversation_id)
    return _depart(seat.conversation, seat.participant, actor=actor)


def _depart(conversation: Conversation, target: Participant, *, actor: Actor) -> int:
    if not conversation.is_group:
        raise ChatError("forbidden")
    by_himself = str(target.user_id) == actor.id
    target.left_at = timezone.now()
    target.save(update_fields=["left_at"])
    conversation.member_count -= 1
    _announce(member_left, target, actor)
    if conversation.member_count <= 0 and not chat_settings.KEEP_EMPTY_GROUPS:
        return end_conversation(conversation, [target.user_id])
    roles = _pass_on_ownership(conversation) if target.role == Role.OWNER else {}
    members: dict[str, Any] = {"members_removed": [str(target.user_id)]}
    if roles:
        members["roles"] = roles
    _record(
        conversation,
        "member_left" if by_himself else "member_removed",
        actor=actor,
        targets=[str(target.user_id)],
        members=members,
        removed=[target.user_id],
    )
    return conversation.meta_rev


def _pass_on_ownership(conversation: Conversation) -> dict[str, str]:
    """Give an ownerless group its heir; return the role that changed."""
    remaining = Participant.objects.active().filter(conversation=conversation)
    if remaining.filter(role=Role.OWNER).exists():
        return {}
    heir = (
        remaining.filter(role=Role.ADMIN).order_by("joined_at", "pk").first()
        or remaining.order_by("joined_at", "pk").first()
    )
    if heir is None:
        return {}
    heir.role = Role.OWNER
    heir.save(update_fields=["role"])
    return {str(heir.user_id): Role.OWNER.value}


@write
def set_role(*, actor: Actor, conversation_id: UUID, user_id: str, role: str) -> int:
    """Change somebody's role; return the `rev`. Making an owner hands the group over.

    Raises `forbidden`, `not_found` and `invalid_payload`; the role he has already is no
    change.
    """
    if role not in Role.values:
        raise ChatError("invalid_payload", field="role")
    seat = enter(actor, conversation_id)
    if not policy().can_set_role(seat.scene):
        raise ChatError("forbidden")
    target = _member(seat.conversation, user_id)
    if target.role == role:
        return seat.conversation.meta_rev
    if target.user_id == actor.user_id:
        # An owner steps down only by naming the next one.
        raise ChatError("forbidden")
    target.role = role
    target.save(update_fields=["role"])
    roles = {user_id: role}
    if role == Role.OWNER:
        seat.participant.role = Role.ADMIN
        seat.participant.save(update_fields=["role"])
        roles[actor.id] = Role.ADMIN.value
    _record(
        seat.conversation,
        "role_changed",
        actor=actor,
        targets=[user_id],
        data={"role": role},
        members={"roles": roles},
    )
    return seat.conversation.meta_rev


def forget_user(user: Any) -> None:
    """Take a user who is about to be deleted out of every conversation.

    What he wrote stays for the others. A conversation that was found by who is in it
    loses its key, so that the people it named are free.
    """
    seats = Participant.objects.active().filter(user=user)
    for conversation_id, tenant in seats.values_list(
        "conversation", "conversation__tenant"
    ):
        _forget_in(Actor(user, tenant), conversation_id)


@write
def _forget_in(actor: Actor, conversation_id: UUID) -> None:
    conversation = lock_conversation(conversation_id)
    seat = Participant.objects.get(conversation=conversation, user=actor.user)
    if conversation.is_group:
        if conversation.context_key is not None:
            conversation.context_key = None
            conversation.save(update_fields=["context_key"])
        _depart(conversation, seat, actor=actor)
        return
    seat.left_at = timezone.now()
    seat.save(update_fields=["left_at"])
    conversation.direct_key = None
    conversation.member_count -= 1
    conversation.save(update_fields=["direct_key", "member_count"])
    touch_meta(conversation)
    save_heads([conversation])
    event = meta_event(conversation, actor_id=None, members_removed=[actor.id])
    publish(event, using=database())


def _member(conversation: Conversation, user_id: str) -> Participant:
    """Return an active member by the id that a client sent; raise `not_found`."""
    for row in Participant.objects.active().filter(conversation=conversation):
        if str(row.user_id) == user_id:
            found: Participant = row
            return found
    raise ChatError("not_found", field="user_id")


def _record(
    conversation: Conversation,
    event: str,
    *,
    actor: Actor,
    targets: list[str],
    members: dict[str, Any],
    data: dict[str, Any] | None = None,
    added: Sequence[Participant] = (),
    removed: Sequence[Any] = (),
) -> None:
    """Write the line and the change of members, two `rev`s of one moment, and tell."""
    line = append_system_line(
        conversation, event, actor=actor, targets=targets, data=data
    )
    touch_meta(conversation)
    conversation.save(update_fields=["member_count"])
    save_heads([conversation])
    publish(
        *tell_woken(conversation, line),
        # Made behind the change, so that the line reaches nobody who is out by now.
        system_event(conversation, line),
        meta_event(conversation, actor_id=actor.id, **members),
        *(
            tell_created(conversation, added, shown=_shown(conversation))
            if added
            else ()
        ),
        *tell_removed(conversation, removed),
        using=database(),
    )


def _shown(conversation: Conversation) -> list[Participant]:
    """Return the members that a conversation's payload names."""
    rows = Participant.objects.active().filter(conversation=conversation)
    return list(rows.select_related("user").order_by("pk")[:MEMBERS_SHOWN])


def end_conversation(conversation: Conversation, told: Sequence[Any]) -> int:
    """Delete a conversation and take it off the lists and sockets of those it had."""
    touch_meta(conversation)
    ended = meta_event(conversation, actor_id=None, changes={"status": "deleted"})
    removed = tell_removed(conversation, told)
    conversation.delete()
    publish(ended, *removed, using=database())
    return conversation.meta_rev


def _announce(signal: Any, participant: Participant, actor: Actor) -> None:
    send = partial(
        announce,
        signal,
        Participant,
        conversation=participant.conversation,
        participant=participant,
        actor=actor.user,
    )
    transaction.on_commit(send, using=database(), robust=True)
