"""Whatever clients send, the answer is one of the chat's own, and never a failure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from django_chat.exceptions import REGISTRY
from django_chat.rest.urls import urlpatterns
from django_chat.timeline.models import Conversation
from tests.factories import send
from tests.rest.caller import Caller

pytestmark = pytest.mark.django_db

NUMBERS = (-1, 0, 1, 2, 2**31, 2**53 - 1, 2**53, 2**63, 10**40, 0.5, 1e300)
WORDS = (
    *("", " ", "a", "me", "everyone", "direct", "group", "owner", "admin", "add"),
    *("open", "dnd", "true", "1", "-1", "👍", "👍👍", "@", "@ben", "@nobody"),
    *("2030-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "2030-02-30T00:00Z"),
    *("x" * 300, "x" * 10_001, "\x00", "\ud800", "\u0669", "9" * 30, "{}", "%00"),
)
FIELDS = (
    *("kind", "user_id", "user_ids", "title", "members", "status", "pinned", "role"),
    *("up_to_seq", "message_id", "seq", "is_typing", "activity", "content", "emoji"),
    *("op", "client_id", "reply_to", "mentions", "extra", "conversation_id", "to"),
    *("base_version", "text", "until", "offset", "length", "file", "attachment_ids"),
)
PARAMETERS = (
    *("kind", "archived", "unread", "search", "cursor", "limit", "for", "scope"),
    *("before_seq", "after_seq", "around_seq", "after", "conversation", "reveal"),
    *("emoji", "user_id", "user_ids", "c", "t", "list"),
)
leaves = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(WORDS)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*FIELDS, "\x00")), inner, max_size=4)
    ),
    max_leaves=6,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)
queries = st.dictionaries(st.sampled_from(PARAMETERS), leaves.map(str), max_size=3)


def operations() -> list[tuple[str, str]]:
    """Return the method and route of every operation."""
    return [
        (method, str(pattern.pattern))
        for pattern in urlpatterns
        for method in pattern.callback.cls().allowed_methods  # type: ignore[union-attr]
        if method != "HEAD"
    ]


@pytest.fixture(autouse=True)
def unhurried(settings: Any) -> None:
    """Nobody is told to wait: that would be the only answer before long."""
    settings.DJANGO_CHAT = {"REQUEST_BURST": 10_000, "SEND_BURST": 10_000}


def escaped(text: str) -> str:
    """Return `text` for a URL; what is not Unicode as the bytes that are not UTF-8."""
    return quote(text, "", errors="surrogatepass")


@pytest.mark.parametrize(("method", "route"), operations(), ids=str)
@given(data=st.data())
@example_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_one_of_the_chats_own(
    ana: Caller,
    ben: Caller,
    climbing: Conversation,
    method: str,
    route: str,
    data: st.DataObject,
) -> None:
    with transaction.atomic():
        message = send(ana.user, climbing)

        def place(*real: str) -> str:
            return escaped(data.draw(st.sampled_from((*real, *real, *WORDS))))

        path = (
            route.replace("<django_chat_id:conversation_id>", place(str(climbing.pk)))
            .replace("<django_chat_id:message_id>", place(str(message.pk)))
            .replace("<str:user_id>", place(ben.id))
            .replace("<str:emoji>", place("👍"))
        )
        assume("//" not in path)
        query = data.draw(queries)
        path += "?" + "&".join(
            f"{name}={escaped(value)}" for name, value in query.items()
        )
        raw = (
            json.dumps(data.draw(bodies)) if method in ("POST", "PUT", "PATCH") else ""
        )

        answer = ana.call(method, path, raw=raw)

        if answer.status >= 400:
            assert answer.status == REGISTRY[answer["code"]].status
            assert answer.status < 500
        # The next example finds everything as this one found it.
        transaction.set_rollback(True)
