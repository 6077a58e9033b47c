"""Catching up without a socket."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from django_chat.feed.epoch import renew_epoch
from django_chat.people.services import block_user
from django_chat.presence.models import PresenceLease
from django_chat.timeline.models import Conversation
from tests.factories import actor, fill, group, person, send
from tests.protocol.schemas import check_object
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def kinds(answer: Any) -> list[tuple[str, int | None]]:
    return [(event["type"], event.get("rev")) for event in answer["events"]]


# --- changes of one conversation --------------------------------------------


def test_changes_are_each_message_once_as_it_is_now(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    old = send(ben.user, letters, "Helo")
    path = f"conversations/{letters.pk}/changes/"
    cursor = ana.get(path)["next_after"]
    send(ana.user, letters, "Hi")
    ben.patch(f"messages/{old.pk}/", {"content": "Hello"})

    told = ana.get(path, after=cursor)
    from_the_start = ana.get(path, after=0)

    assert kinds(told) == [("message", 2), ("message_updated", 3)]
    assert told["events"][1]["content"] == "Hello"
    assert (told["next_after"], told["rev"], told["has_more"]) == (3, 3, False)
    assert told["gap"] is False
    assert "reason" not in told.json
    assert kinds(from_the_start) == [("message", 2), ("message", 3)]


def test_without_a_cursor_the_feed_tells_only_where_it_ends(
    ana: Caller, letters: Conversation
) -> None:
    fill(letters, ana.user, 3)

    told = ana.get(f"conversations/{letters.pk}/changes/")

    assert (told["events"], told["next_after"], told["rev"]) == ([], 3, 3)


def test_the_feed_comes_in_pages_without_end(
    ana: Caller, letters: Conversation
) -> None:
    fill(letters, ana.user, 7)
    path, after, seen = f"conversations/{letters.pk}/changes/", 0, []
    has_more = True
    while has_more:
        page = ana.get(path, after=after, limit=3)
        seen += [event["seq"] for event in page["events"]]
        after, has_more = page["next_after"], page["has_more"]

    assert seen == list(range(1, 8))
    assert after == 7


def test_a_cursor_from_the_future_is_a_gap(ana: Caller, letters: Conversation) -> None:
    fill(letters, ana.user, 2)

    told = ana.get(f"conversations/{letters.pk}/changes/", after=2**53 - 1)

    assert told.status == 200
    assert (told["gap"], told["reason"]) == (True, "epoch")
    assert (told["events"], told["next_after"]) == ([], 2)


@pytest.mark.parametrize("name", ["after", "limit"])
@pytest.mark.parametrize("value", ["-1", "x", str(2**53), "1.5", "", "٣"])
def test_a_cursor_that_is_no_number_is_refused(
    ana: Caller, letters: Conversation, name: str, value: str
) -> None:
    refused = ana.get(f"conversations/{letters.pk}/changes/", **{name: value})

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == name


def test_a_change_of_the_title_comes_in_its_place(
    ana: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/"
    before = ana.get(f"{path}changes/")["rev"]
    ana.patch(path, {"title": "Bouldering"})
    send(ana.user, climbing, "New name")

    told = ana.get(f"{path}changes/", after=before)

    assert [event["type"] for event in told["events"]] == [
        "message",
        "conversation_updated",
        "message",
    ]
    assert told["events"][1]["changes"]["title"] == "Bouldering"
    assert told["events"][1]["members_changed"] is True


def test_a_newcomer_is_told_to_skip_what_he_may_not_see(
    ana: Caller, ben: Caller, dora: Caller, climbing: Conversation
) -> None:
    old = send(ben.user, climbing, "Secret")
    path = f"conversations/{climbing.pk}/"
    ana.post(f"{path}participants/", {"user_ids": ["@dora"]})
    cursor = dora.get(f"{path}changes/")["rev"]
    ben.patch(f"messages/{old.pk}/", {"content": "Still secret"})

    told = dora.get(f"{path}changes/", after=cursor)

    assert told["events"] == [
        {"type": "skip", "conversation_id": str(climbing.pk), "rev": told["rev"]}
    ]
    assert "ecret" not in str(dora.get(f"{path}changes/", after=0).json)


def test_what_ana_deleted_for_herself_stays_away(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    message = send(ben.user, letters, "Unwanted")
    cursor = ana.get("sync/")["cursors"][str(letters.pk)]
    ana.delete(f"messages/{message.pk}/?scope=me")
    ben.patch(f"messages/{message.pk}/", {"content": "Unwanted still"})

    stub = {
        "type": "message_updated",
        "conversation_id": str(letters.pk),
        "id": str(message.pk),
        "seq": 1,
        "rev": 2,
        "hidden": "me",
    }
    told = ana.get(f"conversations/{letters.pk}/changes/", after=cursor)
    assert told["events"] == [stub]
    check_object("HiddenMessage", stub)
    polled = ana.get("sync/", c=f"{letters.pk}:{cursor}")
    assert polled["events"] == [stub]


# --- all conversations ------------------------------------------------------


def test_the_first_poll_gives_the_list_and_where_everything_stands(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    fill(letters, ben.user, 3)

    first = ana.get("sync/")

    assert first.status == 200
    assert [row["id"] for row in first["list"]] == [str(letters.pk), str(climbing.pk)]
    assert first["cursors"] == {str(letters.pk): 3, str(climbing.pk): 2}
    assert first["unread"] == {"total": 3, "mentions": 0}
    assert (first["events"], first["more"], first["gap"], first["gone"]) == (
        [],
        [],
        [],
        [],
    )
    assert first["next_poll_ms"] == 3000
    assert first["epoch"]


def again(caller: Caller, last: Any) -> Any:
    """Poll with everything that the last answer gave."""
    return caller.get(
        "sync/",
        c=[f"{key}:{rev}" for key, rev in last["cursors"].items()],
        list=last["list_etag"],
        t=last["t"],
    )


def test_nothing_new_is_said_in_no_words(ana: Caller, letters: Conversation) -> None:
    send(ana.user, letters)

    unchanged = again(ana, ana.get("sync/"))

    assert (unchanged.status, unchanged.json) == (304, None)


def test_a_poll_brings_what_a_socket_would_have(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    send(ana.user, letters, "Hello")
    last = ana.get("sync/")
    ben.post(f"conversations/{letters.pk}/messages/", {"content": "Hi"})
    ben.put(f"messages/{_first(ana, letters)}/reactions/👍/")

    news = again(ana, last)

    assert [event["type"] for event in news["events"]] == [
        "message",
        "message_updated",
        "read",
    ]
    assert news["events"][2]["user_id"] == ben.id
    assert news["events"][2]["up_to_seq"] == 2
    assert news["cursors"] == {str(letters.pk): 3}
    assert news["unread"]["total"] == 1
    assert news["list"][0]["unread_count"] == 1


def _first(caller: Caller, conversation: Conversation) -> str:
    page = caller.get(f"conversations/{conversation.pk}/messages/")
    found: str = page["results"][0]["id"]
    return found


def test_a_conversation_that_is_not_anas_is_gone(
    ana: Caller, ben: Caller, dora: Caller, climbing: Conversation
) -> None:
    foreign = group(dora.user, person(), person())
    ben.post(f"conversations/{climbing.pk}/leave/")
    unknown = uuid4()

    polled = ben.get("sync/", c=[f"{climbing.pk}:0", f"{foreign.pk}:0", f"{unknown}:0"])

    assert polled.status == 200
    assert polled["gone"] == [str(climbing.pk), str(foreign.pk), str(unknown)]
    assert polled["events"] == []


def test_who_is_far_behind_is_told_to_load_anew(
    ana: Caller, letters: Conversation, climbing: Conversation
) -> None:
    fill(letters, ana.user, 501)

    polled = ana.get("sync/", c=[f"{letters.pk}:0", f"{climbing.pk}:99"])

    assert polled["gap"] == [str(letters.pk), str(climbing.pk)]
    assert polled["cursors"][str(letters.pk)] == 501
    assert polled["events"] == []


def test_much_news_come_in_parts(ana: Caller, letters: Conversation) -> None:
    fill(letters, ana.user, 250)

    first = ana.get("sync/", c=f"{letters.pk}:0")
    second = ana.get("sync/", c=f"{letters.pk}:{first['cursors'][str(letters.pk)]}")

    assert first["more"] == [str(letters.pk)]
    assert (len(first["events"]), len(second["events"])) == (200, 50)
    assert second["more"] == []


def test_reading_does_not_show_across_a_block(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    send(ana.user, letters, "Hello")
    last = ana.get("sync/")
    block_user(actor=actor(ben.user), target=ana.user)
    ben.post(f"conversations/{letters.pk}/mark_read/")

    polled = again(ana, last)

    assert polled.status == 304 or polled["events"] == []


def test_who_polls_is_there(ana: Caller, ben: Caller, letters: Conversation) -> None:
    ana.get("sync/")

    assert PresenceLease.objects.filter(user=ana.user).exists()
    assert ben.get("status/contact_statuses/").json[0]["status"] == "online"


def test_a_restored_database_is_of_another_epoch(
    ana: Caller, letters: Conversation
) -> None:
    before = ana.get("sync/")["epoch"]
    renew_epoch()

    assert ana.get("sync/")["epoch"] != before


SOME_ID = "01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "nonsense:1",
        f"{SOME_ID}",
        f"{SOME_ID}:",
        f"{SOME_ID}:-1",
        f"{SOME_ID}:x",
        f"{SOME_ID}:{2**63}",
        f"{SOME_ID}:1\x00",
    ],
)
def test_a_cursor_that_is_none_is_refused(ana: Caller, value: str) -> None:
    refused = ana.get("sync/", c=value)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "c"


def test_at_most_fifty_conversations_are_asked_for_at_once(ana: Caller) -> None:
    cursors = [f"{uuid4()}:0" for _ in range(51)]

    assert ana.get("sync/", c=cursors[:50]).status == 200
    refused = ana.get("sync/", c=cursors)
    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "c"


@pytest.mark.parametrize("token", ["", "x", "-1", "9" * 40, "٣", "0"])
def test_a_token_of_anybodys_making_harms_nothing(
    ana: Caller, letters: Conversation, token: str
) -> None:
    assert ana.get("sync/", t=token, list=token).status == 200
