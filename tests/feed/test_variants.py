"""One change, a few texts: who gets which, each encoded once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_chat import api
from django_chat.feed.variants import Reader, Rendering, Variant, frame_for, variant_for
from django_chat.people.services import block_user
from django_chat.realtime import events as events_module
from django_chat.realtime.events import ConversationEvent, from_wire
from tests.factories import actor, group, people, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends() -> list[Any]:
    return people("ana", "ben", "cem", "dan")


@pytest.fixture
def event(friends: list[Any]) -> ConversationEvent:
    """Ben's answer to Ana, with everything that a message can have."""
    ana, ben, *others = friends
    place = group(ana, ben, *others)
    target = send(ana, place, "Quoted secret")
    with hearing() as heard:
        send(
            ben,
            place,
            "Answer secret @ana",
            reply_to=target.pk,
            extra={"a": "extra secret"},
            client_id="k1",
        )
    return heard.of_conversations[0]


def reader(
    user: Any, *, visible_from: int = 1, blocked: tuple[Any, ...] = ()
) -> Reader:
    """Return what decides which variant somebody gets."""
    return Reader(str(user.pk), visible_from, frozenset(str(u.pk) for u in blocked))


def test_who_gets_what(friends: list[Any], event: ConversationEvent) -> None:
    ana, ben, cem, dan = friends

    assert variant_for(event, reader(cem)) is Variant.EVERYONE
    assert variant_for(event, reader(cem, blocked=(dan,))) is Variant.EVERYONE
    assert variant_for(event, reader(ben)) is Variant.AUTHOR
    assert variant_for(event, reader(cem, blocked=(ben,))) is Variant.REDACTED
    assert variant_for(event, reader(cem, blocked=(ben, ana))) is Variant.REDACTED
    assert variant_for(event, reader(cem, blocked=(ana,))) is Variant.QUOTE_HIDDEN
    assert variant_for(event, reader(cem, visible_from=3)) is Variant.EVERYONE
    assert variant_for(event, reader(cem, visible_from=4)) is Variant.SKIP
    # What one may not see at all comes before everything else.
    assert variant_for(event, reader(ben, visible_from=4)) is Variant.SKIP
    assert variant_for(event, reader(cem, visible_from=4, blocked=(ben,))) is (
        Variant.SKIP
    )


def test_the_author_gets_his_key_and_nobody_else(event: ConversationEvent) -> None:
    mine = frame_for(event, Variant.AUTHOR)
    assert (mine["client_id"], mine["is_own_message"]) == ("k1", True)
    for variant in Variant:
        if variant is not Variant.AUTHOR:
            assert "k1" not in json.dumps(frame_for(event, variant))


def test_of_somebody_blocked_only_the_place_is_left(event: ConversationEvent) -> None:
    whole = frame_for(event, Variant.EVERYONE)
    left = frame_for(event, Variant.REDACTED)

    assert "secret" not in json.dumps(left)
    assert left["hidden"] == "blocked"
    for name in ("id", "seq", "rev", "sender_id", "timestamp", "type"):
        assert left[name] == whole[name]
    assert (left["reply_to"], left["mentions"], left["extra"]) == (None, [], {})


def test_a_quote_of_somebody_blocked_is_cut_out_of_the_rest(
    event: ConversationEvent,
) -> None:
    whole = frame_for(event, Variant.EVERYONE)
    cut = frame_for(event, Variant.QUOTE_HIDDEN)

    assert "Quoted" not in json.dumps(cut)
    assert cut["content"] == whole["content"]
    assert cut["reply_to"] == {
        "id": whole["reply_to"]["id"],
        "seq": 2,
        "sender": "",
        "excerpt": "",
        "unavailable": True,
    }


def test_a_skip_says_how_far_and_nothing_else(event: ConversationEvent) -> None:
    assert frame_for(event, Variant.SKIP) == {
        "type": "skip",
        "conversation_id": event.conversation_id,
        "rev": event.rev,
    }


def test_making_one_variant_does_not_spoil_the_others(event: ConversationEvent) -> None:
    before = json.dumps(event.frame)
    for variant in Variant:
        frame_for(event, variant)["content"] = "spoilt"

    assert json.dumps(event.frame) == before


