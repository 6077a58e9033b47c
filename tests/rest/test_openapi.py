"""The OpenAPI description: whole, without warnings, and true."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from jsonschema import Draft202012Validator, ValidationError

from django_chat import api
from django_chat.rest.urls import urlpatterns
from django_chat.timeline.models import Conversation
from tests.factories import send
from tests.rest.caller import API, Answer, Caller
from tests.shop.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def described() -> Iterator[dict[str, Any]]:
    """The description in the version of OpenAPI that JSON Schema can judge."""
    with patched_settings({"OAS_VERSION": "3.1.0"}):
        generator: Any = SchemaGenerator()
        yield generator.get_schema(public=True)


def test_the_projects_schema_has_neither_errors_nor_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_schema_is_whole_whatever_the_host_uses_for_its_own() -> None:
    other = {"DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema"}
    with override_settings(REST_FRAMEWORK=other):
        call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_operation_is_described_once(described: dict[str, Any]) -> None:
    stated = set()
    for pattern in urlpatterns:
        view: Any = pattern.callback.cls  # type: ignore[union-attr]
        for method in view().allowed_methods:
            if method != "HEAD":
                assert hasattr(getattr(view, method.lower()), "operation"), view
                stated.add((str(pattern.pattern).count("<"), method, pattern.name))
    found = [
        operation
        for path, operations in described["paths"].items()
        if path.startswith(API)
        for operation in operations.values()
    ]

    assert len(found) == len(stated)
    assert len({operation["operationId"] for operation in found}) == len(found)
    assert all(operation["summary"] for operation in found)


def test_only_health_is_open_to_everybody(described: dict[str, Any]) -> None:
    opened = [
        path
        for path, operations in described["paths"].items()
        for operation in operations.values()
        if path.startswith(API) and {} in operation.get("security", [{}])
    ]

    assert opened == [f"{API}health/{name}" for name in ("", "live/", "ready/")]


def validate(described: dict[str, Any], answer: Answer, path: str, method: str) -> None:
    """Check an answer against what is stated of it; raise `ValidationError`."""
    responses = described["paths"][API + path][method]["responses"]
    stated = responses.get(str(answer.status), responses["default"])
    schema = stated["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    Draft202012Validator(
        whole, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(answer.json)


@pytest.fixture
def story(ana: Caller, ben: Caller, climbing: Conversation) -> Any:
    """A conversation with some of everything in it."""
    first = send(ben.user, climbing, "Saturday? @ana")
    send(ana.user, climbing, "Yes", reply_to=first.pk)
    ben.put(f"messages/{first.pk}/reactions/👍/")
    ben.patch(f"messages/{first.pk}/", {"content": "Sunday? @ana"})
    return first


def test_what_is_answered_is_what_is_described(
    described: dict[str, Any], ana: Caller, ben: Caller, story: Any
) -> None:
    at = {"conversation_id": str(story.conversation_id), "message_id": str(story.pk)}
    calls: list[tuple[str, str, Any]] = [
        ("get", "conversations/", None),
        ("get", "conversations/{conversation_id}/", None),
        ("patch", "conversations/{conversation_id}/", {"pinned": True}),
        ("get", "conversations/{conversation_id}/participants/", None),
        ("get", "conversations/{conversation_id}/messages/", None),
        ("post", "conversations/{conversation_id}/messages/", {"content": "Hi"}),
        ("post", "conversations/{conversation_id}/messages/", {"content": ""}),
        ("post", "conversations/{conversation_id}/messages/", {"content": 1}),
        ("post", "conversations/{conversation_id}/mark_read/", {}),
        ("post", "conversations/{conversation_id}/mark_unread/", {}),
        ("get", "conversations/{conversation_id}/changes/", None),
        ("get", "messages/{message_id}/", None),
        ("get", "messages/{message_id}/receipts/", None),
        ("get", "messages/{message_id}/reactions/", None),
        ("post", "messages/{message_id}/reactions/", {"emoji": "👍"}),
        ("get", "messages/{message_id}/revisions/", None),
        ("post", "blocked/", {"user_id": ben.id}),
        ("get", "blocked/", None),
        ("get", "status/me/", None),
        ("get", "status/contact_statuses/", None),
        ("get", "sync/", None),
        ("post", "ws-ticket/", None),
        ("get", "config/", None),
        ("get", "health/", None),
        ("get", "health/live/", None),
        ("get", "health/ready/", None),
    ]
    for method, path, body in calls:
        answer = ana.call(method.upper(), path.format(**at), body)
        validate(described, answer, path, method)


def test_a_repeat_is_answered_as_described(
    described: dict[str, Any], ana: Caller, letters: Conversation
) -> None:
    path = "conversations/{conversation_id}/messages/"
    for status in (201, 200):
        answer = ana.post(
            path.format(conversation_id=letters.pk), {"content": "a", "client_id": "k"}
        )
        assert answer.status == status
        validate(described, answer, path, "post")


def test_what_a_conversation_is_about_is_described(
    described: dict[str, Any], ana: Caller, ben: Caller
) -> None:
    order = Order.objects.create()
    reference = api.sign_reference(ana.user, order, [ben.user])
    stated = set(described["components"]["schemas"]["ChatContext"]["properties"])

    opened = ana.post("conversations/", {"about": reference})
    refused = ana.post("conversations/", {"about": "forged"})
    order.delete()
    later = ana.get(f"conversations/{opened['id']}/")

    validate(described, opened, "conversations/", "post")
    validate(described, refused, "conversations/", "post")
    validate(described, later, "conversations/{conversation_id}/", "get")
    assert stated - {"image"} == set(opened["context"]) == set(later["context"])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ChatConversation", "conversations/{conversation_id}/"),
        ("ChatMessage", "messages/{message_id}/"),
        ("ChatSync", "sync/"),
        ("ChatConfig", "config/"),
    ],
)
def test_nothing_is_answered_that_is_not_described(
    described: dict[str, Any], ana: Caller, story: Any, name: str, path: str
) -> None:
    at = {"conversation_id": str(story.conversation_id), "message_id": str(story.pk)}
    answer = ana.get(path.format(**at))
    stated = set(described["components"]["schemas"][name]["properties"])

    assert set(answer.json) - stated == set()
    assert stated - set(answer.json) <= {"hidden"}


def test_the_check_above_notices_a_wrong_answer(
    described: dict[str, Any], ana: Caller, story: Any
) -> None:
    answer = ana.get(f"messages/{story.pk}/")
    answer.json["seq"] = "1"

    with pytest.raises(ValidationError):
        validate(described, answer, "messages/{message_id}/", "get")
