"""What holds for every page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.urls import resolve

from django_chat.pages.urls import urlpatterns
from django_chat.tenancy.resolvers import UserAttributeTenants
from django_chat.timeline.models import Conversation, Message
from tests.factories import direct, group, person, send
from tests.pages.browser import Browser, Page

pytestmark = pytest.mark.django_db

FOREIGN = "00000000-0000-7000-8000-000000000000"


class Teams(UserAttributeTenants):
    """A tenant for each last name."""

    attribute = "last_name"


@pytest.fixture
def pages(
    ana: Browser, ben: Browser, letters: Conversation, climbing: Conversation
) -> list[Page]:
    """Every page that can be opened, and one that is refused."""
    message = send(ana.user, climbing, "Hello @ben https://example.org/")
    send(ben.user, letters, "Hi")
    addresses = [
        "/chat/",
        "/chat/?show=archived",
        "/chat/new/",
        "/chat/new/group/",
        "/chat/blocked/",
        f"/chat/{letters.pk}/",
        f"/chat/{letters.pk}/details/",
        f"/chat/{climbing.pk}/",
        f"/chat/{climbing.pk}/?reply_to={message.pk}",
        f"/chat/{climbing.pk}/details/",
        f"/chat/messages/{message.pk}/",
        f"/chat/{FOREIGN}/",
    ]
    return [ana.open(address) for address in addresses]


def test_the_pages_obey_a_strict_content_security_policy(pages: list[Page]) -> None:
    for page in pages:
        assert page.inline_scripts == []
        for element in page.elements:
            assert element.tag not in {"style", "iframe", "object", "noscript"}
            for name, value in element.attributes.items():
                assert name != "style"
                assert not name.startswith("on"), (page.address, name)
                if name in ("src", "href", "action") and "example.org" not in str(
                    value
                ):
                    assert str(value)[:1] in "/#", (page.address, value)


def test_no_identifier_stands_twice_in_a_page(pages: list[Page]) -> None:
    for page in pages:
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids)), page.address


def test_whatever_refers_to_an_identifier_finds_it(pages: list[Page]) -> None:
    for page in pages:
        ids = {element.attributes.get("id") for element in page.elements}
        for element in page.elements:
            for name in ("for", "aria-labelledby", "popovertarget", "aria-describedby"):
                if (target := element.attributes.get(name)) is not None:
                    assert target in ids, (page.address, element)


def test_every_field_has_a_label(pages: list[Page]) -> None:
    for page in pages:
        labelled = {e.attributes.get("for") for e in page.all("label")}
        for element in page.elements:
            kind = element.attributes.get("type")
            if element.tag in ("input", "textarea") and kind not in (
                "hidden",
                "checkbox",
            ):
                assert element.attributes.get("id") in labelled, (page.address, element)


def test_pages_are_never_kept_by_caches(pages: list[Page]) -> None:
    for page in pages:
        assert "no-store" in page.response.headers["Cache-Control"], page.address


def test_the_pages_stand_in_the_hosts_own_frame(ana: Browser) -> None:
    with override_settings(
        DJANGO_CHAT={"BASE_TEMPLATE": "frame.html"},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {
                                "frame.html": "<body>Host{% block content %}{% endblock %}</body>"
                            },
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ],
    ):
        page = ana.open("/chat/")
    assert page.html.startswith("<body>Host")
    assert "No conversations yet" in page.text
    assert any(
        str(link.attributes["href"]).endswith("chat.css") for link in page.all("link")
    )


def test_no_page_runs_in_one_transaction_around_the_request() -> None:
    for view in _views():
        assert view._non_atomic_requests >= set(django_settings.DATABASES)


def test_no_form_is_taken_without_its_token(
    ana: Browser, letters: Conversation, climbing: Conversation
) -> None:
    addresses = [
        f"/chat/{letters.pk}/",
        "/chat/new/",
        "/chat/new/group/",
        "/chat/block/",
        "/chat/unblock/",
        "/chat/open/",
        f"/chat/{climbing.pk}/leave/",
        f"/chat/{climbing.pk}/archive/",
        f"/chat/{climbing.pk}/rename/",
        f"/chat/{climbing.pk}/members/add/",
        f"/chat/{climbing.pk}/members/remove/",
        f"/chat/messages/{Message.objects.get().pk}/edit/",
        f"/chat/messages/{Message.objects.get().pk}/delete/",
        f"/chat/messages/{Message.objects.get().pk}/reaction/",
    ]
    for address in addresses:
        assert ana.client.post(address, {"content": "x"}).status_code == 403, address
    # The list above must not miss one that is added later.
    assert {resolve(address).url_name for address in addresses} == {
        *(pattern.name for pattern in urlpatterns)
    } - {"inbox", "blocked", "details", "message"}


def test_csrf_is_checked_where_the_host_has_no_middleware_for_it(
    ana: Browser, letters: Conversation
) -> None:
    without = [name for name in django_settings.MIDDLEWARE if "Csrf" not in name]
    with override_settings(MIDDLEWARE=without):
        answer = ana.client.post(f"/chat/{letters.pk}/", {"content": "x"})
    assert answer.status_code == 403


def test_who_asks_too_often_is_told_to_wait(ana: Browser) -> None:
    with override_settings(DJANGO_CHAT={"REQUEST_BURST": 2, "REQUEST_RATE": 0.5}):
        assert [ana.open("/chat/").status for _ in range(3)] == [200, 200, 429]


def test_somebody_deactivated_is_out_at_once(
    ana: Browser, letters: Conversation
) -> None:
    get_user_model().objects.filter(pk=ana.user.pk).update(is_active=False)
    assert ana.open(f"/chat/{letters.pk}/").status in (302, 403)


def test_a_tenant_sees_nothing_of_another() -> None:
    with override_settings(DJANGO_CHAT={"TENANT_RESOLVER": f"{__name__}.Teams"}):
        blue = [person(f"blue{n}", last_name="Blue") for n in range(3)]
        red = Browser(person("red", last_name="Red"))
        conversation = direct(blue[0], blue[1], tenant="Blue")
        message = send(blue[0], conversation, "Secret")
        group(*blue, tenant="Blue", title="Secret too")

        assert Browser(blue[1]).open(f"/chat/{conversation.pk}/").status == 200
        assert red.open("/chat/").texts("dc-row__title") == []
        for address in (f"/chat/{conversation.pk}/", f"/chat/messages/{message.pk}/"):
            page = red.open(address)
            assert page.status == 404
            assert "Secret" not in page.html
        page = red.send(red.open("/chat/new/").form("/chat/new/"), username="blue0")
        assert page.alerts == ["Nobody to write to: @blue0"]


def test_a_stranger_at_a_tenants_door_is_turned_away(ana: Browser) -> None:
    with override_settings(DJANGO_CHAT={"TENANT_RESOLVER": f"{__name__}.Closed"}):
        assert ana.open("/chat/").status == 403


class Closed(UserAttributeTenants):
    """Puts everybody into a tenant whose people are none."""

    attribute = "last_name"

    def allows(self, user: Any, tenant: str) -> bool:
        return False


def _views() -> Iterator[Any]:
    for pattern in urlpatterns:
        yield pattern.callback
