"""Layer messages: one for each group, whatever there is to say."""

from __future__ import annotations

from django_chat.realtime.envelopes import events_in, fill_envelopes
from django_chat.realtime.events import ControlEvent, Event, UserEvent
from django_chat.realtime.groups import user_group

TO_ANA: list[Event] = [
    UserEvent("north", "1", {"type": "inbox", "n": n}) for n in range(3)
]
TO_BEN: Event = ControlEvent("north", "2", "blocks")


def test_what_goes_to_one_group_goes_together_and_in_order() -> None:
    first, second, third = TO_ANA
    envelopes = fill_envelopes("me", [first, TO_BEN, second, third])

    assert {group: events_in(envelope) for group, envelope in envelopes.items()} == {
        user_group("north", "1"): TO_ANA,
        user_group("north", "2"): [TO_BEN],
    }


def test_an_envelope_says_who_sent_it_and_where_to() -> None:
    ((group, envelope),) = fill_envelopes("me", [TO_BEN]).items()

    assert envelope["type"] == "chat.event"
    assert (envelope["o"], envelope["g"]) == ("me", group)


def test_a_kind_of_the_future_does_not_hide_its_neighbours() -> None:
    (envelope,) = fill_envelopes("me", [TO_BEN]).values()
    envelope["e"].insert(0, {"k": "a kind of the future"})

    assert events_in(envelope) == [TO_BEN]
