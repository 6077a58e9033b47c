"""The list of conversations."""

from __future__ import annotations

import pytest

from django_chat import api
from django_chat.timeline.models import Conversation
from tests.factories import direct, group, person, send
from tests.pages.browser import Browser

pytestmark = pytest.mark.django_db

INBOX = "/chat/"


def test_who_is_not_logged_in_is_sent_to_log_in() -> None:
    page = Browser(None).open(INBOX)
    assert page.status == 302
    assert page.response.headers["Location"] == "/accounts/login/?next=/chat/"


def test_an_empty_list_invites_to_begin(ana: Browser) -> None:
    page = ana.open(INBOX)
    assert "No conversations yet" in page.text
    assert page.link("Start a conversation").endswith("/chat/new/")


def test_the_newest_conversation_is_on_top_with_its_last_words(
    ana: Browser, ben: Browser, letters: Conversation, climbing: Conversation
) -> None:
    send(ben.user, climbing, "Who has the rope?")
    send(ana.user, letters, "See you")

    page = ana.open(INBOX)

    assert page.texts("dc-row__title") == ["Ben Berg", "Climbing"]
    assert page.texts("dc-row__preview") == [
        "You: See you",
        "Ben Berg: Who has the rope?",
    ]


def test_what_is_unread_is_counted_until_it_is_opened(
    ana: Browser, ben: Browser, letters: Conversation, climbing: Conversation
) -> None:
    send(ben.user, letters, "One")
    send(ben.user, letters, "Two")
    send(ben.user, climbing, "Up there, @ana!")

    page = ana.open(INBOX)
    assert page.texts("title") == ["(3) Chat"]
    assert "Climbing" in page.texts("dc-row--unread")[0]
    assert "you are mentioned" in page.texts("dc-row--unread")[0]
    assert "2 unread messages" in page.texts("dc-row--unread")[1]

    ana.open(f"/chat/{letters.pk}/")
    page = ana.open(INBOX)
    assert page.texts("title") == ["(1) Chat"]
    assert len(page.all("dc-row--unread")) == 1


def test_a_conversation_marked_unread_shows_it(
    ana: Browser, letters: Conversation
) -> None:
    send(ana.user, letters)
    api.mark_unread(ana.user, letters)
    assert "marked as unread" in ana.open(INBOX).texts("dc-row--unread")[0]


def test_older_conversations_are_a_page_further_and_each_is_listed_once(
    ana: Browser,
) -> None:
    for number in range(65):
        send(ana.user, direct(ana.user, person(f"friend{number:02}")), "Hi")

    page, seen, pages = ana.open(INBOX), [], 1
    seen += page.texts("dc-row__title")
    while "Older conversations" in page.text:
        page = ana.open(page.link("Older conversations"))
        seen += page.texts("dc-row__title")
        pages += 1

    assert seen == [f"friend{number:02}" for number in reversed(range(65))]
    assert pages == 3
    assert ana.open(page.link("Newest")).texts("dc-row__title") == seen[:30]


@pytest.mark.parametrize("after", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_page_that_starts_nowhere_is_the_first(
    ana: Browser, letters: Conversation, after: str
) -> None:
    assert ana.open(f"{INBOX}?after={after}").texts("dc-row__title") == ["Ben Berg"]


def test_nobody_pages_from_a_conversation_of_others(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    foreign = direct(person("eve"), person("finn"))
    page = ana.open(f"{INBOX}?after={foreign.pk}")
    assert page.texts("dc-row__title") == ["Ben Berg"]


def test_lines_that_the_group_wrote_itself_are_worded(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    assert ana.open(INBOX).texts("dc-row__preview") == [
        "You created the group “Climbing”"
    ]
    assert ben.open(INBOX).texts("dc-row__preview") == [
        "Ana Alba created the group “Climbing”"
    ]


def test_a_deleted_last_message_is_said_to_be_deleted(
    ana: Browser, letters: Conversation
) -> None:
    api.delete_message(ana.user, send(ana.user, letters, "Oops"))
    page = ana.open(INBOX)
    assert page.texts("dc-row__preview") == ["You: Message deleted"]
    assert "Oops" not in page.html


def test_the_words_of_somebody_blocked_do_not_show_in_the_list(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    send(ben.user, climbing, "Nasty")
    api.block(ana.user, ben.user)
    page = ana.open(INBOX)
    assert "Nasty" not in page.html
    assert "Message from someone you blocked" in page.text


def test_a_group_without_a_title_is_called_after_its_people(
    ana: Browser, ben: Browser, cleo: Browser
) -> None:
    group(ana.user, ben.user, cleo.user, title="")
    assert ana.open(INBOX).texts("dc-row__title") == ["Ana Alba, Ben Berg, cleo"]


def test_an_archived_conversation_is_in_the_archive_until_it_is_moved_back(
    ana: Browser, letters: Conversation
) -> None:
    details = ana.open(f"/chat/{letters.pk}/details/")
    details = ana.send(details.form("/archive/"), archived="1")
    assert "archived" in details.texts("dc-bar__sub")[0]

    inbox = ana.open(INBOX)
    assert inbox.texts("dc-row__title") == []
    archive = ana.open(inbox.link("Archived"))
    assert archive.texts("dc-row__title") == ["Ben Berg"]

    ana.send(details.form("/archive/"), archived="0")
    assert ana.open(INBOX).texts("dc-row__title") == ["Ben Berg"]
    assert "Nothing is archived" in ana.open(f"{INBOX}?show=archived").text
