"""What clients send is read strictly: nothing is guessed, nothing is converted."""

from __future__ import annotations

import json

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application

from django_chat.timeline.models import Conversation
from tests.rest.caller import API, Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(letters: Conversation) -> str:
    return f"conversations/{letters.pk}/messages/"


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (r'{"content": "a\u0000b"}', "content"),
        (r'{"content": "\ud800"}', "content"),
        (r'{"content": "\udc00\ud800"}', "content"),
        (r'{"content": "a", "extra": {"k\u0000": 1}}', "extra"),
        (r'{"content": "a", "extra": {"k": ["\ud800"]}}', "extra"),
        ('{"content": "a", "extra": {"k": 9007199254740992}}', "extra"),
        ('{"content": "a", "extra": {"k": -9007199254740992}}', "extra"),
        ('{"content": "a", "extra": {"k": 1e999}}', "extra"),
        ('{"content": "a", "unknown": "\\u0000"}', "unknown"),
        ('{"content": "a", "extra": ' + deep(20) + "}", "extra"),
        ('{"content": "a", "extra": {"k": NaN}}', None),
        ('{"content": "a", "extra": {"k": -Infinity}}', None),
        ('{"content": "a", "extra": {"k": ' + "9" * 5000 + "}}", None),
        ('{"content": "a", "content": "b"}', None),
        ('{"content": "a", "extra": {"k": 1, "k": 2}}', None),
        ('{"content": "a", "extra": ' + deep(100_000) + "}", None),
        ('{"content": "a"', None),
        ("[1]", None),
        ('"content"', None),
        ("null", None),
        ("content=a", None),
        ("\ufeff{}", None),
    ],
)
def test_json_that_nothing_can_hold_is_refused(
    ana: Caller, path: str, letters: Conversation, raw: str, field: str | None
) -> None:
    refused = ana.post(path, raw=raw)

    assert refused.code == (400, "invalid_payload")
    assert refused.json.get("field") == field
    letters.refresh_from_db()
    assert letters.seq == 0


def test_bytes_that_are_no_text_are_refused(ana: Caller, path: str) -> None:
    assert ana.post(path, raw=b'{"content": "\xff"}').code == (400, "invalid_payload")


def test_as_deep_as_twenty_is_read(ana: Caller, path: str) -> None:
    raw = '{"content": "a", "extra": {"k": ' + deep(18) + "}}"

    assert ana.post(path, raw=raw).status == 201


def test_every_legal_text_is_kept_as_it_was_sent(ana: Caller, path: str) -> None:
    text = '\t é é \U0001f600 \u2028 \u202e <b> \\ " \x7f \ud7ff \uffff \n'
    sent = ana.post(path, {"content": text})

    assert sent["content"] == text
    assert ana.get(path)["results"][0]["content"] == text


def test_ten_thousand_escaped_emoji_are_a_legal_message(ana: Caller, path: str) -> None:
    raw = json.dumps({"content": "\U0001f600" * 10_000})
    assert len(raw) > 120_000

    assert ana.post(path, raw=raw).status == 201


def test_a_body_over_a_mebibyte_is_too_large(ana: Caller, path: str) -> None:
    largest = json.dumps({"content": "a", "x": "y" * 1024**2})[: 1024**2 - 2] + '"}'
    assert len(largest) == 1024**2

    assert ana.post(path, raw=largest).status == 201
    refused = ana.post(path, raw=largest + " ")
    assert refused.code == (413, "frame_too_large")
    assert refused["detail"] == {"max": 1024**2}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        "x" * 300,
    ],
)
def test_anything_but_json_is_not_read(
    ana: Caller, path: str, content_type: str
) -> None:
    refused = ana.post(path, raw='{"content": "a"}', content_type=content_type)

    assert refused.code == (415, "unsupported_media_type")


def test_json_may_name_its_charset(ana: Caller, path: str) -> None:
    sent = ana.post(
        path, {"content": "Hi"}, content_type="Application/JSON; charset=utf-8"
    )

    assert sent.status == 201


def test_no_body_is_an_empty_object_whatever_its_type(
    ana: Caller, letters: Conversation
) -> None:
    for content_type in ("application/json", "text/plain"):
        answer = ana.post(
            f"conversations/{letters.pk}/mark_read/", content_type=content_type
        )
        assert answer.status == 200


def test_several_wrong_fields_are_all_named(ana: Caller, path: str) -> None:
    refused = ana.post(path, {"content": 1, "reply_to": 2, "extra": 3})

    assert refused["field"] == "content"
    assert set(refused["errors"]) == {"content", "reply_to", "extra"}
    assert all(
        isinstance(text, str) for texts in refused["errors"].values() for text in texts
    )


def test_one_wrong_field_is_named_once(ana: Caller, path: str) -> None:
    refused = ana.post(path, {"content": 1})

    assert refused.json == {
        "code": "invalid_payload",
        "message": "Invalid payload",
        "temporary": False,
        "field": "content",
    }


@pytest.mark.parametrize(
    "place",
    [
        "conversations/{}/",
        "conversations/{}/messages/",
        "conversations/{}/changes/",
        "messages/{}/",
        "messages/{}/reactions/",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "%00",
        "%ED%A0%80",
        "{0}",
        "12345678123456781234567812345678",
        "urn:uuid:12345678-1234-5678-1234-567812345678",
        "9" * 3000,
    ],
)
def test_an_id_in_a_path_that_is_none_is_not_found(
    ana: Caller, place: str, value: str
) -> None:
    assert ana.get(place.replace("{}", value)).code == (404, "not_found")


def test_an_id_may_be_written_in_capitals(ana: Caller, letters: Conversation) -> None:
    shown = ana.get(f"conversations/{str(letters.pk).upper()}/")

    assert shown["id"] == str(letters.pk)


@pytest.mark.django_db(transaction=True)
def test_a_body_that_names_no_length_is_read(ana: Caller, path: str) -> None:
    session, token = ana.client.cookies["sessionid"].value, "a" * 32
    scope = {
        "type": "http",
        "method": "POST",
        "path": API + path,
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            (b"content-type", b"application/json"),
            (b"transfer-encoding", b"chunked"),
            (b"cookie", f"sessionid={session}; csrftoken={token}".encode()),
            (b"x-csrftoken", token.encode()),
        ],
    }

    async def talk() -> None:
        # What a server passes on when a body comes in chunks.
        server = ApplicationCommunicator(get_asgi_application(), scope)
        for body, more in ((b'{"content": ', True), (b'"In parts"}', False)):
            await server.send_input(
                {"type": "http.request", "body": body, "more_body": more}
            )
        start = await server.receive_output(timeout=30)
        assert start["status"] == 201
        await server.wait(timeout=30)

    async_to_sync(talk)()

    assert ana.get(path)["results"][0]["content"] == "In parts"
