"""Pages of history, and single messages, as one reader sees them.

At most five queries for a page: membership, messages, reactions, blocks, and the
reader's own place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Subquery

from django_chat.exceptions import ChatError
from django_chat.feed.variants import Reader, Variant, redact, variant_for
from django_chat.kept_queries import Given, KeptQuery
from django_chat.messages.models import HiddenMessage
from django_chat.messages.querysets import reactions_for_reader, reactors_by_emoji
from django_chat.messages.sending import Sent
from django_chat.people.querysets import blocked_by
from django_chat.tenancy.actor import Actor, asked_by, whoever
from django_chat.timeline.access import participant_of
from django_chat.timeline.events import message_event
from django_chat.timeline.models import Message, Participant
from django_chat.timeline.payloads import cut_reply, message_payload
from django_chat.timeline.wiretime import wire_time

__all__ = [
    "Page",
    "history_page",
    "message_for_reader",
    "messages_for_reader",
    "sent_payload",
]

Payload = dict[str, Any]
Side = Callable[[Any, Any], Any]

_END = 2**62
_SIZES = (25, 50, 100)


@dataclass(slots=True)
class Page:
    """Messages in ascending order, and what lies on either side."""

    results: list[Payload]
    rev: int
    seq: int
    history_from_seq: int
    has_older: bool
    has_newer: bool

    def as_dict(self) -> Payload:
        """Return the REST body."""
        return {
            "results": self.results,
            "rev": self.rev,
            "seq": self.seq,
            "history_from_seq": self.history_from_seq,
            "has_older": self.has_older,
            "has_newer": self.has_newer,
        }


def history_page(
    *,
    actor: Actor,
    conversation_id: UUID,
    limit: int = 50,
    before_seq: int | None = None,
    after_seq: int | None = None,
    around_seq: int | None = None,
) -> Page:
    """Return a page next to, or around, a message number; without one, the newest.

    The same cost at any depth. What the reader may not see is not an error but the end
    of history. Raises `not_found`, `not_participant`, and `invalid_payload` when more
    than one place is named.
    """
    if sum(place is not None for place in (before_seq, after_seq, around_seq)) > 1:
        raise ChatError("invalid_payload", field="around_seq")
    participant = participant_of(actor, conversation_id)
    conversation = participant.conversation
    if around_seq is not None:
        found = _older(actor, participant, around_seq, limit // 2)
        found += _newer(actor, participant, around_seq - 1, limit - limit // 2)
    elif after_seq is not None:
        found = _newer(actor, participant, after_seq, limit)
    else:
        end = _END if before_seq is None else before_seq
        found = _older(actor, participant, end, limit)
    first = found[0].seq if found else None
    last = found[-1].seq if found else None
    if first is None or last is None:
        # Nothing here: what there is lies on the other side of the place asked for.
        has_older = (
            after_seq is not None and conversation.seq >= participant.visible_from
        )
        has_newer = before_seq is not None and conversation.seq >= max(
            before_seq, participant.visible_from
        )
    else:
        has_older = first > participant.visible_from
        has_newer = last < conversation.seq
    return Page(
        results=messages_for_reader(actor, participant, found),
        rev=conversation.rev,
        seq=conversation.seq,
        history_from_seq=participant.visible_from,
        has_older=has_older,
        has_newer=has_newer,
    )


def _older(actor: Actor, participant: Participant, seq: int, limit: int) -> list[Any]:
    """Return the last rows below a number, at most `limit`, in ascending order."""
    return _nearest(_below, actor, participant, seq, limit)[::-1]


def _newer(actor: Actor, participant: Participant, seq: int, limit: int) -> list[Any]:
    """Return the first rows above a number, at most `limit`."""
    return _nearest(_above, actor, participant, seq, limit)


def _nearest(
    side: Side, actor: Actor, participant: Participant, seq: int, limit: int
) -> list[Any]:
    found = _kept(side, next((size for size in _SIZES if size >= limit), limit)).rows(
        Message.objects.db,
        **asked_by(actor),
        conversation=participant.conversation_id,
        first=participant.visible_from,
        seq=seq,
    )
    return found[:limit]


@lru_cache(maxsize=16)
def _kept(side: Side, size: int) -> KeptQuery:
    """Return the rows on a side of a number: of few sizes, since each has its own SQL."""

    def build(given: Given) -> Any:
        rows = _rows(whoever(given), given.one("conversation"))
        return side(rows.filter(seq__gte=given.one("first")), given.one("seq"))[:size]

    return KeptQuery(build)


def _below(rows: Any, seq: Any) -> Any:
    return rows.filter(seq__lt=seq).order_by("-seq")


def _above(rows: Any, seq: Any) -> Any:
    return rows.filter(seq__gt=seq).order_by("seq")


def _rows(actor: Actor, conversation_id: Any) -> Any:
    hidden = HiddenMessage.objects.filter(message=OuterRef("pk"), user=actor.user)
    return (
        Message.objects.filter(conversation=conversation_id)
        .select_related("sender", "reply_to__sender")
        .annotate(
            is_hidden=Exists(hidden),
            others_read_seq=Subquery(_others_read(actor, conversation_id)),
        )
    )


def _others_read(actor: Actor, conversation_id: Any) -> Any:
    """Return how far all the others have read: the lowest watermark among them.

    It refers to no row of the page, so that the members are read once for all of them.
    """
    return (
        Participant.objects.active()
        .filter(conversation=conversation_id)
        .exclude(user=actor.user)
        .order_by()
        .values("conversation")
        .annotate(lowest=Min("read_seq"))
        .values("lowest")
    )


def messages_for_reader(
    actor: Actor, participant: Participant, rows: Sequence[Any]
) -> list[Payload]:
    """Return rows as `actor` sees them: redacted, with `me`, `is_read` and stubs."""
    if not rows:
        return []
    by_emoji = reactors_by_emoji([row.pk for row in rows])
    reader = Reader(actor.id, participant.visible_from, blocked_by(actor))
    return [
        _for_reader(reader, participant, row, by_emoji.get(row.pk, {})) for row in rows
    ]


def _for_reader(
    reader: Reader, participant: Participant, row: Any, by_emoji: dict[str, list[str]]
) -> Payload:
    if row.is_hidden:
        return {"id": str(row.pk), "seq": row.seq, "rev": row.rev, "hidden": "me"}
    payload = message_payload(row, reactions_for_reader(by_emoji, reader.user_id))
    own = payload["sender_id"] == reader.user_id
    if own:
        payload["is_own_message"] = True
        payload["client_id"] = row.client_id
        payload["is_read"] = (row.others_read_seq or 0) >= row.seq
    else:
        payload["is_read"] = participant.read_seq >= row.seq
    event = message_event(participant.conversation, row, payload)
    variant = variant_for(event, reader)
    if variant is Variant.REDACTED:
        redact(payload)
    elif variant is Variant.QUOTE_HIDDEN and payload["reply_to"]:
        payload["reply_to"] = cut_reply(
            payload["reply_to"]["id"], payload["reply_to"]["seq"]
        )
    return payload


def message_for_reader(
    actor: Actor, message_id: UUID, *, reveal: bool = False
) -> Payload:
    """Return one message as `actor` sees it; raise `not_found`.

    With `reveal` the text of somebody he has blocked is shown this once.
    """
    located = (
        Message.objects.visible_to(actor)
        .filter(pk=message_id)
        .values_list("conversation_id", flat=True)
        .first()
    )
    if located is None:
        raise ChatError("not_found")
    participant = participant_of(actor, located)
    rows = _rows(actor, located).filter(seq__gte=participant.visible_from)
    row = rows.filter(pk=message_id).first()
    if row is None:
        raise ChatError("not_found")
    if not reveal:
        return messages_for_reader(actor, participant, [row])[0]
    by_emoji = reactors_by_emoji([row.pk]).get(row.pk, {})
    reader = Reader(actor.id, participant.visible_from)
    return _for_reader(reader, participant, row, by_emoji)


def sent_payload(sent: Sent) -> Payload:
    """Return what the sender of a message gets: it, or where an earlier copy stands.

    A repeat says nothing of what has become of the message since: its sender may have
    been removed.
    """
    if sent.payload is not None:
        return {**sent.payload, "is_own_message": True, "client_id": sent.client_id}
    return {
        "id": str(sent.id),
        "conversation_id": str(sent.conversation_id),
        "client_id": sent.client_id,
        "seq": sent.seq,
        "rev": sent.rev,
        "timestamp": wire_time(sent.created_at),
        "duplicate": True,
    }
