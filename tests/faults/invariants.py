"""What must hold after every fault, whatever happened meanwhile."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.client import PatientClient, until
from tests.faults.rest import ask
from tests.faults.site import Site

SECONDS = 90.0
PAGE = 100
Pair = tuple[str, str]


@dataclass(frozen=True)
class Stay:
    """A time that somebody spent in the group."""

    from_seq: int
    from_rev: int
    # The change that took him out; the end of all numbers for who is still there.
    to_rev: float = float("inf")

    def may_hear(self, seq: int, rev: int) -> bool:
        """Whether the message `seq`, as it was at the change `rev`, is his to see."""
        return seq >= self.from_seq and self.from_rev <= rev < self.to_rev


@dataclass(frozen=True)
class Row:
    """A message as the database has it."""

    id: str
    seq: int
    rev: int
    sender: str | None
    client_id: str | None
    content: str


async def all_is_told(
    town: Site,
    clients: Sequence[PatientClient],
    *,
    blocked: Collection[Pair] = (),
    changed: Collection[str] = (),
) -> None:
    """Wait until everybody has sent everything and stands where the group stands.

    Then what was acknowledged is stored once, everybody has what the server has for
    him, nobody was told what was not his, and what is unread is counted right.
    `blocked` are the pairs of whom the one has blocked the other at some time, `changed`
    the keys of messages that say something else by now.
    """
    await until(clients, lambda: not any(c.outbox for c in clients), seconds=SECONDS)
    ((head,),) = await asyncio.to_thread(
        town.rows, "SELECT rev FROM django_chat_conversation WHERE kind = 'group'"
    )
    here = await asyncio.to_thread(_members, town)
    there = [client for client in clients if client.user_id in here]
    await until(there, lambda: all(c.rev >= head for c in there), seconds=SECONDS)
    await asyncio.to_thread(_check, town, clients, blocked, changed)


def _check(
    town: Site,
    clients: Sequence[PatientClient],
    blocked: Collection[Pair],
    changed: Collection[str],
) -> None:
    rows = _rows(town)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    members, stays = _members(town), _stays(town)
    for number, client in enumerate(clients):
        _is_stored_once(client, rows, changed)
        was_told_only(client, stays[client.user_id])
        if client.user_id not in members:
            continue
        visible_from, unread = members[client.user_id]
        theirs = [row for row in rows if row.seq >= visible_from]
        silenced = {other for who, other in blocked if who == client.user_id}
        found = [
            message
            for message in client.messages.values()
            if message["seq"] >= visible_from
        ]
        _are_the_same(found, theirs, silenced)
        server = town.servers[number % len(town.servers)]
        address = f"conversations/{town.group}/"
        page = ask(server, client.session, f"{address}messages/?limit={PAGE}")
        _are_the_same(page["results"], theirs[-PAGE:], silenced)
        assert ask(server, client.session, address)["unread_count"] == unread


def _is_stored_once(
    client: PatientClient, rows: Sequence[Row], changed: Collection[str]
) -> None:
    stored = defaultdict(list)
    for row in rows:
        if row.sender == client.user_id:
            stored[row.client_id].append(row)
    for client_id, seq in client.acknowledged.items():
        (row,) = stored[client_id]
        assert row.seq == seq
        if client_id not in changed:
            assert row.content == client_id.replace("-", " says ")


def was_told_only(client: PatientClient, stays: Sequence[Stay]) -> None:
    """Fail when somebody was told anything from before, between or after his stays."""
    for seq, rev, content in client.told:
        its = any(stay.may_hear(seq, rev) for stay in stays)
        assert its, (client.user_id, seq, rev, content, stays)


def _are_the_same(
    found: Collection[dict[str, Any]], rows: Sequence[Row], silenced: Collection[str]
) -> None:
    shown = sorted(found, key=lambda message: message["seq"])
    for message, row in zip(shown, rows, strict=True):
        numbers = (message["id"], message["seq"], message["rev"])
        assert numbers == (row.id, row.seq, row.rev)
        if message.get("hidden") == "blocked":
            assert row.sender in silenced
            assert message["content"] == ""
        else:
            assert message["content"] == row.content


def _rows(town: Site) -> list[Row]:
    sql = """
        SELECT id::text, seq, rev, sender_id::text, client_id, content
        FROM django_chat_message WHERE conversation_id = %(group)s ORDER BY seq
    """
    return [Row(*row) for row in town.rows(sql, group=town.group)]


def _members(town: Site) -> dict[str, tuple[int, int]]:
    """Return from where on each member sees the group, and what he has not read."""
    sql = """
        SELECT p.user_id::text, p.history_from_seq, (
            SELECT count(*) FROM django_chat_message m
            WHERE m.conversation_id = p.conversation_id AND m.kind = 'text'
            AND m.seq > p.read_seq AND m.sender_id <> p.user_id)
        FROM django_chat_participant p
        WHERE p.conversation_id = %(group)s AND p.left_at IS NULL
    """
    rows = town.rows(sql, group=town.group)
    return {user_id: (seq, unread) for user_id, seq, unread in rows}


def _stays(town: Site) -> dict[str, list[Stay]]:
    """Return when each person was in the group, as its own lines tell it."""
    sql = """
        SELECT seq, created_rev, system FROM django_chat_message
        WHERE conversation_id = %(group)s AND kind = 'system' ORDER BY seq
    """
    stays = {user_id: [Stay(1, 1)] for user_id in town.users[:-1]}
    for seq, rev, line in town.rows(sql, group=town.group):
        for user_id in line["targets"]:
            theirs = stays[user_id]
            if line["event"] == "members_added":
                theirs.append(Stay(seq, rev))
            elif line["event"] in ("member_left", "member_removed"):
                theirs[-1] = Stay(theirs[-1].from_seq, theirs[-1].from_rev, rev)
    return stays
