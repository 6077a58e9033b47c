"""One person sends one message: what is stored, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.messages.sending import Sent, send_messages
from django_chat.messages.services import send_message
from django_chat.realtime.groups import group_of
from django_chat.signals import message_sent
from django_chat.timeline.models import Conversation, Message, ReadMark
from tests.factories import (
    direct,
    draft,
    fill,
    group,
    people,
    person,
    seat,
    send,
)
from tests.listening import hearing

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Any:
    return person("ana")


@pytest.fixture
def ben() -> Any:
    return person("ben")


@pytest.fixture
def letters(ana: Any, ben: Any) -> Conversation:
    return direct(ana, ben)


def refusal(user: Any, conversation: Conversation, **fields: Any) -> ChatError:
    """Return the error that a message meets, having left nothing behind."""
    conversation.refresh_from_db()
    before = (conversation.seq, conversation.rev, conversation.ordinal)
    with hearing() as heard, pytest.raises(ChatError) as refused:
        send_message(draft(user, conversation, **fields))
    conversation.refresh_from_db()
    assert (conversation.seq, conversation.rev, conversation.ordinal) == before
    assert not heard
    return refused.value


# --- what is stored ---------------------------------------------------------


def test_the_first_message_is_number_one(ana: Any, letters: Conversation) -> None:
    message = api.send(ana, letters, "Hello")

    letters.refresh_from_db()
    assert (message.seq, message.rev, message.ordinal) == (1, 1, 1)
    assert (letters.seq, letters.rev, letters.ordinal) == (1, 1, 1)
    assert letters.last_message_id == message.pk
    assert letters.last_excerpt == "Hello"
    assert letters.last_sender == ana
    assert letters.last_activity == letters.last_message_at == message.created_at


@pytest.mark.parametrize(
    "content",
    [
        "plain",
        "  kept as it was sent \n",
        "e\u0301 is not folded into \u00e9",
        "\u202eright to left\u202c",
        "<script>alert(1)</script>",
        "👩‍❤️‍💋‍👨",
        "\\u0000 as text",
        "line\r\nline\u2028line",
        "\ufffd\uffff\U0010ffff",
    ],
)
def test_text_is_stored_as_it_was_sent(
    ana: Any, letters: Conversation, content: str
) -> None:
    message = api.send(ana, letters, content)

    message.refresh_from_db()
    assert message.content == content


def test_a_message_may_have_ten_thousand_code_points(
    ana: Any, letters: Conversation
) -> None:
    emoji = api.send(ana, letters, "😀" * 10_000)
    letter = api.send(ana, letters, "a" * 10_000)

    assert len(Message.objects.get(pk=emoji.pk).content) == 10_000
    assert len(Message.objects.get(pk=letter.pk).content) == 10_000
    letters.refresh_from_db()
    assert letters.last_excerpt == "a" * 255


@pytest.mark.parametrize("character", ["a", "😀"])
def test_one_code_point_more_is_too_long(
    ana: Any, letters: Conversation, character: str
) -> None:
    error = refusal(ana, letters, content=character * 10_001)

    assert (error.code, error.field, error.detail) == (
        "too_long",
        "content",
        {"max": 10_000},
    )


def test_the_host_chooses_the_limit(ana: Any, letters: Conversation) -> None:
    with override_settings(DJANGO_CHAT={"MESSAGE_MAX_LENGTH": 5}):
        assert api.send(ana, letters, "12345").seq == 1
        assert refusal(ana, letters, content="123456").detail == {"max": 5}


@pytest.mark.parametrize("content", ["", " ", "\n\t \r\n", "\u2003\u00a0", "\x1f"])
def test_a_message_without_a_letter_is_empty(
    ana: Any, letters: Conversation, content: str
) -> None:
    error = refusal(ana, letters, content=content)

    assert (error.code, error.field) == ("empty_message", "content")


@pytest.mark.parametrize(
    "content", ["a\x00b", "\ud800", "smile \ude00", "\ud83d \ude00"]
)
def test_what_no_database_can_store_is_refused(
    ana: Any, letters: Conversation, content: str
) -> None:
    error = refusal(ana, letters, content=content)

    assert (error.code, error.field) == ("invalid_payload", "content")


# --- what hosts add ---------------------------------------------------------


def test_extra_data_of_the_host_travels_with_the_message(
    ana: Any, letters: Conversation
) -> None:
    extra = {"order": 7, "tags": ["a", None, True, 1.5], "text": "\\u0000 ☃"}
    with hearing() as heard:
        message = api.send(ana, letters, "About the order", extra=extra)

    message.refresh_from_db()
    assert message.extra == extra
    assert heard.of_conversations[0].frame["extra"] == extra


def test_extra_data_may_have_eight_kilobytes(ana: Any, letters: Conversation) -> None:
    fits = {"a": "x" * (8_192 - len('{"a": ""}'))}
    over = {"a": fits["a"] + "x"}
    wide = {"a": "é" * 4_100}

    assert api.send(ana, letters, "fits", extra=fits).extra == fits
    for extra in (over, wide):
        error = refusal(ana, letters, extra=extra)
        assert (error.code, error.field) == ("too_long", "extra")
        assert error.detail == {"max": 8_192}


def nested(depth: int) -> dict[str, Any]:
    """Return lists in lists, as deep as `depth`."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize(
    "extra",
    [
        {"a": "\x00"},
        {"\x00": 1},
        {"a": "\ud800"},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": object()},
        {"a": {1, 2}},
        {("a",): 1},
        nested(3_000),
        nested(21),
    ],
    ids=[
        "NUL",
        "NUL in a key",
        "surrogate",
        "NaN",
        "infinity",
        "object",
        "set",
        "tuple as key",
        "much too deep",
        "too deep",
    ],
)
def test_extra_data_that_is_not_json_is_refused(
    ana: Any, letters: Conversation, extra: dict[str, Any]
) -> None:
    error = refusal(ana, letters, extra=extra)

    assert (error.code, error.field) == ("invalid_payload", "extra")


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a b", "a\x00", "\ud800", "é"])
def test_a_key_is_up_to_64_printable_characters(
    ana: Any, letters: Conversation, client_id: str
) -> None:
    error = refusal(ana, letters, client_id=client_id)

    assert (error.code, error.field) == ("invalid_payload", "client_id")
    assert send(ana, letters, client_id="!~" * 32).client_id == "!~" * 32


