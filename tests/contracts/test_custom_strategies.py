"""A host's own classes, written as a host would write them from the reference."""

from __future__ import annotations

from typing import Any

import pytest

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.inbox import conversation_for_reader
from django_chat.groups.services.settings import update_conversation
from django_chat.limits import RateLimiter, check_rate
from django_chat.messages.services import edit_message
from django_chat.people.directory import Directory, find_person
from django_chat.people.presenters import UserPresenter
from django_chat.people.services import block_user
from django_chat.policy import ChatPolicy, Scene
from django_chat.tenancy.actor import Actor, actor_for
from django_chat.tenancy.resolvers import UserAttributeTenants
from tests.factories import actor, direct, group, people, person, send

pytestmark = pytest.mark.django_db


# --- a company that announces, moderates and never forgets ------------------


class CompanyRules(ChatPolicy):
    """Only managers write in groups; they correct others; nothing is deleted."""

    def send_disabled_reason(self, scene: Scene) -> str | None:
        reason = super().send_disabled_reason(scene)
        if reason is None and scene.is_group and not scene.manages:
            return "read_only"
        return reason

    def can_edit(self, scene: Scene, *, own: bool) -> bool:
        return self.can_post(scene) and (own or scene.manages)

    def can_delete(self, scene: Scene, *, own: bool) -> bool:
        return False

    def can_create_group(self, user: Any) -> bool:
        return bool(user.is_staff)

    def can_start(self, user: Any, target: Any) -> bool:
        return bool(user.is_staff or target.is_staff)


@pytest.fixture
def company(settings: Any) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.CompanyRules"}


@pytest.fixture
def boss() -> Any:
    return person("boss", is_staff=True)


@pytest.mark.usefixtures("company")
def test_a_rule_holds_for_every_verb_it_is_about(boss: Any) -> None:
    ana, ben = people("ana", "ben")
    news = group(boss, ana, ben)
    message = send(boss, news, "Read this")

    with pytest.raises(ChatError, match="read_only"):
        send(ana, news, "No")
    with pytest.raises(ChatError, match="read_only"):
        api.react(ana, message, "👎")
    shown = conversation_for_reader(actor(ana), news.pk)
    assert shown["send_disabled_reason"] == "read_only"
    assert shown["permissions"]["send"] is False
    assert conversation_for_reader(actor(boss), news.pk)["permissions"]["send"] is True


@pytest.mark.usefixtures("company")
def test_a_rule_may_allow_more_than_the_default(boss: Any) -> None:
    ana, ben, admin = people("ana", "ben", "admin")
    news = group(boss, ana, ben, admins=(admin,))
    message = send(boss, news, "Teh news")

    edited = edit_message(actor=actor(admin), message_id=message.pk, content="The news")

    assert (edited.content, edited.sender) == ("The news", boss)


@pytest.mark.usefixtures("company")
def test_a_rule_may_forbid_what_the_default_allows(boss: Any) -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, boss), "For ever")

    with pytest.raises(ChatError, match="forbidden"):
        api.delete_message(ana, message)
    with pytest.raises(ChatError, match="forbidden"):
        api.create_group(ana, "Club", [ben, boss])
    assert find_person(actor(ana), "@boss") == boss
    with pytest.raises(ChatError, match="unavailable"):
        find_person(actor(ana), "@ben")


@pytest.mark.usefixtures("company")
def test_no_rule_overrules_a_block(boss: Any) -> None:
    ana = person("ana")
    letters = direct(boss, ana)
    block_user(actor=actor(ana), target=boss)

    with pytest.raises(ChatError, match="unavailable"):
        send(boss, letters)
    with pytest.raises(ChatError, match="unavailable"):
        find_person(actor(boss), "@ana")


class LenientRules(ChatPolicy):
    """A host that forgets to ask about the partner."""

    def send_disabled_reason(self, scene: Scene) -> str | None:
        return None


def test_a_rule_that_forgets_blocks_does_not_open_new_conversations(
    settings: Any,
) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.LenientRules"}
    ana, ben = people("ana", "ben")
    block_user(actor=actor(ben), target=ana)

    with pytest.raises(ChatError, match="unavailable"):
        api.open_direct(ana, ben)


class MemberRules(ChatPolicy):
    """A club where everybody does everything."""

    def can_add_members(self, scene: Scene) -> bool:
        return scene.is_group

    def can_rename(self, scene: Scene) -> bool:
        return scene.is_group

    def can_change_status(self, scene: Scene) -> bool:
        return scene.is_group


def test_members_may_be_given_the_rights_of_admins(settings: Any) -> None:
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.MemberRules"}
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    club = group(ana, ben, cem)

    api.add_members(ben, club, [dan])
    api.rename(dan, club, "Ours")
    update_conversation(actor=actor(cem), conversation_id=club.pk, status="closed")

    club.refresh_from_db()
    assert (club.title, club.status, club.member_count) == ("Ours", "closed", 4)


# --- a platform of several companies ----------------------------------------


class ByCompany(UserAttributeTenants):
    """The company is written in the last name, for want of a column."""

    attribute = "last_name"


class Colleagues(Directory):
    """Everybody sees his colleagues; whom the tenant lacks he never sees."""

    def visible(self, actor: Actor, users: Any) -> Any:
        return users


class Badge(UserPresenter):
    """People are shown with their company."""

    def name(self, user: Any) -> str:
        return f"{user.first_name} ({user.last_name})" if user else "Former colleague"


@pytest.fixture
def platform(settings: Any) -> None:
    settings.DJANGO_CHAT = {
        "TENANT_RESOLVER": f"{__name__}.ByCompany",
        "DIRECTORY": f"{__name__}.Colleagues",
        "USER_PRESENTER": f"{__name__}.Badge",
    }


@pytest.mark.usefixtures("platform")
def test_companies_share_a_site_and_nothing_else() -> None:
    ana = person("ana", first_name="Ana", last_name="north")
    ben = person("ben", first_name="Ben", last_name="north")
    cem = person("cem", first_name="Cem", last_name="south")

    letters = api.open_direct(ana, find_person(actor_for(ana), str(ben.pk)))
    api.send(ana, letters, "Hello")

    assert letters.tenant == "north"
    for address in (str(cem.pk), "@cem"):
        with pytest.raises(ChatError, match="unavailable"):
            find_person(actor_for(ana), address)
    assert api.unread_for(ben) == 1
    shown = conversation_for_reader(actor_for(ben), letters.pk)
    assert shown["title"] == "Ana (north)"
    assert not api.messages_for(cem).exists()
    ana.delete()
    shown = conversation_for_reader(actor_for(ben), letters.pk)
    assert shown["title"] == "Former colleague"


# --- a limiter over a shared store ------------------------------------------


class Shared(RateLimiter):
    """Counts in a store that all processes share: here, a dict."""

    store: dict[str, float] = {}

    def take(self, action: Any, key: str, *, cost: float = 1) -> int:
        _, burst = self.allowance(action)
        self.store[key] = self.store.get(key, 0) + cost
        return 0 if self.store[key] <= burst else 500


def test_a_host_counts_where_it_likes(settings: Any) -> None:
    settings.DJANGO_CHAT = {"RATE_LIMITER": f"{__name__}.Shared", "SEND_BURST": 2}
    Shared.store.clear()
    for _ in range(2):
        check_rate("send", ":7")

    with pytest.raises(ChatError) as refused:
        check_rate("send", ":7")
    assert refused.value.retry_after_ms == 500
