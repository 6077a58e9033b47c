"""Answering a message: quoted where everybody may see it, cut where not."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.groups.services.settings import hide_conversation
from django_chat.ids import new_id
from django_chat.people.services import block_user
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, direct, group, people, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


def refusal(user: Any, place: Conversation, target: Any) -> str:
    """Return the code of the error that a reply meets."""
    with pytest.raises(ChatError) as refused:
        send(user, place, "Reply", reply_to=target)
    assert refused.value.field == "reply_to"
    return refused.value.code


def quoted(user: Any, message: Message) -> Any:
    """Return what `user` sees as the message replied to."""
    page = history_page(actor=actor(user), conversation_id=message.conversation_id)
    (row,) = (row for row in page.results if row["id"] == str(message.pk))
    return row["reply_to"]


def test_the_quote_travels_with_the_reply() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    target = send(ana, letters, "q" * 141)

    with hearing() as heard:
        reply = send(ben, letters, "Answer", reply_to=target.pk)

    expected = {
        "id": str(target.pk),
        "seq": 1,
        "sender": "ana",
        "sender_id": str(ana.pk),
        "excerpt": "q" * 140,
        "kind": "text",
        "deleted": False,
    }
    assert heard.of_conversations[0].frame["reply_to"] == expected
    assert heard.of_conversations[0].quoted_id == str(ana.pk)
    assert quoted(ana, reply) == quoted(ben, reply) == expected


def test_the_quote_is_of_the_text_as_it_is_now() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    target = send(ana, letters, "One")
    reply = send(ben, letters, "Answer", reply_to=target.pk)
    rev = reply.rev

    api.edit_message(ana, target, "Two")
    assert quoted(ben, reply)["excerpt"] == "Two"
    api.delete_message(ana, target)
    assert (quoted(ben, reply)["excerpt"], quoted(ben, reply)["deleted"]) == ("", True)
    reply.refresh_from_db()
    assert reply.rev == rev


def test_what_cannot_be_answered() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    here, there = direct(ana, ben), direct(ana, cem)
    elsewhere, deleted = send(ana, there), send(ana, here)
    api.delete_message(ana, deleted)

    for target in (elsewhere.pk, deleted.pk, new_id()):
        assert refusal(ana, here, target) == "invalid_reply"
    here.refresh_from_db()
    assert here.seq == 1


def test_nobody_answers_what_he_has_taken_off_his_list() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    target = send(ana, letters)
    hide_conversation(actor=actor(ben), conversation_id=letters.pk)
    send(ana, letters)

    assert refusal(ben, letters, target.pk) == "invalid_reply"
    send(ana, letters, "Answer", reply_to=target.pk)


def test_a_newcomer_does_not_answer_what_was_before_him() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    target = send(ana, place)
    api.add_members(ana, place, [dan])

    assert refusal(dan, place, target.pk) == "invalid_reply"


def test_a_quote_that_a_newcomer_may_not_see_is_cut_for_everybody() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    target = send(ana, place, "Secret")
    api.add_members(ana, place, [dan])

    with hearing() as heard:
        reply = send(ben, place, "Answer", reply_to=target.pk)

    cut = {
        "id": str(target.pk),
        "seq": 2,
        "sender": "",
        "excerpt": "",
        "unavailable": True,
    }
    assert heard.of_conversations[0].frame["reply_to"] == cut
    for user in (ana, ben, cem, dan):
        assert quoted(user, reply) == cut


def test_a_quote_stays_as_it_was_when_others_join_or_leave() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    target = send(ana, place, "Open")
    whole = send(ben, place, "Answer", reply_to=target.pk)
    api.add_members(ana, place, [dan])
    cut = send(ben, place, "Again", reply_to=target.pk)
    api.remove_member(ana, place, dan)

    assert quoted(cem, whole)["excerpt"] == "Open"
    assert quoted(cem, cut)["unavailable"] is True


def test_the_quote_of_somebody_blocked_is_hidden_from_who_blocked_him() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    target = send(ben, place, "Rude")
    reply = send(cem, place, "Indeed", reply_to=target.pk)
    block_user(actor=actor(ana), target=ben)

    assert quoted(ana, reply) == {
        "id": str(target.pk),
        "seq": 2,
        "sender": "",
        "excerpt": "",
        "unavailable": True,
    }
    assert quoted(cem, reply)["excerpt"] == "Rude"


def test_answering_a_system_line_is_possible() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    line = Message.objects.get(conversation=place)

    reply = send(ben, place, "Nice group", reply_to=line.pk)

    shown = quoted(ana, reply)
    assert (shown["kind"], shown["sender_id"], shown["excerpt"]) == ("system", None, "")


def test_a_deleted_reply_no_longer_quotes() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    target = send(ana, letters, "One")
    reply = send(ben, letters, "Answer", reply_to=target.pk)
    api.delete_message(ben, reply)

    assert quoted(ana, reply) is None
