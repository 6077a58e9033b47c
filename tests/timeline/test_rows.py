"""What the database itself keeps true, whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone as django_timezone

from django_chat.messages.models import HiddenMessage, Mention, Reaction, Revision
from django_chat.people.models import Block
from django_chat.presence.models import PresenceLease, UserStatus
from django_chat.timeline.fields import ExactCharField
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
from django_chat.timeline.wiretime import wire_time
from tests.factories import direct, group, people, send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [
        {"ordinal": 5, "seq": 4, "rev": 9},
        {"ordinal": 1, "seq": 4, "rev": 3},
        {"ordinal": 3, "seq": 2, "rev": 1},
    ],
)
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    letters = direct(*people("ana", "ben"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=letters.pk).update(**wrong)
    Conversation.objects.filter(pk=letters.pk).update(ordinal=1, seq=2, rev=3)


def twice(row: Any) -> None:
    """Try to store a copy of a row."""
    kept = row.pk
    row.pk = (
        None
        if type(row)._meta.pk.get_internal_type() != "UUIDField"
        else type(row)().pk
    )
    row._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    assert type(row).objects.filter(pk=kept).exists()


def test_what_may_be_once_is_once() -> None:
    ana, ben = people("ana", "ben")
    now = django_timezone.now()
    letters = direct(ana, ben)
    message = send(ana, letters, client_id="k")
    club = group(ana, *people("cem", "dan"))
    Conversation.objects.filter(pk=club.pk).update(client_id="k")
    club.refresh_from_db()
    rows = [
        letters,
        club,
        message,
        Participant.objects.get(conversation=letters, user=ana),
        ReadMark.objects.create(conversation=letters, user=ben, seq=1, read_at=now),
        Reaction.objects.create(message=message, user=ben, emoji="👍", created_at=now),
        Mention.objects.create(conversation=letters, message=message, user=ben, seq=1),
        Revision.objects.create(message=message, version=1, content="", written_at=now),
        HiddenMessage.objects.create(
            message=message, conversation=letters, user=ben, seq=1
        ),
        Block.objects.create(blocker=ana, blocked=ben, created_at=now),
        PresenceLease.objects.create(
            user=ana, holder="one", renewed_at=now, expires_at=now
        ),
        UserStatus.objects.create(user=ana),
    ]

    for row in rows:
        twice(row)


def test_two_messages_never_have_one_number() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    copy = Message.objects.get(pk=message.pk)
    copy.pk, copy.client_id = Message().pk, "another"
    copy._state.adding = True

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_emoji_and_keys_are_compared_exactly() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    for emoji in ("👍", "👎", "❤", "❤️"):
        Reaction.objects.create(
            message=message, user=ben, emoji=emoji, created_at=django_timezone.now()
        )

    assert Reaction.objects.filter(emoji="👍").count() == 1
    exact = {
        f"{model.__name__}.{field.name}"
        for model in (Conversation, Message, Reaction)
        for field in model._meta.fields
        if isinstance(field, ExactCharField)
    }
    assert exact == {
        "Conversation.client_id",
        "Conversation.context_id",
        "Conversation.context_key",
        "Conversation.direct_key",
        "Message.client_id",
        "Reaction.emoji",
    }
    assert connection.vendor == "mysql" or "collation" not in (
        Reaction._meta.get_field("emoji").db_parameters(connection).get("collation")
        or ""
    )


def test_rows_say_what_they_are() -> None:
    ana, ben = people("ana", "ben")
    letters, club = direct(ana, ben), group(ana, ben, *people("cem"))
    message = send(ana, letters)

    assert str(club) == "Climbing"
    assert str(letters) == f"direct {letters.pk}"
    assert str(message) == f"#1 of {letters.pk}"
    assert str(Participant.objects.get(conversation=letters, user=ana)) == (
        f"{ana.pk} in {letters.pk}"
    )


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "2026-01-31T09:30:00.000Z"),
        (
            datetime(2026, 1, 31, 9, 30, 0, 123_999, tzinfo=UTC),
            "2026-01-31T09:30:00.123Z",
        ),
        (
            datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            "2025-12-31T23:30:00.000Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_times_on_the_wire(moment: datetime, text: str) -> None:
    assert wire_time(moment) == text


@override_settings(USE_TZ=False, TIME_ZONE="Europe/Berlin")
def test_a_host_without_time_zones_has_local_times() -> None:
    moment = datetime(2026, 7, 1, 12, 0)

    assert wire_time(moment) == "2026-07-01T10:00:00.000Z"
