"""Who has read a message, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from django_chat import api
from django_chat.receipts.querysets import readers_of
from django_chat.timeline.models import Message, ReadMark
from tests.factories import direct, fill, group, people, send

pytestmark = pytest.mark.django_db


def times(message: Message) -> dict[str, datetime | None]:
    """Return when each of the others has read a message."""
    return {row.user.username: row.read_at for row in readers_of(message)}


def mark(user: Any, seq: int) -> datetime:
    """Return when `user` moved his watermark to `seq`."""
    return ReadMark.objects.get(user=user, seq=seq).read_at


def test_the_time_is_that_of_the_first_mark_at_or_above_the_message() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    messages = fill(letters, ana, 5)
    api.mark_read(ben, letters, up_to_seq=2)
    api.mark_read(ben, letters, up_to_seq=4)

    early, late = mark(ben, 2), mark(ben, 4)
    assert early < late
    assert [times(message)["ben"] for message in messages] == [
        early,
        early,
        late,
        late,
        None,
    ]


def test_answering_is_reading() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    question = send(ana, letters)
    answer = send(ben, letters)

    assert times(question) == {"ben": answer.created_at}
    assert times(answer) == {"ana": None}


def test_the_author_is_no_reader_of_his_own() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.mark_read(ben, place)

    assert times(message) == {"ben": mark(ben, 2), "cem": None}


def test_a_member_who_is_gone_is_not_listed() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.mark_read(ben, place)
    api.leave(ben, place)

    assert set(times(message)) == {"cem"}


def test_the_author_of_a_message_may_be_erased() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(cem, place)
    api.mark_read(ben, place)
    cem.delete()
    message.refresh_from_db()

    assert set(times(message)) == {"ana", "ben"}


def test_reading_a_year_of_messages_writes_one_row() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    fill(letters, ana, 300)
    api.mark_read(ben, letters)

    assert ReadMark.objects.filter(user=ben).count() == 1
