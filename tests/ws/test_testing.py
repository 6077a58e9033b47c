"""What hosts are given for their own tests, used as they would use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase

from django_chat import api
from django_chat.testing import ChatClient, ChatConnection, published
from django_chat.timeline.models import Conversation
from tests.factories import direct, person
from tests.ws.clients import run


class PublishingTest(TestCase):
    """A host's TestCase, whose transaction never commits."""

    def setUp(self) -> None:
        self.ana, self.bob = person("ana"), person("bob")
        self.chat = direct(self.ana, self.bob)

    def test_what_is_published_in_the_block_is_heard_at_its_end(self) -> None:
        with published() as heard:
            api.send(self.ana, self.chat, "Your parcel is on its way")
            assert not heard

        (message,) = heard.to_conversation(self.chat)
        assert message["content"] == "Your parcel is on its way"
        assert message["sender_id"] == str(self.ana.pk)

    def test_what_is_for_one_person_is_heard_as_his(self) -> None:
        with published() as heard:
            api.create_group(self.ana, "Trip", [self.bob, person("cleo")])

        assert [frame["type"] for frame in heard.to_user(self.bob)] == [
            "conversation_created"
        ]
        assert not heard.to_conversation(self.chat)

    def test_what_is_rolled_back_is_not_heard(self) -> None:
        with published() as heard:
            try:
                with transaction.atomic():
                    api.send(self.ana, self.chat, "never said")
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass

        assert not heard

    def test_afterwards_nobody_listens(self) -> None:
        with published() as heard:
            pass
        with self.captureOnCommitCallbacks(execute=True):
            api.send(self.ana, self.chat, "later")

        assert not heard


@pytest.mark.asyncio
async def test_two_clients_talk(ana: Any, bob: Any, duo: Conversation) -> None:
    async with ChatClient(ana, conversation=duo) as one, ChatClient(bob) as two:
        await run(api.send, bob, duo, "wake up")
        ack = await one.ask("send_message", content="Hello")

        hint = await two.receive("inbox", seq=ack["seq"])
        assert hint["last_message"]["excerpt"] == "Hello"
        assert one.received("message", content="Hello", is_own_message=True)


@pytest.mark.asyncio
async def test_a_client_resumes(ana: Any, bob: Any, duo: Conversation) -> None:
    await run(api.send, bob, duo, "one")
    await run(api.send, bob, duo, "two")

    async with ChatClient(ana, conversation=duo, after=1) as client:
        assert (await client.receive("message"))["content"] == "two"


@pytest.mark.asyncio
async def test_a_wait_in_vain_says_what_came_instead(
    ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ChatClient(ana) as client:
        await client.ask("no_such_thing")
        # Only this wait is short: connecting may take its time.
        with monkeypatch.context() as short:
            short.setattr("django_chat.testing._SECONDS", 0.05)
            with pytest.raises(AssertionError, match=r"message.*\['error'\]"):
                await client.receive("message")


@pytest.mark.asyncio
async def test_a_connection_that_is_refused_shows_its_code(
    transactional_db: None,
) -> None:
    connection = await ChatConnection().open()

    assert await connection.closed() == 4001
    with pytest.raises(AssertionError, match="ended before"):
        await connection.receive("welcome")
    await connection.disconnect()


@pytest.mark.asyncio
async def test_an_error_of_the_application_is_the_error_of_the_test() -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ChatConnection(application=broken).open()


@pytest.mark.asyncio
async def test_a_connection_never_opened_can_be_closed() -> None:
    await ChatConnection().disconnect()
