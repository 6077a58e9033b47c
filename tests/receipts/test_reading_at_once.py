"""Several devices read, and write, in the same instant."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from django_chat import api
from django_chat.policy import ChatPolicy, Scene
from django_chat.timeline.models import Message, ReadMark
from tests.concurrency import failures, together
from tests.factories import direct, fill, people, seat, send
from tests.listening import hearing_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_devices_that_read_at_once_never_move_the_watermark_back() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    fill(letters, ana, 40)

    def read(numbers: list[int]) -> list[int]:
        return [
            api.mark_read(ben, letters, up_to_seq=number).read_seq for number in numbers
        ]

    with hearing_at_once() as heard:
        results = together(
            partial(read, list(range(1, 41, 2))),
            partial(read, list(range(40, 0, -3))),
            partial(read, [20] * 10),
            partial(read, list(range(2, 41, 5))),
        )

    assert not failures(results), results
    for seen in results:
        assert seen == sorted(seen)
    row = seat(ben, letters)
    assert (row.read_seq, row.read_ordinal) == (40, 40)
    marks = ReadMark.objects.filter(user=ben).values_list("seq", flat=True)
    assert len(set(marks)) == len(marks)
    assert sorted(marks) == sorted(e.frame["up_to_seq"] for e in heard.of_conversations)


def test_reading_while_others_write_counts_exactly() -> None:
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)

    def write() -> None:
        for n in range(40):
            send(ana, letters, str(n))

    def read() -> None:
        for _ in range(40):
            state = api.mark_read(ben, letters)
            assert state.unread_count >= 0

    assert not failures(together(write, read, read))

    row = seat(ben, letters)
    left = Message.objects.filter(conversation=letters, seq__gt=row.read_seq).count()
    assert api.unread_for(ben) == left
    assert row.read_seq == row.read_ordinal


class ReadsMeanwhile(ChatPolicy):
    """Lets somebody else's device read while a message is being judged."""

    meanwhile: Any = None

    def send_disabled_reason(self, scene: Scene) -> str | None:
        if self.meanwhile is not None:
            (result,) = together(self.meanwhile)
            assert not isinstance(result, Exception), result
        return None


def test_a_bot_that_sends_does_not_undo_what_a_person_reads_meanwhile(
    settings: Any, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time: there is no meanwhile")
    settings.DJANGO_CHAT = {"POLICY": f"{__name__}.ReadsMeanwhile"}
    ana, ben = people("ana", "ben")
    letters = direct(ana, ben)
    fill(letters, ana, 5)

    meanwhile = partial(api.mark_read, ben, letters, up_to_seq=4)
    monkeypatch.setattr(ReadsMeanwhile, "meanwhile", staticmethod(meanwhile))
    send(ben, letters, "I am a bot", marks_read=False)
    monkeypatch.setattr(ReadsMeanwhile, "meanwhile", None)

    assert seat(ben, letters).read_seq == 4
    assert api.unread_for(ben) == 1
