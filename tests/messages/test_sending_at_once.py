"""Many send at the same instant: numbers stay dense, once stays once, nobody hangs."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.messages.sending import Sent, send_messages
from django_chat.messages.services import send_message
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
from tests.concurrency import failures, together
from tests.factories import direct, draft, group, people, seat
from tests.listening import hearing_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def assert_dense(conversation: Conversation, *, messages: int) -> None:
    """Check that the numbers of a conversation are 1, 2, 3 and so on."""
    conversation.refresh_from_db()
    rows = list(Message.objects.filter(conversation=conversation).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, messages + 1))
    countable = [row.ordinal for row in rows if row.kind == "text"]
    assert countable == list(range(1, len(countable) + 1))
    revs = [row.rev for row in rows]
    assert len(set(revs)) == len(revs)
    assert revs == sorted(revs)
    assert conversation.seq == rows[-1].seq
    assert conversation.ordinal == countable[-1]
    assert conversation.rev >= conversation.seq
    assert conversation.last_message_id == rows[-1].pk
    assert conversation.last_excerpt == rows[-1].content


def test_two_hundred_messages_by_every_door_have_dense_numbers() -> None:
    members = people(*(f"p{n}" for n in range(8)))
    place = group(*members)
    start = place.rev

    def by_host(user: Any) -> None:
        for n in range(25):
            api.send(user, place, f"host {n}")

    def one_by_one(user: Any) -> None:
        for n in range(25):
            send_message(draft(user, place, f"single {n}"))

    def in_batches(user: Any) -> None:
        for n in range(5):
            outcomes = send_messages(
                [draft(user, place, f"batch {n} {m}") for m in range(5)]
            )
            assert all(isinstance(outcome, Sent) for outcome in outcomes)

    doors = [by_host, one_by_one, in_batches, in_batches]
    with hearing_at_once() as heard:
        results = together(
            *[partial(doors[n % 4], user) for n, user in enumerate(members)]
        )

    assert not failures(results), results
    assert_dense(place, messages=201)
    assert place.rev == start + 200
    told = [event.rev for event in heard.of_conversations if event.rev is not None]
    assert sorted(told) == list(range(start + 1, start + 201))
    for user in members:
        mine = Message.objects.filter(conversation=place, sender=user)
        assert mine.count() == 25
        newest = mine.order_by("-seq")[0]
        assert seat(user, place).read_seq == newest.seq
        assert seat(user, place).read_ordinal == newest.ordinal


def test_every_author_finds_his_messages_in_the_order_he_wrote_them() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    def write(user: Any) -> None:
        for n in range(30):
            api.send(user, letters, str(n))

    assert not failures(together(partial(write, ana), partial(write, ben)))

    assert_dense(letters, messages=60)
    for user in (ana, ben):
        rows = Message.objects.filter(sender=user).order_by("seq")
        assert [row.content for row in rows] == [str(n) for n in range(30)]


def test_eight_repeats_at_once_are_one_message_and_eight_equal_answers() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    asked = draft(ana, letters, "Once", client_id="k")

    with hearing_at_once() as heard:
        results = together(*[partial(send_message, asked)] * 8)

    assert not failures(results), results
    assert len({(r.id, r.seq, r.rev, r.created_at, r.client_id) for r in results}) == 1
    assert sorted(r.duplicate for r in results) == [False] + [True] * 7
    assert Message.objects.count() == 1
    assert heard.types == ["message"]
    assert_dense(letters, messages=1)


def test_eight_texts_under_one_key_at_once_store_one_of_them() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    results = together(
        *[
            partial(send_message, draft(ana, letters, str(n), client_id="k"))
            for n in range(8)
        ]
    )

    assert sum(isinstance(result, Sent) for result in results) == 1
    refused = failures(results)
    assert [e.code for e in refused if isinstance(e, ChatError)] == [
        "idempotency_conflict"
    ] * 7
    assert_dense(letters, messages=1)


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in batches"])
def test_one_key_in_two_conversations_at_once_is_stored_in_one(alone: bool) -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    places = [direct(ana, ben), direct(ana, cem)]

    for number in range(5):
        key = f"k{number}"
        jobs: list[Callable[[], Any]] = []
        for place in places:
            drafts = [draft(ana, place, "The one", client_id=key)]
            if not alone:
                drafts = [
                    draft(ana, place, "Before"),
                    *drafts,
                    draft(ana, place, "After"),
                ]
            jobs.append(partial(send_messages, drafts))

        results = together(*jobs)

        assert not failures(results), results
        contested = [outcomes[0 if alone else 1] for outcomes in results]
        assert sum(isinstance(outcome, Sent) for outcome in contested) == 1
        (loser,) = (o for o in contested if isinstance(o, ChatError))
        assert loser.code == "idempotency_conflict"
        assert Message.objects.filter(client_id=key).count() == 1
        if not alone:
            # The neighbours of the loser did not suffer.
            neighbours = [o for outcomes in results for o in (outcomes[0], outcomes[2])]
            assert all(isinstance(o, Sent) and not o.duplicate for o in neighbours)
    for place in places:
        place.refresh_from_db()
        if place.seq:
            assert_dense(place, messages=place.seq)


def test_two_keys_in_opposite_order_in_two_conversations_do_not_hang() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    here, there = direct(ana, ben), direct(ana, cem)

    for number in range(5):
        keys = [f"a{number}", f"b{number}"]
        results = together(
            partial(
                send_messages, [draft(ana, here, "Hi", client_id=key) for key in keys]
            ),
            partial(
                send_messages,
                [draft(ana, there, "Hi", client_id=key) for key in reversed(keys)],
            ),
        )
        assert not failures(results), results
        assert Message.objects.filter(client_id__in=keys).count() == 2


def test_batches_over_the_same_conversations_in_opposite_order_do_not_deadlock(
    thorough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever deadlocks pauses and tries again: nobody may have to.
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    ana, ben, cem = people("ana", "ben", "cem")
    here, there, club = direct(ana, ben), direct(ana, cem), group(ana, ben, cem)
    rounds = 100 if thorough else 25
    places = [here, club, there]

    def write(order: list[Conversation]) -> None:
        for n in range(rounds):
            outcomes = send_messages([draft(ana, place, str(n)) for place in order])
            assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes

    results = together(
        partial(write, places),
        partial(write, places[::-1]),
        partial(write, [club, there, here]),
    )

    assert not failures(results), results
    assert pauses == []
    for place in places:
        # A group begins with a line of its own.
        assert_dense(place, messages=3 * rounds + place.is_group)


def test_verbs_of_all_kinds_at_once_never_take_the_same_number() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    mine = api.send(ana, place, "Edit me")

    def send_some(user: Any) -> None:
        for n in range(15):
            api.send(user, place, str(n))

    def change_one() -> None:
        for n in range(8):
            api.edit_message(ana, mine, f"Version {n}")
            api.react(ana, mine, "👍")
            api.react(ana, mine, "👍", op="remove")

    def come_and_go() -> None:
        for _ in range(5):
            api.add_members(ana, place, [dan])
            api.remove_member(ana, place, dan)

    def read_all() -> None:
        for _ in range(15):
            api.mark_read(ben, place)

    with hearing_at_once() as heard:
        results = together(
            partial(send_some, ben),
            partial(send_some, cem),
            change_one,
            come_and_go,
            read_all,
        )

    assert not failures(results), results
    # The first line, the first message, thirty more, and ten who came or went.
    assert_dense_numbers_only(place, messages=42)
    revs = [event.rev for event in heard.of_conversations if event.rev is not None]
    assert sorted(revs) == list(range(4, place.rev + 1))
    assert place.member_count == 3
    assert Participant.objects.active().filter(conversation=place).count() == 3


def assert_dense_numbers_only(conversation: Conversation, *, messages: int) -> None:
    """Check the numbers where edits have moved the `rev` of some rows."""
    conversation.refresh_from_db()
    rows = Message.objects.filter(conversation=conversation).order_by("seq")
    assert [row.seq for row in rows] == list(range(1, messages + 1))
    ordinals = [row.ordinal for row in rows if row.kind == "text"]
    assert ordinals == list(range(1, len(ordinals) + 1))
    assert len({row.rev for row in rows}) == messages


def test_whoever_is_removed_while_he_writes_gets_nothing_in_afterwards() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)

    def write() -> list[Any]:
        return [send_messages([draft(cem, place, str(n))])[0] for n in range(20)]

    results = together(write, partial(api.remove_member, ana, place, cem))

    assert not failures(results), results
    line = Message.objects.get(conversation=place, system__event="member_removed")
    assert not Message.objects.filter(sender=cem, seq__gt=line.seq).exists()
    outcomes = results[0]
    stored = [outcome for outcome in outcomes if isinstance(outcome, Sent)]
    assert Message.objects.filter(sender=cem).count() == len(stored)
    refused = {outcome.code for outcome in outcomes if isinstance(outcome, ChatError)}
    assert refused <= {"not_participant"}


def test_marks_of_concurrent_senders_are_written_once() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    def write(user: Any) -> None:
        for n in range(15):
            api.send(user, letters, str(n))

    assert not failures(together(*[partial(write, user) for user in (ana, ben)]))

    marks = ReadMark.objects.values_list("user", "seq")
    assert len(set(marks)) == len(marks)
