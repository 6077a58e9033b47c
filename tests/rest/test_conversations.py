"""The list of one's conversations, and each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, group, person, seat, send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer["results"]]


# --- the list ---------------------------------------------------------------


def test_the_newest_conversation_comes_first(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    send(ben.user, letters, "Hello")
    send(ben.user, climbing, "Saturday?")

    listed = ana.get("conversations/")

    assert listed.status == 200
    assert ids(listed) == [str(climbing.pk), str(letters.pk)]
    assert (listed["next"], listed["previous"]) == (None, None)
    assert listed["results"][0]["last_message"]["excerpt"] == "Saturday?"
    assert listed["results"][1]["title"] == "Ben Berg"


def test_the_list_counts_what_ana_has_not_read(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    send(ben.user, letters, "One")
    send(ben.user, letters, "Two")
    send(ben.user, climbing, "Hi @ana")

    listed = ana.get("conversations/")

    assert [row["unread_count"] for row in listed["results"]] == [1, 2]
    assert (listed["total_unread"], listed["total_mentions"]) == (3, 1)


def test_archived_and_hidden_conversations_do_not_count_in_the_totals(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    send(ben.user, letters, "One")
    send(ben.user, climbing, "Two @ana")
    ana.patch(f"conversations/{letters.pk}/", {"archived": True})
    ana.delete(f"conversations/{climbing.pk}/")

    listed = ana.get("conversations/")

    assert ids(listed) == [str(letters.pk)]
    assert (listed["total_unread"], listed["total_mentions"]) == (0, 0)


def test_a_stranger_sees_none_of_it(dora: Caller, climbing: Conversation) -> None:
    assert ids(dora.get("conversations/")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "direct"}, ["letters"]),
        ({"kind": "group"}, ["climbing"]),
        ({"archived": "true"}, ["climbing"]),
        ({"archived": "0"}, ["letters"]),
        ({"unread": "1"}, ["letters"]),
        ({"unread": "false"}, ["climbing"]),
        ({"search": "limb"}, ["climbing"]),
        ({"search": "BERG"}, ["climbing", "letters"]),
        ({"search": "Alba"}, []),
        ({"search": "%"}, []),
        ({"search": ""}, ["climbing", "letters"]),
        ({"search": "berg", "kind": "direct"}, ["letters"]),
    ],
)
def test_the_list_can_be_narrowed(
    ana: Caller,
    ben: Caller,
    letters: Conversation,
    climbing: Conversation,
    query: dict[str, str],
    expected: list[str],
) -> None:
    send(ben.user, letters, "Hello")
    ana.patch(f"conversations/{climbing.pk}/", {"archived": True})
    names = {str(letters.pk): "letters", str(climbing.pk): "climbing"}

    assert sorted(names[pk] for pk in ids(ana.get("conversations/", **query))) == (
        expected
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "channel"),
        ("archived", "maybe"),
        ("archived", "True"),
        ("unread", "2"),
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "٣"),
        ("limit", str(2**53)),
        ("cursor", "made-up"),
        ("search", "a\x00b"),
        ("search", "x" * 201),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    ana: Caller, name: str, value: str
) -> None:
    refused = ana.get("conversations/", **{name: value})

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == name


def test_a_conversation_marked_unread_is_unread(
    ana: Caller, letters: Conversation
) -> None:
    send(ana.user, letters, "Hello")
    ana.post(f"conversations/{letters.pk}/mark_unread/")

    assert ids(ana.get("conversations/", unread="1")) == [str(letters.pk)]
    assert ids(ana.get("conversations/", unread="0")) == []


def test_pages_hold_every_conversation_once(ana: Caller, ben: Caller) -> None:
    made = [group(ana.user, ben.user, person(), title=str(n)) for n in range(7)]
    # Several at the same instant: their ids decide.
    moment = timezone.now()
    Conversation.objects.filter(pk__in=[c.pk for c in made[:5]]).update(
        last_activity=moment
    )

    page = ana.get("conversations/", limit=3)
    pages = [page]
    while page["next"]:
        page = ana.follow(page["next"])
        pages.append(page)
    seen = [pk for page in pages for pk in ids(page)]

    assert len(pages) == 3
    assert seen == ids(ana.get("conversations/"))
    assert len(set(seen)) == 7


def test_pages_lead_back_the_way_they_came(ana: Caller, ben: Caller) -> None:
    for n in range(7):
        group(ana.user, ben.user, person(), title=str(n))
    first = ana.get("conversations/", limit=3)
    second = ana.follow(first["next"])
    third = ana.follow(second["next"])

    assert third["next"] is None
    back = ana.follow(third["previous"])
    assert ids(back) == ids(second)
    front = ana.follow(back["previous"])
    assert ids(front) == ids(first)
    assert front["previous"] is None
    assert ids(ana.follow(front["next"])) == ids(second)


def test_news_while_paging_neither_repeat_nor_skip_a_conversation(
    ana: Caller, ben: Caller
) -> None:
    made = [group(ana.user, ben.user, person(), title=str(n)) for n in range(6)]
    first = ana.get("conversations/", limit=3)
    send(ben.user, made[4], "I am on the first page already")
    group(ana.user, ben.user, person(), title="new")

    second = ana.follow(first["next"])

    assert [row["title"] for row in second["results"]] == ["2", "1", "0"]


def test_a_cursor_of_another_list_is_refused(ana: Caller, ben: Caller) -> None:
    for n in range(2):
        group(ana.user, ben.user, person(), title=str(n))
    url = ana.get("conversations/", limit=1)["next"]
    cursor = url.partition("cursor=")[2].partition("&")[0]

    refused = ana.call("GET", f"blocked/?cursor={cursor}")

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == "cursor"


def test_a_page_has_at_most_a_hundred_conversations(ana: Caller, ben: Caller) -> None:
    now = timezone.now()
    made = Conversation.objects.bulk_create(
        Conversation(
            kind="group",
            created_at=now,
            last_activity=now - timedelta(seconds=n),
            member_count=1,
        )
        for n in range(101)
    )
    for conversation in made:
        conversation.participants.create(user=ana.user, joined_at=now)

    assert len(ana.get("conversations/", limit=1000)["results"]) == 100


# --- nothing changed --------------------------------------------------------


def test_a_list_that_has_not_changed_is_not_sent_again(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    send(ben.user, letters, "Hello")
    etag = ana.get("conversations/").headers["ETag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        unchanged = ana.get("conversations/", headers={"If-None-Match": known})
        assert unchanged.status == 304
        assert unchanged.json is None
        assert unchanged.headers["ETag"] == etag


def test_whatever_changes_the_list_changes_its_etag(
    ana: Caller, ben: Caller, letters: Conversation, climbing: Conversation
) -> None:
    message = send(ben.user, letters, "Hello")
    path = f"conversations/{letters.pk}/"
    steps: list[Any] = [
        lambda: send(ben.user, letters, "More"),
        lambda: ana.post(f"{path}mark_read/"),
        lambda: ana.post(f"{path}mark_unread/"),
        lambda: ana.patch(path, {"pinned": True}),
        lambda: (
            ana.patch(path, {"pinned": False}),
            ana.patch(f"conversations/{climbing.pk}/", {"pinned": True}),
        ),
        lambda: ana.patch(path, {"archived": True}),
        lambda: ben.patch(f"messages/{message.pk}/", {"content": "Hallo"}),
        lambda: ana.patch(f"conversations/{climbing.pk}/", {"title": "Bouldering"}),
        lambda: ana.delete(path),
        lambda: group(ben.user, ana.user, person()),
    ]
    known = ana.get("conversations/").headers["ETag"]
    for step in steps:
        step()
        listed = ana.get("conversations/", headers={"If-None-Match": known})
        assert listed.status == 200
        known = listed.headers["ETag"]


def test_the_etag_of_the_list_is_the_one_that_polling_gives(
    ana: Caller, letters: Conversation
) -> None:
    etag = ana.get("conversations/").headers["ETag"]

    assert etag == f'"{ana.get("sync/")["list_etag"]}"'


# --- opening ----------------------------------------------------------------


def test_ana_opens_a_direct_conversation_by_id_and_finds_it_by_name(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    opened = ana.post("conversations/", {"kind": "direct", "user_id": ben.id})
    again = ana.post("conversations/", {"kind": "direct", "user_id": "@ben"})

    assert (opened.status, again.status) == (201, 200)
    assert opened["id"] == again["id"]
    assert (opened["kind"], opened["is_group"]) == ("direct", False)
    assert {m["user_id"] for m in opened["members"]} == {ana.id, ben.id}
    assert ben.get(f"conversations/{opened['id']}/").status == 200


def test_a_direct_conversation_with_a_stranger_needs_his_username(
    ana: Caller, dora: Caller
) -> None:
    by_id = ana.post("conversations/", {"kind": "direct", "user_id": dora.id})
    by_name = ana.post("conversations/", {"kind": "direct", "user_id": "@dora"})

    assert by_id.code == (403, "unavailable")
    assert by_name.status == 201


def test_whoever_cannot_be_written_to_gives_the_same_answer(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    block_user(actor=actor(ben.user), target=ana.user)
    asked = [ben.id, "@nobody", "0", "99999999999999999999999", "x", "@", "-1"]
    answers = [
        ana.post("conversations/", {"kind": "direct", "user_id": address})
        for address in asked
    ]

    assert {answer.code for answer in answers} == {(403, "unavailable")}
    assert [answer["detail"] for answer in answers] == [
        {"user_ids": [address]} for address in asked
    ]


def test_nobody_writes_letters_to_himself(ana: Caller) -> None:
    refused = ana.post("conversations/", {"kind": "direct", "user_id": ana.id})

    assert refused.code == (400, "self_target")


@pytest.mark.parametrize("title_key", ["title", "group_name", "name"])
@pytest.mark.parametrize("members_key", ["members", "participants", "participant_ids"])
def test_ana_forms_a_group_by_any_of_the_names(
    ana: Caller, ben: Caller, dora: Caller, title_key: str, members_key: str
) -> None:
    direct(ana.user, ben.user)

    formed = ana.post(
        "conversations/",
        {"kind": "group", title_key: "Trip", members_key: [ben.id, "@dora"]},
    )

    assert formed.status == 201
    assert (formed["title"], formed["member_count"]) == ("Trip", 3)
    assert formed["my_role"] == "owner"
    assert dora.get(f"conversations/{formed['id']}/")["my_role"] == "member"


def test_the_same_request_forms_one_group(ana: Caller, ben: Caller) -> None:
    direct(ana.user, ben.user)
    cleo = person("cleo")
    body = {"kind": "group", "title": "Trip", "members": ["@ben", "@cleo"]}

    formed = ana.post("conversations/", {**body, "client_id": "k1"})
    again = ana.post("conversations/", body, headers={"Idempotency-Key": "k1"})
    other = ana.post("conversations/", {**body, "title": "Tour", "client_id": "k1"})

    assert (formed.status, again.status) == (201, 200)
    assert formed["id"] == again["id"]
    assert other.code == (409, "idempotency_conflict")
    assert Conversation.objects.filter(participants__user=cleo).count() == 1


def test_a_group_needs_two_others(ana: Caller, ben: Caller) -> None:
    direct(ana.user, ben.user)
    refused = ana.post(
        "conversations/", {"kind": "group", "title": "Two", "members": [ben.id, ana.id]}
    )

    assert refused.code == (400, "invalid_payload")
    assert (refused["field"], refused["detail"]) == ("members", {"min": 2})


def test_a_group_that_is_too_large_is_refused_before_anybody_is_looked_up(
    ana: Caller,
) -> None:
    body = {"kind": "group", "title": "All", "members": [str(n) for n in range(5)]}
    with override_settings(DJANGO_CHAT={"GROUP_MAX_MEMBERS": 4}):
        refused = ana.post("conversations/", body)

    assert refused.code == (422, "group_too_large")
    assert refused["detail"] == {"max": 4}


def test_a_group_with_somebody_unavailable_is_not_formed_at_all(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    body = {"kind": "group", "title": "Trip", "members": [ben.id, "@cleo", "@nobody"]}
    refused = ana.post("conversations/", body)

    assert refused.code == (403, "unavailable")
    assert refused["detail"] == {"user_ids": ["@nobody"]}
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "channel"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": "direct"}, "user_id"),
        ({"kind": "direct", "user_id": 5}, "user_id"),
        ({"kind": "direct", "user_id": ""}, "user_id"),
        ({"kind": "direct", "user_id": "x" * 256}, "user_id"),
        ({"kind": "group", "members": ["1", "2"]}, "title"),
        ({"kind": "group", "title": "Trip"}, "members"),
        ({"kind": "group", "title": "Trip", "members": "1,2"}, "members"),
        ({"kind": "group", "title": "Trip", "members": [1, 2]}, "members"),
        ({"kind": "group", "title": 7, "members": ["1", "2"]}, "title"),
        (
            {"kind": "group", "title": "", "members": ["1"], "client_id": "a b"},
            "client_id",
        ),
    ],
)
def test_a_conversation_that_is_not_described_is_refused(
    ana: Caller, body: dict[str, Any], field: str
) -> None:
    refused = ana.post("conversations/", body)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == field


def test_a_title_that_is_too_long_is_refused(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    body = {"kind": "group", "title": "x" * 256, "members": [ben.id, "@cleo"]}

    assert ana.post("conversations/", body).code == (400, "too_long")


# --- one conversation -------------------------------------------------------


def test_a_conversation_is_shown_as_ana_sees_it(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    send(ben.user, climbing, "Hi")

    shown = ana.get(f"conversations/{climbing.pk}/")

    assert shown.status == 200
    assert (shown["title"], shown["my_role"]) == ("Climbing", "owner")
    assert shown["unread_count"] == 1
    assert shown["permissions"]["add_members"] is True
    assert ben.get(f"conversations/{climbing.pk}/")["permissions"]["rename"] is False


def test_the_partner_who_was_blocked_is_only_told_unavailable(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    block_user(actor=actor(ana.user), target=ben.user)

    shown = ben.get(f"conversations/{letters.pk}/")

    assert shown["send_disabled_reason"] == "unavailable"
    assert "block" not in str(shown.json)


@pytest.mark.parametrize(
    "path",
    [
        "nonsense",
        "01890000-0000-7000-8000-000000000000",
        "00000000-0000-0000-0000-000000000000",
        "%00",
    ],
)
def test_what_is_not_there_is_not_found(ana: Caller, path: str) -> None:
    missing = ana.get(f"conversations/{path}/")

    assert missing.code == (404, "not_found")
    assert missing.json == {
        "code": "not_found",
        "message": "Not found",
        "temporary": False,
    }


def test_an_owner_renames_and_closes_a_group(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    changed = ana.patch(
        f"conversations/{climbing.pk}/", {"title": "Bouldering", "status": "read_only"}
    )

    assert changed.status == 200
    assert (changed["title"], changed["status"]) == ("Bouldering", "read_only")
    assert ben.get(f"conversations/{climbing.pk}/")["title"] == "Bouldering"


def test_a_member_may_not_rename_but_pins_for_himself(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    refused = ben.patch(
        f"conversations/{climbing.pk}/", {"title": "Mine", "pinned": True}
    )
    pinned = ben.patch(
        f"conversations/{climbing.pk}/", {"pinned": True, "archived_by_me": True}
    )

    assert refused.code == (403, "forbidden")
    assert (pinned["pinned"], pinned["archived_by_me"]) == (True, True)
    assert ana.get(f"conversations/{climbing.pk}/")["pinned"] is False


def test_a_refused_title_leaves_everything_as_it_was(
    ben: Caller, climbing: Conversation
) -> None:
    ben.patch(f"conversations/{climbing.pk}/", {"title": "Mine", "pinned": True})

    shown = ben.get(f"conversations/{climbing.pk}/")
    assert (shown["title"], shown["pinned"]) == ("Climbing", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": 5}, "title"),
        ({"status": "asleep"}, "status"),
        ({"status": True}, "status"),
        ({"pinned": "yes"}, "pinned"),
        ({"pinned": 1}, "pinned"),
        ({"archived": []}, "archived"),
    ],
)
def test_a_change_of_the_wrong_type_is_refused(
    ana: Caller, climbing: Conversation, body: dict[str, Any], field: str
) -> None:
    refused = ana.patch(f"conversations/{climbing.pk}/", body)

    assert refused.code == (400, "invalid_payload")
    assert refused["field"] == field


def test_null_and_unknown_fields_change_nothing(
    ana: Caller, climbing: Conversation
) -> None:
    before = ana.get(f"conversations/{climbing.pk}/").json
    changed = ana.patch(
        f"conversations/{climbing.pk}/", {"title": None, "colour": "red"}
    )

    assert (changed.status, changed.json) == (200, before)


# --- going away -------------------------------------------------------------


def test_a_hidden_conversation_comes_back_with_its_next_message(
    ana: Caller, ben: Caller, letters: Conversation
) -> None:
    send(ben.user, letters, "Old")
    gone = ana.delete(f"conversations/{letters.pk}/")
    assert (gone.status, gone.json) == (204, None)
    assert ids(ana.get("conversations/")) == []
    assert ids(ben.get("conversations/")) == [str(letters.pk)]

    send(ben.user, letters, "New")

    history = ana.get(f"conversations/{letters.pk}/messages/")
    assert [row["content"] for row in history["results"]] == ["New"]


def test_only_an_owner_ends_a_group_for_everyone(
    ana: Caller, ben: Caller, climbing: Conversation
) -> None:
    path = f"conversations/{climbing.pk}/"

    assert ben.delete(f"{path}?for=everyone").code == (403, "forbidden")
    assert ana.delete(f"{path}?for=nobody")["field"] == "for"
    assert ana.delete(f"{path}?for=everyone").status == 204
    assert ben.get(path).code == (404, "not_found")


def test_letters_cannot_be_ended_for_the_other_side(
    ana: Caller, letters: Conversation
) -> None:
    refused = ana.delete(f"conversations/{letters.pk}/?for=everyone")

    assert refused.code == (403, "forbidden")
    assert seat(ana.user, letters).hidden_before == 0
