"""Many messages at once: each meets its own fate, and the numbers have no holes."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.ids import new_id
from django_chat.messages.sending import Sent, send_messages
from django_chat.messages.services import send_message
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation, Message
from tests.factories import (
    actor,
    direct,
    draft,
    fill,
    group,
    people,
    person,
    seat,
    send,
)
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def codes(outcomes: list[Any]) -> list[str]:
    """Return "sent", "again" or the code of the error, for each draft."""
    return [
        outcome.code
        if isinstance(outcome, ChatError)
        else "again"
        if outcome.duplicate
        else "sent"
        for outcome in outcomes
    ]


def numbers(conversation: Conversation) -> list[tuple[int, int, int]]:
    """Return seq, rev and ordinal of every message, in order."""
    rows = Message.objects.filter(conversation=conversation).order_by("seq")
    return [(row.seq, row.rev, row.ordinal) for row in rows]


def test_a_bad_draft_takes_no_number_and_harms_no_neighbour() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    climbing, letters = group(ana, ben, cem), direct(ana, ben)
    secret = direct(ben, cem)
    gone = send(ana, climbing, "Gone")
    api.delete_message(ana, gone)
    send(ana, letters, "Before", client_id="used")
    drafts = [
        draft(ana, letters, "1"),
        draft(ana, letters, ""),
        draft(ana, letters, "x" * 10_001),
        draft(ana, letters, "a\x00"),
        draft(ana, letters, "2"),
        draft(ana, letters, "Other", client_id="used"),
        draft(ana, letters, "Before", client_id="used"),
        draft(ana, letters, "3", client_id="a b"),
        draft(ana, letters, "3", extra={"a": float("nan")}),
        draft(ana, secret, "Not mine"),
        draft(eve, letters, "Not mine either"),
        draft(ana, letters, "Elsewhere", tenant="north"),
        draft(ana, Conversation(), "Nowhere"),
        draft(ana, letters, "Reply", reply_to=gone.pk),
        draft(ana, letters, "Reply", reply_to=new_id()),
        draft(ana, letters, "Hey", mentions=[{"user_id": ["nobody"]}]),
        draft(ana, letters, "Hey", mentions=[{"user_id": "\ud800"}]),
        draft(
            ana,
            letters,
            "Hey",
            mentions=[{"user_id": "9" * 40, "offset": 0, "length": 1}],
        ),
        draft(ben, letters, "3"),
        draft(cem, climbing, "4"),
    ]

    outcomes = send_messages(drafts)

    assert codes(outcomes) == [
        "sent",
        "empty_message",
        "too_long",
        "invalid_payload",
        "sent",
        "idempotency_conflict",
        "again",
        "invalid_payload",
        "invalid_payload",
        "not_found",
        "not_found",
        "not_found",
        "not_found",
        "invalid_reply",
        "invalid_reply",
        "invalid_mention",
        "invalid_payload",
        "invalid_mention",
        "sent",
        "sent",
    ]
    assert numbers(letters) == [(n, n, n) for n in range(1, 5)]
    assert not Message.objects.filter(conversation=secret).exists()


def test_a_batch_keeps_its_order_in_every_conversation() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    places = [direct(ana, ben), direct(ana, cem), group(ana, ben, cem)]
    drafts = [draft(ana, places[n % 3], str(n)) for n in range(30)]

    with hearing() as heard:
        outcomes = send_messages(drafts)

    assert codes(outcomes) == ["sent"] * 30
    for place in places:
        rows = Message.objects.filter(conversation=place, kind="text").order_by("seq")
        contents = [int(row.content) for row in rows]
        assert contents == sorted(contents)
        assert len(contents) == 10
        place.refresh_from_db()
        last = rows.last()
        assert last is not None
        assert (place.last_message_id, place.last_excerpt) == (last.pk, last.content)
        assert (place.seq, place.rev, place.ordinal) == (
            last.seq,
            last.rev,
            last.ordinal,
        )
    assert [e.frame["content"] for e in heard.of_conversations] == [
        str(n) for n in range(30)
    ]


def test_everybody_of_a_batch_has_his_own_watermark() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    climbing, letters = group(ana, ben, cem), direct(ana, ben)

    send_messages(
        [
            draft(ana, climbing, "1"),
            draft(ben, climbing, "2"),
            draft(ben, letters, "a"),
            draft(ana, climbing, "3"),
            draft(ana, letters, "b"),
            draft(ben, letters, "c", marks_read=False),
        ]
    )

    reads = {
        (user.username, place.kind): (row.read_seq, row.read_ordinal)
        for user in (ana, ben, cem)
        for place in (climbing, letters)
        for row in [place.participants.filter(user=user).first()]
        if row is not None
    }
    assert reads == {
        ("ana", "group"): (4, 3),
        ("ben", "group"): (3, 2),
        ("cem", "group"): (0, 0),
        ("ana", "direct"): (2, 2),
        ("ben", "direct"): (1, 1),
    }
    assert [api.unread_for(user) for user in (ana, ben, cem)] == [1, 2, 3]


def test_whoever_posts_in_a_batch_is_told_of_as_reader_once_per_message_unread() -> (
    None
):
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    with hearing() as heard:
        send_messages(
            [
                draft(ana, letters, "1"),
                draft(ben, letters, "2"),
                draft(ben, letters, "3"),
            ]
        )

    assert heard.types == ["message", "message", "read", "message"]


def test_a_batch_of_nothing_is_nothing() -> None:
    assert send_messages([]) == []


def test_a_batch_of_refusals_stores_nothing_and_tells_nobody() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    block_user(actor=actor(ben), target=ana)

    with hearing() as heard:
        outcomes = send_messages([draft(ana, letters, str(n)) for n in range(3)])

    assert codes(outcomes) == ["unavailable"] * 3
    assert not heard
    assert numbers(letters) == []


def test_single_messages_and_batches_continue_one_another() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    fill(letters, ana, 7)
    send_message(draft(ben, letters, "8"))
    fill(letters, ben, 2)

    assert numbers(letters) == [(n, n, n) for n in range(1, 11)]


def test_system_lines_have_no_ordinal_of_their_own() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    climbing = group(ana, ben, cem)
    send(ana, climbing, "1")
    api.add_members(ana, climbing, [dan])
    send(dan, climbing, "2")
    api.leave(cem, climbing)
    send(ben, climbing, "3")

    rows = Message.objects.filter(conversation=climbing).order_by("seq")
    assert [(row.kind, row.seq, row.ordinal) for row in rows] == [
        ("system", 1, 0),
        ("text", 2, 1),
        ("system", 3, 1),
        ("text", 4, 2),
        ("system", 5, 2),
        ("text", 6, 3),
    ]
    assert seat(dan, climbing).joined_seq == 3


def test_somebody_who_left_in_between_is_refused_alone() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    climbing = group(ana, ben, cem)
    api.leave(cem, climbing)

    outcomes = send_messages([draft(user, climbing) for user in (ana, cem, ben)])

    assert codes(outcomes) == ["sent", "not_participant", "sent"]
    assert isinstance(outcomes[0], Sent)
    assert isinstance(outcomes[2], Sent)
    assert outcomes[2].seq == outcomes[0].seq + 1


def test_a_stranger_in_a_batch_sees_the_same_as_alone() -> None:
    ana, ben = people("ana", "ben")
    eve = person("eve")
    outcomes = send_messages(
        [
            draft(eve, direct(ana, ben)),
            draft(eve, Conversation()),
            draft(ana, direct(ana, ben)),
        ]
    )

    first, second, third = outcomes
    assert isinstance(first, ChatError)
    assert isinstance(second, ChatError)
    assert first.as_dict() == second.as_dict()
    assert isinstance(third, Sent)
