"""The list of conversations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import (
    conversation_for_reader,
    inbox,
    inbox_payloads,
    inbox_standing,
    inbox_totals,
    named,
)
from django_chat.feed.sync import list_etag
from django_chat.groups.services.settings import (
    hide_conversation,
    update_own_settings,
)
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation
from tests.factories import actor, direct, fill, group, people, person, send

pytestmark = pytest.mark.django_db


def titles(user: Any) -> list[str]:
    """Return what somebody reads in his list, from above."""
    return [row["title"] for row in listed(user)]


def listed(user: Any) -> list[dict[str, Any]]:
    """Return somebody's list."""
    return inbox_payloads(actor(user), list(inbox(actor(user))))


def test_the_newest_activity_is_above() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    with_ben, with_cem = direct(ana, ben), direct(ana, cem)
    club = group(dan, ana, ben, title="Club")
    for user, place in [(ben, with_ben), (cem, with_cem)]:
        send(user, place)
    assert titles(ana) == ["cem", "ben", "Club"]

    send(ben, club)
    assert titles(ana) == ["Club", "cem", "ben"]
    api.rename(dan, club, "Group")
    send(ana, with_ben)
    assert titles(ana) == ["ben", "Group", "cem"]


def test_those_of_the_same_moment_have_an_order() -> None:
    ana, *others = people("ana", *(f"p{n}" for n in range(6)))
    for other in others:
        send(ana, direct(ana, other))
    Conversation.objects.update(last_activity=timezone.now())

    ids = [row.conversation_id for row in inbox(actor(ana))]
    assert ids == sorted(ids, reverse=True)


def test_an_edit_a_reaction_or_a_read_is_no_activity() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    old, new = direct(ana, ben), direct(ana, cem)
    message = send(ana, old)
    send(ana, new)
    api.edit_message(ana, message, "Changed")
    api.react(ben, message, "👍")
    api.mark_read(ben, old)
    api.delete_message(ana, message)

    assert titles(ana) == ["cem", "ben"]


def test_only_the_opener_lists_what_nobody_has_written_in() -> None:
    ana, ben = people("ana", "ben")
    direct(ana, ben)

    assert (titles(ana), titles(ben)) == (["ben"], [])
    send(ana, direct(ana, ben))
    assert titles(ben) == ["ana"]


def test_who_has_left_lists_it_no_more() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    api.leave(ben, place)

    assert titles(ben) == []
    with pytest.raises(ChatError, match="not_participant"):
        conversation_for_reader(actor(ben), place.pk)


def test_every_fact_is_there() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, cem, admins=(ben,))
    message = send(ana, place, "Hello @ben")
    update_own_settings(actor=actor(ben), conversation_id=place.pk, pinned=True)

    (shown,) = listed(ben)

    place.refresh_from_db()
    assert shown["id"] == str(place.pk)
    assert (shown["kind"], shown["is_group"], shown["status"]) == (
        "group",
        True,
        "open",
    )
    assert (shown["seq"], shown["rev"], shown["meta_rev"]) == (
        place.seq,
        place.rev,
        place.meta_rev,
    )
    assert (shown["unread_count"], shown["mention_count"], shown["read_seq"]) == (
        1,
        1,
        0,
    )
    assert (shown["my_role"], shown["pinned"], shown["archived_by_me"]) == (
        "admin",
        True,
        False,
    )
    assert shown["member_count"] == 3
    assert [m["name"] for m in shown["members"]] == ["ana", "ben", "cem"]
    assert shown["permissions"] == {
        "send": True,
        "edit_own": True,
        "delete_any": True,
        "add_members": True,
        "rename": True,
        "pin": False,
        "mention_all": True,
    }
    last = shown["last_message"]
    assert last["id"] == str(message.pk)
    assert (last["excerpt"], last["sender"], last["is_own_message"]) == (
        "Hello @ben",
        "ana",
        False,
    )
    assert shown == conversation_for_reader(actor(ben), place.pk)
    assert listed(ana)[0]["last_message"]["is_own_message"] is True


def test_members_of_a_large_group_are_counted_not_listed() -> None:
    members = people(*(f"p{n}" for n in range(12)))
    group(*members)

    (shown,) = listed(members[11])
    assert shown["member_count"] == 12
    assert [m["name"] for m in shown["members"]] == [f"p{n}" for n in range(8)]


def test_a_direct_conversation_is_named_after_the_other() -> None:
    ana, ben = person("ana", first_name="Ana", last_name="Lima"), person("ben")
    send(ana, direct(ana, ben))

    assert (titles(ana), titles(ben)) == (["ben"], ["Ana Lima"])


# --- counts -----------------------------------------------------------------


def test_totals_are_the_sums_of_the_list() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    club, letters = group(ana, ben, cem), direct(ana, ben)
    fill(club, ana, 3)
    send(ana, club, "@ben and @all")
    fill(letters, ana, 2)
    send(ana, letters, "@ben")

    shown = listed(ben)
    assert sum(row["unread_count"] for row in shown) == 7
    assert sum(row["mention_count"] for row in shown) == 2
    assert inbox_totals(actor(ben)) == {"unread": 7, "mentions": 2}
    assert api.unread_for(ben) == 7
    standing = inbox_standing(actor(ben))
    assert (standing.unread, standing.mentions) == (7, 2)
    assert inbox_totals(actor(ana)) == {"unread": 0, "mentions": 0}
    assert inbox_totals(actor(person("eve"))) == {"unread": 0, "mentions": 0}


