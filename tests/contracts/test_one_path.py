"""There is one way of doing each thing, whichever door it comes in by.

A frame, a request, a form and a call of the Python API leave the same rows behind and
tell everybody the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.core import serializers
from django.test import Client as Browser

from django_chat import api
from django_chat.messages.models import HiddenMessage, Mention, Reaction, Revision
from django_chat.realtime.events import PresenceEvent
from django_chat.testing import ChatClient, stop_threads
from django_chat.timeline.models import Conversation, Message, Participant, ReadMark
from django_chat.ws.database import in_database as run
from tests.factories import group, person, send
from tests.ws.post import intercepted

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

ROWS = (Conversation, Participant, Message, ReadMark)
MORE_ROWS = (HiddenMessage, Mention, Reaction, Revision)
REST, PAGES = "/api/v1/messages/", "/chat/"
Fields = dict[str, Any]


class Stage:
    """Ana's group, in which bob has said something and she has answered."""

    def __init__(self) -> None:
        mark = uuid4().hex[:6]
        self.ana, self.bob, self.cleo, self.dora = (
            person(f"{name}{mark}", first_name=name)
            for name in ("ana", "bob", "cleo", "dora")
        )
        self.chat = group(self.ana, self.bob, self.cleo)
        self.theirs = send(self.bob, self.chat, "What do you say?")
        self.own = send(self.ana, self.chat, "This is what I say")
        self.late = send(self.bob, self.chat, "And now?")
        self.browser = Browser(raise_request_exception=True)
        self.browser.force_login(self.ana)
        self.key = uuid4().hex

    @property
    def names(self) -> dict[str, str]:
        """What is another in every stage, with what it stands for."""
        people = (self.ana, self.bob, self.cleo, self.dora)
        return {
            **{user.username: f"<{user.first_name}>" for user in people},
            str(self.chat.pk): "<chat>",
            self.key: "<key>",
            str(self.theirs.pk): "<theirs>",
            str(self.own.pk): "<own>",
            **{f'"{user.pk}"': f'"<{user.first_name}>"' for user in people},
        }


@dataclass
class Verb:
    """One thing to do, as it is asked for at each door; None where a door lacks it."""

    frame: Callable[[Stage], tuple[str, Fields]]
    rest: Callable[[Stage], tuple[str, str, Fields]]
    page: Callable[[Stage], tuple[str, Fields]] | None
    call: Callable[[Stage], Any]


def c(stage: Stage, **fields: Any) -> Fields:
    return {"conversation_id": str(stage.chat.pk), **fields}


def m(stage: Stage, **fields: Any) -> Fields:
    return {"message_id": str(stage.own.pk), **fields}


VERBS = {
    "send": Verb(
        frame=lambda s: (
            "send_message",
            c(s, content=said(s), client_id=s.key, reply_to=str(s.theirs.pk)),
        ),
        rest=lambda s: (
            "POST",
            f"conversations/{s.chat.pk}/messages/",
            {"content": said(s), "client_id": s.key, "reply_to": str(s.theirs.pk)},
        ),
        page=lambda s: (
            f"{s.chat.pk}/",
            {"content": said(s), "client_id": s.key, "reply_to": str(s.theirs.pk)},
        ),
        call=lambda s: api.send(
            s.ana, s.chat, said(s), client_id=s.key, reply_to=s.theirs
        ),
    ),
    "edit": Verb(
        frame=lambda s: (
            "edit_message",
            m(s, content="Better put", base_version=1),
        ),
        rest=lambda s: (
            "PATCH",
            f"messages/{s.own.pk}/",
            {"content": "Better put", "base_version": 1},
        ),
        page=lambda s: (
            f"messages/{s.own.pk}/edit/",
            {"content": "Better put", "base_version": 1},
        ),
        call=lambda s: api.edit_message(s.ana, s.own, "Better put"),
    ),
    "delete": Verb(
        frame=lambda s: ("delete_message", m(s)),
        rest=lambda s: ("DELETE", f"messages/{s.own.pk}/", {}),
        page=lambda s: (f"messages/{s.own.pk}/delete/", {}),
        call=lambda s: api.delete_message(s.ana, s.own),
    ),
    "react": Verb(
        frame=lambda s: ("react", {"message_id": str(s.theirs.pk), "emoji": "👍"}),
        rest=lambda s: ("PUT", f"messages/{s.theirs.pk}/reactions/👍/", {}),
        page=lambda s: (f"messages/{s.theirs.pk}/reaction/", {"add": "👍"}),
        call=lambda s: api.react(s.ana, s.theirs, "👍"),
    ),
    "read": Verb(
        frame=lambda s: ("read", c(s)),
        rest=lambda s: ("POST", f"conversations/{s.chat.pk}/mark_read/", {}),
        page=None,  # by looking
        call=lambda s: api.mark_read(s.ana, s.chat),
    ),
    "mark unread": Verb(
        frame=lambda s: ("mark_unread", c(s)),
        rest=lambda s: ("POST", f"conversations/{s.chat.pk}/mark_unread/", {}),
        page=None,
        call=lambda s: api.mark_unread(s.ana, s.chat),
    ),
    "rename": Verb(
        frame=lambda s: ("update_group", c(s, title="Bouldering")),
        rest=lambda s: (
            "PATCH",
            f"conversations/{s.chat.pk}/",
            {"title": "Bouldering"},
        ),
        page=lambda s: (f"{s.chat.pk}/rename/", {"title": "Bouldering"}),
        call=lambda s: api.rename(s.ana, s.chat, "Bouldering"),
    ),
    "add": Verb(
        frame=lambda s: ("add_members", c(s, members=[f"@{s.dora.username}"])),
        rest=lambda s: (
            "POST",
            f"conversations/{s.chat.pk}/participants/",
            {"user_ids": [f"@{s.dora.username}"]},
        ),
        page=lambda s: (
            f"{s.chat.pk}/members/add/",
            {"usernames": f"@{s.dora.username}"},
        ),
        call=lambda s: api.add_members(s.ana, s.chat, [s.dora]),
    ),
    "remove": Verb(
        frame=lambda s: ("remove_member", c(s, user_id=str(s.bob.pk))),
        rest=lambda s: (
            "POST",
            f"conversations/{s.chat.pk}/remove_participant/",
            {"user_id": str(s.bob.pk)},
        ),
        page=lambda s: (f"{s.chat.pk}/members/remove/", {"user_id": str(s.bob.pk)}),
        call=lambda s: api.remove_member(s.ana, s.chat, s.bob),
    ),
    "leave": Verb(
        frame=lambda s: ("leave", c(s)),
        rest=lambda s: ("POST", f"conversations/{s.chat.pk}/leave/", {}),
        page=lambda s: (f"{s.chat.pk}/leave/", {}),
        call=lambda s: api.leave(s.ana, s.chat),
    ),
    "form a group": Verb(
        frame=lambda s: (
            "create_group",
            {
                "group_name": "Trip",
                "members": [f"@{s.bob.username}", f"@{s.dora.username}"],
                "client_id": s.key,
            },
        ),
        rest=lambda s: (
            "POST",
            "conversations/",
            {
                "kind": "group",
                "title": "Trip",
                "members": [f"@{s.bob.username}", f"@{s.dora.username}"],
                "client_id": s.key,
            },
        ),
        page=lambda s: (
            "new/group/",
            {
                "title": "Trip",
                "usernames": f"@{s.bob.username} @{s.dora.username}",
                "client_id": s.key,
            },
        ),
        call=lambda s: api.create_group(
            s.ana, "Trip", [s.bob, s.dora], client_id=s.key
        ),
    ),
}


