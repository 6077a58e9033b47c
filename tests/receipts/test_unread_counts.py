"""Whatever people do, unread is what a recount by hand gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_chat import api
from django_chat.feed.inbox import inbox, inbox_totals
from django_chat.groups.services.settings import hide_conversation
from django_chat.messages.sending import send_messages
from django_chat.receipts.services import mark_read, mark_unread
from django_chat.timeline.models import Conversation
from tests.factories import actor, draft, group, people

NAMES = ("ana", "ben", "cem", "dan")
SOMEBODY = st.sampled_from(NAMES)
NUMBER = st.integers(min_value=-1, max_value=40)


@dataclass
class Place:
    """Where somebody stands, written down without any counter."""

    read: int = 0
    hidden: int = 0
    unread_from: int | None = None
    present: bool = True


@dataclass
class Record:
    """The timeline as a list: whose message each number is, None for a system line."""

    authors: list[str | None] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def head(self) -> int:
        return len(self.authors)

    def unread(self, name: str) -> int:
        """Count the messages of others that `name` has not read, one by one."""
        place = self.places[name]
        start = place.read + 1 if place.unread_from is None else place.unread_from
        start = max(start, place.hidden + 1)
        return sum(
            1
            for seq, author in enumerate(self.authors, 1)
            if seq >= start and author not in (None, name)
        )


class Chatting(RuleBasedStateMachine):
    """Four people in a group do what they like, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.users: dict[str, Any] = dict(zip(NAMES, people(*NAMES), strict=True))
        self.group: Conversation = group(*self.users.values())
        self.record = Record([None], {name: Place() for name in NAMES})

    def is_in(self, name: str) -> bool:
        return self.record.places[name].present

    def note_sent(self, name: str, *, marks_read: bool) -> None:
        self.record.authors.append(name)
        if marks_read:
            place = self.record.places[name]
            place.read, place.unread_from = self.record.head, None

    @initialize(lines=st.lists(SOMEBODY, max_size=10))
    def some_history(self, lines: list[str]) -> None:
        send_messages([draft(self.users[name], self.group) for name in lines])
        for name in lines:
            self.note_sent(name, marks_read=True)

    @rule(name=SOMEBODY, marks_read=st.booleans())
    def send(self, name: str, marks_read: bool) -> None:
        if self.is_in(name):
            api.send(self.users[name], self.group, "Hi", marks_read=marks_read)
            self.note_sent(name, marks_read=marks_read)

    @rule(drafts=st.lists(st.tuples(SOMEBODY, st.booleans()), max_size=5))
    def send_batch(self, drafts: list[tuple[str, bool]]) -> None:
        send_messages(
            [
                draft(self.users[name], self.group, marks_read=marks_read)
                for name, marks_read in drafts
            ]
        )
        for name, marks_read in drafts:
            if self.is_in(name):
                self.note_sent(name, marks_read=marks_read)

    @rule(name=SOMEBODY, up_to=st.none() | NUMBER)
    def read(self, name: str, up_to: int | None) -> None:
        if not self.is_in(name):
            return
        place = self.record.places[name]
        seq = self.record.head if up_to is None else min(up_to, self.record.head)
        # What one cannot see one cannot read.
        if seq > place.hidden or seq == self.record.head:
            place.read = max(place.read, seq)
        place.unread_from = None
        state = mark_read(
            actor=actor(self.users[name]),
            conversation_id=self.group.pk,
            up_to_seq=up_to,
        )
        assert state.read_seq == place.read
        assert state.unread_count == self.record.unread(name)

    @rule(name=SOMEBODY, seq=st.none() | NUMBER)
    def flag_unread(self, name: str, seq: int | None) -> None:
        if not self.is_in(name):
            return
        place = self.record.places[name]
        start = self.record.head if seq is None else min(seq, self.record.head)
        place.unread_from = max(start, place.hidden + 1, 1)
        state = mark_unread(
            actor=actor(self.users[name]), conversation_id=self.group.pk, seq=seq
        )
        assert state.unread_count == self.record.unread(name)

    @rule(name=SOMEBODY)
    def hide(self, name: str) -> None:
        if self.is_in(name):
            hide_conversation(
                actor=actor(self.users[name]), conversation_id=self.group.pk
            )
            place = self.record.places[name]
            place.hidden, place.unread_from = self.record.head, None

    @rule(name=SOMEBODY, place=st.integers(min_value=0, max_value=40))
    def delete(self, name: str, place: int) -> None:
        """Deleting counts for nothing: the tombstone stays as unread as it was."""
        if self.is_in(name):
            mine = api.messages_for(self.users[name]).filter(
                sender=self.users[name], conversation=self.group
            )
            if mine.exists():
                chosen = mine.order_by("seq")[place % mine.count()]
                api.delete_message(self.users[name], chosen)

    @precondition(lambda self: sum(map(self.is_in, NAMES)) > 2)
    @rule(name=SOMEBODY)
    def leave(self, name: str) -> None:
        if self.is_in(name):
            api.leave(self.users[name], self.group)
            self.record.authors.append(None)
            self.record.places[name].present = False

    @rule(name=SOMEBODY)
    def come_back(self, name: str) -> None:
        if self.is_in(name):
            return
        owner = self.group.participants.get(role="owner", left_at=None).user
        api.add_members(owner, self.group, [self.users[name]])
        head = self.record.head
        # His history begins with the line that says that he is here.
        self.record.places[name] = Place(read=head, hidden=head)
        self.record.authors.append(None)

    @invariant()
    def every_count_is_that_of_a_recount(self) -> None:
        rows = self.group.participants.filter(left_at=None).with_unread()
        counted = {row.user_id: row.unread for row in rows}
        assert counted == {
            self.users[name].pk: self.record.unread(name)
            for name in NAMES
            if self.is_in(name)
        }

    def teardown(self) -> None:
        try:
            self.lists_agree()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def lists_agree(self) -> None:
        """Check that everybody's own list says the same."""
        for name, user in self.users.items():
            expected = self.record.unread(name) if self.is_in(name) else 0
            listed = list(inbox(actor(user)))
            assert inbox_totals(actor(user))["unread"] == expected, name
            assert sum(row.unread for row in listed) == expected, name
            if expected:
                # Whoever has something unread finds it in his list.
                assert listed[0].read_seq == self.record.places[name].read


@pytest.mark.django_db
def test_unread_is_what_a_recount_gives(thorough: bool) -> None:
    if thorough:
        chosen = settings(max_examples=200, stateful_step_count=60)
    else:
        chosen = settings(max_examples=15, stateful_step_count=20)
    run_state_machine_as_test(Chatting, settings=chosen)
