"""The list of one's conversations, as pages of payloads.

At most four queries, and one for each kind of object that conversations are about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, RowNumber

from django_chat.feed.heads import APPEARANCE, appearance
from django_chat.kept_queries import Given, KeptQuery
from django_chat.messages.models import HiddenMessage, Mention
from django_chat.people.directory import name_contains
from django_chat.people.models import Block
from django_chat.people.querysets import blocks_of
from django_chat.tenancy.actor import Actor, asked_by, whoever
from django_chat.timeline.access import participant_of
from django_chat.timeline.contexts import objects_of
from django_chat.timeline.models import Conversation, Participant
from django_chat.timeline.payloads import MEMBERS_SHOWN, conversation_payload
from django_chat.timeline.querysets import SUBTRACTED

__all__ = [
    "INBOX_ORDER",
    "NEWEST_MAX",
    "Standing",
    "conversation_for_reader",
    "inbox",
    "inbox_payloads",
    "inbox_standing",
    "inbox_totals",
    "named",
    "newest_of_inbox",
]

NEWEST_MAX = 51
"""A page of the list, and one more to know whether there is another."""
INBOX_ORDER = ("-conversation__last_activity", "-conversation_id")
Payload = dict[str, Any]

_SHOWN = ("conversation__last_sender", "user")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one's list stands: a text that changes when it does, and the totals."""

    etag: str
    unread: int
    mentions: int


def inbox(actor: Actor) -> Any:
    """Return `actor`'s participations with `unread` and `mentions`, newest first.

    A conversation with somebody, or about something, that somebody else opened and
    never wrote in is not listed.
    """
    listed = (
        Q(
            conversation__kind=Conversation.Kind.GROUP,
            conversation__context_key__isnull=True,
        )
        | Q(conversation__seq__gt=0)
        | Q(conversation__created_by=actor.user)
    )
    return (
        _counted(actor, Participant.objects.inbox_of(actor).filter(listed))
        .select_related(*_SHOWN)
        .order_by(*INBOX_ORDER)
    )


def named(rows: Any, query: str) -> Any:
    """Narrow rows of `inbox` to those with `query` in the title or a member's name."""
    others = (
        Participant.objects.active()
        .filter(
            name_contains(query, path="user__"), conversation=OuterRef("conversation")
        )
        .exclude(user=OuterRef("user"))
    )
    return rows.filter(Q(conversation__title__icontains=query) | Exists(others))


def _counted(actor: Actor, rows: Any) -> Any:
    mentions = (
        _mentions_of(actor)
        .filter(
            conversation=OuterRef("conversation"),
            seq__gt=Greatest(OuterRef("read_seq"), OuterRef("hidden_before")),
        )
        .order_by()
        .values("conversation")
        .annotate(total=Count("message", distinct=True))
        .values("total")
    )
    # With the user of the row, PostgreSQL would read everybody's.
    hidden = HiddenMessage.objects.filter(
        message=OuterRef("conversation__last_message_id"), user=actor.user
    )
    return rows.with_unread().annotate(
        mentions=Coalesce(Subquery(mentions), Value(0), output_field=BigIntegerField()),
        last_hidden=Exists(hidden),
    )


def _mentions_of(actor: Actor) -> Any:
    """Return where others address `actor`, by name or as one of all."""
    return (
        Mention.objects.filter(Q(user=actor.user) | Q(user__isnull=True))
        .exclude(message__sender=actor.user)
        # Of somebody he has blocked he hears nothing.
        .exclude(message__sender__in=Block.objects.made_by(actor).values("blocked"))
    )


def newest_of_inbox(actor: Actor, limit: int) -> list[Any]:
    """Return the first rows of `inbox`, at most `NEWEST_MAX`."""
    return _NEWEST.rows(Participant.objects.db, **asked_by(actor))[:limit]


def inbox_totals(actor: Actor) -> dict[str, int]:
    """Return `unread` and `mentions` over all conversations but the archived. One query."""
    [sums] = _TOTALS.rows(Participant.objects.db, **asked_by(actor))
    return {"unread": _unread(sums), "mentions": sums["mentioned"] or 0}


