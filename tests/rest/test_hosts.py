"""The API within host sites: their defaults change nothing, their logins are taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, reverse
from rest_framework import permissions, throttling
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from django_chat.connections.services import redeem_ticket
from django_chat.messages import services as message_services
from django_chat.rest import messages as message_views
from django_chat.rest.urls import urlpatterns
from django_chat.timeline.models import Conversation
from tests.factories import send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db


def not_of_the_chat(*args: Any, **kwargs: Any) -> None:
    """Stands where a host puts something of its own that the chat must not use."""
    raise AssertionError("The chat uses a default of the host")


class Never(throttling.BaseThrottle):
    """A throttle that lets nobody through."""

    def allow_request(self, request: Any, view: Any) -> bool:
        return False


class Nobody(permissions.BasePermission):
    """A permission that nobody has."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


STRANGE: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.BrowsableAPIRenderer",
        "rest_framework.renderers.AdminRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FileUploadParser"],
    "DEFAULT_PERMISSION_CLASSES": ["tests.rest.test_hosts.Nobody"],
    "DEFAULT_THROTTLE_CLASSES": ["tests.rest.test_hosts.Never"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 1,
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "DEFAULT_VERSION": "9",
    "ALLOWED_VERSIONS": ["9"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tests.rest.test_hosts.not_of_the_chat",
    "EXCEPTION_HANDLER": "tests.rest.test_hosts.not_of_the_chat",
    "NON_FIELD_ERRORS_KEY": "wrong",
    "UNICODE_JSON": False,
    "COMPACT_JSON": False,
    "STRICT_JSON": False,
    "COERCE_BIGINT_TO_STRING": True,
    "DATETIME_FORMAT": "%s",
    "URL_FORMAT_OVERRIDE": "search",
    "FORMAT_SUFFIX_KWARG": "conversation_id",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
}


def answers(ana: Caller, letters: Conversation) -> list[Any]:
    """Return what a round through the API answers, refusals too."""
    at = f"conversations/{letters.pk}/"
    calls = [
        Caller().get("conversations/"),
        ana.get("conversations/", search="Ben"),
        ana.get(at),
        ana.get(f"{at}messages/", limit=2),
        ana.get(f"{at}participants/", limit=1),
        ana.post(f"{at}messages/", {"content": 5, "extra": 1}),
        ana.post(f"{at}messages/", raw="{"),
        ana.post(f"{at}leave/"),
        ana.get("conversations/nonsense/"),
        ana.get("conversations/", cursor="x"),
        ana.call("OPTIONS", "config/"),
        ana.get("config/", headers={"Accept": "text/html"}),
        ana.post(f"{at}messages/", raw="x", content_type="text/plain"),
        ana.get("schema/"),
        Caller().get("health/"),
        Caller().get("health/live/"),
    ]
    compared = ("Content-Type", "Allow", "WWW-Authenticate", "Vary", "Cache-Control")
    return [
        (
            answer.status,
            answer.json,
            {name: answer.headers.get(name) for name in compared},
        )
        for answer in calls
    ]


def test_no_default_of_a_host_changes_anything(
    ana: Caller, letters: Conversation
) -> None:
    for text in ("Ä 😀", "Two", "Three"):
        send(ana.user, letters, text)
    usual = answers(ana, letters)

    # Views read some defaults when they are imported: those are pinned below.
    with override_settings(REST_FRAMEWORK=STRANGE):
        assert answers(ana, letters) == usual
    assert [status for status, *_ in usual] == [
        *(401, 200, 200, 200, 200, 400, 400, 403),
        *(404, 400, 405, 406, 415, 200, 200, 200),
    ]


def test_no_view_takes_a_default_of_the_host_when_it_is_imported() -> None:
    pinned = [
        "renderer_classes",
        "parser_classes",
        "authentication_classes",
        "throttle_classes",
        "permission_classes",
        "content_negotiation_class",
        "metadata_class",
        "versioning_class",
        "settings",
    ]
    for pattern in urlpatterns:
        view: Any = pattern.callback.cls  # type: ignore[union-attr]
        chain = view.__mro__[: view.__mro__.index(APIView)]
        for name in pinned:
            assert any(name in vars(cls) for cls in chain), (view, name)


def test_views_are_kept_out_of_transactions_around_requests(
    ana: Caller, letters: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []

    def counted(draft: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return message_services.send_message(draft)

    monkeypatch.setattr(message_views, "send_message", counted)
    around = len(connection.savepoint_ids)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    sent = ana.post(f"conversations/{letters.pk}/messages/", {"content": "Hello"})

    assert sent.status == 201
    assert depths == [around]


def test_the_check_above_would_notice_a_transaction(
    ana: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []

    def plain(request: Any) -> HttpResponse:
        depths.append(len(connection.savepoint_ids))
        return HttpResponse()

    @transaction.non_atomic_requests
    def exempt(request: Any) -> HttpResponse:
        return plain(request)

    around = len(connection.savepoint_ids)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    Urls.urlpatterns = [
        path("plain/", plain),
        path("exempt/", exempt),
    ]
    with override_settings(ROOT_URLCONF=Urls):
        ana.client.get("/plain/")
        ana.client.get("/exempt/")

    assert depths == [around + 1, around]


class Urls:
    """A URLconf that a test fills."""

    urlpatterns: list[Any] = []


def test_the_api_may_be_mounted_several_times_and_below_arguments(
    ana: Caller, letters: Conversation
) -> None:
    Urls.urlpatterns = [
        path("one/", include("django_chat.rest.urls", namespace="one")),
        path("t/<slug:team>/chat/", include("django_chat.rest.urls", namespace="two")),
    ]
    with override_settings(ROOT_URLCONF=Urls):
        for prefix in ("/one/", "/t/red/chat/"):
            told = ana.get(f"{prefix}config/")
            assert told["api_url"] == prefix
            page = ana.get(f"{prefix}conversations/{letters.pk}/participants/?limit=1")
            assert f"http://testserver{prefix}conversations/" in page["next"]
            assert ana.follow(page["next"]).status == 200
        kwargs = {"team": "red", "conversation_id": letters.pk}
        url = reverse("two:conversation", kwargs=kwargs)
        assert ana.get(url)["id"] == str(letters.pk)


def test_the_projects_own_mounts_do_not_share_a_name() -> None:
    assert reverse("django_chat_api:config") == "/api/v1/messages/config/"
    assert reverse("django_chat:django_chat_api:config") == "/chat/api/config/"


JWT = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication"
    ]
}


def test_a_host_with_tokens_is_asked_for_tokens(
    ana: Caller, letters: Conversation
) -> None:
    bearer = {"Authorization": f"Bearer {AccessToken.for_user(ana.user)}"}
    nobody = Caller(enforce_csrf_checks=True)
    with override_settings(REST_FRAMEWORK=JWT):
        sent = nobody.post(
            f"conversations/{letters.pk}/messages/", {"content": "Hi"}, headers=bearer
        )
        by_cookie = ana.get("conversations/")
        by_rubbish = nobody.get("conversations/", headers={"Authorization": "Bearer x"})
        ticket = nobody.post("ws-ticket/", headers=bearer)

    assert sent.status == 201
    assert ticket.status == 201
    for refused in (by_cookie, by_rubbish):
        assert refused.code == (401, "not_authenticated")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_somebody_deleted_is_nobodys(ana: Caller) -> None:
    bearer = {"Authorization": f"Bearer {AccessToken.for_user(ana.user)}"}
    get_user_model().objects.filter(pk=ana.user.pk).delete()
    with override_settings(REST_FRAMEWORK=JWT):
        refused = Caller().get("conversations/", headers=bearer)

    assert refused.code == (401, "not_authenticated")


def test_a_token_is_not_bound_to_the_session_of_somebody_else(
    ana: Caller, ben: Caller
) -> None:
    bearer = {"Authorization": f"Bearer {AccessToken.for_user(ben.user)}"}
    with override_settings(REST_FRAMEWORK=JWT):
        # The browser sends ana's cookie along.
        ticket = ana.post("ws-ticket/", headers=bearer)["ticket"]

    redeemed = redeem_ticket(ticket)
    assert redeemed.user == ben.user
    assert redeemed.session_key is None
