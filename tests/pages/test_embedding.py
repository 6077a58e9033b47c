"""`{% load django_chat %}`: the chat in the pages of a host."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import translation

from django_chat.tenancy.resolvers import UserAttributeTenants
from django_chat.timeline.models import Conversation
from tests.factories import fill, person, send
from tests.pages.browser import Browser, Element, Page
from tests.shop.models import Order

pytestmark = pytest.mark.django_db

ALL_TAGS = """
    {% chat_badge %}{% chat_widget %}{% chat_inbox %}{% chat_thread letters %}
    {% chat_with ben %}{% chat_about order members=ben %}{% chat_button ben %}
"""
NOBODY = AnonymousUser()


class Teams(UserAttributeTenants):
    """A tenant for each last name."""

    attribute = "last_name"


class Closed(Teams):
    """A tenant whose people are none."""

    def allows(self, user: Any, tenant: str) -> bool:
        return False


def show(template: str, user: Any, path: str = "/elsewhere/", **values: Any) -> Page:
    """Render a page of a host for `user`, in English."""
    request = RequestFactory().get(path)
    request.user = user
    if path.startswith("/chat/"):
        request.resolver_match = resolve(path)
    context = Context({"request": request, **values})
    with translation.override("en"):
        html = Template("{% load django_chat %}" + template).render(context)
    return Page(HttpResponse(html), path)


def only(page: Page, tag: str) -> Element:
    (found,) = page.all(tag)
    return found


def executed(page: Page) -> list[Element]:
    """Return the scripts that a browser would run; JSON is none."""
    return [
        script
        for script in page.all("script")
        if script.attributes.get("type") != "application/json"
    ]


def config_of(page: Page) -> dict[str, Any]:
    (script,) = [s for s in page.all("script") if s not in executed(page)]
    found: dict[str, Any] = json.loads(script.text)
    return found


def sources(page: Page) -> list[str | None]:
    return [script.attributes.get("src") for script in executed(page)]


# ---- Whoever may not chat here ------------------------------------------


@pytest.mark.parametrize("tag", ["chat_badge", "chat_widget"])
def test_who_is_not_logged_in_costs_no_query_and_gets_nothing(tag: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = show("{% " + tag + " %}", NOBODY)
    assert len(queries) == 0
    assert page.html == ""


def test_a_public_page_sets_no_cookie_for_a_badge() -> None:
    request = RequestFactory().get("/")
    request.user = NOBODY
    Template("{% load django_chat %}{% chat_badge %}{% chat_widget %}").render(
        Context({"request": request})
    )
    assert "CSRF_COOKIE" not in request.META


@pytest.mark.parametrize(
    "tag",
    ["chat_inbox", "chat_thread letters", "chat_with ben", "chat_button ben"],
)
def test_who_is_not_logged_in_is_offered_to_log_in(
    tag: str, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Secret")
    page = show("{% " + tag + " %}", NOBODY, ben=ben.user, letters=letters)
    assert page.link("Log in to chat") == "/chat/"
    assert "Secret" not in page.html
    assert not page.forms


def test_whom_the_tenant_does_not_know_gets_nothing(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Secret")
    order = Order.objects.create()
    with override_settings(DJANGO_CHAT={"TENANT_RESOLVER": f"{__name__}.Closed"}):
        page = show(ALL_TAGS, ana.user, letters=letters, ben=ben.user, order=order)
    assert "Secret" not in page.html
    assert config_of(page)["user"] is None
    assert not page.all("django-chat-badge")
    assert not page.all("django-chat-widget")
    assert not any("reference" in element.attributes for element in page.elements)


def test_somebody_of_another_tenant_sees_nothing_of_a_conversation(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Secret")
    with override_settings(DJANGO_CHAT={"TENANT_RESOLVER": f"{__name__}.Teams"}):
        page = show("{% chat_badge %}{% chat_thread c %}", ana.user, c=letters)
    assert "Secret" not in page.html
    assert only(page, "django-chat-badge").attributes["count"] == "0"


def test_a_stranger_to_a_conversation_sees_nothing_of_it(
    ben: Browser, dora: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Secret")
    page = show("{% chat_thread c %}", dora.user, c=letters.pk)
    assert "Secret" not in page.html
    assert page.link("Messages") == "/chat/"


@pytest.mark.parametrize(
    "tag", ["chat_with me", "chat_button me", "chat_button user=me"]
)
def test_nobody_is_offered_to_talk_to_himself(tag: str, ana: Browser) -> None:
    page = show("{% " + tag + " %}", ana.user, me=ana.user)
    assert not [e for e in page.elements if e.tag.startswith("django-chat")]


# ---- Scripts and configuration ------------------------------------------


def test_scripts_and_configuration_stand_once_in_a_page(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    page = show(
        ALL_TAGS * 2,
        ana.user,
        letters=letters,
        ben=ben.user,
        order=Order.objects.create(),
    )
    assert config_of(page)["user"]["id"] == str(ana.user.pk)
    assert sorted(map(str, sources(page))) == [
        "/static/django_chat/ui.js",
        "/static/django_chat/widget.js",
    ]


def test_light_elements_load_only_the_light_script(ana: Browser, ben: Browser) -> None:
    page = show(
        "{% chat_badge %}{% chat_widget %}{% chat_button ben %}", ana.user, ben=ben.user
    )
    assert sources(page) == ["/static/django_chat/widget.js"]
    assert config_of(page)["assets"]["ui"] == "/static/django_chat/ui.js"


def test_each_page_has_its_own(ana: Browser) -> None:
    first, second = (show("{% chat_badge %}", ana.user) for _ in range(2))
    assert sources(first) == sources(second) == ["/static/django_chat/widget.js"]


def test_scripts_carry_the_nonce_of_the_page(ana: Browser) -> None:
    page = show("{% chat_badge %}{% chat_inbox %}", ana.user, csp_nonce='a"b')
    assert [script.attributes["nonce"] for script in executed(page)] == ['a"b', 'a"b']
    (script,) = executed(show("{% chat_badge %}", ana.user))
    assert "nonce" not in script.attributes


def test_the_configuration_holds_nothing_that_lets_anybody_in(ana: Browser) -> None:
    ana.open("/chat/")
    found = ana.client.get("/chat/").content.decode()
    assert str(ana.client.session.session_key) not in found
    config = config_of(show("{% chat_badge %}", ana.user))
    assert set(config["csrf"]) == {"header", "cookie"}
    assert not any("token" in key or "ticket" in key for key in config)


@pytest.mark.parametrize("setting", ["CSRF_USE_SESSIONS", "CSRF_COOKIE_HTTPONLY"])
def test_the_csrf_token_is_told_only_where_no_script_can_read_its_cookie(
    ana: Browser, settings: Any, setting: str
) -> None:
    setattr(settings, setting, True)
    request = RequestFactory().get("/")
    request.user = ana.user
    request.session = SessionStore()
    html = Template("{% load django_chat %}{% chat_badge %}").render(
        Context({"request": request})
    )
    assert config_of(Page(HttpResponse(html), "/"))["csrf"]["token"]


def test_no_text_of_the_reader_ends_the_configuration() -> None:
    evil = person("evil", first_name="</script><b>")
    page = show("{% chat_badge %}", evil)
    assert page.all("b") == []
    assert config_of(page)["user"]["name"] == "</script><b>"


def test_a_template_without_a_request_says_what_it_lacks() -> None:
    with pytest.raises(ImproperlyConfigured, match="need the request"):
        Template("{% load django_chat %}{% chat_badge %}").render(Context())


# ---- What stands in the elements ----------------------------------------


def test_the_badge_and_the_widget_know_the_number_before_any_script(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    fill(letters, ben.user, 3)
    page = show(
        "{% chat_badge %}{% chat_widget %}{% chat_unread as n %}<p>{{ n }}</p>",
        ana.user,
    )
    assert only(page, "django-chat-badge").attributes["count"] == "3"
    assert page.texts("django-chat-badge") == ["3"]
    assert only(page, "django-chat-widget").attributes["count"] == "3"
    assert page.link("Messages (3)") == "/chat/"
    assert page.texts("p") == ["3"]


def test_nothing_unread_is_not_written_down(ana: Browser) -> None:
    page = show("{% chat_badge %}{% chat_widget %}", ana.user)
    assert page.texts("django-chat-badge") == [""]
    assert page.texts("a") == ["Messages"]


def test_the_chats_own_pages_have_no_widget(ana: Browser) -> None:
    assert show("{% chat_widget %}", ana.user, path="/chat/").html == ""
    assert show("{% chat_widget %}", ana.user).all("django-chat-widget")


def test_a_thread_shows_its_messages_and_a_form_that_sends(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    send(ben.user, letters, "Hello")
    page = show("{% chat_thread c %}", ana.user, c=letters)
    assert page.texts("dc-bubble__text") == ["Hello"]
    assert page.has_form(f"/chat/{letters.pk}/")
    assert only(page, "django-chat-thread").attributes["conversation"] == str(
        letters.pk
    )


def test_the_inbox_lists_conversations(ana: Browser, climbing: Conversation) -> None:
    assert "Climbing" in " ".join(
        show("{% chat_inbox %}", ana.user).texts("django-chat")
    )


@pytest.mark.parametrize("tag", ["chat_with ben", "chat_button ben"])
def test_the_form_inside_opens_the_conversation_which_was_not_made_before(
    ana: Browser, ben: Browser, tag: str
) -> None:
    page = show("{% " + tag + " %}", ana.user, ben=ben.user)
    assert not Conversation.objects.exists()

    ana.open("/chat/")  # has the cookie
    form = page.form("/chat/open/")
    form.fields["csrfmiddlewaretoken"] = [ana.client.cookies["csrftoken"].value]
    opened = ana.send(form)
    assert opened.address == f"/chat/{Conversation.objects.get().pk}/"


def test_a_conversation_about_an_object_is_opened_for_those_who_are_named(
    ana: Browser, ben: Browser
) -> None:
    order = Order.objects.create(name="Order 7")
    page = show(
        "{% chat_about o members=b title='Tent' %}", ana.user, o=order, b=ben.user
    )
    ana.open("/chat/")
    form = page.form("/chat/open/")
    form.fields["csrfmiddlewaretoken"] = [ana.client.cookies["csrftoken"].value]
    ana.send(form)
    found = Conversation.objects.get()
    assert (found.title, found.context_key is not None) == ("Tent", True)
    assert set(found.participants.values_list("user_id", flat=True)) == {
        ana.user.pk,
        ben.user.pk,
    }


def test_a_reference_is_of_no_use_to_somebody_else(
    ana: Browser, ben: Browser, dora: Browser
) -> None:
    form = show("{% chat_button b %}", ana.user, b=ben.user).form("/chat/open/")
    dora.open("/chat/")
    form.fields["csrfmiddlewaretoken"] = [dora.client.cookies["csrftoken"].value]
    assert dora.send(form).status == 403
    assert not Conversation.objects.exists()


def test_attributes_are_passed_on_and_cannot_break_out(
    ana: Browser, ben: Browser
) -> None:
    page = show(
        "{% chat_button b label=evil data_kind=evil hidden=True theme=None open=False %}",
        ana.user,
        b=ben.user,
        evil='"><script>alert(1)</script>',
    )
    attributes = only(page, "django-chat-button").attributes
    assert (
        attributes["label"] == attributes["data-kind"] == '"><script>alert(1)</script>'
    )
    assert attributes["hidden"] == ""
    assert not {"theme", "open"} & set(attributes)
    assert [script.text for script in executed(page)] == [""]


# ---- What it costs ------------------------------------------------------


def test_badge_widget_and_number_ask_the_database_once(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    fill(letters, ben.user, 3)
    with CaptureQueriesContext(connection) as queries:
        show(
            "{% chat_badge %}{% chat_widget %}{% chat_badge %}{% chat_unread %}",
            ana.user,
        )
    assert len(queries) == 1, [query["sql"] for query in queries]


def test_a_button_asks_nothing(ana: Browser, ben: Browser) -> None:
    with CaptureQueriesContext(connection) as queries:
        show("{% chat_button b %}{% chat_with b %}", ana.user, b=ben.user)
    assert len(queries) == 0, [query["sql"] for query in queries]


def test_a_thread_costs_as_much_for_many_messages_as_for_few(
    ana: Browser, ben: Browser, letters: Conversation
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            show("{% chat_thread c %}", ana.user, c=letters)
        return len(queries)

    send(ben.user, letters)
    few = cost()
    fill(letters, ben.user, 30)
    assert cost() == few
