"""Opening conversations with somebody or about something, and forming groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_chat.conf import chat_settings
from django_chat.exceptions import ChatError
from django_chat.groups.announcing import tell_created
from django_chat.groups.references import read_reference
from django_chat.ids import new_id
from django_chat.people.directory import find_named
from django_chat.people.querysets import blocks_among
from django_chat.policy import policy
from django_chat.realtime.publish import publish
from django_chat.signals import announce, conversation_created
from django_chat.tenancy.actor import Actor
from django_chat.text import check_client_id, check_text
from django_chat.timeline.contexts import context_fields, context_key, find_object
from django_chat.timeline.models import TITLE_MAX, Conversation, Participant
from django_chat.timeline.numbering import save_heads, touch_meta
from django_chat.timeline.system import append_system_line
from django_chat.timeline.transactions import database, write

__all__ = [
    "create_group",
    "direct_key",
    "open_about",
    "open_direct",
    "open_reference",
]


def direct_key(*user_ids: Any) -> str:
    """Return the key of the one direct conversation between these people."""
    # The lengths keep ("a", "bc") and ("ab", "c") apart.
    joined = "".join(f"{len(key)}:{key}" for key in sorted(map(str, user_ids)))
    return blake2b(joined.encode(), digest_size=24).hexdigest()


def open_direct(*, actor: Actor, target: Any) -> tuple[Conversation, bool]:
    """Return the direct conversation with `target`, and whether it was made now.

    Nobody is told: the other side hears of it with the first message. Raises
    `self_target`, and `unavailable` where a block stands in the way of a new one.
    """
    if target.pk == actor.user_id:
        raise ChatError("self_target", field="user_id")
    key = {"direct_key": direct_key(actor.user_id, target.pk)}
    existing = _keyed(actor, key)
    if existing is not None:
        return existing, False
    _refuse_blocked(actor, [target])
    return _open(actor, [target], key, {"kind": Conversation.Kind.DIRECT})


def open_about(
    *,
    actor: Actor,
    about: Any,
    members: Sequence[Any],
    title: str = "",
    invited: bool = True,
) -> tuple[Conversation, bool]:
    """Return the group that `actor` and `members` have about an object of the site.

    The second value says whether it was made now. Whoever of the same people asks again
    gets the same one, also after somebody has joined or left; nobody is added to it.
    Nobody is told: the others hear of it with the first message. `invited` is what the
    policy is told of `actor`.

    Raises `invalid_payload` without other people, `too_long`, `group_too_large`,
    `forbidden`, and `unavailable` for those who are deactivated or behind a block.
    """
    check_text(title, field="title", limit=TITLE_MAX)
    others = {user.pk: user for user in members if user.pk != actor.user_id}
    if not others:
        raise ChatError("invalid_payload", field="members", detail={"min": 1})
    key = {"context_key": context_key(about, [actor.user_id, *others])}
    existing = _keyed(actor, key)
    if existing is not None:
        return existing, False
    people = list(others.values())
    if not policy().can_open_about(actor.user, about, people, invited=invited):
        raise ChatError("forbidden")
    most = chat_settings.GROUP_MAX_MEMBERS
    if len(people) + 1 > most:
        raise ChatError("group_too_large", detail={"max": most})
    if gone := [str(user.pk) for user in people if not user.is_active]:
        raise ChatError("unavailable", detail={"user_ids": gone})
    _refuse_blocked(actor, people)
    facts = {"kind": Conversation.Kind.GROUP, "title": title, **context_fields(about)}
    return _open(actor, people, key, facts)


def open_reference(*, actor: Actor, reference: str) -> tuple[Conversation, bool]:
    """Return the conversation that a signed reference stands for.

    That is what `open_direct` or `open_about` gives. It begins with everybody whom the reference names, and `actor`. Raises besides
    `invalid_payload` for one that is forged, too old or of another tenant, `forbidden`
    for one that was made for somebody else, and `not_found` when the object is gone.
    """
    read = read_reference(reference)
    if read.tenant != actor.tenant:
        raise ChatError("invalid_payload", field="about")
    invited = actor.id in read.people
    if read.user_id is not None and not invited:
        raise ChatError("forbidden", field="about")
    named = find_named(actor, read.people)
    if not read.label:
        (other,) = [user for user in named if user.pk != actor.user_id]
        return open_direct(actor=actor, target=other)
    about = find_object(read.label, read.object_id)
    if about is None:
        raise ChatError("not_found", field="about")
    return open_about(
        actor=actor,
        about=about,
        members=named,
        title=read.title,
        invited=invited,
    )


def _keyed(actor: Actor, key: dict[str, str]) -> Conversation | None:
    found: Conversation | None = (
        Conversation.objects.using(database())
        .filter(tenant=actor.tenant, **key)
        .first()
    )
    return found


def _open(
    actor: Actor, others: Sequence[Any], key: dict[str, str], facts: dict[str, Any]
) -> tuple[Conversation, bool]:
    """Make the conversation that has a key, unless another of them just did."""
    try:
        return _create_untold(actor, others, {**key, **facts}), True
    except IntegrityError:
        # They asked at the same instant; the database kept one.
        existing = _keyed(actor, key)
        if existing is None:
            raise
        return existing, False


@write
def _create_untold(
    actor: Actor, others: Sequence[Any], fields: dict[str, Any]
) -> Conversation:
    now = timezone.now()
    conversation = Conversation.objects.create(
        tenant=actor.tenant,
        created_by=actor.user,
        created_at=now,
        last_activity=now,
        member_count=len(others) + 1,
        **fields,
    )
    Participant.objects.bulk_create(_seats(actor, others, conversation))
    _announce_created(actor, conversation)
    return conversation


def _seats(
    actor: Actor, others: Sequence[Any], conversation: Conversation
) -> list[Participant]:
    """Return the places of those who are there from the start; a group is `actor`'s."""
    role = Participant.Role
    first = role.OWNER if conversation.is_group else role.MEMBER
    return [
        Participant(
            conversation=conversation,
            user=user,
            joined_at=conversation.created_at,
            role=first if user is actor.user else role.MEMBER,
        )
        for user in (actor.user, *others)
    ]


