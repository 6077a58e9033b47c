"""The default rules, asked directly: facts in, an answer out, no database."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError
from itertools import product
from typing import Any

import pytest

from django_chat.policy import ChatPolicy, Scene

RULES = ChatPolicy()


def scene(**facts: Any) -> Scene:
    """Return a member of an open group, or what else the facts say."""
    return Scene(
        **{"user": None, "kind": "group", "status": "open", "role": "member", **facts}
    )


EVERY = [
    scene(kind=kind, status=status, role=role, partner_available=available)
    for kind, status, role, available in product(
        ("direct", "group"),
        ("open", "read_only", "closed", "archived"),
        ("owner", "admin", "member"),
        (True, False),
    )
]


@pytest.mark.parametrize("seen", EVERY, ids=str)
def test_writing_is_on_exactly_when_nothing_speaks_against_it(seen: Scene) -> None:
    reason = RULES.send_disabled_reason(seen)

    assert reason in (None, "unavailable", "archived", "closed", "read_only")
    assert RULES.can_post(seen) is (reason is None)
    assert RULES.permissions(seen)["send"] is RULES.can_post(seen)
    if not seen.partner_available:
        assert reason == "unavailable"


@pytest.mark.parametrize("seen", EVERY, ids=str)
def test_nobody_edits_another_and_everybody_deletes_his_own(seen: Scene) -> None:
    assert not RULES.can_edit(seen, own=False)
    assert RULES.can_delete(seen, own=True)
    assert RULES.can_edit(seen, own=True) is RULES.can_post(seen)


@pytest.mark.parametrize("seen", [s for s in EVERY if s.kind == "direct"], ids=str)
def test_in_a_direct_conversation_nobody_manages_whatever_his_role(seen: Scene) -> None:
    assert not seen.manages
    for question in ("can_add_members", "can_rename", "can_mention_all"):
        assert not getattr(RULES, question)(seen)
    for question in ("can_set_role", "can_change_status", "can_delete_conversation"):
        assert not getattr(RULES, question)(seen)
    assert not RULES.can_delete(seen, own=False)
    for role in ("owner", "admin", "member"):
        assert not RULES.can_remove_member(seen, target_role=role)


class Offer:
    """Something of the site that has a page."""

    def __str__(self) -> str:
        return "Tent for two"

    def get_absolute_url(self) -> str:
        return "/offers/7/"


def test_only_who_is_invited_begins_to_talk_about_something() -> None:
    assert RULES.can_open_about(None, Offer(), [], invited=True)
    assert not RULES.can_open_about(None, Offer(), [], invited=False)


def test_something_is_shown_by_its_name_and_its_page_if_it_has_one() -> None:
    assert RULES.context_card(Offer(), None) == {
        "label": "Tent for two",
        "url": "/offers/7/",
    }
    assert RULES.context_card(7, None) == {"label": "7", "url": None}


def test_a_scene_cannot_be_changed_by_a_rule() -> None:
    seen = scene()
    with pytest.raises(FrozenInstanceError):
        seen.role = "owner"  # type: ignore[misc]


def test_every_question_is_explained() -> None:
    for name, question in inspect.getmembers(ChatPolicy, inspect.isfunction):
        assert question.__doc__, name


def test_asking_costs_no_query() -> None:
    """Without a database mark, a query would be an error."""
    for seen in EVERY:
        assert set(RULES.permissions(seen).values()) <= {True, False}