def _totals(actor: Actor) -> dict[str, Aggregate]:
    """Return sums over all memberships of `actor`, for `_unread` among others.

    What takes counting is counted in queries of their own within the one: a count for
    each membership would cost as much as its list is long. What is not listed has
    nothing unread, and needs no condition here.
    """
    counted = (
        Participant.objects.of(actor)
        .active()
        .filter(archived_by_me=False, unread_from_seq__isnull=False)
        .with_unread()
        .order_by()
        .values("user")
        .annotate(total=Sum("unread"))
        .values("total")
    )
    place = "conversation__participants"
    horizon = Greatest(F(f"{place}__read_seq"), F(f"{place}__hidden_before"))
    mentioned = (
        _mentions_of(actor)
        .filter(
            **{
                "conversation__tenant": actor.tenant,
                f"{place}__user": actor.user,
                f"{place}__left_at__isnull": True,
                f"{place}__archived_by_me": False,
                "seq__gt": horizon,
            }
        )
        .order_by()
        .values(f"{place}__user")
        .annotate(total=Count("message", distinct=True))
        .values("total")
    )
    subtracts = Q(archived_by_me=False, unread_from_seq__isnull=True)
    return {
        "subtracted": Sum(SUBTRACTED, filter=subtracts),
        # The same for every row.
        "counted": Max(Subquery(counted)),
        "mentioned": Max(Subquery(mentioned)),
    }


def _unread(sums: Mapping[str, Any]) -> int:
    return (sums["subtracted"] or 0) + (sums["counted"] or 0)


def inbox_standing(actor: Actor) -> Standing:
    """Return the ETag of `actor`'s list and what `inbox_totals` returns. One query."""
    [sums] = _STANDING.rows(Participant.objects.db, **asked_by(actor))
    return Standing(appearance(sums), _unread(sums), sums["mentioned"] or 0)


def _sums(actor: Actor, **sums: Aggregate) -> Any:
    """Return sums over all memberships of `actor` as a queryset of one row."""
    rows = Participant.objects.of(actor).active().order_by()
    # A constant puts all rows into one group, and there is one if there are none.
    return rows.values(every=Value(1)).annotate(**sums).values(*sums)


def _newest(given: Given) -> Any:
    return inbox(whoever(given))[:NEWEST_MAX]


def _seat(given: Given) -> Any:
    rows = Participant.objects.filter(pk=given.one("seat"))
    return _counted(whoever(given), rows).select_related(*_SHOWN)


def _all_totals(given: Given) -> Any:
    actor = whoever(given)
    return _sums(actor, **_totals(actor))


def _standing(given: Given) -> Any:
    actor = whoever(given)
    return _sums(actor, **APPEARANCE, **_totals(actor))


_NEWEST, _SEAT = KeptQuery(_newest), KeptQuery(_seat)
_TOTALS, _STANDING = KeptQuery(_all_totals), KeptQuery(_standing)


def inbox_payloads(actor: Actor, participants: Sequence[Any]) -> list[Payload]:
    """Return the Conversation objects of a page of `inbox`.

    Two queries, and one for each kind of object that conversations are about.
    """
    if not participants:
        return []
    members = _members_shown([row.conversation_id for row in participants])
    blocked, blockers = blocks_of(actor)
    objects = objects_of(row.conversation for row in participants)
    return [
        conversation_payload(
            row,
            members=members.get(row.conversation_id, []),
            about=objects.get(row.conversation_id),
            unread=row.unread,
            mentions=row.mentions,
            last_hidden=row.last_hidden,
            blocked=blocked,
            partner_available=_available(
                row, members.get(row.conversation_id, []), blocked | blockers
            ),
        )
        for row in participants
    ]


def _available(
    row: Participant,
    members: Sequence[Participant],
    out_of_reach: frozenset[str],
) -> bool:
    if row.conversation.is_group:
        return True
    partner = next((m for m in members if m.user_id != row.user_id), None)
    return (
        partner is not None
        and partner.user.is_active
        and str(partner.user_id) not in out_of_reach
    )


_MEMBERS = KeptQuery(
    lambda given: (
        Participant.objects.active()
        .filter(given.among("conversation", "conversations"))
        .annotate(
            place=Window(
                RowNumber(), partition_by=[F("conversation")], order_by=[F("pk").asc()]
            )
        )
        .filter(place__lte=MEMBERS_SHOWN)
        .select_related("user")
        .order_by("pk")
    )
)


def _members_shown(conversation_ids: Sequence[Any]) -> dict[Any, list[Participant]]:
    """Return the first few members of each conversation, in one query."""
    found: dict[Any, list[Participant]] = {}
    for row in _MEMBERS.rows(Participant.objects.db, conversations=conversation_ids):
        found.setdefault(row.conversation_id, []).append(row)
    return found


def conversation_for_reader(actor: Actor, conversation_id: Any) -> Payload:
    """Return one conversation as `actor` sees it.

    Raises `not_found`, and `not_participant` for a former member.
    """
    participant = participant_of(actor, conversation_id)
    [row] = _SEAT.rows(Participant.objects.db, seat=participant.pk, **asked_by(actor))
    return inbox_payloads(actor, [row])[0]
