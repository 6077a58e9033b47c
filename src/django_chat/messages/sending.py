"""The way of a message. A batch path: one send is a batch of one.

Stages over the whole list, each a statement or two: lock the conversations, read who
is in them, look for repeats, judge each draft, insert, move the counters. A refused
draft takes no number and never fails its neighbours.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_chat.exceptions import ChatError
from django_chat.ids import new_id, new_id_at
from django_chat.messages.drafts import Draft, check_draft, request_hash
from django_chat.messages.earlier import Sent, known_messages, reply_targets
from django_chat.messages.mentions import (
    candidates,
    find_mentions,
    members_named,
    mention_rows,
    validate_mentions,
)
from django_chat.messages.models import Mention
from django_chat.messages.seats import PARTNERS, SEATS, Partners, everybody_in
from django_chat.metrics import counts_sends
from django_chat.policy import Scene, policy
from django_chat.realtime.events import ControlEvent, Event, UserEvent
from django_chat.realtime.publish import publish
from django_chat.signals import announce, message_sent
from django_chat.timeline.events import BROADCAST_MEMBERS, message_event, read_event
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
from django_chat.timeline.numbering import (
    count_one_by_one,
    heads,
    place_message,
    watermarks,
)
from django_chat.timeline.payloads import message_payload
from django_chat.timeline.rows import Insert, write_rows
from django_chat.timeline.transactions import database, lock_and_ask, write

__all__ = ["SILENT_AFTER", "Sent", "send_messages"]

logger = logging.getLogger("django_chat.messages")

SILENT_AFTER = timedelta(days=7)
"""Sockets stop listening to a conversation that has been silent for so long."""

Outcome = Sent | ChatError


@counts_sends
def send_messages(drafts: Sequence[Draft], *, live: bool = True) -> list[Outcome]:
    """Store the drafts, in order; return for each a `Sent` or the error it met.

    With `live=False` nobody is told (imports).
    """
    outcomes: list[Outcome | None] = []
    ready: list[Draft] = []
    for draft in drafts:
        try:
            check_draft(draft)
        except ChatError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)
            ready.append(draft)
    delivered = iter(_deliver(ready, live) if ready else ())
    return [next(delivered) if item is None else item for item in outcomes]


def _deliver(drafts: Sequence[Draft], live: bool) -> list[Outcome]:
    try:
        try:
            return _write_batch(drafts, live)
        except IntegrityError:
            # Somebody repeats himself. That is rare, so the database is asked for
            # earlier messages only now, when a key has turned out to be taken.
            return _write_batch(drafts, live, look_back=True)
    except (IntegrityError, ChatError) as error:
        if len(drafts) > 1:
            # Find the one that is in the way; the others must not suffer for it.
            return [_deliver([draft], live)[0] for draft in drafts]
        if isinstance(error, ChatError):
            return [error]
        raise


@write
def _write_batch(
    drafts: Sequence[Draft], live: bool, *, look_back: bool = False
) -> list[Outcome]:
    batch = _Batch(drafts)
    if look_back:
        batch.look_back(drafts)
    outcomes = batch.judge_all()
    batch.store()
    if live:
        batch.tell()
    return outcomes


@dataclass(slots=True)
class _Accepted:
    draft: Draft
    conversation: Conversation
    participant: Participant
    message: Message
    sent: Sent
    caught_up: bool = False


@dataclass(slots=True)
class _Batch:
    drafts: Sequence[Draft]
    now: datetime = field(default_factory=timezone.now)
    conversations: dict[UUID, Conversation] = field(init=False)
    seats: dict[tuple[UUID, Any], Participant] = field(init=False)
    partners: Partners = field(init=False)
    known: dict[tuple[Any, str], tuple[str, Sent]] = field(default_factory=dict)
    targets: dict[UUID, Any] = field(init=False)
    named: dict[UUID, dict[str, str]] = field(init=False)
    silent: set[UUID] = field(init=False)
    accepted: list[_Accepted] = field(default_factory=list)

    def __post_init__(self) -> None:
        drafts = self.drafts
        ids = {draft.conversation_id for draft in drafts}
        authors = {draft.actor.user_id for draft in drafts}
        # The lock comes first; everything after it is read behind it.
        self.conversations, (seats, self.partners) = lock_and_ask(
            ids,
            SEATS.ask(conversations=ids, users=authors),
            PARTNERS.ask(Partners, conversations=ids),
        )
        self.seats = {(row.conversation_id, row.user_id): row for row in seats}
        self.silent = {
            c.pk
            for c in self.conversations.values()
            if not c.seq or c.last_activity < self.now - SILENT_AFTER
        }
        self.targets = reply_targets({d.reply_to for d in drafts if d.reply_to})
        wanted: dict[UUID, set[str]] = {}
        for draft in drafts:
            if draft.mentions is None:
                wanted.setdefault(draft.conversation_id, set()).update(
                    candidates(draft.content)
                )
        self.named = members_named(wanted)

    def look_back(self, drafts: Sequence[Draft]) -> None:
        """Read what was sent before under the keys of these drafts."""
        self.known |= known_messages(drafts)

    def judge_all(self) -> list[Outcome]:
        """Judge each draft; look back for those refused, which may be repeats."""
        outcomes = [self.judge(draft) for draft in self.drafts]
        judged = list(zip(self.drafts, outcomes, strict=True))
        refused = [draft for draft, outcome in judged if isinstance(outcome, ChatError)]
        if not refused:
            return outcomes
        self.look_back(refused)
        return [
            self.judge(draft) if isinstance(outcome, ChatError) else outcome
            for draft, outcome in judged
        ]

    def judge(self, draft: Draft) -> Outcome:
        """Accept the draft and number it, or say why not."""
        digest = request_hash(draft)
        earlier = self.known.get((draft.actor.user_id, draft.client_id))
        if earlier is not None:
            # Before any rule: the sender may have been removed since.
            if earlier[0] == digest:
                return replace(earlier[1], duplicate=True)
            return ChatError("idempotency_conflict", field="client_id")
        try:
            conversation, participant, scene = self._seat(draft)
            target = self._target(draft, participant)
            mentions = self._mentions(draft, scene)
        except ChatError as error:
            return error
        return self._accept(draft, digest, conversation, participant, target, mentions)

    def _seat(self, draft: Draft) -> tuple[Conversation, Participant, Scene]:
        conversation = self.conversations.get(draft.conversation_id)
        if conversation is None or conversation.tenant != draft.actor.tenant:
            raise ChatError("not_found")
        participant = self.seats.get((conversation.pk, draft.actor.user_id))
        if participant is None:
            former = Participant.objects.filter(
                conversation=conversation.pk, user=draft.actor.user
            )
            raise ChatError("not_participant" if former.exists() else "not_found")
        if not participant.user.is_active:
            raise ChatError("not_authenticated")
        scene = Scene(
            user=participant.user,
            kind=conversation.kind,
            status=conversation.status,
            role=participant.role,
            partner_available=conversation.is_group
            or self.partners.available(conversation.pk, participant.user_id),
        )
        if not policy().can_post(scene):
            reason = policy().send_disabled_reason(scene)
            raise ChatError("unavailable" if reason == "unavailable" else "read_only")
        return conversation, participant, scene

    def _target(self, draft: Draft, participant: Participant) -> Any | None:
        if draft.reply_to is None:
            return None
        target = self.targets.get(draft.reply_to)
        if (
            target is None
            or target.conversation_id != draft.conversation_id
            or target.deleted_at is not None
            or target.seq < participant.visible_from
        ):
            raise ChatError("invalid_reply", field="reply_to")
        return target

    def _mentions(self, draft: Draft, scene: Scene) -> list[dict[str, Any]]:
        if draft.mentions is None and "@" not in draft.content:
            return []
        may_all = scene.kind == Conversation.Kind.GROUP and policy().can_mention_all(
            scene
        )
        if draft.mentions is None:
            members = self.named.get(draft.conversation_id, {})
            return find_mentions(draft.content, members, may_all=may_all)
        return validate_mentions(
            draft.mentions, draft.content, draft.conversation_id, may_all=may_all
        )

    def _accept(
        self,
        draft: Draft,
        digest: str,
        conversation: Conversation,
        participant: Participant,
        target: Any | None,
        mentions: list[dict[str, Any]],
    ) -> Sent:
        created_at = draft.created_at or self.now
        message = Message(
            id=new_id_at(created_at) if draft.created_at else new_id(),
            conversation_id=conversation.pk,
            sender_id=participant.user_id,
            content=draft.content,
            reply_to_id=target.pk if target else None,
            reply_cut=bool(target and target.seq < (target.youngest_horizon or 0)),
            mentions=mentions,
            extra=draft.extra,
            client_id=draft.client_id,
            request_hash=digest,
            created_at=created_at,
        )
        # Not by assignment: its checks cost more than making the message.
        message._state.fields_cache.update(
            conversation=conversation, sender=participant.user, reply_to=target
        )
        all_read = (
            participant.read_ordinal >= conversation.ordinal
            and participant.read_seq >= participant.hidden_before
            and participant.unread_from_seq is None
        )
        place_message(conversation, message)
        sent = Sent(
            id=message.pk,
            conversation_id=conversation.pk,
            seq=message.seq,
            rev=message.rev,
            created_at=created_at,
            client_id=draft.client_id,
            message=message,
        )
        if draft.marks_read:
            participant.read_seq = message.seq
            participant.read_ordinal = message.ordinal
            participant.unread_from_seq = None
            participant.marked_unread = False
        elif participant.unread_from_seq is None:
            participant.unread_from_seq = participant.counts_from
        self.accepted.append(
            _Accepted(
                draft,
                conversation,
                participant,
                message,
                sent,
                caught_up=draft.marks_read and not all_read,
            )
        )
        self.known[draft.actor.user_id, draft.client_id] = digest, sent
        return sent

    def store(self) -> None:
        """Write what was accepted."""
        if not self.accepted:
            return
        grown = {item.conversation.pk: item.conversation for item in self.accepted}
        readers = {
            item.participant.pk: item.participant
            for item in self.accepted
            if item.draft.marks_read
        }
        write_rows(
            Insert([item.message for item in self.accepted]),
            heads(grown.values()),
            watermarks(readers.values()),
            Insert(
                [
                    ReadMark(
                        conversation=item.conversation,
                        user=item.participant.user,
                        seq=item.message.seq,
                        read_at=item.message.created_at,
                    )
                    for item in self.accepted
                    if item.caught_up
                ]
            ),
        )
        if bots := {item.participant.pk for item in self.accepted} - readers.keys():
            count_one_by_one(bots)
        mentions = [row for item in self.accepted for row in mention_rows(item.message)]
        if mentions:
            Mention.objects.bulk_create(mentions)

    def tell(self) -> None:
        """Publish what was accepted, and announce it to the host, after commit."""
        if not self.accepted:
            return
        events: list[Event] = []
        woken = self.silent & {item.conversation.pk for item in self.accepted}
        for conversation_id, user_id in everybody_in(woken):
            tenant = self.conversations[conversation_id].tenant
            events.append(
                ControlEvent(tenant, str(user_id), "join", str(conversation_id))
            )
        for item in self.accepted:
            item.sent.payload = message_payload(item.message)
            frame = {"type": "message", **item.sent.payload}
            events.append(message_event(item.conversation, item.message, frame))
            if item.caught_up:
                events.append(_read(item))
        publish(*events, using=database())
        if message_sent.has_listeners(Message):
            transaction.on_commit(
                partial(_announce, self.accepted), using=database(), robust=True
            )


def _read(item: _Accepted) -> Event:
    """Return the event that says how far the sender has now read."""
    event = read_event(
        item.conversation,
        item.participant,
        user=item.participant.user,
        message_id=str(item.message.pk),
        read_at=item.message.created_at,
    )
    if item.conversation.member_count > BROADCAST_MEMBERS:
        actor = item.draft.actor
        return UserEvent(actor.tenant, actor.id, event.frame)
    return event


def _announce(accepted: list[_Accepted]) -> None:
    for item in accepted:
        announce(
            message_sent,
            Message,
            message=item.message,
            conversation=item.conversation,
            actor=item.draft.actor.user,
        )
