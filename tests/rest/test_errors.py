"""Every failure has the one body, and tells nothing of the server."""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import override_settings
from rest_framework import exceptions as drf

from django_chat.exceptions import REGISTRY
from django_chat.timeline.models import Conversation
from tests.rest.caller import API, Caller

pytestmark = pytest.mark.django_db

KEYS = {"code", "message", "temporary", "field", "errors", "retry_after_ms", "detail"}


def failing(error: BaseException) -> Any:
    """Let the service behind `config/` raise."""
    return patch("django_chat.rest.server.limits", side_effect=error)


# --- who asks ---------------------------------------------------------------


def test_nobody_is_401_and_told_how_to_come_in() -> None:
    refused = Caller().get("conversations/")

    assert refused.code == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == "Session"


def test_a_deactivated_user_is_nobody(ana: Caller) -> None:
    ana.user.is_active = False
    ana.user.save()

    assert ana.get("conversations/").code == (401, "not_authenticated")


def test_a_wrong_password_is_401() -> None:
    refused = Caller().get("conversations/", headers={"Authorization": "Basic eDp5"})

    assert refused.code == (401, "not_authenticated")


def test_writing_with_a_cookie_alone_is_refused(
    ana: Caller, letters: Conversation
) -> None:
    wary = Caller(ana.user, enforce_csrf_checks=True)
    path = f"conversations/{letters.pk}/messages/"

    assert wary.post(path, {"content": "Hi"}).code == (403, "csrf_failed")
    assert wary.get(path).status == 200
    wary.client.cookies["csrftoken"] = "a" * 32
    sent = wary.post(path, {"content": "Hi"}, headers={"X-CSRFToken": "a" * 32})
    assert sent.status == 201


# --- how it is asked --------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_is_405(ana: Caller, method: str) -> None:
    refused = ana.call(method, "config/")

    assert refused.code == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "GET, HEAD"


def test_nothing_but_json_is_spoken(ana: Caller) -> None:
    refused = ana.get("config/", headers={"Accept": "text/html"})

    assert refused.code == (406, "not_acceptable")
    assert refused.headers["Content-Type"] == "application/json"
    browser = ana.get("config/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.status == 200


def test_head_is_get_without_a_body(ana: Caller) -> None:
    answer = ana.call("HEAD", "conversations/")

    assert (answer.status, answer.json) == (200, None)


def test_no_answer_is_kept_by_caches(ana: Caller) -> None:
    for answer in (ana.get("conversations/"), ana.get("conversations/x/")):
        assert answer.headers["Cache-Control"] == "private, no-store"
        vary = {part.strip() for part in answer.headers["Vary"].split(",")}
        assert {"Authorization", "Cookie"} <= vary


# --- how often --------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_back(ana: Caller) -> None:
    with override_settings(DJANGO_CHAT={"REQUEST_RATE": 0.4, "REQUEST_BURST": 1}):
        first, refused = ana.get("config/"), ana.get("conversations/x/")

    assert first.status == 200
    assert refused.code == (429, "rate_limited")
    assert refused["temporary"] is True
    assert 2_000 < refused["retry_after_ms"] <= 2_501
    assert refused.headers["Retry-After"] == "3"


def test_one_persons_hurry_does_not_slow_another(ana: Caller, ben: Caller) -> None:
    with override_settings(DJANGO_CHAT={"REQUEST_RATE": 0.01, "REQUEST_BURST": 1}):
        assert [ana.get("config/").status for _ in range(2)] == [200, 429]
        assert ben.get("config/").status == 200


# --- what goes wrong --------------------------------------------------------


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_a_temporary_failure(
    ana: Caller, error: type[Exception]
) -> None:
    with failing(error("could not connect to 10.0.0.7")):
        refused = ana.get("config/")

    assert refused.code == (503, "overloaded")
    assert refused["temporary"] is True
    assert refused.headers["Retry-After"] == "1"
    assert "10.0.0.7" not in str(refused.json)


@pytest.mark.parametrize("debug", [True, False])
def test_a_bug_is_logged_and_not_shown(
    ana: Caller, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    with (
        override_settings(DEBUG=debug),
        failing(ZeroDivisionError("secret")),
        caplog.at_level(logging.ERROR, "django_chat.rest"),
    ):
        refused = ana.get("config/")

    assert refused.json == {
        "code": "server_error",
        "message": "Server error",
        "temporary": True,
    }
    assert refused.status == 500
    (record,) = [r for r in caplog.records if r.name == "django_chat.rest"]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("secret"), 404, "not_found"),
        (PermissionDenied("secret"), 403, "forbidden"),
        (SuspiciousOperation("secret"), 400, "invalid_payload"),
        (drf.ParseError("secret"), 400, "invalid_payload"),
        (drf.AuthenticationFailed("secret"), 401, "not_authenticated"),
        (drf.PermissionDenied("secret"), 403, "forbidden"),
        (drf.NotFound("secret"), 404, "not_found"),
        (drf.UnsupportedMediaType("secret"), 415, "unsupported_media_type"),
        (drf.Throttled(wait=1.5, detail="secret"), 429, "rate_limited"),
        (drf.Throttled(), 429, "rate_limited"),
        (drf.APIException("secret"), 500, "server_error"),
        (drf.ValidationError(["secret"]), 400, "invalid_payload"),
    ],
)
def test_what_a_hosts_own_code_raises_gets_a_code_of_the_chat(
    ana: Caller, error: Exception, status: int, code: str
) -> None:
    with failing(error):
        refused = ana.get("config/")

    assert refused.code == (status, code)
    assert set(refused.json) <= KEYS
    assert "secret" not in str(refused.json)
    assert ("WWW-Authenticate" in refused.headers) == (status == 401)


def test_a_hosts_own_throttle_tells_when_to_come_back(ana: Caller) -> None:
    with failing(drf.Throttled(wait=7)):
        refused = ana.get("config/")

    assert refused["retry_after_ms"] == 7_000
    assert refused.headers["Retry-After"] == "7"


def test_every_refusal_has_the_status_of_its_code(
    ana: Caller, letters: Conversation
) -> None:
    refusals = [
        Caller().get("config/"),
        ana.get("conversations/x/"),
        ana.post("conversations/", {}),
        ana.call("PUT", "config/"),
        ana.post(f"conversations/{letters.pk}/leave/"),
        ana.get("users/", search="x"),
        ana.call("GET", f"{API}messages/"),
    ]

    for refused in refusals:
        kind = REGISTRY[refused["code"]]
        assert refused.status == kind.status
        assert refused["message"] == kind.message
        assert set(refused.json) <= KEYS
