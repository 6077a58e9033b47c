"""Reading, marking unread, and who has read a message."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, fill, seat, send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def test_ana_reads_up_to_a_number_then_up_to_a_message_then_everything(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    rows = fill(letters, ben.user, 5)
    path = f"conversations/{letters.pk}/mark_read/"

    by_number = ana.post(path, {"up_to_seq": 2})
    by_message = ana.post(path, {"message_id": str(rows[3].pk)})
    everything = ana.post(path)

    assert by_number.json == {"read_seq": 2, "unread_count": 3, "marked": 2}
    assert by_message.json == {"read_seq": 4, "unread_count": 1, "marked": 2}
    assert everything.json == {"read_seq": 5, "unread_count": 0, "marked": 1}


def test_a_watermark_goes_neither_back_nor_beyond_the_newest(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    fill(letters, ben.user, 3)
    path = f"conversations/{letters.pk}/mark_read/"

    assert ana.post(path, {"up_to_seq": 2**53 - 1})["read_seq"] == 3
    assert ana.post(path, {"up_to_seq": 1})["read_seq"] == 3
    assert ana.post(path, {"up_to_seq": 0})["marked"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"up_to_seq": -1}, "up_to_seq"),
        ({"up_to_seq": "3"}, "up_to_seq"),
        ({"up_to_seq": True}, "up_to_seq"),
        ({"up_to_seq": 1.0}, "up_to_seq"),
        ({"up_to_seq": 2**53}, "up_to_seq"),
        ({"message_id": "nonsense"}, "message_id"),
        ({"message_id": 7}, "message_id"),
        ({"message_id": str(uuid4()), "up_to_seq": 1}, "message_id"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(
    ana: Caller, letters: Conversation, body: dict[str, Any], field: str
) -> None:
    refused = ana.post(f"conversations/{letters.pk}/mark_read/", body)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == field


def test_a_message_of_another_conversation_is_not_found(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    foreign = send(ben.user, climbing)
    refused = ana.post(
        f"conversations/{letters.pk}/mark_read/", {"message_id": str(foreign.pk)}
    )

    assert refused.code == (404, "not_found")


def test_marking_unread_is_private_and_ends_with_the_next_read(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    fill(letters, ben.user, 4)
    path = f"conversations/{letters.pk}/"
    ana.post(f"{path}mark_read/")

    assert ana.post(f"{path}mark_unread/").json == {"unread_count": 1}
    assert ana.post(f"{path}mark_unread/", {"seq": 2}).json == {"unread_count": 3}
    assert ana.get(path)["marked_unread"] is True
    assert seat(ana.user, letters).read_seq == 4
    assert ana.post(f"{path}mark_read/")["unread_count"] == 0
    assert ana.get(path)["marked_unread"] is False


def test_delivery_is_noted(ana: Caller, ben: Caller, letters: Conversation) -> None:
    fill(letters, ben.user, 3)
    path = f"conversations/{letters.pk}/delivered/"

    answer = ana.post(path, {"up_to_seq": 2})
    assert (answer.status, answer.json) == (204, None)
    assert seat(ana.user, letters).delivered_seq == 2
    assert ana.post(path, {})["field"] == "up_to_seq"


def test_receipts_tell_who_has_read_a_message_and_when(
    ana: Caller, ben: Caller, cleo: Caller, climbing: Conversation
) -> None:
    message = send(ana.user, climbing)
    ben.post(f"conversations/{climbing.pk}/mark_read/")

    told = ana.get(f"messages/{message.pk}/receipts/")

    assert told.status == 200
    by_user = {row["user_id"]: row for row in told["results"]}
    assert set(by_user) == {ben.id, cleo.id}
    assert by_user[ben.id]["name"] == "Ben Berg"
    assert by_user[ben.id]["read_at"] is not None
    assert by_user[cleo.id]["read_at"] is None
    assert (told["read_count"], told["member_count"]) == (1, 2)


def test_receipts_come_in_pages(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    message = send(ana.user, climbing)
    first = ana.get(f"messages/{message.pk}/receipts/", limit=1)
    second = ana.follow(first["next"])

    assert len(first["results"]) == len(second["results"]) == 1
    assert first["results"] != second["results"]
    assert second["member_count"] == 2


def test_what_is_read_after_a_block_does_not_show(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    early, late = send(ana.user, letters, "Early"), send(ana.user, letters, "Late")
    ben.post(f"conversations/{letters.pk}/mark_read/", {"message_id": str(early.pk)})
    block_user(actor=actor(ben.user), target=ana.user)
    ben.post(f"conversations/{letters.pk}/mark_read/")
    block_user(actor=actor(ana.user), target=ben.user)

    of_early = ana.get(f"messages/{early.pk}/receipts/")
    of_late = ana.get(f"messages/{late.pk}/receipts/")

    assert (of_early["read_count"], of_late["read_count"]) == (1, 0)
    assert of_early["results"][0]["read_at"] is not None
    assert of_late["results"][0]["read_at"] is None