def test_mentions_are_counted_until_they_are_read() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    for text in ("@ben", "nobody", "@all @ben", "@cem"):
        send(ana, place, text)

    def mentions(user: Any) -> int:
        return int(conversation_for_reader(actor(user), place.pk)["mention_count"])

    assert (mentions(ben), mentions(cem), mentions(ana)) == (2, 2, 0)
    api.mark_read(ben, place, up_to_seq=2)
    assert mentions(ben) == 1
    api.mark_read(ben, place)
    assert mentions(ben) == 0


def test_a_deleted_message_mentions_nobody() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    api.delete_message(ana, send(ana, place, "@ben @all"))

    assert inbox_totals(actor(ben)) == {"unread": 1, "mentions": 0}


def test_somebody_blocked_mentions_nobody() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    send(cem, place, "@ben @ana")
    block_user(actor=actor(ben), target=cem)
    send(cem, place, "@ben @ana")
    send(ana, place, "@ben")

    assert inbox_totals(actor(ben))["mentions"] == 1
    assert inbox_standing(actor(ben)).mentions == 1
    assert inbox_totals(actor(ana))["mentions"] == 0
    cem.delete()
    assert inbox_totals(actor(ben))["mentions"] == 3


def test_filters_work_on_what_is_counted() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    read, unread = direct(ana, ben), direct(ana, cem)
    send(ana, read)
    send(cem, unread)
    club = group(ana, ben, cem, title="Climbing club")
    rows = inbox(actor(ana))

    assert {row.conversation for row in rows.filter(unread__gt=0)} == {unread}
    assert {row.conversation for row in rows.filter(conversation__kind="group")} == {
        club
    }
    assert {row.conversation for row in named(rows, "LIMB")} == {club}
    assert {row.conversation for row in named(rows, "ce")} == {unread, club}
    assert not named(rows, "ana")


def test_what_lies_in_another_tenant_is_not_listed() -> None:
    ana, ben = people("ana", "ben")
    send(ana, direct(ana, ben, tenant="north"))

    assert len(inbox(actor(ben, "north"))) == 1
    assert not inbox(actor(ben, "south"))
    assert inbox_totals(actor(ben, "south")) == {"unread": 0, "mentions": 0}
    assert api.unread_for(ben, tenant="north") == 1
    assert api.unread_for(ben) == 0


# --- the newest message -----------------------------------------------------


def test_the_newest_message_of_somebody_blocked_says_nothing() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    send(ben, place, "Rude")
    block_user(actor=actor(ana), target=ben)

    assert listed(ana)[0]["last_message"]["excerpt"] == ""
    assert listed(cem)[0]["last_message"]["excerpt"] == "Rude"


def test_the_newest_message_of_somebody_erased_has_no_name() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    letters = direct(ana, ben)
    send(ben, letters, "Bye")
    ben.delete()

    last = listed(ana)[0]["last_message"]
    assert (last["sender"], last["sender_id"], last["excerpt"]) == (
        "Deleted user",
        None,
        "Bye",
    )
    assert cem.pk


def test_a_conversation_without_a_message_has_no_newest() -> None:
    ana, ben = people("ana", "ben")

    assert (
        conversation_for_reader(actor(ana), direct(ana, ben).pk)["last_message"] is None
    )


# --- has the list changed? --------------------------------------------------


def test_the_etag_changes_with_whatever_changes_the_list() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    letters, club = direct(ana, ben), group(ana, ben, cem)
    message = send(ana, letters)
    steps: list[Any] = [
        lambda: send(ana, letters),
        lambda: api.edit_message(ana, message, "Changed"),
        lambda: api.react(ana, message, "👍"),
        lambda: api.delete_message(ana, message),
        lambda: api.mark_read(ben, letters, up_to_seq=1),
        lambda: api.mark_read(ben, letters),
        lambda: api.mark_unread(ben, letters),
        lambda: api.mark_read(ben, letters),
        lambda: own(letters, pinned=True),
        # To pin one and unpin another in between two looks is a change.
        lambda: (own(letters, pinned=False), own(club, pinned=True)),
        lambda: own(club, archived=True),
        lambda: (own(club, archived=False), own(letters, archived=True)),
        lambda: api.rename(ana, club, "Cycling"),
        lambda: api.leave(cem, club),
        lambda: hide_conversation(actor=actor(ben), conversation_id=letters.pk),
        lambda: send(ana, letters),
        lambda: api.leave(ben, club),
        lambda: api.add_members(ana, club, [ben]),
        lambda: group(cem, ana, ben),
    ]

    def own(place: Conversation, **changes: bool) -> Any:
        return update_own_settings(
            actor=actor(ben), conversation_id=place.pk, **changes
        )

    seen = [list_etag(actor(ben))]
    for number, step in enumerate(steps):
        step()
        etag = list_etag(actor(ben))
        assert etag != seen[-1], number
        assert etag == list_etag(actor(ben)) == inbox_standing(actor(ben)).etag
        seen.append(etag)


def test_the_etag_of_one_does_not_change_with_what_another_does() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    letters = direct(ana, ben)
    send(ana, letters)
    etag = list_etag(actor(ben))
    update_own_settings(actor=actor(ana), conversation_id=letters.pk, pinned=True)
    send(ana, direct(ana, cem))

    assert list_etag(actor(ben)) == etag


def test_paging_by_activity_brings_each_once() -> None:
    ana, *others = people("ana", *(f"p{n}" for n in range(9)))
    moment = timezone.now()
    for number, other in enumerate(others):
        letters = direct(ana, other)
        send(ana, letters)
        # Three share each moment.
        Conversation.objects.filter(pk=letters.pk).update(
            last_activity=moment - timedelta(seconds=number // 3)
        )

    rows = inbox(actor(ana))
    pages = [list(rows[start : start + 4]) for start in (0, 4, 8)]
    ids = [row.pk for page in pages for row in page]
    assert len(ids) == len(set(ids)) == 9
