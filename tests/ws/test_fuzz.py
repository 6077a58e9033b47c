"""No frame, however wrong, ends a connection, shows a trace, or touches a neighbour."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import pytest

from django_chat.exceptions import REGISTRY
from django_chat.timeline.models import Conversation, Message
from django_chat.ws import consumer
from django_chat.ws.commands import COMMANDS
from tests.factories import direct, group, person, send
from tests.ws.clients import Crowd, Watched, run
from tests.ws.mutations import mutated
from tests.ws.test_commands import GOOD, Stage

pytestmark = [pytest.mark.asyncio]

FEW, MANY = 200, 2_000
TOGETHER = 20
AFRESH = 100


@pytest.fixture(autouse=True)
def _no_rate(chat_settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is wrong about a frame is of interest here, not how many there are."""
    chat_settings(
        **dict.fromkeys(("FRAME_RATE", "SEND_RATE"), 1000000000.0),
        **dict.fromkeys(("FRAME_BURST", "SEND_BURST"), 10**9),
        EDIT_WINDOW_SECONDS=10**9,
    )
    monkeypatch.setattr(consumer, "_ABUSE_SECONDS", 0.0)


@pytest.fixture
def dora(transactional_db: None) -> Any:
    return person("dora")


class Ground(Stage):
    """A stage that is built anew when the frames have worn the old one down."""

    def __init__(self, ana: Any, bob: Any, cleo: Any, dora: Any) -> None:
        self.ana, self.bob, self.cleo, self.dora = ana, bob, cleo, dora
        self.duo = direct(ana, bob)
        self.crew = group(ana, bob, cleo)
        self.own = send(ana, self.duo, "mine")
        self.theirs = send(bob, self.duo, "yours")

    @property
    def others(self) -> list[Any]:
        """Values that exist, for places where they do not belong."""
        return [
            *(str(self.duo.pk), str(self.crew.pk), str(self.crew.pk).upper()),
            *(str(self.own.pk), str(self.theirs.pk), str(uuid4())),
            *(self.ana.pk, str(self.ana.pk), str(self.bob.pk), "@bob", "@dora"),
            *({"id": str(self.duo.pk)}, [str(self.duo.pk)], {"content": "x"}),
        ]


async def pelt(peer: Watched, name: str, ground: Ground, times: int) -> None:
    """Throw mutations of one command at a connection."""
    fields = GOOD[name][0](ground) if name in GOOD else {"ticket": "made-up"}
    chance = random.Random(f"{name} {times}")
    good = {"type": name, "ref": "r", **fields}
    for number in range(times):
        frame = mutated(chance, good, ground.others)
        if isinstance(frame, bytes):
            await peer.send_bytes(frame)
        else:
            await peer.send_text(frame)
        if number % TOGETHER == TOGETHER - 1:
            await peer.settle()
            check(peer.frames)
            peer.frames.clear()
            peer._read = 0


def check(frames: list[dict[str, Any]]) -> None:
    """Check that whatever was refused was refused with a reason."""
    for frame in frames:
        if frame["type"] == "error":
            assert frame["code"] in REGISTRY
            assert frame["code"] != "server_error", frame
            assert "fatal" not in frame
            assert len(frame.get("field", "")) <= 64


@pytest.mark.parametrize("name", [*sorted(COMMANDS), "auth"])
async def test_no_frame_of_this_type_does_harm(
    ana: Any,
    bob: Any,
    cleo: Any,
    dora: Any,
    crowd: Crowd,
    thorough: bool,
    name: str,
) -> None:
    times = MANY if thorough else FEW
    neighbour = await crowd.join(bob)
    peer = await crowd.join(ana)
    for start in range(0, times, AFRESH):
        ground = await run(Ground, ana, bob, cleo, dora)
        await pelt(peer, name, ground, min(AFRESH, times - start))

    assert peer.close_code is None
    await neighbour.settle()
    neighbour.frames.clear()
    neighbour._read = 0
    ack = await peer.ask("open_direct", user_id="@bob", content="all is well")
    assert ack["type"] == "ack", ack
    await neighbour.receive("inbox", seq=ack["message"]["seq"])
    await run(everything_adds_up)


async def test_no_frame_does_harm_on_the_socket_of_one_conversation(
    ana: Any, bob: Any, cleo: Any, dora: Any, crowd: Crowd, thorough: bool
) -> None:
    ground = await run(Ground, ana, bob, cleo, dora)
    peer = await crowd.join(ana, ground.duo)
    for name in sorted(COMMANDS):
        await pelt(peer, name, ground, (MANY if thorough else FEW) // 10)

    assert peer.close_code is None
    assert (await peer.ask("send_message", content="all is well"))["type"] == "ack"


async def test_no_first_frame_does_harm(
    chat_settings: Any,
    ana: Any,
    bob: Any,
    cleo: Any,
    dora: Any,
    crowd: Crowd,
    thorough: bool,
) -> None:
    chat_settings(WS_FIRST_FRAME_AUTH=True)
    ground = await run(Ground, ana, bob, cleo, dora)
    count = await run(Message.objects.count)
    nobody = await crowd.dial()
    for number, name in enumerate([*sorted(COMMANDS), "auth"]):
        chance = random.Random(number)
        fields = GOOD[name][0](ground) if name in GOOD else {"ticket": "made-up"}
        for _ in range((MANY if thorough else FEW) // 10):
            frame = mutated(chance, {"type": name, **fields}, ground.others)
            if isinstance(frame, bytes):
                await nobody.send_bytes(frame)
            else:
                await nobody.send_text(frame)
        await nobody.ask("ping")

    assert nobody.close_code is None
    kinds = {frame["type"] for frame in nobody.frames}
    assert kinds <= {"auth_required", "error", "ping"}  # a ping asks whether it reads
    codes = {frame["code"] for frame in nobody.received("error")}
    assert codes <= {
        *("not_authenticated", "invalid_payload", "ticket_invalid", "frame_too_large"),
    }
    assert await run(Message.objects.count) == count


def everything_adds_up() -> None:
    """Check that nothing was half written, whatever was accepted."""
    for conversation in Conversation.objects.all():
        rows = list(conversation.messages.order_by("seq").values_list("seq", "rev"))
        assert [seq for seq, _ in rows] == list(range(1, conversation.seq + 1))
        revs = [rev for _, rev in rows]
        assert len(set(revs)) == len(revs)
        assert max(revs, default=0) <= conversation.rev
        active = conversation.participants.filter(left_at=None).count()
        assert active == conversation.member_count
