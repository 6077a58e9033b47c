"""One message: editing, deleting, reacting, and who has read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from django_chat import api
from django_chat.timeline.models import Conversation, Message
from tests.factories import fill, send
from tests.pages.browser import Browser

pytestmark = pytest.mark.django_db


def at(message: Message) -> str:
    return f"/chat/messages/{message.pk}/"


def test_the_author_edits_and_all_see_that_it_was_edited(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Helo")
    form = ana.open(at(message)).form("/edit/")
    assert form.fields["content"] == ["Helo"]

    page = ana.send(form, content="Hello")
    assert page.address == f"/chat/{letters.pk}/"
    (bubble,) = ben.open(page.address).texts("dc-bubble")
    assert bubble.startswith("Hello edited")


def test_editing_what_was_edited_meanwhile_is_refused_and_nothing_lost(
    ana: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters, "One")
    form = ana.open(at(message)).form("/edit/")
    api.edit_message(ana.user, message, "Two")

    page = ana.send(form, content="Three")
    assert page.status == 409
    assert page.alerts == ["The message has changed since you opened it."]
    assert page.form("/edit/").fields["content"] == ["Three"]


def test_after_a_while_a_message_cannot_be_edited(
    ana: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Old")
    form = ana.open(at(message)).form("/edit/")
    earlier = timezone.now() - timedelta(hours=1)
    Message.objects.filter(pk=message.pk).update(created_at=earlier)

    page = ana.open(at(message))
    assert not page.has_form("/edit/")
    assert "too late" in page.text
    refused = ana.send(form, content="New")
    assert refused.status == 409
    assert refused.alerts == ["It is too late to edit this message."]


def test_nobody_edits_or_deletes_what_others_wrote(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    mine = ana.open(at(send(ana.user, letters, "Mine")))
    page = ben.open(mine.address)
    assert not page.has_form("/edit/")
    assert not page.has_form("/delete/")

    token = page.form("/reaction/").fields["csrfmiddlewaretoken"]
    for ending in ("/edit/", "/delete/"):
        form = mine.form(ending)
        form.fields["csrfmiddlewaretoken"] = token
        assert ben.send(form).status == 403
    assert Message.objects.get().content == "Mine"


def test_deleting_leaves_a_place_without_words(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Oops")
    ana.send(ana.open(at(message)).form("/delete/"))
    page = ben.open(f"/chat/{letters.pk}/")
    assert page.texts("dc-bubble__text") == ["Message deleted"]
    assert "Oops" not in page.html


def test_who_manages_a_group_may_delete_in_it(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    message = send(ben.user, climbing, "Spam")
    page = ana.send(ana.open(at(message)).form("/delete/"))
    assert page.texts("dc-bubble__text") == ["Message deleted by an admin"]


def test_a_reaction_is_put_and_taken_back_by_its_chip(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters)
    ben.send(ben.open(at(message)).form("/reaction/"), add="👍")

    page = ana.open(f"/chat/{letters.pk}/")
    assert page.texts("dc-chip") == ["👍 1"]
    page = ana.send(page.form("/reaction/"), add="👍")
    assert page.texts("dc-chip") == ["👍 2"]

    (chip,) = page.all("dc-chip")
    assert (chip.attributes["name"], chip.attributes["value"]) == ("remove", "👍")
    page = ana.send(page.form("/reaction/"), remove="👍")
    assert page.texts("dc-chip") == ["👍 1"]


@pytest.mark.parametrize("emoji", ["", "no", "👍👍", "<b>"])
def test_what_is_no_emoji_is_refused_beside_the_field(
    ana: Browser, letters: Conversation, emoji: str
) -> None:
    message = send(ana.user, letters)
    page = ana.send(ana.open(at(message)).form("/reaction/"), add=emoji)
    assert (page.status, page.alerts) == (400, ["Choose exactly one emoji."])


def test_too_many_different_emoji_are_refused(
    ana: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters)
    api.react(ana.user, message, "👍")
    with override_settings(DJANGO_CHAT={"REACTIONS_PER_MESSAGE": 1}):
        page = ana.send(ana.open(at(message)).form("/reaction/"), add="🎉")
    assert page.status == 422
    assert page.alerts == ["At most 1 emoji fits on one message."]


def test_after_an_old_message_was_changed_its_place_is_shown(
    ana: Browser, letters: Conversation
) -> None:
    fill(letters, ana.user, 120)
    old = Message.objects.get(seq=10)
    page = ana.send(ana.open(at(old)).form("/reaction/"), add="👍")
    assert "10" in page.texts("dc-bubble__text")
    assert page.texts("dc-chip") == ["👍 1"]


def test_the_author_sees_who_has_read_it(
    ana: Browser, ben: Browser, cleo: Browser, climbing: Conversation
) -> None:
    message = send(ana.user, climbing)
    ben.open(f"/chat/{climbing.pk}/")

    page = ana.open(at(message))
    readers = page.texts("dc-plain")[0]
    assert readers.startswith("Ben Berg")
    assert readers.endswith("cleo not yet")
    assert ben.open(at(message)).texts("dc-plain") == []


def test_a_strangers_way_to_a_message_is_closed(
    ana: Browser, dora: Browser, letters: Conversation
) -> None:
    message = send(ana.user, letters, "Secret")
    own = ana.open(at(message))
    token = dora.open("/chat/new/").form("/new/").fields["csrfmiddlewaretoken"]
    for address in (at(message), at(message) + "?reveal=1"):
        page = dora.open(address)
        assert page.status == 404
        assert "Secret" not in page.html
    for ending in ("/edit/", "/delete/", "/reaction/"):
        form = own.form(ending)
        form.fields["csrfmiddlewaretoken"] = token
        assert dora.send(form, add="👍").status == 404
    assert Message.objects.get().content == "Secret"


def test_a_system_line_can_be_looked_at_and_nothing_else(
    ana: Browser, climbing: Conversation
) -> None:
    page = ana.open(at(Message.objects.get()))
    assert page.status == 200
    assert "You created the group" in page.text
    for ending in ("/edit/", "/delete/", "/reaction/"):
        assert not page.has_form(ending)
