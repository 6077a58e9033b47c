"""Writing to somebody for the first time, groups, and blocking."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.people.directory import Directory
from django_chat.people.models import Block
from django_chat.timeline.models import Conversation
from tests.factories import person
from tests.pages.browser import Browser

pytestmark = pytest.mark.django_db

NEW = "/chat/new/"
GROUP = "/chat/new/group/"


class Everybody(Directory):
    """A directory in which all see all."""

    def visible(self, actor: Any, users: Any) -> Any:
        return users


everybody = override_settings(DJANGO_CHAT={"DIRECTORY": f"{__name__}.Everybody"})


@pytest.mark.parametrize("typed", ["ben", "@ben"])
def test_a_username_opens_the_one_conversation(
    ana: Browser, ben: Browser, typed: str
) -> None:
    page = ana.send(ana.open(NEW).form(NEW), username=typed)
    assert page.texts("dc-bar__title")[1] == "Ben Berg"
    again = ana.send(ana.open(NEW).form(NEW), username=typed)
    assert again.address == page.address


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nobody", "Nobody to write to: @nobody"),
        ("ana", "That is you."),
        ("", "This person cannot be written to."),
    ],
)
def test_who_cannot_be_written_to_is_said_beside_the_form(
    ana: Browser, typed: str, sentence: str
) -> None:
    page = ana.send(ana.open(NEW).form(NEW), username=typed)
    assert page.alerts == [sentence]
    assert page.form(NEW).fields["username"] == [typed]
    assert not Conversation.objects.exists()


def test_strangers_are_not_listed(ana: Browser, dora: Browser) -> None:
    assert "dora" not in ana.open(NEW).html
    assert "dora" not in ana.open(f"{NEW}?q=dor").texts("dc-people")
    assert "dora" in ana.open(f"{NEW}?q=dora").text


def test_a_strangers_id_is_no_address(ana: Browser, dora: Browser) -> None:
    page = ana.send(ana.open(NEW).form(NEW), user_id=str(dora.user.pk))
    assert page.alerts == ["This person cannot be written to."]


@everybody
def test_people_are_found_and_chosen_from_the_list(ana: Browser, ben: Browser) -> None:
    page = ana.open(f"{NEW}?q=ber")
    assert page.texts("dc-person--button") == ["BB Ben Berg @ben"]
    page = ana.send(page.form(NEW), user_id=str(ben.user.pk))
    assert page.texts("dc-bar__title")[1] == "Ben Berg"


@everybody
def test_blocked_people_are_not_offered(ana: Browser, ben: Browser) -> None:
    api.block(ben.user, ana.user)
    assert ana.open(NEW).texts("dc-person--button") == []


@pytest.mark.parametrize("query", ["%", "'", "\x00", "é" * 200])
def test_any_search_is_answered(ana: Browser, query: str) -> None:
    assert ana.open(f"{NEW}?q={quote(query)}").status == 200


@everybody
def test_a_group_is_formed_of_chosen_and_named_people(
    ana: Browser, ben: Browser, cleo: Browser
) -> None:
    page = ana.send(
        ana.open(GROUP).form(GROUP),
        title="Climbing",
        members=[str(ben.user.pk)],
        usernames="cleo",
    )
    assert page.texts("dc-bar__title")[1] == "Climbing"
    assert "3 members" in page.texts("dc-bar__sub")
    assert ben.open("/chat/").texts("dc-row__title") == ["Climbing"]


@everybody
def test_sending_the_group_form_twice_makes_one_group(
    ana: Browser, ben: Browser, cleo: Browser
) -> None:
    form = ana.open(GROUP).form(GROUP)
    values: Any = {"title": "Once", "usernames": "ben cleo"}
    assert ana.send(form, **values).address == ana.send(form, **values).address
    assert Conversation.objects.count() == 1


@everybody
def test_too_few_people_make_no_group_and_what_was_chosen_stays(
    ana: Browser, ben: Browser
) -> None:
    page = ana.send(
        ana.open(GROUP).form(GROUP), title="Two", members=[str(ben.user.pk)]
    )
    assert (page.status, page.alerts) == (400, ["Choose at least 2 people."])
    form = page.form(GROUP)
    assert form.fields["title"] == ["Two"]
    assert form.fields["members"] == [str(ben.user.pk)]


def test_a_group_needs_a_name(ana: Browser, ben: Browser, cleo: Browser) -> None:
    page = ana.send(ana.open(GROUP).form(GROUP), title=" ", usernames="ben cleo")
    assert page.alerts == ["This field is required."]
    assert not Conversation.objects.exists()


def test_blocking_and_unblocking_from_the_list(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    details = ana.open(f"/chat/{letters.pk}/details/")
    page = ana.send(details.form("/block/"))
    assert page.address == f"/chat/{letters.pk}/"
    assert Block.objects.get().blocked == ben.user

    blocked = ana.open(ana.open("/chat/").link("Blocked people"))
    assert blocked.texts("dc-person__names") == ["Ben Berg @ben"]
    page = ana.send(blocked.form("/unblock/"))
    assert page.address == "/chat/blocked/"
    assert "You have blocked nobody." in page.text
    assert not Block.objects.exists()


def test_blocking_works_though_the_other_side_blocks_too(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    form = ana.open(f"/chat/{letters.pk}/details/").form("/block/")
    api.block(ben.user, ana.user)
    ana.send(form)
    assert Block.objects.filter(blocker=ana.user, blocked=ben.user).exists()


@pytest.mark.parametrize("user_id", ["", "0", "x", "\x00", "9" * 40])
def test_blocking_nobody_is_refused(
    ana: Browser, letters: Conversation, user_id: str
) -> None:
    form = ana.open(f"/chat/{letters.pk}/details/").form("/block/")
    assert ana.send(form, user_id=user_id).status == 403


def test_a_block_leads_to_no_address_but_a_conversation(
    ana: Browser, letters: Conversation
) -> None:
    form = ana.open(f"/chat/{letters.pk}/details/").form("/block/")
    page = ana.send(form, conversation="https://evil.example/")
    assert page.address == "/chat/blocked/"


def test_somebody_deactivated_cannot_be_written_to(ana: Browser) -> None:
    person("gone", is_active=False)
    page = ana.send(ana.open(NEW).form(NEW), username="gone")
    assert page.alerts == ["Nobody to write to: @gone"]