def test_keys_that_differ_only_by_case_are_two(ana: Any, letters: Conversation) -> None:
    one = send(ana, letters, "One", client_id="k" * 63 + "a")
    other = send(ana, letters, "Other", client_id="k" * 63 + "A")

    assert one != other


# --- who may send where -----------------------------------------------------


def test_a_stranger_learns_nothing_not_even_that_there_is_something(
    letters: Conversation,
) -> None:
    eve = person("eve")
    missing = Conversation(kind="direct")

    there = refusal(eve, letters).as_dict()
    with pytest.raises(ChatError) as refused:
        send_message(draft(eve, missing))

    assert there["code"] == "not_found"
    assert refused.value.as_dict() == there


def test_a_former_member_is_told_that_he_is_one() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    climbing = group(ana, ben, cem)
    api.leave(ben, climbing)

    assert refusal(ben, climbing).code == "not_participant"


def test_who_was_deactivated_a_moment_ago_sends_nothing(
    ana: Any, letters: Conversation
) -> None:
    type(ana).objects.filter(pk=ana.pk).update(is_active=False)

    assert refusal(ana, letters).code == "not_authenticated"
    ana.refresh_from_db()
    with pytest.raises(ChatError, match="not_authenticated"):
        api.send(ana, letters, "Hello")


def test_who_belongs_to_another_tenant_finds_nothing(
    ana: Any, letters: Conversation
) -> None:
    assert refusal(ana, letters, tenant="north").code == "not_found"


# --- what sending does besides ----------------------------------------------


