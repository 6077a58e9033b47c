"""Fills a PostgreSQL database with a large, settled site: a million messages.

Who talks to whom is drawn in Python from a seed; the rows are made by PostgreSQL. The
same arguments give the same site, except that its clock ends at the time of loading.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg

__all__ = ["Site", "load", "verify"]

_FIRST_NAMES = ("Ana", "Ben", "Chloé", "Deniz", "Eva", "Farid", "Grace", "Hugo")
_WORDS = (
    *("yes", "no", "ok", "thanks", "the", "order", "is", "on", "its", "way", "when"),
    *("can", "you", "send", "me", "that", "file", "again", "please", "I", "will"),
    *("look", "at", "it", "tomorrow", "morning", "and", "then", "we", "talk", "about"),
    *("delivery", "invoice", "customer", "grüße", "déjà", "vu", "👍", "🙂", "not"),
)
_BODIES = 20_000


@dataclass(frozen=True, slots=True)
class Site:
    """How many of everything; the person number 1 is in `busy` conversations."""

    messages: int = 1_000_000
    people: int = 2_000
    directs: int = 5_000
    groups: int = 200
    members: int = 500
    busy: int = 2_000
    seed: int = 1
    texts: str | None = None

    @property
    def largest(self) -> int:
        """How many messages the largest group has: the conversation number 1."""
        return self.messages // 10


@dataclass(slots=True)
class _Conversation:
    number: int
    size: int
    members: list[int]
    key: str | None
    began: datetime
    ended: datetime
    # This many messages at the end are of the first member.
    tail: int
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        from django_chat.ids import new_id_at

        self.id = new_id_at(self.began)


def load(connection: psycopg.Connection[Any], site: Site) -> None:
    """Fill the chat's empty tables."""
    random = Random(site.seed)  # noqa: S311 (figures are to repeat)
    with connection.transaction():
        # A check that waits for the end would keep tables from being altered.
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _copy_drafts(connection, site, random)
        for statement in _BEFORE_MESSAGES:
            connection.execute(statement)
        with _bare(connection, "django_chat_message"):
            connection.execute(_MESSAGES)
        for statement in _AFTER_MESSAGES:
            connection.execute(statement)
        with _bare(connection, "django_chat_readmark"):
            connection.execute(_READ_MARKS)
    connection.execute("VACUUM ANALYZE")


def _copy_drafts(
    connection: psycopg.Connection[Any], site: Site, random: Random
) -> None:
    now = datetime.now(UTC)
    conversations = list(_conversations(site, random, now))
    for statement in _DRAFTS:
        connection.execute(statement)
    _copy(
        connection,
        "auth_user (id, username, first_name, last_name, email, password,"
        " is_superuser, is_staff, is_active, date_joined)",
        [
            (
                *(n, f"person{n:04}", random.choice(_FIRST_NAMES), f"Number {n}"),
                *("", "!", False, False, True, now),
            )
            for n in range(1, site.people + 1)
        ],
    )
    _copy(
        connection,
        "draft_conversation",
        [
            (c.number, c.id, c.key, c.size, len(c.members), c.began, c.ended, c.tail)
            for c in conversations
        ],
    )
    _copy(
        connection,
        "draft_member",
        [
            (c.number, place, user)
            for c in conversations
            for place, user in enumerate(c.members)
        ],
    )
    _copy(connection, "draft_text", list(enumerate(_texts(site, random))))
    for table in ("draft_conversation", "draft_member", "draft_text"):
        connection.execute(f"ANALYZE {table}")


