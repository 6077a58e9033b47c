"""Messages: history, sending, and each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings
from django.utils import timezone

from django_chat.groups.services.members import remove_member
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, fill, send
from tests.protocol.schemas import check_object
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def seqs(answer: Any) -> list[int]:
    return [row["seq"] for row in answer["results"]]


# --- history ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected", "older", "newer"),
    [
        ({}, list(range(1, 9)), False, False),
        ({"limit": 3}, [6, 7, 8], True, False),
        ({"limit": 3, "before_seq": 5}, [2, 3, 4], True, True),
        ({"limit": 3, "before_seq": 2}, [1], False, True),
        ({"limit": 3, "after_seq": 5}, [6, 7, 8], True, False),
        ({"limit": 3, "after_seq": 0}, [1, 2, 3], False, True),
        ({"limit": 4, "around_seq": 4}, [2, 3, 4, 5], True, True),
        ({"after_seq": 8}, [], True, False),
        ({"before_seq": 1}, [], False, True),
    ],
)
def test_history_is_read_next_to_a_number(
    ana: Caller,
    letters: Conversation,
    query: dict[str, int],
    expected: list[int],
    older: bool,
    newer: bool,
) -> None:
    fill(letters, ana.user, 8)

    page = ana.get(f"conversations/{letters.pk}/messages/", **query)

    assert page.status == 200
    assert seqs(page) == expected
    assert (page["has_older"], page["has_newer"]) == (older, newer)
    assert (page["rev"], page["seq"], page["history_from_seq"]) == (8, 8, 1)


def test_the_other_door_gives_the_same_page(ana: Caller, letters: Conversation) -> None:
    fill(letters, ana.user, 4)
    query = {"limit": 2, "before_seq": 4}

    one = ana.get(f"conversations/{letters.pk}/messages/", **query)
    other = ana.get("messages/", conversation=letters.pk, **query)

    assert one.json == other.json
    assert seqs(one) == [2, 3]


def test_a_page_of_history_has_at_most_a_hundred_messages(
    ana: Caller, letters: Conversation
) -> None:
    fill(letters, ana.user, 101)

    page = ana.get(f"conversations/{letters.pk}/messages/", limit=5000)

    assert seqs(page) == list(range(2, 102))


@pytest.mark.parametrize(
    "query",
    [
        {"before_seq": 3, "after_seq": 1},
        {"before_seq": "x"},
        {"after_seq": -1},
        {"around_seq": 2**53},
        {"limit": 0},
        {"limit": "9" * 5000},
    ],
)
def test_a_place_in_history_that_makes_no_sense_is_refused(
    ana: Caller, letters: Conversation, query: dict[str, Any]
) -> None:
    refused = ana.get(f"conversations/{letters.pk}/messages/", **query)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] in (*query, "around_seq")


@pytest.mark.parametrize("query", [{}, {"conversation": "nonsense"}])
def test_the_other_door_needs_a_conversation(
    ana: Caller, query: dict[str, str]
) -> None:
    refused = ana.get("messages/", **query)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "conversation"


def test_a_newcomer_sees_nothing_of_what_was_before(
    ana: Caller, ben: Caller, dora: Caller, climbing: Conversation
) -> None:
    old = send(ben.user, climbing, "Before")
    ana.post(f"conversations/{climbing.pk}/participants/", {"user_ids": ["@dora"]})
    send(ben.user, climbing, "After")

    page = dora.get(f"conversations/{climbing.pk}/messages/")

    texts = [row["content"] for row in page["results"] if row["kind"] == "text"]
    assert texts == ["After"]
    assert page["has_older"] is False
    assert dora.get(f"messages/{old.pk}/").code == (404, "not_found")


def test_what_a_blocked_person_wrote_is_shown_only_on_request(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    message = send(ben.user, climbing, "Hello")
    block_user(actor=actor(ana.user), target=ben.user)

    page = ana.get(f"conversations/{climbing.pk}/messages/")
    hidden = ana.get(f"messages/{message.pk}/")
    shown = ana.get(f"messages/{message.pk}/", reveal="1")

    for row in (page["results"][-1], hidden.json):
        assert (row["content"], row["hidden"]) == ("", "blocked")
    assert shown["content"] == "Hello"
    assert "hidden" not in shown.json


# --- sending ----------------------------------------------------------------


def test_ana_sends_and_ben_reads(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    sent = ana.post(
        f"conversations/{letters.pk}/messages/",
        {"content": " Hello \n", "client_id": "k1", "extra": {"order": 7}},
    )

    assert sent.status == 201
    assert (sent["seq"], sent["rev"], sent["content"]) == (1, 1, " Hello \n")
    assert (sent["is_own_message"], sent["client_id"]) == (True, "k1")
    read = ben.get(f"messages/{sent['id']}/")
    assert (read["content"], read["extra"]) == (" Hello \n", {"order": 7})
    assert (read["is_own_message"], read["client_id"]) == (False, None)


def test_what_the_sender_gets_is_what_he_reads_later(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    target = send(ben.user, climbing, "Saturday?")
    sent = ana.post(
        f"conversations/{climbing.pk}/messages/",
        {"content": "Yes @ben", "reply_to": str(target.pk)},
    )

    assert sent.json == ana.get(f"messages/{sent['id']}/").json
    assert sent["reply_to"]["excerpt"] == "Saturday?"
    assert [m["user_id"] for m in sent["mentions"]] == [ben.id]


def test_mentions_that_the_client_gives_are_taken(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    given = {"user_id": ben.id, "offset": 0, "length": 3}
    sent = ana.post(
        f"conversations/{climbing.pk}/messages/",
        {"content": "Ben and all", "mentions": [given]},
    )

    assert sent["mentions"] == [{"kind": "user", **given}]


def test_the_other_doors_send_too(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    by_id = ana.post(
        "messages/", {"conversation_id": str(letters.pk), "content": "One"}
    )
    by_person = ana.post("messages/", {"to": ben.id, "content": "Two"})

    assert (by_id.status, by_person.status) == (201, 201)
    assert by_id["conversation_id"] == by_person["conversation_id"] == str(letters.pk)


def test_writing_to_a_person_opens_the_conversation(ana: Caller, dora: Caller) -> None:
    sent = ana.post("messages/", {"to": "@dora", "content": "Hello"})

    assert sent.status == 201
    listed = dora.get("conversations/")
    assert [row["id"] for row in listed["results"]] == [sent["conversation_id"]]


def test_a_refused_message_to_a_person_opens_nothing(ana: Caller, dora: Caller) -> None:
    for body, code in [
        ({"content": " "}, "empty_message"),
        ({"content": "x" * 10_001}, "too_long"),
        ({"content": "x", "file": {"name": "a"}}, "file_too_large"),
        ({"content": "x", "extra": {"a": "x" * 9_000}}, "too_long"),
    ]:
        assert ana.post("messages/", {"to": "@dora", **body})["code"] == code
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("both", [True, False])
def test_a_message_goes_to_one_place(
    ana: Caller, ben: Caller, letters: Conversation, both: bool
) -> None:
    places = {"conversation_id": str(letters.pk), "to": ben.id} if both else {}
    refused = ana.post("messages/", {"content": "Hello", **places})

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "conversation_id"


def test_a_repeat_tells_where_the_message_stands(
    ana: Caller, letters: Conversation
) -> None:
    path = f"conversations/{letters.pk}/messages/"
    first = ana.post(path, {"content": "Hello", "client_id": "k1"})
    ana.patch(f"messages/{first['id']}/", {"content": "Hallo"})

    by_body = ana.post(path, {"content": "Hello", "client_id": "k1"})
    by_header = ana.post(path, {"content": "Hello"}, headers={"Idempotency-Key": "k1"})

    for again in (by_body, by_header):
        assert again.status == 200
        assert again.json == {
            "id": first["id"],
            "conversation_id": str(letters.pk),
            "client_id": "k1",
            "seq": 1,
            "rev": 1,
            "timestamp": first["timestamp"],
            "duplicate": True,
        }
    assert Message.objects.count() == 1


def test_a_repeat_is_answered_even_after_removal(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/messages/"
    body = {"content": "Hello", "client_id": "k1"}
    ben.post(path, body)
    remove_member(
        actor=actor(ana.user), conversation_id=climbing.pk, user_id=str(ben.user.pk)
    )

    assert ben.post(path, body)["duplicate"] is True
    assert ben.post(path, {"content": "Hi"}).code == (403, "not_participant")


def test_a_key_stands_for_one_message(ana: Caller, letters: Conversation) -> None:
    path = f"conversations/{letters.pk}/messages/"
    ana.post(path, {"content": "Hello", "client_id": "k1"})

    other = ana.post(path, {"content": "Bye", "client_id": "k1"})

    assert other.code == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("k1", "k2"),
        ("a b", None),
        ("", None),
        ("x" * 65, None),
        (None, ""),
        (None, "a b"),
        (None, "ä"),
        (None, "x" * 65),
        (None, 7),
        (None, "k1\n"),
    ],
)
def test_a_key_that_is_none_is_refused(
    ana: Caller, letters: Conversation, header: str | None, body: Any
) -> None:
    headers = {} if header is None else {"Idempotency-Key": header}
    refused = ana.post(
        f"conversations/{letters.pk}/messages/",
        {"content": "Hello", "client_id": body},
        headers=headers,
    )

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "client_id"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 400, "empty_message", "content"),
        ({"content": " \n "}, 400, "empty_message", "content"),
        ({"content": "x" * 10_001}, 400, "too_long", "content"),
        ({"content": 5}, 400, "invalid_payload", "content"),
        ({"content": ["Hi"]}, 400, "invalid_payload", "content"),
        ({"content": "Hi", "reply_to": str(uuid4())}, 400, "invalid_reply", "reply_to"),
        ({"content": "Hi", "reply_to": "x"}, 400, "invalid_payload", "reply_to"),
        ({"content": "Hi", "extra": [1]}, 400, "invalid_payload", "extra"),
        ({"content": "Hi", "extra": {"a": "x" * 8192}}, 400, "too_long", "extra"),
        ({"content": "Hi", "mentions": {}}, 400, "invalid_payload", "mentions"),
        ({"content": "Hi", "mentions": ["ben"]}, 400, "invalid_payload", "mentions"),
        (
            {"content": "Hi", "mentions": [{"user_id": [], "offset": 0, "length": 1}]},
            400,
            "invalid_payload",
            "mentions",
        ),
        (
            {"content": "Hi", "mentions": [{"user_id": "0", "offset": 0, "length": 1}]},
            400,
            "invalid_mention",
            "mentions",
        ),
        (
            {
                "content": "Hi",
                "mentions": [{"user_id": "9" * 30, "offset": 0, "length": 1}],
            },
            400,
            "invalid_mention",
            "mentions",
        ),
        (
            {"content": "Hi", "mentions": [{"kind": "all", "offset": 0, "length": 9}]},
            400,
            "invalid_mention",
            "mentions",
        ),
        (
            {
                "content": "x" * 60,
                "mentions": [{"kind": "all", "offset": 0, "length": 1}] * 51,
            },
            400,
            "invalid_payload",
            "mentions",
        ),
        ({"content": "", "file": {"name": "a.txt"}}, 413, "file_too_large", "file"),
        (
            {"content": "Hi", "attachment_ids": [str(uuid4())]},
            404,
            "not_found",
            "attachment_ids",
        ),
    ],
)
def test_a_message_that_cannot_be_sent_leaves_no_trace(
    ana: Caller,
    letters: Conversation,
    body: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    refused = ana.post(f"conversations/{letters.pk}/messages/", body)

    assert refused.code == (status, code)
    assert refused["field"] == field
    letters.refresh_from_db()
    assert (letters.seq, letters.rev) == (0, 0)


def test_nobody_writes_where_writing_is_off(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    block_user(actor=actor(ana.user), target=ben.user)
    ana.patch(f"conversations/{climbing.pk}/", {"status": "read_only"})
    hello = {"content": "Hello"}

    in_letters = f"conversations/{letters.pk}/messages/"
    in_climbing = f"conversations/{climbing.pk}/messages/"
    assert ben.post(in_letters, hello).code == (403, "unavailable")
    assert ana.post(in_letters, hello).code == (403, "unavailable")
    assert ben.post(in_climbing, hello).code == (403, "read_only")
    assert ana.post(in_climbing, hello).status == 201


def test_sending_too_fast_is_refused_and_repeats_count(
    ana: Caller, letters: Conversation
) -> None:
    path = f"conversations/{letters.pk}/messages/"
    body = {"content": "Hello", "client_id": "k1"}
    with override_settings(DJANGO_CHAT={"SEND_RATE": 0.01, "SEND_BURST": 2}):
        answers = [ana.post(path, body) for _ in range(3)]
        elsewhere = ana.post("messages/", {"to": "@ben", "content": "Hello"})
        reading = ana.get(path)

    assert [answer.status for answer in answers] == [201, 200, 429]
    assert answers[2]["code"] == "rate_limited"
    assert elsewhere.status == 429
    assert reading.status == 200


# --- one message ------------------------------------------------------------


def test_an_author_edits_and_the_earlier_texts_are_kept(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Helo")
    path = f"messages/{message.pk}/"

    first = ana.patch(path, {"content": "Hello"})
    second = ana.patch(path, {"content": "Hello!", "base_version": first["version"]})

    assert (first["content"], first["version"]) == ("Hello", 2)
    assert second["edited_at"] is not None
    told = ana.get(f"{path}revisions/")
    assert [(row["version"], row["content"]) for row in told.json] == [
        (1, "Helo"),
        (2, "Hello"),
    ]
    assert all(set(row) == {"version", "content", "edited_at"} for row in told.json)
    assert ben.get(path)["content"] == "Hello!"


def test_an_edit_that_did_not_see_the_last_one_is_refused(
    ana: Caller, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Helo")
    path = f"messages/{message.pk}/"
    ana.patch(path, {"content": "Hello"})

    refused = ana.patch(path, {"content": "Hallo", "base_version": 1})

    assert refused.code == (409, "stale_revision")
    assert refused["detail"] == {"version": 2, "content": "Hello"}


def test_earlier_texts_are_for_the_author_and_moderators(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    message = send(ben.user, climbing, "Helo")
    ben.patch(f"messages/{message.pk}/", {"content": "Hello"})
    path = f"messages/{message.pk}/revisions/"

    assert [row["content"] for row in ana.get(path).json] == ["Helo"]
    assert ben.get(path).status == 200
    assert cleo.get(path).code == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_payload"),
        ({"content": None}, "invalid_payload"),
        ({"content": " "}, "empty_message"),
        ({"content": "x" * 10_001}, "too_long"),
        ({"content": "Hi", "base_version": "1"}, "invalid_payload"),
        ({"content": "Hi", "mentions": [{"offset": 0}]}, "invalid_payload"),
    ],
)
def test_an_edit_that_says_nothing_is_refused(
    ana: Caller, letters: Conversation, body: dict[str, Any], code: str
) -> None:
    message = send(ana.user, letters, "Hello")

    assert ana.patch(f"messages/{message.pk}/", body).code == (400, code)


def test_an_edit_comes_too_late(ana: Caller, letters: Conversation) -> None:
    message = send(ana.user, letters, "Hello")
    Message.objects.filter(pk=message.pk).update(
        created_at=timezone.now() - timedelta(minutes=6)
    )

    refused = ana.patch(f"messages/{message.pk}/", {"content": "Hallo"})

    assert refused.code == (409, "edit_window_expired")


def test_nobody_edits_anothers_message(
    ben: Caller, ana: Caller, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Hello")

    refused = ben.patch(f"messages/{message.pk}/", {"content": "Bye"})

    assert refused.code == (403, "forbidden")


def test_a_deleted_message_leaves_a_tombstone_however_often(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Hello")
    path = f"messages/{message.pk}/"

    deleted, again = ana.delete(path), ana.delete(path)

    assert (deleted.status, again.status) == (200, 200)
    assert deleted.json == again.json
    assert (deleted["content"], deleted["deleted_by"]) == ("", "author")
    assert ben.get(path)["deleted_at"] == deleted["deleted_at"]
    assert ana.patch(path, {"content": "Hi"}).code == (409, "already_deleted")
    assert ana.get(f"{path}revisions/").json == []


def test_only_a_moderator_deletes_anothers_message(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    message = send(ben.user, climbing, "Hello")
    path = f"messages/{message.pk}/"

    assert cleo.delete(path).code == (403, "forbidden")
    assert ana.delete(path)["deleted_by"] == "moderator"


def test_ana_deletes_a_message_for_herself_only(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    message = send(ben.user, letters, "Hello")
    path = f"messages/{message.pk}/"

    gone, again = ana.delete(f"{path}?scope=me"), ana.delete(f"{path}?scope=me")

    assert (gone.status, again.status) == (204, 204)
    stub = {"id": str(message.pk), "seq": 1, "rev": 1, "hidden": "me"}
    assert ana.get(path).json == stub
    check_object("HiddenMessage", stub)
    page = ana.get(f"conversations/{letters.pk}/messages/")
    assert page["results"] == [stub]
    assert ben.get(path)["content"] == "Hello"
    assert ana.delete(f"{path}?scope=all")["field"] == "scope"