def test_everybody_is_told_once_after_the_commit(
    ana: Any, letters: Conversation
) -> None:
    fill(letters, ana, 1)
    with hearing() as heard:
        message = send(ana, letters, "Hello", client_id="k1")
        assert not heard

    (event,) = heard
    assert event in heard.of_conversations
    frame = heard.of_conversations[0].frame
    assert frame["type"] == "message"
    assert (frame["id"], frame["seq"], frame["rev"]) == (str(message.pk), 2, 2)
    assert frame["content"] == "Hello"
    assert frame["sender_id"] == str(ana.pk)
    # The key is for the author alone.
    assert frame["client_id"] is None
    assert heard.of_conversations[0].client_id == "k1"


def test_the_host_hears_of_each_message_and_cannot_stop_it(
    ana: Any, letters: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["message"].content, arguments["actor"]))
        raise RuntimeError("the host has a bug")

    message_sent.connect(note)
    try:
        with hearing() as frames:
            api.send(ana, letters, "Hello")
    finally:
        message_sent.disconnect(note)

    assert heard == [("Hello", ana)]
    assert frames.types == ["message"]
    assert "the host has a bug" in caplog.text
    assert "Hello" not in caplog.text


def test_sending_is_reading(ana: Any, ben: Any, letters: Conversation) -> None:
    send(ana, letters, "Question")
    with hearing() as heard:
        answer = send(ben, letters, "Answer")

    ben_seat = seat(ben, letters)
    assert (ben_seat.read_seq, ben_seat.read_ordinal) == (2, 2)
    assert heard.types == ["message", "read"]
    assert heard.of_conversations[1].frame["up_to_seq"] == 2
    mark = ReadMark.objects.get(user=ben)
    assert (mark.seq, mark.read_at) == (2, answer.created_at)


def test_who_had_read_everything_is_not_announced_as_reader_again(
    ana: Any, letters: Conversation
) -> None:
    send(ana, letters)
    with hearing() as heard:
        send(ana, letters)

    assert heard.types == ["message"]
    assert not ReadMark.objects.exists()


def test_a_bot_that_sends_has_read_nothing(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    send(ana, letters, "Question")
    with hearing() as heard:
        api.send(ben, letters, "I am a bot", marks_read=False)

    assert heard.types == ["message"]
    assert seat(ben, letters).read_seq == 0
    assert api.unread_for(ben) == 1
    assert not ReadMark.objects.exists()


def test_in_a_large_group_a_sender_is_not_announced_as_reader() -> None:
    ana, ben, *others = people("ana", "ben", *(f"p{n}" for n in range(100)))
    crowd = group(ana, ben, *others)
    send(ana, crowd, "Question")
    with hearing() as heard:
        send(ben, crowd, "Answer")

    assert heard.types == ["message"]
    # His own other devices still learn it.
    assert [frame["type"] for frame in heard.of_user(ben)] == ["read"]
    assert seat(ben, crowd).read_seq == 3


def test_a_message_that_wakes_a_silent_conversation_calls_its_members(
    ana: Any, ben: Any, letters: Conversation
) -> None:
    fill(letters, ana, 1)
    with hearing() as heard:
        send(ana, letters)
    assert not heard.controls

    long_ago = datetime.now(UTC) - timedelta(days=8)
    Conversation.objects.filter(pk=letters.pk).update(last_activity=long_ago)
    with hearing() as heard:
        send(ana, letters)

    assert {event.user_id for event in heard.controls} == {str(ana.pk), str(ben.pk)}
    assert {event.action for event in heard.controls} == {"join"}
    assert [group_of(event) for event in heard.controls]


def test_an_import_tells_nobody_and_keeps_its_times(
    ana: Any, letters: Conversation
) -> None:
    moment = datetime(2020, 2, 29, 12, 30, 15, 123_000, tzinfo=UTC)
    with hearing() as heard:
        (sent,) = send_messages(
            [draft(ana, letters, "Old", created_at=moment)], live=False
        )

    assert not heard
    assert isinstance(sent, Sent)
    message = Message.objects.get(pk=sent.id)
    assert message.created_at == moment
    # The key sorts by the time of the message, not of the import.
    assert message.pk < Message(conversation=letters).pk
    letters.refresh_from_db()
    assert letters.last_message_at == moment
    assert letters.last_activity > moment