def test_a_thousand_readers_cost_five_texts(
    friends: list[Any], event: ConversationEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, cem, dan = friends
    encoded = []
    whole = events_module._encoder.encode

    def counting(frame: Any) -> str:
        encoded.append(frame)
        return whole(frame)

    monkeypatch.setattr(events_module._encoder, "encode", counting)
    rendering = Rendering(event)
    readers = [
        reader(ben),
        reader(cem),
        reader(dan, blocked=(ana,)),
        reader(dan, blocked=(ben,)),
        reader(dan, visible_from=9),
    ] * 200
    texts = {rendering.text(variant_for(event, one)) for one in readers}

    assert len(texts) == 5
    # The text for everybody was made with the event, and a skip holds two numbers.
    assert len(encoded) == 3
    assert rendering.text(Variant.EVERYONE) is event.text


def test_the_text_says_what_the_frame_says(event: ConversationEvent) -> None:
    for variant in set(Variant) - {Variant.NOTHING}:
        assert json.loads(Rendering(event).text(variant)) == frame_for(event, variant)


def test_a_change_is_told_to_each_as_its_message_was(friends: list[Any]) -> None:
    ana, ben, cem, _ = friends
    place = group(ana, ben, cem)
    message = send(ben, place, "One")
    with hearing() as heard:
        api.edit_message(ben, message, "Two secret")
        api.react(cem, message, "👍")

    for changed in heard.of_conversations:
        assert variant_for(changed, reader(ben)) is Variant.AUTHOR
        assert variant_for(changed, reader(ana, blocked=(ben,))) is Variant.REDACTED
        left = frame_for(changed, Variant.REDACTED)
        assert "secret" not in json.dumps(left)
        assert left["reactions"] == []
        assert "reaction" not in left
        # Who reacts to the words of another is not hidden by blocking him.
        assert variant_for(changed, reader(ana, blocked=(cem,))) is Variant.EVERYONE


def test_facts_about_a_conversation_are_the_same_for_all(friends: list[Any]) -> None:
    ana, ben, cem, dan = friends
    place = group(ana, ben, cem)
    with hearing() as heard:
        api.add_members(ana, place, [dan])
    _, changed = heard.of_conversations

    for one in (reader(ana), reader(dan, visible_from=9), reader(ben, blocked=(ana,))):
        assert variant_for(changed, one) is Variant.EVERYONE
    for variant in (Variant.AUTHOR, Variant.REDACTED, Variant.QUOTE_HIDDEN):
        assert frame_for(changed, variant) == changed.frame


def test_what_is_not_kept_is_not_told_of_somebody_blocked(friends: list[Any]) -> None:
    ana, ben, cem, _ = friends
    place = group(ana, ben, cem)
    send(ana, place)
    with hearing() as heard:
        api.mark_read(ben, place)
    (read,) = heard.of_conversations

    assert variant_for(read, reader(ana, blocked=(ben,))) is Variant.NOTHING
    assert variant_for(read, reader(ana)) is Variant.EVERYONE
    # Ben's other devices learn how far he has read.
    assert variant_for(read, reader(ben)) is Variant.EVERYONE


def test_an_event_means_the_same_in_every_process(
    friends: list[Any], event: ConversationEvent
) -> None:
    ana, ben, cem, _ = friends
    travelled = from_wire(json.loads(json.dumps(event.to_wire())))

    assert isinstance(travelled, ConversationEvent)
    for one in (
        reader(ben),
        reader(cem),
        reader(cem, blocked=(ana,)),
        reader(cem, blocked=(ben,)),
        reader(cem, visible_from=9),
    ):
        here, there = variant_for(event, one), variant_for(travelled, one)
        assert here is there
        assert Rendering(event).text(here) == Rendering(travelled).text(there)


def test_a_block_made_by_nobody_hides_nothing(
    friends: list[Any], event: ConversationEvent
) -> None:
    *_, cem, dan = friends
    block_user(actor=actor(dan), target=cem)

    assert variant_for(event, reader(cem)) is Variant.EVERYONE
