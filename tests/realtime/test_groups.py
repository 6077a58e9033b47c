"""Names of groups: any tenant and user, and never another's."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from django_chat.realtime.events import (
    ControlEvent,
    ConversationEvent,
    PresenceEvent,
    UserEvent,
)
from django_chat.realtime.groups import (
    conversation_group,
    group_of,
    presence_group,
    user_group,
)

# What `BaseChannelLayer` lets through.
LAWFUL = re.compile(r"^[a-zA-Z\d\-_.]+$")
ANY = st.text(st.characters(codec="utf-8"), max_size=200)


@given(tenant=ANY, key=ANY)
def test_every_layer_takes_the_names(tenant: str, key: str) -> None:
    names = {
        make(tenant, key) for make in (conversation_group, user_group, presence_group)
    }

    assert len(names) == 3
    for name in names:
        assert LAWFUL.match(name)
        assert len(name) < 100


@given(one=st.tuples(ANY, ANY), other=st.tuples(ANY, ANY))
def test_two_that_differ_have_different_groups(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (user_group(*one) == user_group(*other)) == (one == other)


def test_tenant_and_key_are_not_run_together() -> None:
    assert user_group("a", "bc") != user_group("ab", "c")
    assert user_group("a:b", "c") != user_group("a", "b:c")
    assert user_group("1:a", "") != user_group("1", "a:")
    assert user_group("", "7") != user_group("7", "")


def test_every_event_has_its_group() -> None:
    assert group_of(
        ConversationEvent("north", "c", {"type": "x"}, meta_rev=0)
    ) == conversation_group("north", "c")
    assert group_of(UserEvent("north", "7", {})) == user_group("north", "7")
    assert group_of(ControlEvent("north", "7", "blocks")) == user_group("north", "7")
    assert group_of(PresenceEvent("north", "7")) == presence_group("north", "7")
