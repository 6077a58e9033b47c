"""What a conversation is, and who is in it."""

from __future__ import annotations

import pytest

from django_chat import api
from django_chat.groups.services.members import set_role
from django_chat.timeline.models import Conversation
from tests.factories import actor, seat, send
from tests.pages.browser import Browser

pytestmark = pytest.mark.django_db


def at(conversation: Conversation) -> str:
    return f"/chat/{conversation.pk}/details/"


def names(browser: Browser, conversation: Conversation) -> list[str]:
    return browser.open(at(conversation)).texts("dc-person__names")


def test_members_are_listed_owners_first(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    assert names(ben, climbing) == [
        "Ana Alba @ana · owner",
        "Ben Berg (you) @ben",
        "cleo @cleo",
    ]


def test_who_manages_renames_and_the_others_read_of_it(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    page = ana.send(ana.open(at(climbing)).form("/rename/"), title="Bouldering")
    assert "Bouldering" in page.texts("dc-bar__title")[1]
    line = ben.open(f"/chat/{climbing.pk}/").texts("dc-system")[-1]
    assert line.startswith("Ana Alba renamed the group to “Bouldering”")


@pytest.mark.parametrize("title", ["", "x" * 256])
def test_a_name_that_cannot_be_is_refused_beside_the_field(
    ana: Browser, climbing: Conversation, title: str
) -> None:
    page = ana.send(ana.open(at(climbing)).form("/rename/"), title=title)
    assert page.status == 400
    assert len(page.alerts) == 1
    climbing.refresh_from_db()
    assert climbing.title == "Climbing"


def test_a_member_manages_nothing(
    ana: Browser, ben: Browser, cleo: Browser, climbing: Conversation
) -> None:
    own = ana.open(at(climbing))
    page = ben.open(at(climbing))
    token = page.form("/leave/").fields["csrfmiddlewaretoken"]
    for ending, values in [
        ("/rename/", {"title": "Mine"}),
        ("/members/add/", {"usernames": "@ana"}),
        ("/members/remove/", {"user_id": str(cleo.user.pk)}),
    ]:
        assert not page.has_form(ending)
        form = own.form(ending)
        form.fields["csrfmiddlewaretoken"] = token
        refused = ben.send(form, **values)
        assert refused.status == 403
        assert refused.alerts == ["You may not do this here."]
    climbing.refresh_from_db()
    assert (climbing.title, climbing.member_count) == ("Climbing", 3)


def test_people_are_added_by_their_usernames(
    ana: Browser, dora: Browser, climbing: Conversation
) -> None:
    form = ana.open(at(climbing)).form("/members/add/")
    page = ana.send(form, usernames="dora, @ben")
    assert "dora @dora" in page.texts("dc-person__names")
    assert dora.open("/chat/").texts("dc-row__title") == ["Climbing"]


@pytest.mark.parametrize(
    ("usernames", "sentence"),
    [
        ("@nobody", "Nobody to write to: @nobody"),
        ("@ben", "They are all members already."),
        (" ", "This field is required."),
    ],
)
def test_who_cannot_be_added_is_named(
    ana: Browser, climbing: Conversation, usernames: str, sentence: str
) -> None:
    form = ana.open(at(climbing)).form("/members/add/")
    page = ana.send(form, usernames=usernames)
    assert page.alerts == [sentence]
    climbing.refresh_from_db()
    assert climbing.member_count == 3


def test_a_member_is_removed(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    form = ana.open(at(climbing)).form("/members/remove/")
    ana.send(form, user_id=str(ben.user.pk))
    assert names(ana, climbing) == ["Ana Alba (you) @ana · owner", "cleo @cleo"]


@pytest.mark.parametrize("user_id", ["", "x", "99999999999999999999", "1\x00"])
def test_removing_nobody_is_refused(
    ana: Browser, climbing: Conversation, user_id: str
) -> None:
    form = ana.open(at(climbing)).form("/members/remove/")
    assert ana.send(form, user_id=user_id).status == 404


def test_leaving_takes_the_group_off_the_list_and_hands_it_on(
    ana: Browser, ben: Browser, climbing: Conversation
) -> None:
    page = ana.send(ana.open(at(climbing)).form("/leave/"))
    assert page.address == "/chat/"
    assert page.texts("dc-row__title") == []
    assert seat(ben.user, climbing).role == "owner"
    assert ana.open(at(climbing)).status == 403


def test_the_last_one_is_told_that_the_group_ends(
    ana: Browser, ben: Browser, cleo: Browser, climbing: Conversation
) -> None:
    api.leave(ben.user, climbing)
    api.leave(cleo.user, climbing)
    page = ana.open(at(climbing))
    assert "the group ends when you leave" in page.text
    ana.send(page.form("/leave/"))
    assert not Conversation.objects.exists()


def test_nobody_leaves_a_direct_conversation(
    ana: Browser, letters: Conversation, climbing: Conversation
) -> None:
    assert not ana.open(at(letters)).has_form("/leave/")
    form = ana.open(at(climbing)).form("/leave/")
    form.action = f"/chat/{letters.pk}/leave/"
    assert ana.send(form).status == 403


def test_a_member_can_be_written_to(
    ana: Browser, cleo: Browser, climbing: Conversation
) -> None:
    form = ana.open(at(climbing)).form("/new/")
    page = ana.send(form, user_id=str(cleo.user.pk))
    assert page.texts("dc-bar__title")[1] == "cleo"


def test_a_stranger_sees_no_details(
    dora: Browser, ana: Browser, climbing: Conversation
) -> None:
    page = dora.open(at(climbing))
    assert page.status == 404
    assert "Climbing" not in page.html


def test_roles_are_worded(ana: Browser, ben: Browser, climbing: Conversation) -> None:
    for role in ("admin", "member", "owner"):
        set_role(
            actor=actor(ana.user),
            conversation_id=climbing.pk,
            user_id=str(ben.user.pk),
            role=role,
        )
    send(ana.user, climbing)
    lines = ben.open(f"/chat/{climbing.pk}/").texts("dc-system")
    said = [line.rsplit(" ", 2)[0] for line in lines[1:]]
    assert said == [
        "Ana Alba made you an admin",
        "Ana Alba made you an ordinary member",
        "Ana Alba handed the group over to you",
    ]
