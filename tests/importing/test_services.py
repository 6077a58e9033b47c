"""An archive becomes groups, people and messages of the past, once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import override_settings

from django_chat import api
from django_chat.exceptions import ChatError
from django_chat.feed.history import history_page
from django_chat.feed.inbox import inbox_totals
from django_chat.importing import history, services
from django_chat.importing.services import Entry, import_archive, import_messages
from django_chat.receipts.querysets import readers_of
from django_chat.tenancy.actor import Actor
from django_chat.timeline.models import Conversation, Message, Participant

pytestmark = pytest.mark.django_db

NOON = datetime(2019, 3, 4, 12, tzinfo=UTC)


def line(
    user: str = "ana",
    text: str = "Hello",
    *,
    minute: int = 0,
    conversation: str = "standup",
    **more: Any,
) -> str:
    """Return a line of an archive."""
    at = NOON + timedelta(minutes=minute)
    stamp = at.isoformat().replace("+00:00", "Z")
    record = {"conversation": conversation, "user": user, "timestamp": stamp}
    return json.dumps({**record, "text": text, **more})


def person(username: str) -> Any:
    return get_user_model().objects.get(username=username)


def add_person(username: str, **fields: Any) -> Any:
    return get_user_model().objects.create_user(username, **fields)


MEETING = [
    line("ana", "Who is here?", minute=0),
    line("ben", "Me", minute=1),
    line("ana", "Then let us begin, @ben", minute=2),
    line("Dan Kegel", "Late, sorry", minute=9),
]


def test_a_conversation_becomes_a_group_with_its_own_times() -> None:
    report = import_archive(MEETING)

    assert (report.added, report.conversations, report.users) == (4, 1, 3)
    group = Conversation.objects.get(title="standup")
    assert group.kind == "group"
    assert group.created_at == NOON
    assert group.last_activity == NOON + timedelta(minutes=9)
    assert group.member_count == 3
    messages = list(Message.objects.filter(conversation=group).order_by("seq"))
    assert [m.created_at - NOON for m in messages] == [
        timedelta(minutes=minute) for minute in (0, 1, 2, 9)
    ]
    assert [m.seq for m in messages] == [1, 2, 3, 4]
    for message in messages:
        assert message.pk.version == 7
        milliseconds = message.pk.int >> 80
        assert milliseconds == message.created_at.timestamp() * 1000
    joined = Participant.objects.get(conversation=group, user__username="ben")
    assert joined.joined_at == NOON + timedelta(minutes=1)


def test_who_spoke_first_owns_the_group() -> None:
    import_archive(MEETING)
    roles = dict(Participant.objects.values_list("user__username", "role"))
    assert roles.pop("ana") == "owner"
    assert set(roles.values()) == {"member"}


def test_everything_imported_counts_as_read() -> None:
    import_archive(MEETING)
    for member in Participant.objects.select_related("user"):
        assert inbox_totals(Actor(member.user))["unread"] == 0
    first = Message.objects.get(seq=1)
    assert all(reader.read_at is not None for reader in readers_of(first))


def test_everybody_sees_the_whole_meeting() -> None:
    import_archive(MEETING)
    late = get_user_model().objects.get(first_name="Dan Kegel")
    group = Conversation.objects.get()
    page = history_page(actor=Actor(late), conversation_id=group.pk)
    assert page.results[0]["content"] == "Who is here?"


def test_mentions_are_found_in_old_texts() -> None:
    import_archive(MEETING)
    mentioned = Message.objects.get(seq=3).mentions
    assert [m["user_id"] for m in mentioned] == [str(person("ben").pk)]


def test_importing_twice_adds_nothing() -> None:
    import_archive(MEETING)
    before = _everything()
    report = import_archive(MEETING)
    assert (report.added, report.repeated) == (0, 4)
    assert (report.conversations, report.users, report.skipped) == (0, 0, 0)
    assert _everything() == before


def test_a_new_secret_key_does_not_make_the_messages_new() -> None:
    import_archive(MEETING)
    with override_settings(SECRET_KEY="another one that is long enough"):
        report = import_archive(MEETING)
    assert (report.added, report.repeated, report.skipped) == (0, 4, 0)


def test_a_longer_archive_adds_only_what_is_new() -> None:
    import_archive(MEETING[:2])
    report = import_archive(MEETING)
    assert (report.added, report.repeated) == (2, 2)
    assert Conversation.objects.get().seq == 4
    for member in Participant.objects.select_related("user"):
        assert inbox_totals(Actor(member.user))["unread"] == 0


def test_who_has_unread_messages_keeps_them() -> None:
    import_archive(MEETING[:2])
    group = Conversation.objects.get()
    api.send(person("ana"), group, "Live")
    import_archive(MEETING)
    assert inbox_totals(Actor(person("ben")))["unread"] == 3
    assert inbox_totals(Actor(person("ana")))["unread"] == 0


def test_saying_the_same_twice_in_a_second_is_two_messages() -> None:
    report = import_archive([line(text="ok"), line(text="ok")])
    assert report.added == 2
    assert import_archive([line(text="ok"), line(text="ok")]).added == 0


def test_members_learn_of_a_newcomer_by_the_conversations_numbers() -> None:
    import_archive(MEETING[:2])
    before = Conversation.objects.get()
    import_archive(MEETING)
    after = Conversation.objects.get()
    assert after.meta_rev > before.meta_rev
    assert after.rev > after.meta_rev


def test_bad_lines_are_reported_by_number_and_the_others_stored() -> None:
    lines = [
        line(text="first"),
        "{not json",
        "[]",
        "",
        line(text="   "),
        line(text=42),  # type: ignore[arg-type]
        line(timestamp="yesterday"),
        line(timestamp="1969-07-20T20:17:40Z"),
        line(user=""),
        line(user="a" * 151),
        line(text="\x00"),
        line(text="x" * 10_001),
        line(conversation="c" * 256),
        "[" * 100_000,
        line(text="last", minute=1),
    ]
    report = import_archive(lines)
    assert report.added == 2
    assert [problem.line for problem in report.problems] == [
        2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
    ]  # fmt: skip
    assert report.skipped == 12
    fields = {problem.line: problem.error.field for problem in report.problems}
    assert fields[7] == fields[8] == "timestamp"
    assert fields[9] == fields[10] == "user"
    assert fields[11] == fields[12] == "content"
    assert fields[13] == "conversation"


def test_a_line_that_the_rules_refuse_is_reported_too() -> None:
    add_person("ben", is_active=False)
    report = import_archive(MEETING)
    assert report.added == 3
    (problem,) = report.problems
    assert (problem.line, problem.error.code) == (2, "not_authenticated")


def test_a_time_without_a_zone_is_utc() -> None:
    import_archive([line(timestamp="2019-03-04T12:00:00")])
    assert Message.objects.get().created_at == NOON


def test_a_batch_that_fails_leaves_nothing_of_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)

    def break_after_first_batch(done: int) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise DatabaseError("the disk is full")

        monkeypatch.setattr(history, "_mark_read", fail)

    with pytest.raises(DatabaseError):
        import_archive(MEETING, progress=break_after_first_batch)
    monkeypatch.undo()

    assert Message.objects.count() == 2
    assert Conversation.objects.get().seq == 2
    assert not get_user_model().objects.filter(first_name="Dan Kegel").exists()
    report = import_archive(MEETING)
    assert (report.added, report.repeated) == (2, 2)


def test_progress_tells_the_lines_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 3)
    told: list[int] = []
    import_archive(MEETING, progress=told.append)
    assert told == [3, 4]


def test_somebody_with_that_username_is_that_person() -> None:
    ana = add_person("ana", password="her own")
    import_archive(MEETING)
    assert Message.objects.get(seq=1).sender == ana
    assert person("ana").check_password("her own")


def test_people_made_by_an_import_cannot_log_in() -> None:
    import_archive(MEETING)
    assert not person("ben").has_usable_password()


@pytest.mark.parametrize(
    "names",
    [
        ("Dan Kegel", "Dan.Kegel", "dan kegel"),
        ("azurIt", "azurit", "AZURIT"),
        ("José", "日本語", "☃", "☃☃"),
        ("n" * 150, "n" * 149 + " "),
    ],
)
def test_every_name_gets_a_valid_username_of_its_own(names: tuple[str, ...]) -> None:
    lines = [line(name, f"I am {name}") for name in names]
    assert import_archive(lines).skipped == 0
    users = list(get_user_model().objects.all())
    assert len({user.username.lower() for user in users}) == len(names)
    for user in users:
        user.set_password("x")
        user.full_clean()
    assert import_archive(lines).users == 0


def test_a_name_that_is_no_username_is_shown_as_it_was() -> None:
    import_archive(MEETING)
    dan = get_user_model().objects.get(first_name="Dan Kegel")
    group = Conversation.objects.get()
    page = history_page(actor=Actor(dan), conversation_id=group.pk)
    assert page.results[-1]["sender"] == "Dan Kegel"


def test_tenants_have_groups_of_their_own() -> None:
    import_archive(MEETING, tenant="blue")
    assert import_archive(MEETING, tenant="red").added == 4
    groups = Conversation.objects.order_by("tenant").values_list("tenant", "seq")
    assert list(groups) == [("blue", 4), ("red", 4)]


def test_past_messages_can_answer_each_other_in_a_direct_conversation() -> None:
    ana, ben = add_person("ana"), add_person("ben")
    direct = api.open_direct(ana, ben)
    (question,) = import_messages(
        entries=[Entry(direct.pk, ana, "Still there?", NOON, "k1")]
    )
    assert not isinstance(question, ChatError)
    answer = Entry(
        direct.pk, ben, "Yes", NOON + timedelta(hours=1), "k2", reply_to=question.id
    )
    import_messages(entries=[answer])
    assert Message.objects.get(seq=2).reply_to_id == question.id
    assert inbox_totals(Actor(ana))["unread"] == 0


def test_a_stranger_is_not_let_into_a_direct_conversation() -> None:
    ana, ben, eve = add_person("ana"), add_person("ben"), add_person("eve")
    direct = api.open_direct(ana, ben)
    (outcome,) = import_messages(entries=[Entry(direct.pk, eve, "Hello", NOON, "k1")])
    assert isinstance(outcome, ChatError)
    assert outcome.code == "not_found"
    assert not Participant.objects.filter(user=eve).exists()


def test_nobody_is_seated_in_another_tenants_group() -> None:
    import_archive(MEETING, tenant="blue")
    group, eve = Conversation.objects.get(), add_person("eve")
    (outcome,) = import_messages(
        entries=[Entry(group.pk, eve, "Hello", NOON, "k1")], tenant="red"
    )
    assert isinstance(outcome, ChatError)
    assert outcome.code == "not_found"
    assert not Participant.objects.filter(user=eve).exists()


@pytest.mark.full
def test_a_real_archive_is_imported_whole_and_once() -> None:
    given = os.environ.get("CHAT_ARCHIVE")
    if not given or not Path(given).exists():
        pytest.skip("CHAT_ARCHIVE names no file")
    expected = sum(1 for _ in _lines(given))

    started = time.monotonic()
    report = import_archive(_lines(given))
    seconds = time.monotonic() - started

    assert report.skipped == 0, report.problems[:3]
    assert report.added == Message.objects.count() == expected
    assert seconds < expected / 500, f"{expected} messages took {seconds:.1f} s"
    for member in Participant.objects.select_related("conversation"):
        assert member.read_ordinal == member.conversation.ordinal
    again = import_archive(_lines(given))
    assert (again.added, again.repeated) == (0, expected)


def _lines(path: str) -> Iterator[str]:
    with Path(path).open(encoding="utf-8") as archive:
        yield from archive


def _everything() -> list[list[dict[str, Any]]]:
    models = (Conversation, Participant, Message, get_user_model())
    return [list(model._default_manager.order_by("pk").values()) for model in models]
