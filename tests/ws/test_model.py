"""Whatever a network does, clients that follow the protocol end with the same history.

And at no moment does one of them show anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories import person
from tests.ws.client_model import ClientModel
from tests.ws.network import Network
from tests.ws.post import Post, intercepted

pytestmark = [pytest.mark.django_db(transaction=True)]

Frame = dict[str, Any]
numbers = st.integers(0, 1)
places = st.integers(0, 4)
STEPS = 60


@pytest.fixture
def people(transactional_db: None) -> list[Any]:
    return [person() for _ in range(4)]


@pytest.fixture
def post() -> Iterator[Post]:
    with intercepted() as post:
        yield post


def test_both_clients_end_with_the_history_of_the_server(
    people: list[Any], post: Post
) -> None:
    class Machine(RuleBasedStateMachine):
        """Single steps, so that what fails is told in as few of them as it takes."""

        @initialize(old=st.integers(0, 3))
        def begin(self, old: int) -> None:
            self.network = Network(people, post, old=old)

        @rule(number=numbers, answered=st.booleans())
        def write_and_send(self, number: int, answered: bool) -> None:
            self.network.write(number)
            self.network.send(number, answered=answered)

        @rule(number=numbers, answered=st.booleans())
        def send_again(self, number: int, answered: bool) -> None:
            self.network.send(number, answered=answered)

        @rule(which=st.integers(0, 30))
        def edit(self, which: int) -> None:
            self.network.edit(which)

        @rule(which=st.integers(0, 30))
        def delete(self, which: int) -> None:
            self.network.delete(which)

        @rule(who=st.integers(0, 2), which=st.integers(0, 30), add=st.booleans())
        def react(self, who: int, which: int, add: bool) -> None:
            self.network.react(who, which, add=add)

        @rule(joins=st.booleans())
        def change_the_group(self, joins: bool) -> None:
            if joins:
                self.network.come_or_go()
            else:
                self.network.rename()

        @rule(number=numbers, chosen=st.lists(places, max_size=6))
        def deliver(self, number: int, chosen: list[int]) -> None:
            for place in chosen:
                self.network.deliver(number, place)

        @rule(number=numbers, place=places)
        def lose(self, number: int, place: int) -> None:
            self.network.lose(number, place)

        @rule(number=numbers, place=places)
        def double(self, number: int, place: int) -> None:
            self.network.double(number, place)

        @rule(number=numbers, limit=st.integers(1, 20))
        def look_at_history(self, number: int, limit: int) -> None:
            self.network.look_at_history(number, limit)

        @rule(number=numbers, share=st.sampled_from([0.3, 0.7, 1.0]))
        def reconnect(self, number: int, share: float) -> None:
            self.network.connect(number, share)

        @rule(number=numbers, limit=st.integers(1, 4), meanwhile=st.booleans())
        def repair(self, number: int, limit: int, meanwhile: bool) -> None:
            if self.network.clients[number].has_gap:
                self.network.repair(number, limit, meanwhile=meanwhile)

        @rule(seed=st.integers(0, 2**32))
        def storm(self, seed: int) -> None:
            self.network.storm(Random(seed), 10)

        @invariant()
        def nothing_is_shown_twice(self) -> None:
            if hasattr(self, "network"):
                self.network.check_screens()

        def teardown(self) -> None:
            if hasattr(self, "network"):
                self.network.come_to_rest()

    run_state_machine_as_test(Machine)  # type: ignore[no-untyped-call]


def test_no_storm_leaves_a_trace(people: list[Any], post: Post, thorough: bool) -> None:
    for seed in range(150 if thorough else 12):
        network = Network(people, post, old=seed % 4)
        network.storm(Random(seed), STEPS)
        network.come_to_rest()


# The check must be able to fail: a client that is wrong in one way is caught.


class NoGuard(ClientModel):
    """Lets an old page undo a newer edit."""

    def _upsert(self, message: Frame) -> None:
        if message["id"] in self.rows:
            self.rows[message["id"]].rev = -1
        super()._upsert(message)


class TrustsArrival(ClientModel):
    """Takes whatever comes for everything there is."""

    def _take(self, frame: Frame) -> None:
        self._apply(frame)
        self.cursor = max(self.cursor, frame["rev"])


class ForgetsKeys(ClientModel):
    """Does not recognise its own message when it comes back."""

    def _upsert(self, message: Frame) -> None:
        super()._upsert({**message, "client_id": None})


class IgnoresUnknown(ClientModel):
    """Throws away news of a message it has never seen."""

    def _upsert(self, message: Frame) -> None:
        if message.get("type") != "message_updated" or message["id"] in self.rows:
            super()._upsert(message)


class TakesAcksForMessages(ClientModel):
    """Believes that an answer is all there is to know of a message."""

    def _confirm(self, ack: Frame) -> None:
        super()._confirm(ack)
        self.rows[ack["id"]].rev = ack["rev"] + 100


@pytest.mark.parametrize(
    "wrong", [NoGuard, TrustsArrival, ForgetsKeys, IgnoresUnknown, TakesAcksForMessages]
)
def test_a_client_that_does_less_is_caught(
    people: list[Any], post: Post, wrong: type[ClientModel]
) -> None:
    def try_storms() -> None:
        for seed in range(60):
            network = Network(people, post, client=wrong)
            network.storm(Random(seed), STEPS)
            network.come_to_rest()

    with pytest.raises((AssertionError, KeyError)):
        try_storms()