def _copy(
    connection: psycopg.Connection[Any], table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    cursor = connection.cursor()
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _conversations(
    site: Site, random: Random, now: datetime
) -> Iterator[_Conversation]:
    """Draw groups, the largest one first, then direct conversations."""
    of_groups = (site.messages - site.largest) // 3
    group_sizes = _shares(of_groups, site.groups - 1)
    direct_sizes = _shares(site.messages - site.largest - of_groups, site.directs)
    random.shuffle(direct_sizes)
    everybody = range(2, site.people + 1)
    # The busy person is in every second group, and with as many others as it takes.
    busy_groups = site.groups // 2
    pairs = [(other, 1) for other in random.sample(everybody, site.busy - busy_groups)]
    known = {frozenset(pair) for pair in pairs}
    while len(pairs) < site.directs:
        one, other = random.sample(everybody, 2)
        if frozenset((one, other)) not in known:
            known.add(frozenset((one, other)))
            pairs.append((one, other))
    number = 0
    for size in (site.largest, *group_sizes):
        count = site.members if number == 0 else 5 + int(95 * random.random() ** 2)
        members = random.sample(everybody, count)
        if number % 2 == 0:
            members[-1] = 1
        number += 1
        yield _conversation(number, size, members, None, now, random)
    from django_chat.groups.services.opening import direct_key

    for size, pair in zip(direct_sizes, pairs, strict=True):
        number += 1
        yield _conversation(number, size, list(pair), direct_key(*pair), now, random)


def _conversation(
    number: int,
    size: int,
    members: list[int],
    key: str | None,
    now: datetime,
    random: Random,
) -> _Conversation:
    # Most have been used lately; the largest at this very moment.
    ended = now - timedelta(days=300 * random.random() ** 3 if number > 1 else 0)
    began = ended - timedelta(days=30 + 600 * random.random())
    tail = 0
    if random.random() < 0.4:
        tail = random.randint(1, 20 if key else 100)
    return _Conversation(number, size, members, key, began, ended, tail)


def _shares(total: int, count: int) -> list[int]:
    """Divide `total` as talk is divided: a few get much, many get little."""
    weights = [1 / (rank + 3) ** 0.8 for rank in range(count)]
    scale = (total - count) / sum(weights)
    sizes = [1 + int(weight * scale) for weight in weights]
    sizes[0] += total - sum(sizes)
    return sizes


def _texts(site: Site, random: Random) -> list[str]:
    if site.texts:
        return _archived(Path(site.texts))
    return [_body(random) for _ in range(_BODIES)]


def _archived(archive: Path) -> list[str]:
    from django_chat.exceptions import ChatError
    from django_chat.importing.records import RecordReader

    reader, texts = RecordReader(), []
    with archive.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                texts.append(reader.read(number, line).text)
            except ChatError:
                continue
    if not texts:
        raise ValueError(f"{archive} has no message")
    return texts


def _body(random: Random) -> str:
    """Return a text as long as people write: most a line, few a page."""
    length = min(2_000, int(random.lognormvariate(3.7, 1.0)) + 2)
    words: list[str] = []
    while length > 0:
        words.append(random.choice(_WORDS))
        length -= len(words[-1]) + 1
    return " ".join(words)


@contextmanager
def _bare(connection: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """Take a table's indexes and checks away and put them back, which is faster.

    What is loaded in between is checked when they return. The primary key stays.
    """
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
        [table],
    ).fetchall()
    for name, _ in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        connection.execute(definition)
    for name, definition in constraints:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


_DRAFTS = (
    "CREATE TEMP TABLE draft_conversation (number int PRIMARY KEY, id uuid, key text,"
    " size bigint, members int, began timestamptz, ended timestamptz, tail int)"
    " ON COMMIT DROP",
    "CREATE TEMP TABLE draft_member (number int, place int, user_id int,"
    " PRIMARY KEY (number, place)) ON COMMIT DROP",
    "CREATE TEMP TABLE draft_text (number int PRIMARY KEY, content text)"
    " ON COMMIT DROP",
    # The same number from 0 up to 1 for the same two numbers and purpose.
    "CREATE FUNCTION pg_temp.dice(number int, seq bigint, purpose int) RETURNS float"
    " LANGUAGE sql IMMUTABLE AS $$ SELECT"
    " (hashint8extended(number::bigint << 32 | seq, purpose) & 2147483647)"
    " / 2147483648.0::float $$",
    "CREATE FUNCTION pg_temp.moment(began timestamptz, ended timestamptz, size bigint,"
    " seq bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT began + (ended - began) * (seq::float / size) $$",
    # A UUID of version 7 of that moment.
    "CREATE FUNCTION pg_temp.message_id(number int, seq bigint, moment timestamptz)"
    " RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ("
    " lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'"
    " || substr(md5(number || '-' || seq), 1, 3) || '8'"
    " || substr(md5(number || '-' || seq), 4, 15))::uuid $$",
)

_BEFORE_MESSAGES = (
    "SELECT setval(pg_get_serial_sequence('auth_user', 'id'), max(id)) FROM auth_user",
    # Of a group the first line is its founding, and after it comes a change of members.
    # After every twentieth message, the one of seven messages before is changed.
    """
INSERT INTO django_chat_conversation (id, tenant, kind, status, direct_key, title,
    created_by_id, request_hash, created_at, member_count, context_id, seq, rev, ordinal,
    meta_rev, last_activity, last_kind, last_excerpt)
SELECT c.id, '', CASE WHEN key IS NULL THEN 'group' ELSE 'direct' END, 'open', key,
    CASE WHEN key IS NULL THEN 'Group ' || c.number ELSE '' END, m.user_id, '', began,
    members, '', size, size + size / 20 + (key IS NULL)::int,
    size - (key IS NULL)::int, CASE WHEN key IS NULL THEN 2 ELSE 0 END, ended, '', ''
FROM draft_conversation c JOIN draft_member m ON m.number = c.number AND m.place = 0
ORDER BY c.began
""",
)

_MESSAGES = """
INSERT INTO django_chat_message (id, conversation_id, seq, rev, created_rev, ordinal,
    version, sender_id, kind, content, reply_to_id, reply_cut, mentions, system, extra,
    client_id, request_hash, created_at, edited_at, deleted_at, deleted_by)
SELECT pg_temp.message_id(number, seq, created_at), id, seq,
    CASE WHEN fate IS NULL THEN created_rev ELSE base + seq + 7 + (seq + 7) / 20 END,
    created_rev, seq - base, CASE WHEN fate = 'edit' THEN 2 ELSE 1 END,
    CASE WHEN is_system THEN NULL ELSE sender_id END,
    CASE WHEN is_system THEN 'system' ELSE 'text' END,
    CASE WHEN is_system OR fate = 'delete' THEN ''
        WHEN addressed IS NULL THEN content
        ELSE '@person' || lpad(addressed::text, 4, '0') || ' ' || content END,
    CASE WHEN seq % 25 = 4 AND seq > 4 THEN pg_temp.message_id(number, seq - 3,
        pg_temp.moment(began, ended, size, seq - 3)) END,
    false,
    CASE WHEN addressed IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
        'kind', 'user', 'user_id', addressed::text, 'offset', 0, 'length', 11)) END,
    CASE WHEN is_system THEN jsonb_build_object('event', 'group_created', 'actor',
        sender_id::text, 'targets', '[]'::jsonb, 'data', '{}'::jsonb) END,
    '{}', CASE WHEN NOT is_system THEN number || '-' || seq END,
    CASE WHEN is_system THEN '' ELSE md5(seq::text) END, created_at,
    CASE WHEN fate = 'edit' THEN created_at + interval '1 minute' END,
    CASE WHEN fate = 'delete' THEN created_at + interval '1 minute' END,
    CASE WHEN fate = 'delete' THEN 'author' ELSE '' END
FROM (
    SELECT c.*, s.seq, (key IS NULL)::int AS base, t.content, m.user_id AS sender_id,
        a.user_id AS addressed, key IS NULL AND s.seq = 1 AS is_system,
        pg_temp.moment(began, ended, size, s.seq) AS created_at,
        s.seq + (s.seq - 1) / 20 + (key IS NULL AND s.seq > 1)::int AS created_rev,
        CASE WHEN s.seq % 20 = 13 AND s.seq + 7 <= size THEN
            CASE WHEN pg_temp.dice(c.number, s.seq, 1) < 0.05 THEN 'delete'
                WHEN pg_temp.dice(c.number, s.seq, 1) < 0.3 THEN 'edit'
                ELSE 'reaction' END
        END AS fate
    FROM draft_conversation c CROSS JOIN LATERAL generate_series(1, size) AS s(seq)
    JOIN draft_text t ON t.number = floor(pg_temp.dice(c.number, s.seq, 2)
        * (SELECT count(*) FROM draft_text))::int
    JOIN draft_member m ON m.number = c.number AND m.place =
        CASE WHEN s.seq > size - tail OR s.seq = 1 THEN 0
            WHEN members = 2 THEN floor(pg_temp.dice(c.number, s.seq, 3) * 2)
            ELSE floor(pg_temp.dice(c.number, s.seq, 3) ^ 2 * members) END::int
    LEFT JOIN draft_member a ON key IS NULL AND s.seq % 40 = 7 AND a.number = c.number
        AND a.place = floor(pg_temp.dice(c.number, s.seq, 4) * members)::int
) AS draft
"""

_AFTER_MESSAGES = (
    """
UPDATE django_chat_conversation AS c SET last_message_id = m.id,
    last_message_at = m.created_at, last_sender_id = m.sender_id, last_kind = m.kind,
    last_excerpt = left(m.content, 255), last_activity = m.created_at
FROM django_chat_message AS m WHERE m.conversation_id = c.id AND m.seq = c.seq
""",
    # Three of five have read everything, the others have stopped somewhere: nobody
    # before the last message of his own.
    """
INSERT INTO django_chat_participant (conversation_id, user_id, role, joined_at,
    joined_seq, history_from_seq, hidden_before, read_seq, read_ordinal, delivered_seq,
    unread_from_seq, marked_unread, pinned, archived_by_me)
SELECT id, user_id, CASE WHEN key IS NULL AND place = 0 THEN 'owner' ELSE 'member' END,
    began, 0, 1,
    CASE WHEN pg_temp.dice(number, place, 5) < 0.01 THEN read_seq / 2 ELSE 0 END,
    read_seq, greatest(0, read_seq - (key IS NULL)::int), size,
    CASE WHEN pg_temp.dice(number, place, 11) < 0.02 THEN greatest(1, size - 3) END,
    pg_temp.dice(number, place, 11) < 0.02,
    pg_temp.dice(number, place, 6) < 0.02, pg_temp.dice(number, place, 7) < 0.02
FROM (
    SELECT c.*, p.place, p.user_id, greatest(coalesce(own.seq, 0), CASE
        WHEN pg_temp.dice(c.number, p.place, 8) < 0.6 THEN size
        ELSE size - floor(pg_temp.dice(c.number, p.place, 9) ^ 3 * size) END)::bigint
        AS read_seq
    FROM draft_conversation c JOIN draft_member p ON p.number = c.number
    LEFT JOIN (
        SELECT conversation_id, sender_id, max(seq) AS seq FROM django_chat_message
        WHERE sender_id IS NOT NULL GROUP BY conversation_id, sender_id
    ) AS own ON own.conversation_id = c.id AND own.sender_id = p.user_id
) AS draft ORDER BY began, place
""",
    """
INSERT INTO django_chat_mention (conversation_id, message_id, user_id, seq)
SELECT conversation_id, id, (mentions -> 0 ->> 'user_id')::int, seq
FROM django_chat_message WHERE mentions <> '[]'
""",
    """
INSERT INTO django_chat_revision (message_id, version, content, written_at)
SELECT id, 1, content || '?', created_at FROM django_chat_message
WHERE edited_at IS NOT NULL
""",
    """
INSERT INTO django_chat_reaction (message_id, user_id, emoji, created_at)
SELECT m.id, p.user_id, '👍', m.created_at + interval '1 minute'
FROM django_chat_message m JOIN draft_conversation c ON c.id = m.conversation_id
JOIN draft_member p ON p.number = c.number
    AND p.place = floor(pg_temp.dice(c.number, m.seq, 10) * members)::int
WHERE m.rev <> m.created_rev AND m.edited_at IS NULL AND m.deleted_at IS NULL
""",
    """
INSERT INTO django_chat_hiddenmessage (message_id, conversation_id, user_id, seq)
SELECT m.id, m.conversation_id, p.user_id, m.seq
FROM django_chat_message m JOIN draft_conversation c ON c.id = m.conversation_id
JOIN draft_member p ON p.number = c.number AND p.place = m.seq % members
WHERE m.seq % 1000 = 17
""",
    # Between people who share no direct conversation.
    """
INSERT INTO django_chat_block (tenant, blocker_id, blocked_id, created_at)
SELECT '', one.id, one.id + 1, now() FROM auth_user one
WHERE one.id % 4 = 0 AND one.id < (SELECT max(id) FROM auth_user) AND NOT EXISTS (
    SELECT FROM draft_member a JOIN draft_member b ON a.number = b.number
    JOIN draft_conversation c ON c.number = a.number AND key IS NOT NULL
    WHERE a.user_id = one.id AND b.user_id = one.id + 1)
""",
)

# Up to twenty for each member, the last at his watermark.
_READ_MARKS = """
INSERT INTO django_chat_readmark (conversation_id, user_id, seq, read_at)
SELECT p.conversation_id, p.user_id, s.seq,
    pg_temp.moment(began, ended, size, s.seq) + interval '30 seconds'
FROM django_chat_participant p JOIN draft_conversation c ON c.id = p.conversation_id
CROSS JOIN LATERAL (
    SELECT DISTINCT p.read_seq * step / 20 AS seq FROM generate_series(1, 20) step
) AS s WHERE s.seq > 0
"""


def verify(*, sample: int = 200, seed: int = 0) -> None:
    """Count a sample anew and compare it with what the chat keeps; raise if it differs.

    Reads through the chat's own querysets, so `django.setup` must have been called.
    """
    from django.db.models import Count, Max, Q

    from django_chat.feed.inbox import inbox, inbox_totals
    from django_chat.tenancy.actor import Actor
    from django_chat.timeline.models import Conversation, Message, Participant

    random = Random(seed)  # noqa: S311
    keys = list(Conversation.objects.values_list("pk", flat=True))
    for conversation in Conversation.objects.filter(pk__in=random.sample(keys, sample)):
        rows = Message.objects.filter(conversation=conversation)
        found = rows.aggregate(
            count=Count("pk"),
            seq=Max("seq"),
            revs=Count("rev", distinct=True),
            rev=Max("rev"),
            ordinal=Count("pk", filter=Q(kind="text")),
        )
        kept = {
            "count": conversation.seq,
            "seq": conversation.seq,
            "revs": conversation.seq,
            "rev": conversation.rev,
            "ordinal": conversation.ordinal,
        }
        if conversation.rev == conversation.meta_rev:
            kept["rev"] = found["rev"]
        last = rows.get(seq=conversation.seq)
        _same(conversation, found, kept)
        _same(conversation, conversation.last_message_id, last.pk)
        members = Participant.objects.active().filter(conversation=conversation)
        _same(conversation, members.count(), conversation.member_count)
    seats = list(Participant.objects.values_list("pk", flat=True))
    people: dict[Any, Any] = {}
    for seat in Participant.objects.filter(
        pk__in=random.sample(seats, sample)
    ).select_related("user"):
        listed = inbox(Actor(seat.user)).get(pk=seat.pk)
        visible = Message.objects.visible_to(Actor(seat.user)).filter(
            conversation=seat.conversation_id
        )
        theirs = visible.filter(kind="text").exclude(sender=seat.user)
        unread = theirs.filter(seq__gt=seat.read_seq)
        flagged = seat.unread_from_seq
        counted = unread if flagged is None else theirs.filter(seq__gte=flagged)
        _same(seat, listed.unread, counted.count())
        addressed = unread.filter(mention_rows__user=seat.user)
        blocked = seat.user.chat_blocks_made.values("blocked")
        addressed = addressed.exclude(sender__in=blocked)
        _same(seat, listed.mentions, addressed.count())
        people[seat.user_id] = seat.user
    for user in people.values():
        rows = inbox(Actor(user)).filter(archived_by_me=False)
        sums = {
            "unread": sum(row.unread for row in rows),
            "mentions": sum(row.mentions for row in rows),
        }
        _same(user, inbox_totals(Actor(user)), sums)


def _same(row: Any, found: Any, kept: Any) -> None:
    if found != kept:
        raise AssertionError(f"{row}: counted {json.dumps([found, kept], default=str)}")
