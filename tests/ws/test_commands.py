"""Every command, as a client gives it: what it does, and when it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from django_chat import api
from django_chat.messages.models import HiddenMessage, Reaction
from django_chat.protocol import load_schema
from django_chat.timeline.models import Conversation, Message, Participant
from django_chat.ws.commands import COMMANDS
from tests.factories import fill, person, seat, send
from tests.protocol.schemas import check_client_frame
from tests.shop.models import Order
from tests.ws.clients import Crowd, Peer, run, types

pytestmark = [pytest.mark.asyncio]

Fields = dict[str, Any]


class Stage:
    """Ana's conversations, with something said in each."""

    def __init__(self, ana: Any, bob: Any, cleo: Any, duo: Any, crew: Any) -> None:
        self.ana, self.bob, self.cleo = ana, bob, cleo
        self.duo, self.crew = duo, crew
        self.dora = person("dora")
        self.own = send(ana, duo, "mine")
        self.theirs = send(bob, duo, "yours")


@pytest.fixture
def stage(ana: Any, bob: Any, cleo: Any, duo: Any, crew: Any) -> Stage:
    return Stage(ana, bob, cleo, duo, crew)


# Command -> (fields, keys of the ack; None: there is no ack).
GOOD: dict[str, tuple[Callable[[Stage], Fields], set[str] | None]] = {
    "send_message": (
        lambda s: {"conversation_id": str(s.duo.pk), "content": "Hello"},
        {"id", "conversation_id", "seq", "rev", "timestamp"},
    ),
    "edit_message": (
        lambda s: {"message_id": str(s.own.pk), "content": "changed"},
        {"rev", "version"},
    ),
    "delete_message": (lambda s: {"message_id": str(s.own.pk)}, {"rev"}),
    "react": (lambda s: {"message_id": str(s.theirs.pk), "emoji": "👍"}, {"rev"}),
    "typing": (
        lambda s: {"conversation_id": str(s.duo.pk), "is_typing": True},
        None,
    ),
    "read": (
        lambda s: {"conversation_id": str(s.duo.pk), "up_to_seq": 2},
        {"read_seq", "unread_count"},
    ),
    "delivered": (
        lambda s: {"conversation_id": str(s.duo.pk), "up_to_seq": 2},
        None,
    ),
    "mark_unread": (lambda s: {"conversation_id": str(s.duo.pk)}, {"unread_count"}),
    "open_direct": (lambda s: {"user_id": "@dora"}, {"conversation"}),
    "create_group": (
        lambda s: {"group_name": "Trip", "members": [str(s.bob.pk), "@dora"]},
        {"conversation"},
    ),
    "update_group": (
        lambda s: {"conversation_id": str(s.crew.pk), "title": "Bouldering"},
        {"rev"},
    ),
    "add_members": (
        lambda s: {"conversation_id": str(s.crew.pk), "members": ["@dora"]},
        {"rev"},
    ),
    "remove_member": (
        lambda s: {"conversation_id": str(s.crew.pk), "user_id": str(s.bob.pk)},
        {"rev"},
    ),
    "set_role": (
        lambda s: {
            "conversation_id": str(s.crew.pk),
            "user_id": str(s.bob.pk),
            "role": "admin",
        },
        {"rev"},
    ),
    "leave": (lambda s: {"conversation_id": str(s.crew.pk)}, {"rev"}),
    "presence": (lambda s: {"status": "dnd"}, None),
    "watch_presence": (lambda s: {"user_ids": [str(s.bob.pk)]}, {"users"}),
    "subscribe": (lambda s: {"conversations": [{"id": str(s.duo.pk)}]}, set()),
    "unsubscribe": (lambda s: {"conversations": [str(s.duo.pk)]}, set()),
    "ping": (lambda s: {"t": 5}, None),
    "pong": (lambda s: {"t": 5}, None),
}


async def test_every_command_is_tried_here() -> None:
    assert set(GOOD) == set(COMMANDS)


@pytest.mark.parametrize("name", GOOD)
async def test_a_command_is_obeyed_and_answered_once(
    stage: Stage, crowd: Crowd, name: str
) -> None:
    fields, keys = GOOD[name]
    phone = await crowd.join(stage.ana)

    await phone.send(name, ref="r", **fields(stage))
    await phone.settle()

    answers = [dict(frame) for frame in phone.frames if frame.get("ref") == "r"]
    if keys is None:
        assert answers == []
    else:
        (ack,) = answers
        assert (ack.pop("type"), ack.pop("ref")) == ("ack", "r")
        assert set(ack) == keys
    assert "error" not in types(phone.frames)