def create_group(
    *,
    actor: Actor,
    title: str,
    members: Sequence[Any],
    client_id: str | None = None,
) -> tuple[Conversation, bool]:
    """Form a group of `actor` (its owner) and `members`; return it and whether it is new.

    The same `client_id` with the same request gives the same group. Raises
    `invalid_payload` for too few members, `group_too_large`, `too_long`, `forbidden`,
    `unavailable` and `idempotency_conflict`.
    """
    check_text(title, field="title", limit=TITLE_MAX)
    if client_id is not None:
        check_client_id(client_id)
    others = {user.pk: user for user in members if user.pk != actor.user_id}
    digest = _request_hash(actor.tenant, title, others)
    if client_id is not None and (earlier := _group(actor, client_id)):
        return _same_request(earlier, digest), False
    if not policy().can_create_group(actor.user):
        raise ChatError("forbidden")
    least, most = chat_settings.GROUP_MIN_OTHERS, chat_settings.GROUP_MAX_MEMBERS
    if len(others) < least:
        raise ChatError("invalid_payload", field="members", detail={"min": least})
    if len(others) + 1 > most:
        raise ChatError("group_too_large", detail={"max": most})
    _refuse_blocked(actor, list(others.values()))
    try:
        return _create_group(
            actor, title, list(others.values()), client_id, digest
        ), True
    except IntegrityError:
        earlier = _group(actor, client_id) if client_id is not None else None
        if earlier is None:
            raise
        return _same_request(earlier, digest), False


def _group(actor: Actor, client_id: str) -> Conversation | None:
    found: Conversation | None = (
        Conversation.objects.using(database())
        .filter(created_by=actor.user, client_id=client_id)
        .first()
    )
    return found


def _same_request(earlier: Conversation, digest: str) -> Conversation:
    if earlier.request_hash != digest:
        raise ChatError("idempotency_conflict", field="client_id")
    return earlier


def _request_hash(tenant: str, title: str, others: dict[Any, Any]) -> str:
    asked = "\0".join([tenant, title, *sorted(map(str, others))])
    return blake2b(asked.encode(), digest_size=16).hexdigest()


def _refuse_blocked(actor: Actor, users: list[Any]) -> None:
    blocks = blocks_among(actor.tenant, [actor.user_id, *(user.pk for user in users)])
    refused = [
        str(user.pk)
        for user in users
        if (actor.user_id, user.pk) in blocks or (user.pk, actor.user_id) in blocks
    ]
    if refused:
        raise ChatError("unavailable", detail={"user_ids": refused})


@write
def _create_group(
    actor: Actor, title: str, others: list[Any], client_id: str | None, digest: str
) -> Conversation:
    now = timezone.now()
    conversation = Conversation(
        id=new_id(),
        tenant=actor.tenant,
        kind=Conversation.Kind.GROUP,
        title=title,
        created_by=actor.user,
        client_id=client_id,
        request_hash=digest,
        created_at=now,
        last_activity=now,
        member_count=len(others) + 1,
    )
    conversation.save(force_insert=True)
    participants = _seats(actor, others, conversation)
    Participant.objects.bulk_create(participants)
    append_system_line(
        conversation, "group_created", actor=actor, data={"title": title}
    )
    touch_meta(conversation)
    save_heads([conversation])
    created = tell_created(conversation, participants, shown=participants)
    publish(*created, using=database())
    _announce_created(actor, conversation)
    return conversation


def _announce_created(actor: Actor, conversation: Conversation) -> None:
    send = partial(
        announce,
        conversation_created,
        Conversation,
        conversation=conversation,
        actor=actor.user,
    )
    transaction.on_commit(send, using=database(), robust=True)
