"""Emoji on messages."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.ids import new_id
from django_chat.messages.emoji import check_emoji
from django_chat.messages.models import Reaction
from django_chat.messages.services import react
from django_chat.people.services import block_user
from django_chat.signals import reaction_changed
from django_chat.timeline.models import Conversation, Message
from tests.concurrency import failures, together
from tests.factories import actor, direct, group, people, person, send
from tests.listening import hearing

pytestmark = pytest.mark.django_db

SIXTEEN = ["👍", "👎", "❤️", "🎉", "🚀", "👀", "😀", "😢", "😡", "🙏", "🔥", "💯", "✅", "❌", "☕", "🌍"]  # fmt: skip


def refusal(
    user: Any, message: Message, emoji: str = "👍", op: Any = "add"
) -> ChatError:
    """Return the error that a reaction meets, having changed nothing."""
    message.refresh_from_db()
    before = message.rev
    with hearing() as heard, pytest.raises(ChatError) as refused:
        react(actor=actor(user), message_id=message.pk, emoji=emoji, op=op)
    assert not heard
    message.refresh_from_db()
    assert message.rev == before
    return refused.value


def test_adding_and_taking_back() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))

    with hearing() as heard:
        added = api.react(ben, message, "👍")
        taken = api.react(ben, message, "👍", op="remove")

    assert (added.rev, taken.rev, taken.version, taken.edited_at) == (2, 3, 1, None)
    one, two = (event.frame for event in heard.of_conversations)
    assert (one["type"], one["reason"]) == ("message_updated", "reaction")
    assert one["reactions"] == [{"emoji": "👍", "count": 1, "user_ids": [str(ben.pk)]}]
    assert one["reaction"] == {"emoji": "👍", "op": "add", "user_id": str(ben.pk)}
    assert two["reactions"] == []
    assert two["reaction"] == {"emoji": "👍", "op": "remove", "user_id": str(ben.pk)}
    assert not Reaction.objects.exists()


@pytest.mark.parametrize("op", ["add", "remove"])
def test_a_repeat_is_no_change(op: Any) -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    if op == "add":
        api.react(ben, message, "👍")
    message.refresh_from_db()

    with hearing() as heard:
        again = api.react(ben, message, "👍", op=op)

    assert again.rev == message.rev
    assert not heard


def test_one_person_may_put_several_and_several_the_same() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    message = send(ana, group(ana, ben, cem))
    for user, emoji in [(ben, "👍"), (ben, "🎉"), (cem, "👍"), (ana, "👍")]:
        api.react(user, message, emoji)

    with hearing() as heard:
        api.react(ben, message, "👍", op="remove")

    assert heard.of_conversations[0].frame["reactions"] == [
        {"emoji": "👍", "count": 2, "user_ids": [str(cem.pk), str(ana.pk)]},
        {"emoji": "🎉", "count": 1, "user_ids": [str(ben.pk)]},
    ]


def test_frames_name_ten_people_and_who_did_it() -> None:
    members = people(*(f"p{n}" for n in range(12)))
    message = send(members[0], group(*members))
    for user in members[:11]:
        api.react(user, message, "👍")

    with hearing() as heard:
        api.react(members[11], message, "👍")

    frame = heard.of_conversations[0].frame
    (shown,) = frame["reactions"]
    assert shown["count"] == 12
    assert shown["user_ids"] == [str(user.pk) for user in members[:10]]
    assert frame["reaction"]["user_id"] == str(members[11].pk)


def test_a_message_carries_sixteen_different_emoji() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    for emoji in SIXTEEN:
        api.react(ben, message, emoji)

    error = refusal(ana, message, "🐍")
    assert (error.code, error.detail) == ("limit_reached", {"max": 16})
    # One that is there already is none more.
    api.react(ana, message, SIXTEEN[0])
    api.react(ben, message, SIXTEEN[1], op="remove")
    api.react(ana, message, "🐍")


def test_the_host_chooses_how_many() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    with override_settings(DJANGO_CHAT={"REACTIONS_PER_MESSAGE": 1}):
        api.react(ana, message, "👍")
        assert refusal(ana, message, "👎").detail == {"max": 1}


VALID = {
    "plain": "😀",
    "flag": "🇩🇪",
    "flag of a region": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "flag by joining": "🏳️‍🌈",
    "family": "👨‍👩‍👧‍👦",
    "skin tone": "👍🏽",
    "two skin tones": "🧑🏽‍🤝‍🧑🏿",
    "skin tone and gender": "⛹🏽‍♀️",
    "kiss": "👩‍❤️‍💋‍👨",
    "keycap": "1️⃣",
    "keycap of a hash": "#️⃣",
    "keycap without selector": "5⃣",
    "heart with selector": "❤️",
    "heart without": "❤",
    "heart on fire": "❤️‍🔥",
    "polar bear": "🐻‍❄️",
    "new": "🫠",
    "letter in a square": "🅰️",
    "circled m": "Ⓜ️",
    "copyright": "©️",
    "information": "ℹ️",
    "arrow": "➡️",
    "wavy dash": "〰️",
    "congratulations": "㊗️",
    "double exclamation": "‼️",
    "play": "▶️",
    "star": "⭐",
    "tile": "🀄",
}
INVALID = {
    "empty": "",
    "letter": "a",
    "digit": "1",
    "hash": "#",
    "word": "smile",
    "shortcode": ":smile:",
    "smiley of letters": ":-)",
    "two emoji": "👍👍",
    "two flags": "🇩🇪🇫🇷",
    "half a flag": "🇩",
    "flag and a half": "🇩🇪🇫",
    "space after": "👍 ",
    "line after": "👍\n",
    "space before": " 👍",
    "letter after": "👍a",
    "joiner alone": "\u200d",
    "joiner at the end": "👍\u200d",
    "selector alone": "\ufe0f",
    "keycap of a letter": "a\u20e3",
    "cjk": "好",
    "accent": "e\u0301",
    "zalgo": "👍" + "\u0301" * 5,
    "markup": "<b>",
    "NUL": "👍\x00",
    "surrogate": "\ud83d",
    "right to left": "\u202e👍",
    "65 points": "👨" + "\u200d👨" * 32,
    "endless joining": "👨" + "\u200d👨" * 5_000,
    "endless selectors": "👍" + "\ufe0f" * 10_000,
}


@pytest.mark.parametrize("emoji", VALID.values(), ids=VALID)
def test_emoji_are_recognised(emoji: str) -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))

    api.react(ben, message, emoji)

    assert Reaction.objects.get().emoji == emoji


@pytest.mark.parametrize("emoji", INVALID.values(), ids=INVALID)
def test_what_is_not_exactly_one_emoji_is_refused(emoji: str) -> None:
    with pytest.raises(ChatError) as refused:
        check_emoji(emoji)

    assert (refused.value.code, refused.value.field) == ("invalid_emoji", "emoji")


def test_different_emoji_are_different() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    with override_settings(DJANGO_CHAT={"REACTIONS_PER_MESSAGE": 100}):
        for emoji in VALID.values():
            api.react(ben, message, emoji)

    assert Reaction.objects.count() == len(VALID)


def test_a_deleted_message_takes_no_reaction() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    api.delete_message(ana, message)

    for op in ("add", "remove"):
        assert refusal(ben, message, op=op).code == "already_deleted"


def test_a_system_line_takes_none() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    line = Message.objects.get(conversation=group(ana, ben, cem))

    assert refusal(ana, line).code == "forbidden"


def test_strangers_and_former_members_react_to_nothing() -> None:
    ana, ben, cem, eve = people("ana", "ben", "cem", "eve")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.leave(ben, place)

    assert refusal(eve, message).code == "not_found"
    assert refusal(ben, message).code == "not_participant"
    with pytest.raises(ChatError, match="not_found"):
        react(actor=actor(eve), message_id=new_id(), emoji="👍", op="add")


def test_a_newcomer_does_not_reach_what_was_before_him() -> None:
    ana, ben, cem, dan = people("ana", "ben", "cem", "dan")
    place = group(ana, ben, cem)
    message = send(ana, place)
    api.add_members(ana, place, [dan])

    assert refusal(dan, message).code == "not_found"


def test_a_block_ends_reacting_for_both() -> None:
    ana, ben = people("ana", "ben")
    message = send(ana, direct(ana, ben))
    block_user(actor=actor(ben), target=ana)

    for user in (ana, ben):
        assert refusal(user, message).code == "unavailable"


def test_where_nobody_may_write_nobody_reacts() -> None:
    ana, ben, cem = people("ana", "ben", "cem")
    place = group(ana, ben, cem)
    message = send(ana, place)
    Conversation.objects.filter(pk=place.pk).update(status="closed")

    assert refusal(ana, message).code == "read_only"


def test_the_host_hears_of_reactions() -> None:
    ana = person("ana")
    message = send(ana, direct(ana, person("ben")))
    heard = []

    def note(**arguments: Any) -> None:
        heard.append((arguments["emoji"], arguments["op"], arguments["actor"]))

    reaction_changed.connect(note)
    try:
        with hearing():
            api.react(ana, message, "👍")
    finally:
        reaction_changed.disconnect(note)

    assert heard == [("👍", "add", ana)]


@pytest.mark.django_db(transaction=True)
def test_everybody_reacts_at_once() -> None:
    members = people(*(f"p{n}" for n in range(8)))
    place = group(*members)
    message = send(members[0], place)

    results = together(
        *[partial(api.react, user, message, "👍") for user in members],
        *[partial(api.react, members[0], message, "👍")] * 3,
    )

    assert not failures(results), results
    assert Reaction.objects.count() == 8
    place.refresh_from_db()
    message.refresh_from_db()
    assert message.rev == place.rev
    assert place.rev == 3 + 8


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_everybody_reacts_at_once() -> None:
    members = people(*(f"p{n}" for n in range(6)))
    message = send(members[0], group(*members))

    with override_settings(DJANGO_CHAT={"REACTIONS_PER_MESSAGE": 3}):
        results = together(
            *[
                partial(api.react, user, message, emoji)
                for user, emoji in zip(members, SIXTEEN, strict=False)
            ]
        )

    refused = failures(results)
    assert [e.code for e in refused if isinstance(e, ChatError)] == [
        "limit_reached"
    ] * 3
    assert Reaction.objects.values("emoji").distinct().count() == 3