def said(stage: Stage) -> str:
    """Return a text with everything in it that a service looks for."""
    return f"@{stage.bob.username} wörld ☀️\nsecond line"


async def by_frame(verb: Verb, stage: Stage, client: ChatClient) -> None:
    kind, fields = verb.frame(stage)
    answer = await client.ask(kind, **fields)
    assert answer["type"] == "ack", answer


async def by_request(verb: Verb, stage: Stage, _: ChatClient) -> None:
    method, path, body = verb.rest(stage)

    def call() -> None:
        response = stage.browser.generic(
            method, REST + path, json.dumps(body), content_type="application/json"
        )
        assert response.status_code < 300, response.content

    await run(call)


async def by_form(verb: Verb, stage: Stage, _: ChatClient) -> None:
    assert verb.page is not None
    path, data = verb.page(stage)

    def post() -> None:
        response = stage.browser.post(PAGES + path, data)
        assert response.status_code == 302, response.content

    await run(post)


async def by_call(verb: Verb, stage: Stage, _: ChatClient) -> None:
    await run(verb.call, stage)


Door = Callable[[Verb, Stage, ChatClient], Awaitable[None]]
DOORS: tuple[Door, ...] = (by_call, by_frame, by_request, by_form)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    yield
    stop_threads()


@pytest.mark.parametrize("name", VERBS)
async def test_every_door_leaves_the_same_and_tells_the_same(name: str) -> None:
    verb = VERBS[name]
    traces = {}
    for door in DOORS:
        if door is by_form and verb.page is None:
            continue
        stage = await run(Stage)
        async with ChatClient(stage.ana) as client:
            with intercepted() as post:
                await door(verb, stage, client)
                told = [
                    event.to_wire()
                    for event in post
                    if not isinstance(event, PresenceEvent)
                ]
            rows = await run(stored, stage)
        traces[door.__name__] = (
            neutral(json.dumps(told, ensure_ascii=False), stage),
            neutral(rows, stage),
        )

    first = traces.pop("by_call")
    assert first[0] != "[]"
    for door_name, trace in traces.items():
        assert trace == first, f"{door_name} does it differently"


def stored(stage: Stage) -> str:
    """Return every row of the stage's people, without keys that only count."""
    chats = Conversation.objects.filter(participants__user=stage.ana)
    ids = set(chats.values_list("pk", flat=True))
    found: list[Any] = list(Conversation.objects.filter(pk__in=ids).order_by("pk"))
    for model in ROWS[1:]:
        rows = model._default_manager.filter(conversation__in=ids)
        found += rows.order_by("conversation", "pk")
    for model in MORE_ROWS:
        rows = model._default_manager.filter(
            **{
                "conversation__in"
                if hasattr(model, "conversation_id")
                else "message__conversation__in": ids
            }
        )
        found += rows.order_by("pk")
    dicts = json.loads(serializers.serialize("json", found))
    for row in dicts:
        if not isinstance(row["pk"], str):
            del row["pk"]
        row["fields"].pop("request_hash", None)
        for field in ("user", "sender", "created_by", "last_sender"):
            if row["fields"].get(field) is not None:
                row["fields"][field] = str(row["fields"][field])
    return json.dumps(dicts, ensure_ascii=False, sort_keys=True)


UUID_OR_KEY = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def neutral(text: str, stage: Stage) -> str:
    """Return text in which what is another every time has a name that is not."""
    text = text.replace('\\"', '"')
    for value, name in stage.names.items():
        text = text.replace(value, name)
    return UUID_OR_KEY.sub("<id>", TIME.sub("<time>", text))
