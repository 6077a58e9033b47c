"""A conversation as a page: reading it, and writing in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_chat import api
from django_chat.importing.services import Entry, import_messages
from django_chat.messages.services import hide_message
from django_chat.timeline.models import Conversation, Message
from tests.factories import actor, fill, person, seat, send
from tests.pages.browser import Browser, Form, Page
from tests.shop.models import Order

pytestmark = pytest.mark.django_db


def at(conversation: Conversation, query: str = "") -> str:
    return f"/chat/{conversation.pk}/{query}"


def texts(page: Page) -> list[str]:
    """Return what the messages of a page say, top to bottom."""
    return page.texts("dc-bubble__text")


def write(browser: Browser, conversation: Conversation, content: str) -> Page:
    page = browser.open(at(conversation))
    return browser.send(page.form(at(conversation)), content=content)


def test_what_is_sent_stands_at_the_end_for_both(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Hello")
    page = write(ana, letters, "Hello yourself")

    assert page.status == 200
    assert texts(page) == ["Hello", "Hello yourself"]
    assert texts(ben.open(at(letters))) == ["Hello", "Hello yourself"]
    assert len(page.all("dc-message--own")) == 1


def opening(browser: Browser, reference: str) -> Page:
    """Send the form that stands in a page of the host."""
    browser.open("/chat/")
    token = browser.client.cookies["csrftoken"].value
    fields = {"about": [reference], "csrfmiddlewaretoken": [token]}
    return browser.send(Form("/chat/open/", "post", fields))


def test_what_a_conversation_is_about_is_linked(ana: Browser, ben: Browser) -> None:
    tent = Order.objects.create(name="Tent for two")
    reference = api.sign_reference(ana.user, tent, [ben.user], title="A tent")

    opened = opening(ana, reference)

    assert opened.link("Tent for two") == f"/orders/{tent.pk}/"
    assert "A tent" in opened.texts("dc-bar__title")


def test_what_nobody_has_signed_is_not_opened(ana: Browser) -> None:
    assert opening(ana, "forged").status == 400


def test_sending_the_same_form_twice_is_one_message(
    ana: Browser, letters: Conversation
) -> None:
    form = ana.open(at(letters)).form(at(letters))
    ana.send(form, content="Only once")
    assert texts(ana.send(form, content="Only once")) == ["Only once"]


def test_a_form_sent_before_with_another_text_asks_and_then_sends(
    ana: Browser, letters: Conversation
) -> None:
    form = ana.open(at(letters)).form(at(letters))
    ana.send(form, content="First")

    page = ana.send(form, content="Second")
    assert page.status == 409
    assert "sent before" in page.alerts[0]

    page = ana.send(page.form(at(letters)))
    assert texts(page) == ["First", "Second"]


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (" \n ", 400, "Write something first."),
        ("x" * 10_001, 400, "Too long: at most 10000 characters."),
    ],
)
def test_what_cannot_be_sent_is_kept_with_the_reason(
    ana: Browser, letters: Conversation, content: str, status: int, sentence: str
) -> None:
    page = write(ana, letters, content)
    assert (page.status, page.alerts) == (status, [sentence])
    assert page.form(at(letters)).fields["content"] == [content.strip("\n")]
    assert not Message.objects.exists()


def test_a_character_that_cannot_be_stored_is_refused(
    ana: Browser, letters: Conversation
) -> None:
    assert write(ana, letters, "a\x00b").status == 400
    assert not Message.objects.exists()


def test_lines_end_as_everywhere_else(ana: Browser, letters: Conversation) -> None:
    write(ana, letters, "\r\none\r\n  two\r\n\r\n")
    assert Message.objects.get().content == "one\n  two"


def test_who_sends_too_fast_is_told_how_long_to_wait(
    ana: Browser, letters: Conversation
) -> None:
    with override_settings(DJANGO_CHAT={"SEND_BURST": 1, "SEND_RATE": 0.1}):
        write(ana, letters, "One")
        page = write(ana, letters, "Two")
    assert page.status == 429
    (alert,) = page.alerts
    assert re.fullmatch(r"Too fast\. Try again in \d+ seconds\.", alert)
    assert page.form(at(letters)).fields["content"] == ["Two"]


def test_nothing_is_taken_as_html(ana: Browser, letters: Conversation) -> None:
    evil = '<script>alert(1)</script> <b onclick="x">'
    ana.user.first_name = "<i>Ana"
    ana.user.save()
    page = write(ana, letters, evil)
    assert texts(page) == [evil]
    assert page.inline_scripts == page.all("b") == page.all("i") == []


def test_addresses_become_links_that_give_nothing_away(
    ana: Browser, letters: Conversation
) -> None:
    page = write(ana, letters, "See https://example.org/a?b=c&d=(e). javascript:x()")
    (link,) = [
        element
        for element in page.all("a")
        if "example.org" in (element.attributes["href"] or "")
    ]
    assert link.attributes["href"] == "https://example.org/a?b=c&d=(e)"
    assert link.attributes["rel"] == "noopener noreferrer nofollow ugc"
    assert not any("javascript" in (a.attributes["href"] or "") for a in page.all("a"))


def test_who_is_mentioned_sees_it(
    ana: Browser, ben: Browser, cleo: Browser, climbing: Conversation
) -> None:
    write(ana, climbing, "Bring the rope, @ben")
    assert ben.open(at(climbing)).texts("dc-mention--me") == ["@ben"]
    assert cleo.open(at(climbing)).texts("dc-mention") == ["@ben"]
    assert cleo.open(at(climbing)).texts("dc-mention--me") == []


def test_a_stranger_sees_nothing_by_any_verb(
    ana: Browser, dora: Browser, letters: Conversation
) -> None:
    send(ana.user, letters, "Secret")
    form = ana.open(at(letters)).form(at(letters))

    page = dora.open(at(letters))
    assert page.status == 404
    assert "Secret" not in page.html
    assert "Ben Berg" not in page.html

    form.fields["csrfmiddlewaretoken"] = (
        dora.open("/chat/new/").forms[0].fields["csrfmiddlewaretoken"]
    )
    assert dora.send(form, content="Me too").status == 404
    assert Message.objects.count() == 1


def test_who_was_removed_is_told_so(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    send(ana.user, climbing, "Secret")
    api.remove_member(ana.user, climbing, ben.user)
    page = ben.open(at(climbing))
    assert page.status == 403
    assert "You are no longer in this conversation." in page.text
    assert "Secret" not in page.html


def test_opening_reads_and_the_sender_sees_it(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ana.user, letters)
    assert ana.open(at(letters)).texts("dc-tick") == ["Sent"]
    ben.open(at(letters))
    assert ana.open(at(letters)).texts("dc-tick") == ["Read"]


def test_a_browser_that_loads_ahead_reads_nothing(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ana.user, letters)
    ben.open(at(letters), **{"Sec-Purpose": "prefetch;prerender"})
    assert seat(ben.user, letters).read_seq == 0


def test_looking_at_old_messages_does_not_read_the_new_ones(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    fill(letters, ana.user, 60)
    ben.open(at(letters, "?before_seq=20"))
    assert seat(ben.user, letters).read_seq == 0


def test_what_is_new_begins_under_a_line(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ana.user, letters, "Old")
    ben.open(at(letters))
    send(ana.user, letters, "New")
    send(ana.user, letters, "Newer")

    page = ben.open(at(letters))
    assert page.html.count("dc-new") == 1
    assert page.html.index("Old<") < page.html.index("dc-new") < page.html.index("New<")
    assert "dc-new" not in ben.open(at(letters)).html
    assert "dc-new" not in ana.open(at(letters)).html


def test_paging_back_and_forth_shows_every_message_once(
    ana: Browser, letters: Conversation
) -> None:
    fill(letters, ana.user, 120)

    page = ana.open(at(letters))
    seen = texts(page)
    while "Older messages" in page.text:
        page = ana.open(page.link("Older messages"))
        seen = texts(page) + seen
    assert seen == [str(number) for number in range(1, 121)]
    assert "This is where the conversation begins." in page.text

    seen = texts(page)
    while "Newer messages" in page.text:
        page = ana.open(page.link("Newer messages"))
        seen += texts(page)
    assert seen == [str(number) for number in range(1, 121)]


def test_a_message_can_be_looked_up_in_its_place(
    ana: Browser, letters: Conversation
) -> None:
    fill(letters, ana.user, 120)
    page = ana.open(at(letters, "?around_seq=30"))
    assert "30" in texts(page)
    assert texts(ana.open(page.link("Latest")))[-1] == "120"


@pytest.mark.parametrize(
    "query",
    ["?before_seq=x", "?before_seq=-1", "?after_seq=", f"?around_seq={'9' * 30}"],
)
def test_a_place_that_is_none_is_the_end(
    ana: Browser, letters: Conversation, query: str
) -> None:
    fill(letters, ana.user, 60)
    assert texts(ana.open(at(letters, query)))[-1] == "60"


def test_days_have_headings(
    ana: Browser, letters: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(hour=12)
    # Midnight must not come between the writing and the reading.
    monkeypatch.setattr(timezone, "now", lambda: now)
    moments = [
        datetime(2019, 3, 4, 12, tzinfo=UTC),
        now - timedelta(days=1),
        now - timedelta(microseconds=1),
    ]
    import_messages(
        entries=[
            Entry(letters.pk, ana.user, f"at {moment}", moment, f"key{number}")
            for number, moment in enumerate(moments)
        ]
    )
    assert ana.open(at(letters)).texts("dc-day") == [
        "March 4, 2019",
        "Yesterday",
        "Today",
    ]


def test_an_answer_quotes_what_it_answers(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Shall we?")
    page = ana.open(at(letters))
    page = ana.open(page.link("Reply").split("#")[0])
    assert "Reply to Ben Berg Shall we?" in page.text

    page = ana.send(page.form(at(letters)), content="Yes")
    assert page.texts("dc-quote") == ["Ben Berg Shall we?"]
    assert "Reply to" not in page.texts("dc-composer")[0]
    assert texts(ana.open(page.link("Ben Berg Shall we?"))) == ["Shall we?", "Yes"]


def test_a_message_of_elsewhere_cannot_be_quoted(
    ana: Browser, ben: Browser, letters: Conversation, climbing: Conversation
) -> None:
    foreign = send(ben.user, climbing, "Elsewhere")
    page = ana.open(at(letters, f"?reply_to={foreign.pk}"))
    assert "Reply to" not in page.text
    assert "Elsewhere" not in page.texts("dc-pane")[0]

    form = ana.open(at(letters)).form(at(letters))
    page = ana.send(form, content="Look", reply_to=str(foreign.pk))
    assert page.alerts == ["The message you answer is no longer there."]


def test_blocking_hides_words_that_can_be_shown_once(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    send(ben.user, climbing, "Nasty")
    api.block(ana.user, ben.user)
    page = ana.open(at(climbing))
    assert "Nasty" not in page.html
    assert "Message from someone you blocked" in page.text
    assert "Nasty" in ana.open(page.link("Show")).text


def test_who_blocked_the_other_may_unblock_where_he_would_write(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    form = ana.open(at(letters)).form(at(letters))
    api.block(ana.user, ben.user)

    page = ana.open(at(letters))
    assert "You blocked Ben Berg." in page.text
    assert not page.has_form(at(letters))
    refused = ana.send(form, content="Hello?")
    assert refused.status == 403
    assert not Message.objects.exists()

    page = ana.send(page.form("/unblock/"))
    assert page.address == at(letters)
    assert page.has_form(at(letters))


def test_who_was_blocked_is_not_told_why_he_cannot_write(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    api.block(ana.user, ben.user)
    page = ben.open(at(letters))
    assert "You cannot write in this conversation." in page.text
    assert "block" not in page.texts("dc-composer")[0].lower()
    assert not page.has_form("/unblock/")


def test_what_one_deleted_for_oneself_is_gone(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    message = send(ben.user, letters, "Hide me")
    send(ben.user, letters, "Keep me")
    hide_message(actor=actor(ana.user), message_id=message.pk)
    assert texts(ana.open(at(letters))) == ["Keep me"]
    assert ana.open(f"/chat/messages/{message.pk}/").status == 404


def test_a_newcomer_sees_what_was_said_since_he_came(
    ana: Browser, dora: Browser, climbing: Conversation
) -> None:
    send(ana.user, climbing, "Before")
    api.add_members(ana.user, climbing, [dora.user])
    send(ana.user, climbing, "After")
    page = dora.open(at(climbing))
    assert texts(page) == ["After"]
    assert "Ana Alba added you" in page.text
    assert "You see what was said since you joined." in page.text


def test_a_run_of_one_person_bears_his_name_once(
    ana: Browser, ben: Browser, cleo: Browser, climbing: Conversation
) -> None:
    for user in (ben.user, ben.user, cleo.user):
        send(user, climbing)
    page = ana.open(at(climbing))
    assert page.texts("dc-bubble__author") == ["Ben Berg", "cleo"]


def test_an_empty_conversation_says_so(ana: Browser, letters: Conversation) -> None:
    assert "No messages yet. Say hello!" in ana.open(at(letters)).text


def test_a_partner_who_is_gone_leaves_a_page_that_works(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Bye")
    ben.user.delete()
    page = ana.open(at(letters))
    assert texts(page) == ["Bye"]
    assert page.texts("dc-bar__title")[1] == "Deleted user"
    assert not page.has_form(at(letters))


def test_a_page_costs_as_many_queries_for_many_messages_as_for_few(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    def cost() -> int:
        ana.open(at(climbing))
        with CaptureQueriesContext(connection) as queries:
            assert ana.open(at(climbing)).status == 200
        return len(queries)

    send(ben.user, climbing)
    few = cost()
    fill(climbing, ben.user, 40)
    for message in Message.objects.filter(kind="text"):
        api.react(ana.user, message, "👍")
    for number in range(10):
        api.add_members(ana.user, climbing, [person(f"guest{number}")])
    send(ben.user, climbing)
    assert cost() == few