@pytest.mark.parametrize("name", GOOD)
async def test_a_field_that_is_null_is_as_good_as_absent(
    stage: Stage, crowd: Crowd, name: str
) -> None:
    given = GOOD[name][0](stage)
    known = load_schema(f"client.{name}")["properties"]
    phone = await crowd.join(stage.ana)

    await phone.send(name, **{**dict.fromkeys(known), **given, "type": name})

    assert not {"ack", "error"} & set(types(await phone.settle()))


@pytest.mark.parametrize("name", GOOD)
async def test_nobody_is_bothered_with_an_answer_he_did_not_ask_for(
    stage: Stage, crowd: Crowd, name: str
) -> None:
    phone = await crowd.join(stage.ana)

    await phone.send(name, **GOOD[name][0](stage))

    assert "ack" not in types(await phone.settle())
    assert "error" not in types(phone.frames)


async def test_a_client_id_asks_for_an_answer_too(
    ana: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.join(ana)

    await phone.send(
        "send_message", conversation_id=str(duo.pk), content="Hi", client_id="k1"
    )

    ack = await phone.receive("ack", client_id="k1")
    assert (ack["seq"], "ref" in ack) == (1, False)


async def test_a_refusal_is_told_even_to_who_asked_for_no_answer(
    ana: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.join(ana)

    await phone.send("send_message", conversation_id=str(duo.pk), content=" ")

    error = await phone.receive("error")
    assert error["code"] == "empty_message"
    assert error["conversation_id"] == str(duo.pk)
    assert error["temporary"] is False
    assert "fatal" not in error


async def test_a_refusal_names_the_frame_it_answers(
    ana: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.join(ana)

    error = await phone.ask(
        "send_message", conversation_id=str(duo.pk), content="x" * 10_001, client_id="k"
    )

    assert (error["code"], error["client_id"]) == ("too_long", "k")
    assert error["detail"] == {"max": 10_000}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ref", 5),
        ("ref", "x" * 65),
        ("ref", ["r"]),
        ("client_id", 5),
        ("client_id", {}),
        ("client_id", "x" * 65),
    ],
)
@pytest.mark.parametrize("name", ["read", "ping", "no_such_thing"])
async def test_what_is_given_back_must_be_short_text(
    ana: Any, duo: Any, crowd: Crowd, name: str, field: str, value: Any
) -> None:
    phone = await crowd.join(ana)

    await phone.send(name, conversation_id=str(duo.pk), **{field: value})

    error = await phone.receive("error")
    assert (error["code"], error["field"]) == ("invalid_payload", field)
    assert field not in error


@pytest.mark.parametrize("name", ["no_such_thing", "connect", "_send", "", "websocket"])
async def test_an_unknown_command_is_told_and_nothing_more(
    ana: Any, crowd: Crowd, name: str
) -> None:
    phone = await crowd.join(ana)

    error = await phone.ask(name)

    assert error["code"] == "unknown_type"
    await phone.settle()


async def test_the_old_name_of_sending_works(ana: Any, duo: Any, crowd: Crowd) -> None:
    phone = await crowd.join(ana, duo)

    ack = await phone.ask("message.send", content="Hello")

    assert ack["seq"] == 1
    assert (await phone.receive("message"))["content"] == "Hello"


async def test_the_same_message_sent_again_is_the_same_message(
    ana: Any, bob: Any, duo: Any, crowd: Crowd
) -> None:
    phone, other = await crowd.join(ana, duo), await crowd.join(bob, duo)
    first = await phone.ask("send_message", content="Hello", client_id="k1")

    again = await phone.ask("send_message", content="Hello", client_id="k1")
    different = await phone.ask("send_message", content="Bye", client_id="k1")

    assert again.pop("duplicate") is True
    assert {**again, "ref": ""} == {**first, "ref": ""}
    assert different["code"] == "idempotency_conflict"
    await other.settle()
    assert len(other.received("message")) == len(phone.received("message")) == 1


async def test_a_message_may_carry_everything_at_once(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.join(stage.ana, stage.duo)

    ack = await phone.ask(
        "send_message",
        content="@bob look",
        reply_to=str(stage.theirs.pk),
        mentions=[
            {"kind": "user", "user_id": str(stage.bob.pk), "offset": 0, "length": 4}
        ],
        extra={"colour": "red"},
        client_id="k1",
    )

    message = await phone.receive("message")
    assert ack["type"] == "ack"
    assert message["reply_to"]["id"] == str(stage.theirs.pk)
    assert message["mentions"][0]["user_id"] == str(stage.bob.pk)
    assert message["extra"] == {"colour": "red"}


async def test_files_do_not_travel_over_the_socket_yet(
    ana: Any, duo: Any, crowd: Crowd
) -> None:
    phone = await crowd.join(ana, duo)

    inline = await phone.ask("send_message", content="", file={"name": "a.txt"})
    uploaded = await phone.ask("send_message", content="", attachment_ids=["x"])

    assert (inline["code"], inline["detail"]) == ("file_too_large", {"max": 0})
    assert uploaded["code"] == "not_found"


async def test_deleting_for_oneself_hides_and_tells_only_oneself(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.subscribe(stage.ana, stage.duo)
    tab = await crowd.join(stage.ana, stage.duo)
    other = await crowd.subscribe(stage.bob, stage.duo)

    key = str(stage.theirs.pk)
    ack = await phone.ask("delete_message", message_id=key, scope="me")

    assert ack["type"] == "ack"
    for mine in (phone, tab):
        assert (await mine.receive("message_hidden"))["message_id"] == key
    await other.settle()
    assert not other.received("message_hidden")
    assert await run(HiddenMessage.objects.filter(user=stage.ana).count) == 1


async def test_a_reaction_can_be_taken_back(stage: Stage, crowd: Crowd) -> None:
    phone = await crowd.join(stage.ana, stage.duo)
    key = str(stage.theirs.pk)

    added = await phone.ask("react", message_id=key, emoji="👍")
    same = await phone.ask("react", message_id=key, emoji="👍")
    gone = await phone.ask("react", message_id=key, emoji="👍", op="remove")

    assert added["rev"] == same["rev"] == gone["rev"] - 1
    assert await run(Reaction.objects.count) == 0
    first, second = phone.received("message_updated")
    assert first["reaction"] == {
        "emoji": "👍",
        "op": "add",
        "user_id": str(stage.ana.pk),
    }
    assert second["reactions"] == []


async def test_two_people_cannot_overwrite_each_other_unseen(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.join(stage.ana)
    key = str(stage.own.pk)

    first = await phone.ask(
        "edit_message", message_id=key, content="one", base_version=1
    )
    second = await phone.ask(
        "edit_message", message_id=key, content="two", base_version=1
    )

    assert first["version"] == 2
    assert second["code"] == "stale_revision"
    assert second["detail"] == {"version": 2, "content": "one"}


async def test_opening_a_direct_conversation_and_speaking_is_one_command(
    stage: Stage, crowd: Crowd
) -> None:
    phone, other = await crowd.join(stage.ana), await crowd.join(stage.dora)

    ack = await phone.ask("open_direct", user_id="@dora", content="Hello")

    assert ack["message"]["seq"] == 1
    hint = await other.receive("inbox")
    assert hint["conversation_id"] == ack["conversation"]["id"]
    assert hint["last_message"]["excerpt"] == "Hello"


async def test_it_can_be_done_from_the_socket_of_another_conversation(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.join(stage.ana, stage.duo)

    ack = await phone.ask("open_direct", user_id="@dora", content="Hello")

    assert ack["message"]["seq"] == 1
    assert ack["message"]["conversation_id"] == ack["conversation"]["id"]
    assert ack["conversation"]["id"] != str(stage.duo.pk)


@pytest.mark.parametrize("content", [5, ["x"], {"a": 1}])
async def test_what_cannot_be_said_opens_nothing(
    stage: Stage, crowd: Crowd, content: Any
) -> None:
    phone = await crowd.join(stage.ana)

    error = await phone.ask("open_direct", user_id="@dora", content=content)

    assert error["code"] == "invalid_payload"
    with_dora = Participant.objects.filter(user=stage.dora)
    assert not await run(with_dora.exists)


async def test_a_group_formed_twice_with_one_key_is_one_group(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.join(stage.ana)
    asked = {"group_name": "Trip", "members": ["@bob", "@dora"], "client_id": "g1"}

    first = await phone.ask("create_group", **asked)
    again = await phone.ask("create_group", **asked)

    assert first["conversation"]["id"] == again["conversation"]["id"]
    assert await run(Conversation.objects.filter(title="Trip").count) == 1


async def test_a_page_s_reference_opens_a_conversation_about_something(
    stage: Stage, crowd: Crowd
) -> None:
    order = await run(Order.objects.create)
    reference = await run(api.sign_reference, stage.ana, order, [stage.dora])
    phone, other = await crowd.join(stage.ana), await crowd.join(stage.dora)
    asked = {"type": "create_group", "about": reference}
    check_client_frame(asked)

    first = await phone.ask("create_group", about=reference)
    again = await other.ask("create_group", about=reference)
    stranger = await (await crowd.join(stage.bob)).ask("create_group", about=reference)
    forged = await phone.ask("create_group", about="forged")

    key = first["conversation"]["id"]
    assert first["conversation"]["context"]["id"] == str(order.pk)
    assert again["conversation"]["id"] == key
    assert stranger["code"] == "forbidden"
    assert (forged["code"], forged["field"]) == ("invalid_payload", "about")

    await phone.ask("send_message", conversation_id=key, content="Is it there yet?")
    hint = await other.receive("inbox", conversation_id=key, seq=1)
    assert hint["last_message"]["excerpt"] == "Is it there yet?"


async def test_a_first_line_is_heard_by_who_was_not_told_of_the_opening(
    stage: Stage, crowd: Crowd
) -> None:
    order = await run(Order.objects.create)
    phone, other = await crowd.join(stage.ana), await crowd.join(stage.dora)
    place = await run(api.open_about, stage.ana, order, [stage.dora])

    await phone.ask("update_group", conversation_id=str(place.pk), title="The order")

    hint = await other.receive("inbox", conversation_id=str(place.pk), seq=1)
    assert hint["last_message"]["kind"] == "system"


async def test_the_owner_changes_title_and_status(stage: Stage, crowd: Crowd) -> None:
    phone = await crowd.join(stage.ana, stage.crew)

    await phone.ask("update_group", title="Trip", settings={"status": "read_only"})

    change = await phone.receive("conversation_updated")
    assert change["changes"] == {"title": "Trip", "status": "read_only"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"settings": "open"}, "settings"),
        ({"settings": {"status": 5}}, "settings"),
        ({"settings": {"status": "ajar"}}, "status"),
        ({"title": 5}, "title"),
    ],
)
async def test_an_impossible_setting_is_refused(
    stage: Stage, crowd: Crowd, fields: Fields, field: str
) -> None:
    phone = await crowd.join(stage.ana, stage.crew)

    error = await phone.ask("update_group", **fields)

    assert (error["code"], error["field"]) == ("invalid_payload", field)


async def test_reading_up_to_a_message_and_not_back(stage: Stage, crowd: Crowd) -> None:
    phone = await crowd.join(stage.bob, stage.duo)
    await run(fill, stage.duo, stage.ana, 3)

    by_id = await phone.ask("read", message_id=str(stage.theirs.pk))
    beyond = await phone.ask("read", up_to_seq=2**50)
    back = await phone.ask("read", up_to_seq=1)
    flagged = await phone.ask("mark_unread", seq=4)

    assert (by_id["read_seq"], by_id["unread_count"]) == (2, 3)
    assert beyond["read_seq"] == back["read_seq"] == 5
    assert flagged["unread_count"] == 2


@pytest.mark.parametrize("seq", [-1, 1.5, "2", True, [], 2**53, None])
async def test_a_watermark_is_a_number_that_clients_can_hold(
    stage: Stage, crowd: Crowd, seq: Any
) -> None:
    phone = await crowd.join(stage.bob, stage.duo)

    error = await phone.ask("delivered", up_to_seq=seq)

    assert (error["code"], error["field"]) == ("invalid_payload", "up_to_seq")


async def test_a_former_name_of_nothing_reads_another_conversation(
    stage: Stage, crowd: Crowd
) -> None:
    elsewhere = await run(send, stage.ana, stage.crew)
    phone = await crowd.join(stage.bob, stage.duo)

    error = await phone.ask("read", message_id=str(elsewhere.pk))

    assert (error["code"], error["field"]) == ("not_found", "message_id")
    assert (await run(seat, stage.bob, stage.crew)).read_seq == 0


# The socket of one conversation


@pytest.mark.parametrize("other", ["crew", "unknown", "rubbish", "number"])
async def test_on_the_socket_of_one_conversation_there_is_no_other(
    stage: Stage, crowd: Crowd, other: str
) -> None:
    phone = await crowd.join(stage.ana, stage.duo)
    key: Any = {
        "crew": str(stage.crew.pk),
        "unknown": str(uuid4()),
        "rubbish": "x",
        "number": 5,
    }[other]
    before = await run(Message.objects.count)

    for name in ("send_message", "typing", "read", "mark_unread", "leave"):
        error = await phone.ask(
            name, conversation_id=key, content="Hello", is_typing=True
        )
        assert (error["code"], error["field"]) == ("invalid_payload", "conversation_id")

    assert await run(Message.objects.count) == before


async def test_on_the_socket_of_one_conversation_nothing_is_subscribed_to(
    stage: Stage, crowd: Crowd
) -> None:
    phone = await crowd.join(stage.ana, stage.duo)

    for name in ("subscribe", "unsubscribe"):
        error = await phone.ask(name, conversations=[str(stage.crew.pk)])
        assert error["code"] == "invalid_payload"


async def test_a_client_may_ask_whether_somebody_is_there(
    ana: Any, crowd: Crowd
) -> None:
    phone: Peer = await crowd.join(ana)

    for t in (5, "now", 1.5, None):
        await phone.send("ping", t=t)
        assert (await phone.receive("pong"))["t"] == t
    await phone.send("ping", t={"a": ["b"]})
    assert (await phone.receive("pong"))["t"] is None
